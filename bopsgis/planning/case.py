"""A case as the rules of planning see it: facts only, frozen, with no effects of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from bopsgis.planning.reference import CaseReference

__all__ = ["Case", "CaseStatus", "Decision", "Recommendation", "Role", "SectionReview"]


class CaseStatus(StrEnum):
    """Where a case stands, from submission to appeal."""

    RECEIVED = "received"
    INVALID = "invalid"
    VALID = "valid"
    IN_CONSULTATION = "in_consultation"
    BEING_ASSESSED = "being_assessed"
    AWAITING_REVIEW = "awaiting_review"
    AT_COMMITTEE = "at_committee"
    DECIDED = "decided"
    APPEALED = "appealed"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"

    @property
    def in_words(self) -> str:
        """The status as it is written for people."""
        return self.value.replace("_", " ")


class Role(StrEnum):
    """Who acts. An officer may hold several roles; an act is done in one of them."""

    ASSESSOR = "assessor"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"
    APPLICANT = "applicant"
    CONSULTEE = "consultee"
    PUBLIC = "public"
    SYSTEM = "system"


class Decision(StrEnum):
    """What a council can decide. Which of them a type of application allows is data of the type."""

    GRANTED = "granted"
    REFUSED = "refused"
    NOT_REQUIRED = "not_required"
    """Prior approval is not required."""
    SPLIT = "split"
    """Granted in part and refused in part."""
    NO_OBJECTION = "no_objection"
    """For notices (trees in a conservation area, hedgerows): the council makes no order."""
    ADVICE = "advice"
    """For pre-applications."""

    @property
    def in_words(self) -> str:
        """The decision as it is written for people."""
        return _DECISIONS[self.value]


_DECISIONS: Final[Mapping[str, str]] = {
    "granted": "Granted",
    "refused": "Refused",
    "not_required": "Prior approval not required",
    "split": "Granted in part",
    "no_objection": "No objection",
    "advice": "Advice given",
}


class SectionReview(StrEnum):
    """A reviewer's verdict on one section of the assessment."""

    ACCEPTED = "accepted"
    EDITED_AND_ACCEPTED = "edited_and_accepted"
    SENT_BACK = "sent_back"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What the case officer recommends, and how the review of it stands."""

    decision: Decision
    reasons: tuple[str, ...]
    recommended_by: str
    recommended_on: date
    to_committee: bool = False
    reviews: tuple[tuple[str, SectionReview, str], ...] = ()
    """(section, verdict, comment) of each reviewed section."""

    @property
    def sent_back(self) -> tuple[str, ...]:
        """The sections that the reviewer sent back."""
        return tuple(section for section, verdict, _ in self.reviews if verdict is SectionReview.SENT_BACK)


@dataclass(frozen=True, slots=True)
class Case:
    """The facts of a case that decide which acts are open.

    Dates are dates in Europe/London. `earliest_decision` and `determination_deadline` are worked out by
    `bopsgis.planning.deadlines` and stored with the case.
    """

    reference: CaseReference
    application_type: str
    status: CaseStatus
    received_on: date
    decisions_possible: frozenset[Decision]
    valid_on: date | None = None
    has_boundary: bool = False
    missing: tuple[str, ...] = ()
    """What validation still lacks, in words."""
    open_requests: int = 0
    """Requests to the applicant that are not answered, but for requests to extend time."""
    publicity_due: tuple[str, ...] = ()
    """Publicity that the law requires and that has not been given yet, in words."""
    earliest_decision: date | None = None
    determination_deadline: date | None = None
    case_officer: str | None = None
    recommendation: Recommendation | None = None
    committee_decision: Decision | None = None
    decision: Decision | None = None
    decided_on: date | None = None
    decided_by: str | None = None
    appeal_lodged_on: date | None = None
    appeal_outcome: str | None = None
    ended_because: str = ""
