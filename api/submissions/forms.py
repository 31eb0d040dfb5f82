"""What is answered to senders and officers about submissions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from api.core.values import ClosedModel

__all__ = ["CheckAnswer", "Difference", "EnforcementAnswer", "ExpectedDocument", "SubmissionAnswer", "SubmissionDetail"]


class Difference(ClosedModel):
    """One designation on which our data and the sender differ."""

    value: str = Field(examples=["designated.conservationArea"])
    name: str
    sender: bool | None = Field(description="Whether the sender says that it affects the site; null: not mentioned.")
    ours: str = Field(description="present, adjacent, near, absent or not_known.")
    sentence: str


class ExpectedDocument(ClosedModel):
    """A document that the sender lists. Nothing is fetched: it is to be uploaded."""

    name: str
    tags: list[str]


class CheckAnswer(ClosedModel):
    """What can be said of a submission before it is sent."""

    kind: str
    application_type: str | None
    missing: list[str] = Field(description="What the application lacks to be valid.")
    possibly_missing: list[str] = Field(description="What it lacks if a constraint that is not known affects the site.")
    differences: list[Difference]
    notes: list[str]


class SubmissionAnswer(CheckAnswer):
    """What became of a submission."""

    submission: str = Field(description="The submission's own id.")
    state: str = Field(description="case_opened, or recorded for an enforcement report.")
    reference: str | None = Field(description="The case's reference; null for an enforcement report.")
    received_on: date = Field(description="The day on which it counts as received.")
    screening: str | None = Field(description="Identity of the constraint report; null where there is none.")
    expected_documents: list[ExpectedDocument]


class EnforcementAnswer(ClosedModel):
    """What was reported of a breach; `/api/v2/enforcement` has what became of it."""

    report: int = Field(description="Its number under `/api/v2/enforcement`.")
    description: str
    address: str
    received_on: date
    reported_by: dict[str, Any]


class SubmissionDetail(ClosedModel):
    """A submission as officers see it, with all that was sent."""

    answer: SubmissionAnswer
    schema_version: str
    sender: str
    sender_reference: str
    received_at: datetime
    raw: dict[str, Any]
    raw_sha256: str
    enforcement: EnforcementAnswer | None
