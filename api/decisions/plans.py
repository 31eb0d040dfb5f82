"""The documents that a decision is about, as its notice lists them."""

from __future__ import annotations

from api.cases.tables import CaseRow
from api.core.db import Work
from api.decisions.notice import Plan
from api.documents import store

__all__ = ["plans_of"]


def plans_of(work: Work, row: CaseRow) -> tuple[Plan, ...]:
    """The documents marked for the notice that are current, by drawing number."""
    listed = [
        Plan(", ".join(one.numbers), one.title, one.received_on)
        for one in store.of_case(work, row)
        if one.in_decision_notice and one.archived_at is None and not one.quarantined_because
    ]
    return tuple(sorted(listed, key=lambda plan: (plan.number, plan.title)))
