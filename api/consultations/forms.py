"""What comes in about consultations, checked: officers' acts, and what the public and consultees say."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.consultations.letters import RESPONSE_DAYS
from api.consultations.neighbours import TOUCH_M

__all__ = [
    "AddConsulteeForm",
    "AddNeighbourForm",
    "ChooseNeighboursForm",
    "ConfirmNoticeForm",
    "ConsultForm",
    "ContactForm",
    "ModerateForm",
    "OfficerResponseForm",
    "PickNeighboursForm",
    "PostedRepresentationForm",
    "PublishResponseForm",
    "RemoveNeighbourForm",
    "RepresentationForm",
    "RequireNoticeForm",
    "ResponseForm",
    "SendLettersForm",
    "VersionForm",
]

# Text of people: no control characters but tab and line ends; the rest is theirs.
_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")
]
MaybeLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=400, pattern=_TEXT)]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")
]
MaybeEmail = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^([^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+)?$")
]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000, pattern=_TEXT)]
MaybeWords = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000, pattern=_TEXT)]
Template = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000, pattern=_TEXT)]
Days = Annotated[int, Field(ge=1, le=99)]
Topic = Literal["design", "use", "light", "privacy", "access", "noise", "traffic", "other"]


class _Closed(BaseModel):
    """A model that names all that there is."""

    model_config = ConfigDict(extra="forbid")


class VersionForm(_Closed):
    """An act on a case as it was at `version`; left out, as it is now."""

    version: int | None = Field(default=None, ge=1)


class RequireNoticeForm(VersionForm):
    """A notice that is wanted."""

    means: Literal["site_notice", "press_notice", "applicant_notice"]
    quantity: int = Field(default=1, ge=1, le=100)
    instructions: MaybeWords = ""


class ConfirmNoticeForm(VersionForm):
    """The day on which a notice was first displayed, or published; past or today."""

    given_on: date
    document_id: int | None = Field(default=None, ge=1)


class ChooseNeighboursForm(VersionForm):
    """A rule to choose neighbours by: a distance in metres, or left out, a shared boundary."""

    distance_m: float | None = Field(default=None, gt=0, le=500)
    tolerance_m: float = Field(default=TOUCH_M, ge=0, le=2)


class PickNeighboursForm(VersionForm):
    """Single addresses round the site, by their UPRNs."""

    uprns: list[Annotated[str, Field(pattern=r"^[0-9]{1,12}$")]] = Field(min_length=1, max_length=100)


class AddNeighbourForm(VersionForm):
    """An address that no rule chose."""

    address: Address
    reason: MaybeLine = ""


class RemoveNeighbourForm(VersionForm):
    """Why an address is taken off the list."""

    reason: Words


class SendLettersForm(VersionForm):
    """Letters to neighbours. With a reason all are told again."""

    template: Template | None = Field(default=None, description="Left out, the council's own text.")
    response_days: Days = RESPONSE_DAYS
    reason: MaybeWords = ""
    neighbours: list[int] | None = Field(default=None, max_length=2_000)


class ContactForm(_Closed):
    """An entry of the address book."""

    organisation: Line
    email: Email
    name: MaybeLine = ""
    internal: bool = False
    datasets: list[Line] = Field(default=[], max_length=200)
    active: bool = True


class AddConsulteeForm(VersionForm):
    """A contact of the address book, or a body given by organisation and address of mail."""

    contact_id: int | None = Field(default=None, ge=1)
    organisation: MaybeLine = ""
    name: MaybeLine = ""
    email: MaybeEmail = ""
    reasons: list[Words] = Field(default=[], max_length=50)


class ConsultForm(VersionForm):
    """A mail to a consultee. The reason is needed where it was asked before."""

    template: Template | None = Field(default=None, description="Left out, the council's own text.")
    response_days: Days = RESPONSE_DAYS
    reason: MaybeWords = ""


class ResponseForm(_Closed):
    """What a consultee says. The day is for officers: by link it is today."""

    verdict: Literal["no_objection", "amendments_needed", "objection"]
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=50_000, pattern=_TEXT)] = ""


class OfficerResponseForm(VersionForm, ResponseForm):
    """A response that came to an officer."""

    received_on: date


class PublishResponseForm(VersionForm):
    """The redacted copy of a response to publish; null takes it off the register."""

    redacted_text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=50_000, pattern=_TEXT)] | None


class RepresentationForm(_Closed):
    """What somebody says of a case. The address of mail is optional and never published."""

    sentiment: Literal["support", "neutral", "objection"]
    topics: list[Topic] = Field(default=[], max_length=8)
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000, pattern=_TEXT)]
    name: Line
    address: Address
    email: MaybeEmail = ""


class PostedRepresentationForm(VersionForm, RepresentationForm):
    """A representation that came by post, typed in by an officer."""

    received_on: date


class ModerateForm(VersionForm):
    """The redacted copy of a representation, and whether it is published."""

    redacted_text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000, pattern=_TEXT)]
    street: MaybeLine = ""
    publish: bool
