"""Periods for comments on a case, and the first day on which it may be decided because of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import select

from api.cases.tables import CaseRow
from api.consultations.tables import PeriodRow
from api.core.access import visible_to
from api.core.db import Work
from bopsgis.planning.calendar import Calendar, england, in_words
from bopsgis.planning.deadlines import Deadline, due

__all__ = ["EarliestDecision", "earliest_decision", "end_of", "keep_period", "periods_of"]

RULES = {
    "site_notice": "representations-site-notice",
    "applicant_notice": "representations-site-notice",
    "press_notice": "representations-press-notice",
    "website": "representations-website",
    "neighbour_letter": "representations-neighbour-letter",
    "consultee": "consultee-response",
}
"""Kind of period -> the rule that sets it. An applicant's notice is counted as a site notice is."""

EIA_RULE = "representations-eia"


@dataclass(frozen=True, slots=True)
class EarliestDecision:
    """From when a case may be decided, and why. `on` is None where no period for comments has begun."""

    on: date | None
    explained: str


def end_of(kind: str, began: date, *, eia: bool, days: int | None = None, shorter: bool = False) -> Deadline:
    """The end of a period for comments that begins on `began`.

    The law's period, or the council's own of `days` days where that ends later. With `shorter` the council's
    own counts even where it ends before the law's: for telling people again, for which the law sets none.
    """
    calendar = england()
    lawful = due(EIA_RULE if eia else RULES[kind], began, calendar)
    if days is None:
        return lawful
    own = _own(lawful, began, days, calendar)
    return own if shorter or own.last_day > lawful.last_day else lawful


def _own(lawful: Deadline, began: date, days: int, calendar: Calendar) -> Deadline:
    """A period of the council's choice, counted as the law counts its own, holidays stepped over."""
    stepped = calendar.period_beginning_with(began, days, skip_holidays=True)
    steps = (
        lawful.steps[0],
        f"The council gives {days} days; the first is {in_words(began)}.",
        *(f"{in_words(day)} ({name}) does not count." for day, name in stepped.skipped),
        f"The last day is {in_words(stepped.last_day)}.",
    )
    return replace(lawful, last_day=stepped.last_day, steps=steps)


def keep_period(work: Work, row: CaseRow, kind: str, subject: int, began: date, end: Deadline) -> PeriodRow:
    """Keep a period for comments, in the place of an earlier word on the same subject, and what follows from it."""
    period = work.session.scalar(
        select(PeriodRow).where(
            visible_to(work.access, PeriodRow),
            PeriodRow.case_id == row.id,
            PeriodRow.kind == kind,
            PeriodRow.subject == subject,
        )
    )
    if period is None:
        period = PeriodRow(council_id=row.council_id, case_id=row.id, kind=kind, subject=subject)
        work.session.add(period)
    period.rule, period.began_on, period.ends_on = end.rule, began, end.last_day
    period.explained = end.explain()
    work.session.flush()
    row.earliest_decision = earliest_decision(periods_of(work, row)).on
    work.session.flush()
    return period


def periods_of(work: Work, row: CaseRow) -> list[PeriodRow]:
    """All periods for comments of the case, in the order in which they end."""
    query = select(PeriodRow).where(visible_to(work.access, PeriodRow), PeriodRow.case_id == row.id)
    return list(work.session.scalars(query.order_by(PeriodRow.ends_on, PeriodRow.id)))


def earliest_decision(periods: Sequence[PeriodRow]) -> EarliestDecision:
    """The day after the last period has ended, with the reckoning of that period."""
    if not periods:
        return EarliestDecision(None, "No period for comments has begun.")
    latest = max(periods, key=lambda period: period.ends_on)
    first = latest.ends_on + timedelta(days=1)
    others = "It is the only period for comments." if len(periods) == 1 else f"Of {len(periods)} it ends last."
    lines = (f"Period: {latest.kind.replace('_', ' ')}. {others}", latest.explained)
    return EarliestDecision(first, "\n".join((*lines, f"The case may be decided from {in_words(first)}.")))
