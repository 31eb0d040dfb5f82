"""What comes in about requests to applicants, checked, and what goes out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from api.cases.forms import VersionForm
from api.core.values import ClosedModel, Line, LongText

__all__ = ["AnswerForm", "AskForm", "CancelForm", "CertificateForm", "OwnerForm", "PublicRequest", "RequestAnswer"]

Kind = Literal[
    "additional_document",
    "replacement_document",
    "boundary_change",
    "description_change",
    "fee_change",
    "other_change",
    "ownership_certificate",
    "pre_commencement_condition",
    "heads_of_terms",
    "time_extension",
]


class AskForm(VersionForm):
    """A request to the applicant."""

    kind: Kind
    reason: LongText
    details: dict[str, Any] = Field(
        default_factory=dict,
        description="What the kind needs: `document`, `site` (GeoJSON in EPSG:27700), `proposal`, `suggestion`, "
        "`condition`, `terms` or `until` (a date).",
    )


class CancelForm(VersionForm):
    """Why a request is taken back."""

    reason: LongText


class OwnerForm(ClosedModel):
    """An owner of part of the land."""

    name: Line
    address: str = Field(default="", max_length=1000)
    notice_given_on: date | None = None


class CertificateForm(ClosedModel):
    """An ownership certificate."""

    kind: Literal["A", "B", "C", "D"]
    owners: list[OwnerForm] = Field(default_factory=list, max_length=200)


class AnswerForm(ClosedModel):
    """An applicant's answer."""

    accepted: bool | None = None
    text: str = Field(default="", max_length=20_000)
    certificate: CertificateForm | None = None


class PublicRequest(ClosedModel):
    """A request as the applicant sees it, with what the case says now beside what is proposed."""

    reference: str
    kind: str
    name: str
    reason: str
    details: dict[str, Any]
    before: dict[str, Any]
    due_on: date
    silence_means_yes: bool


class RequestAnswer(ClosedModel):
    """A request as officers see it."""

    id: int
    kind: str
    name: str
    state: str
    reason: str
    details: dict[str, Any]
    before: dict[str, Any]
    asked_by: str
    asked_at: datetime
    sent_at: datetime | None
    due_on: date | None
    accepted: bool | None
    answer: dict[str, Any] | None
    deemed: bool
    closed_at: datetime | None
    closed_because: str
