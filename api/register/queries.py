"""What the register reads beside the list of published cases: ends of comment periods, choices for the filters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from api.cases.tables import CaseRow
from api.cases.wanted import Wanted, published
from api.consultations.tables import PeriodRow
from api.core.access import visible_to
from api.core.db import Work

__all__ = ["comments_until", "wards"]


def comments_until(work: Work, references: Sequence[str]) -> dict[str, date]:
    """Reference -> the last day on which comments are in time, of published cases that have such a period.

    Consultees' periods count for consultees only.
    """
    query = (
        select(CaseRow.reference, func.max(PeriodRow.ends_on))
        .join(PeriodRow, PeriodRow.case_id == CaseRow.id)
        .where(
            published(work.access, Wanted()),
            visible_to(work.access, PeriodRow),
            CaseRow.reference.in_(list(references)),
            PeriodRow.kind != "consultee",
        )
        .group_by(CaseRow.reference)
    )
    return {str(row[0]): row[1] for row in work.session.execute(query)}


def wards(work: Work) -> list[str]:
    """Wards with a published case, by name."""
    query = select(CaseRow.ward).where(published(work.access, Wanted()), CaseRow.ward.is_not(None)).distinct()
    return sorted(ward for ward in work.session.scalars(query) if ward)
