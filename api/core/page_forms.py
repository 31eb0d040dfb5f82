"""How pages read a submitted form: field by field, in plain words, with every fault gathered for the summary.

The wording follows the GOV.UK Design System's error messages: say what is wrong and how to mend it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse

from api.core.incoming import SubmittedForm
from api.core.problems import status_of
from bopsgis.errors import BopsgisError, NotFound, NotSignedIn
from bopsgis.planning.calendar import in_words

__all__ = ["Answers", "FieldError", "attempt", "local_path", "see_other"]

LONGEST_LINE = 200
LONGEST_TEXT = 20_000
_LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One error with the id of the field that it is about."""

    field: str
    message: str


class Answers:
    """Reads the fields of one form. What cannot be used goes to `errors`, in the order in which it is read.

    `status` is the HTTP status of the page that shows the errors.
    """

    def __init__(self, form: SubmittedForm) -> None:
        self.fields = form.fields
        self.errors: list[FieldError] = []
        self.status = 422

    @property
    def error_of(self) -> dict[str, str]:
        """Field id -> its first error, for the message beside the field."""
        return {error.field: error.message for error in reversed(self.errors)}

    def fault(self, field: str, message: str) -> None:
        """Add what is wrong with a field."""
        self.errors.append(FieldError(field, message))

    def text(self, name: str, *, ask: str = "", longest: int = LONGEST_LINE) -> str:
        """A line or a text without the space around it; `ask` is the message where it must not be empty."""
        given = self.fields.get(name, "").replace("\r\n", "\n").strip()
        if not given and ask:
            self.fault(name, ask)
        if len(given) > longest:
            self.fault(name, f"Use {longest:,} characters or fewer; this is {len(given):,}")
            return given[:longest]
        return given

    def email(self, name: str, *, ask: str = "") -> str:
        """An address of mail, or nothing; `ask` is the message where it must not be empty."""
        given = self.text(name, ask=ask, longest=_LONGEST_EMAIL)
        if given and not _EMAIL.fullmatch(given):
            self.fault(name, "Enter an email address in the correct format, like name@example.com")
        return given

    def choice(self, name: str, options: Collection[str], *, ask: str = "") -> str:
        """One of the options, or nothing; `ask` is the message where one must be selected."""
        given = self.fields.get(name, "")
        if given in options:
            return given
        if given or ask:
            self.fault(name, ask or "Select one of the options")
        return ""

    def ticked(self, prefix: str, options: Collection[str]) -> tuple[str, ...]:
        """The options whose checkbox (named `prefix-option`) was ticked, in the order of the options."""
        return tuple(option for option in options if f"{prefix}-{option}" in self.fields)

    def number(self, name: str, *, ask: str, least: float, most: float, required: bool = True) -> float | None:
        """A number from `least` to `most`; commas are read as thousands."""
        given = self.fields.get(name, "").strip().replace(",", "")
        if not given and not required:
            return None
        if not _NUMBER.fullmatch(given):
            self.fault(name, ask)
            return None
        if not least <= float(given) <= most:
            self.fault(name, f"This must be from {least:,g} to {most:,g}")
            return None
        return float(given)

    def whole(self, name: str, *, ask: str, least: int, most: int, required: bool = True) -> int | None:
        """A whole number from `least` to `most`."""
        given = self.number(name, ask=ask, least=least, most=most, required=required)
        if given is not None and given != int(given):
            self.fault(name, ask)
            return None
        return None if given is None else int(given)

    def day(
        self,
        name: str,
        what: str,
        *,
        required: bool = True,
        earliest: date | None = None,
        latest: date | None = None,
    ) -> date | None:
        """A date from the three boxes of a date input; `what` begins the message, such as “The site visit”."""
        parts = {part: self.fields.get(f"{name}-{part}", "").strip() for part in ("day", "month", "year")}
        field = f"{name}-day"
        if not any(parts.values()):
            if required:
                self.fault(field, f"{what} must have a date")
            return None
        missing = [part for part, given in parts.items() if not given]
        if missing:
            self.fault(f"{name}-{missing[0]}", f"{what} must include a {' and a '.join(missing)}")
            return None
        given = _real_date(parts)
        if given is None:
            self.fault(field, f"{what} must be a real date, such as 27 3 2026")
        elif earliest is not None and given < earliest:
            self.fault(field, f"{what} must be on or after {in_words(earliest)}")
        elif latest is not None and given > latest:
            self.fault(field, f"{what} must be on or before {in_words(latest)}")
        else:
            return given
        return None


def attempt(
    act: Callable[[], Value], answers: Answers, field: str, *, also_not_signed_in: bool = False
) -> Value | None:
    """Carry out `act`; where the rules refuse it, their sentence becomes the error of `field` and None comes back.

    What is not the person's to mend (not signed in, no such case, a fault of the service) is passed on to the
    table of problems.
    """
    try:
        return act()
    except BopsgisError as error:
        others = (NotFound,) if also_not_signed_in else (NotFound, NotSignedIn)
        if isinstance(error, others) or status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        answers.fault(field, str(error))
        answers.status = status_of(error)
        return None


def local_path(text: str, otherwise: str) -> str:
    """`text` where it is a path of this service, else `otherwise`: nobody is sent to another site by a link."""
    parts = urlsplit(text)
    plain = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and "\\" not in text
    return text if plain and not parts.scheme and not parts.netloc else otherwise


def see_other(path: str) -> RedirectResponse:
    """On to the page that shows what was done: reloading it does nothing twice."""
    return RedirectResponse(path, status_code=303, headers={"Cache-Control": "no-store"})


def _real_date(parts: Mapping[str, str]) -> date | None:
    if not all(part.isascii() and part.isdigit() for part in parts.values()) or len(parts["year"]) != 4:
        return None
    try:
        return date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    except ValueError:
        return None
