"""What comes in about cases, checked, and what goes out to officers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from api.core.values import ClosedModel, Email, Line, LongText

__all__ = [
    "AssignForm",
    "BoundaryForm",
    "CaseAnswer",
    "CaseSummary",
    "CasesAnswer",
    "ChangeAnswer",
    "ConstraintAnswer",
    "EndForm",
    "EventAnswer",
    "ExtendForm",
    "FeeAnswer",
    "FeeForm",
    "FeesAnswer",
    "NewCaseForm",
    "NewFeeForm",
    "NoteForm",
    "OverrideForm",
    "PaymentAnswer",
    "PaymentForm",
    "PersonForm",
    "RefundForm",
    "ScreeningAnswer",
    "SettleForm",
    "TakeBackForm",
    "ValidateForm",
    "VersionForm",
]

_VERSION = Field(ge=1, description="The case's version as you read it; an older one is answered with 409.")


class PersonForm(ClosedModel):
    """An applicant or an agent."""

    name: Line
    company: str = Field(default="", max_length=200)
    email: Email | None = None
    phone: str = Field(default="", max_length=40)
    address: str = Field(default="", max_length=1000)


Pounds = Annotated[Decimal, Field(ge=0, le=10_000_000, decimal_places=2, allow_inf_nan=False, examples=["258.00"])]


class NewFeeForm(ClosedModel):
    """The fee that came with an application."""

    due: Pounds | None = Field(default=None, description="In pounds; null where it has still to be worked out.")
    exemption: str = Field(default="", max_length=500, description="Why no fee, or a lower one, is due.")
    paid: Pounds = Decimal(0)
    reference: str = Field(default="", max_length=200, description="Of the payment.")


class NewCaseForm(ClosedModel):
    """An application that an officer enters by hand."""

    application_type: Line = Field(examples=["pp.full.householder"])
    received_on: date
    proposal: LongText
    address: Line
    postcode: str | None = Field(default=None, max_length=10)
    uprns: list[str] = Field(default_factory=list, max_length=500)
    site: dict[str, Any] | None = Field(default=None, description="GeoJSON of the site boundary.")
    site_crs: Literal[27700, 4326] | None = Field(default=None, description="EPSG code of its coordinates.")
    applicant: PersonForm | None = None
    agent: PersonForm | None = None
    environmental_impact: bool = False
    declared: bool = Field(default=False, description="The form is complete and signed.")
    certificate: bool = Field(default=False, description="A certificate of ownership came with it.")
    fee: NewFeeForm = Field(default_factory=NewFeeForm)
    alternative_reference: str | None = Field(default=None, max_length=100)


class VersionForm(ClosedModel):
    """An act that needs nothing but the case as it was seen."""

    version: int = _VERSION


class ValidateForm(VersionForm):
    """From when the application is valid."""

    valid_on: date


class AssignForm(VersionForm):
    """Who gets the case."""

    officer: int


class NoteForm(VersionForm):
    """A note for colleagues."""

    text: LongText


class EndForm(VersionForm):
    """Why the case ends."""

    reason: LongText


class ExtendForm(VersionForm):
    """An agreed extension of time."""

    until: date
    reason: LongText


class FeeForm(VersionForm):
    """What fee is due, and why, or why none is."""

    due: Pounds | None = Field(default=None, description="In pounds.")
    exemption: str = Field(default="", max_length=500, description="Why no fee, or a lower one, is due.")
    reason: LongText


class PaymentForm(VersionForm):
    """Money that came."""

    amount: Pounds
    paid_on: date
    reference: str = Field(default="", max_length=200)


class RefundForm(VersionForm):
    """Money that was given back."""

    amount: Pounds
    paid_on: date
    reason: LongText


class SettleForm(VersionForm):
    """Something that the application lacks, as the case lists it, and why it is met or not needed."""

    requirement: LongText
    reason: LongText


class BoundaryForm(VersionForm):
    """Another site boundary."""

    site: dict[str, Any] = Field(description="GeoJSON of the site boundary.")
    site_crs: Literal[27700, 4326] | None = None
    reason: LongText


class OverrideForm(VersionForm):
    """What an officer says of a constraint."""

    dataset: Line = Field(examples=["conservation-area"])
    designation: str = Field(default="", max_length=200, description="One designation; empty for the whole.")
    verdict: Literal["added", "dismissed"]
    reason: LongText


class TakeBackForm(VersionForm):
    """An override to take back."""

    dataset: Line
    designation: str = Field(default="", max_length=200)
    reason: LongText


class CaseSummary(ClosedModel):
    """A case in a list."""

    reference: str
    application_type: str
    status: str
    address: str
    proposal: str
    received_on: date
    valid_on: date | None
    determination_deadline: date | None
    case_officer: int | None
    version: int


class CasesAnswer(ClosedModel):
    """Some cases, newest first, and where to go on."""

    cases: list[CaseSummary]
    next_before: int | None = Field(description="Pass as `before` for the next ones; null at the end.")


class FeeAnswer(ClosedModel):
    """How the fee of a case stands, in pounds; for officers."""

    due: Decimal | None
    exemption: str
    paid: Decimal
    refunded: Decimal
    outstanding: Decimal | None = Field(description="Below nothing where too much was paid.")
    settled: bool
    sentence: str


class PaymentAnswer(ClosedModel):
    """One payment or refund."""

    kind: str
    amount: Decimal
    paid_on: date
    reference: str
    reason: str
    by: str


class FeesAnswer(FeeAnswer):
    """The same, with every payment and refund."""

    payments: list[PaymentAnswer]


class CaseAnswer(CaseSummary):
    """A case as officers see it."""

    postcode: str | None
    uprns: list[str]
    ward: str | None
    parish: str | None
    site: dict[str, Any] | None = Field(description="GeoJSON in EPSG:27700 metres.")
    area_m2: float | None
    people: dict[str, PersonForm]
    deadline_explained: str | None
    extended_to: date | None
    earliest_decision: date | None
    missing: list[str]
    fee: FeeAnswer
    open_requests: int
    publicity_due: list[str]
    decision: str | None
    decided_on: date | None
    appeal_lodged_on: date | None
    appeal_outcome: str | None
    published_at: datetime | None
    open_acts: list[str] = Field(description="What you may do now; rules may still refuse it with a reason.")


class ConstraintAnswer(ClosedModel):
    """A constraint on a case, with what officers say of it."""

    dataset: str
    name: str
    status: str
    sentence: str
    designations: list[str]
    added: str | None
    dismissed: dict[str, str]


class ChangeAnswer(ClosedModel):
    """How the answer for one constraint changed."""

    dataset: str
    before: str | None
    after: str | None
    gone: list[str]
    come: list[str]


class ScreeningAnswer(ClosedModel):
    """A screening and what it changed."""

    identity: str
    as_at: date
    changes: list[ChangeAnswer]
    version: int


class EventAnswer(ClosedModel):
    """One entry of the audit."""

    sequence: int
    at: datetime
    actor: str
    act: str
    detail: dict[str, Any]
