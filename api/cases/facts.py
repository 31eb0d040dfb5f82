"""A case's row as the rules of planning see it, and back."""

from __future__ import annotations

from datetime import date
from typing import Any

from api.cases.tables import CaseRow
from bopsgis.planning.application_types import application_type
from bopsgis.planning.case import Case, CaseStatus, Decision, Recommendation, SectionReview
from bopsgis.planning.reference import CaseReference

__all__ = ["case_of", "write_back"]


def case_of(row: CaseRow) -> Case:
    """The facts of a case that decide which acts are open."""
    return Case(
        reference=CaseReference(row.year % 100, row.number, row.suffix),
        application_type=row.application_type,
        status=CaseStatus(row.status),
        received_on=row.received_on,
        decisions_possible=application_type(row.application_type).decisions,
        valid_on=row.valid_on,
        has_boundary=row.site is not None,
        missing=tuple(row.missing),
        open_requests=row.open_requests,
        publicity_due=tuple(row.publicity_due),
        earliest_decision=row.earliest_decision,
        determination_deadline=row.determination_deadline,
        case_officer=None if row.case_officer_id is None else str(row.case_officer_id),
        recommendation=_recommendation(row.recommendation),
        committee_decision=_decision(row.committee_decision),
        decision=_decision(row.decision),
        decided_on=row.decided_on,
        decided_by=row.decided_by,
        appeal_lodged_on=row.appeal_lodged_on,
        appeal_outcome=row.appeal_outcome,
        ended_because=row.ended_because,
    )


def write_back(case: Case, row: CaseRow) -> None:
    """Copy the facts that an act may have changed from the case to its row."""
    row.status = case.status.value
    row.valid_on = case.valid_on
    row.determination_deadline = case.determination_deadline
    row.case_officer_id = None if case.case_officer is None else int(case.case_officer)
    row.recommendation = _as_json(case.recommendation)
    row.committee_decision = case.committee_decision and case.committee_decision.value
    row.decision = case.decision and case.decision.value
    row.decided_on = case.decided_on
    row.decided_by = case.decided_by
    row.appeal_lodged_on = case.appeal_lodged_on
    row.appeal_outcome = case.appeal_outcome
    row.ended_because = case.ended_because


def _decision(value: str | None) -> Decision | None:
    return None if value is None else Decision(value)


def _recommendation(value: dict[str, Any] | None) -> Recommendation | None:
    if value is None:
        return None
    return Recommendation(
        decision=Decision(value["decision"]),
        reasons=tuple(value["reasons"]),
        recommended_by=value["recommended_by"],
        recommended_on=date.fromisoformat(value["recommended_on"]),
        to_committee=value["to_committee"],
        reviews=tuple((section, SectionReview(verdict), comment) for section, verdict, comment in value["reviews"]),
    )


def _as_json(recommendation: Recommendation | None) -> dict[str, Any] | None:
    if recommendation is None:
        return None
    return {
        "decision": recommendation.decision.value,
        "reasons": list(recommendation.reasons),
        "recommended_by": recommendation.recommended_by,
        "recommended_on": recommendation.recommended_on.isoformat(),
        "to_committee": recommendation.to_committee,
        "reviews": [[section, verdict.value, comment] for section, verdict, comment in recommendation.reviews],
    }
