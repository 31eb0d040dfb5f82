"""Every error that bopsgis raises on purpose.

    BopsgisError
    ├── InputRefused            something given from outside cannot be used
    │   ├── TooLarge            it is over a published limit
    │   ├── FormatRefused       the bytes are not what they claim to be
    │   ├── BoundaryRefused     the geometry cannot be a site boundary
    │   └── GridReferenceRefused
    ├── NotFound                what was asked for is not here (a UPRN, a dataset, a source)
    ├── StoreError              the constraint store cannot be used
    │   ├── StoreMissing
    │   └── StoreDamaged
    ├── TransformUnavailable    OSTN15 is not there, so coordinates would be metres off
    ├── CalendarExhausted       a date lies outside the bank holidays that are known
    ├── ActRefused              the rules of planning do not allow this act on this case now
    ├── EditConflict            somebody else changed it meanwhile
    ├── NotAllowed              this person may not do this
    ├── NotSignedIn             nobody is signed in, or the sign-in did not succeed
    └── Throttled               too many tries in too short a time

Messages are for the person who gave the input: plain words, what is wrong, where, what to do.
"""

from __future__ import annotations

from typing import ClassVar

from bopsgis.types import Point

__all__ = [
    "ActRefused",
    "BopsgisError",
    "BoundaryRefused",
    "CalendarExhausted",
    "EditConflict",
    "FormatRefused",
    "GridReferenceRefused",
    "InputRefused",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "StoreDamaged",
    "StoreError",
    "StoreMissing",
    "Throttled",
    "TooLarge",
    "TransformUnavailable",
]


class BopsgisError(Exception):
    """Base of all errors raised on purpose.

    `code` is a stable machine-readable word (snake_case) for this fault, `message` one or two plain
    sentences, `at` the place of the fault on the national grid (EPSG:27700) where there is one, `hint` what
    to do next.
    """

    default_code: ClassVar[str] = "error"

    def __init__(
        self, message: str, *, code: str | None = None, at: Point | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.at = at
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message} {self.hint}"


class InputRefused(BopsgisError):
    """Something given from outside cannot be used as it stands."""

    default_code = "input_refused"


class TooLarge(InputRefused):
    """The input is over a published limit (bytes, vertices, depth, features)."""

    default_code = "too_large"


class FormatRefused(InputRefused):
    """The bytes are not a readable file of the kind they claim to be."""

    default_code = "format_refused"


class BoundaryRefused(InputRefused):
    """The geometry cannot be a site boundary: it crosses itself, lies outside Great Britain and so on."""

    default_code = "boundary_refused"


class GridReferenceRefused(InputRefused):
    """The text is not an Ordnance Survey grid reference."""

    default_code = "grid_reference_refused"


class NotFound(BopsgisError):
    """What was asked for is not here."""

    default_code = "not_found"


class StoreError(BopsgisError):
    """The constraint store cannot be used."""

    default_code = "store_error"


class StoreMissing(StoreError):
    """There is no constraint store in the folder given."""

    default_code = "store_missing"


class StoreDamaged(StoreError):
    """A file of the store is missing, cut short or does not match its checksum."""

    default_code = "store_damaged"


class TransformUnavailable(BopsgisError):
    """The OSTN15 transformation is not installed, so coordinates would be up to four metres off."""

    default_code = "transform_unavailable"


class CalendarExhausted(BopsgisError):
    """A date lies outside the years whose bank holidays are known, so no period can be computed."""

    default_code = "calendar_exhausted"


class ActRefused(BopsgisError):
    """The rules of planning do not allow this act on this case by this person on this day."""

    default_code = "act_refused"


class EditConflict(BopsgisError):
    """What is to be changed was changed by somebody else since it was read."""

    default_code = "edit_conflict"


class NotAllowed(BopsgisError):
    """This person or program may not do this."""

    default_code = "not_allowed"


class NotSignedIn(BopsgisError):
    """Nobody is signed in, or the sign-in did not succeed. The message never says which part was wrong."""

    default_code = "not_signed_in"


class Throttled(BopsgisError):
    """Too many tries in too short a time; `retry_after_s` seconds say when to try again."""

    default_code = "throttled"

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message, hint="Wait, then try again.")
        self.retry_after_s = retry_after_s
