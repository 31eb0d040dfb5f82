"""Immunity from enforcement: from when a breach of planning control is lawful by time, and what evidence leaves open.

>>> immunity("operations", date(2021, 3, 1), date(2026, 6, 1)).immune_from
datetime.date(2025, 3, 1)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from bopsgis.errors import InputRefused
from bopsgis.planning.calendar import in_words
from bopsgis.planning.rulebook import read_rules

__all__ = ["BreachKind", "Immunity", "breach_kinds", "immunity", "uncovered"]

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BreachKind:
    """A kind of breach, what its time runs from, and how many years it took before the law changed."""

    key: str
    name: str
    event: str
    years_before: int


@dataclass(frozen=True, slots=True)
class Immunity:
    """From when a breach cannot be enforced against, with the reckoning. `immune` is as at the day asked for.

    Time alone does not decide: concealment can undo it, and what an enforcement notice in force forbids is not
    lawful. Those are for the officer.
    """

    years: int
    immune_from: date
    immune: bool
    steps: tuple[str, ...]
    citation: str
    edition: str
    verified: bool


@cache
def breach_kinds() -> Mapping[str, BreachKind]:
    """All kinds of breach by key."""
    return {key: BreachKind(key=key, **row) for key, row in read_rules("immunity")["breach"].items()}


def immunity(kind: str, happened_on: date, as_at: date) -> Immunity:
    """The time limit of a breach of this kind, and whether it has passed on `as_at`.

    `happened_on` is the day of the event that the kind's time runs from. Raises InputRefused for an unknown kind
    and for an event after `as_at`.
    """
    known = breach_kinds().get(kind)
    if known is None:
        raise InputRefused(
            f"There is no kind of breach “{kind[:40]}”.",
            code="breach_kind",
            hint=f"Known: {', '.join(breach_kinds())}.",
        )
    if happened_on > as_at:
        raise InputRefused(f"{in_words(happened_on)} is still to come.", code="breach_in_future")
    rules = read_rules("immunity")
    before = happened_on < rules["cut_off"]
    years = known.years_before if before else rules["years"]
    immune_from = _anniversary(happened_on, years)
    side = "before" if before else "on or after"
    return Immunity(
        years=years,
        immune_from=immune_from,
        immune=as_at >= immune_from,
        steps=(
            f"{known.name}: {known.event} on {in_words(happened_on)}.",
            f"That is {side} {in_words(rules['cut_off'])}, so {years} years count, beginning with that day.",
            f"No enforcement from {in_words(immune_from)}, unless the breach was concealed.",
        ),
        citation=rules["citation"],
        edition=rules["edition"],
        verified=rules["verified"],
    )


def uncovered(spans: Iterable[tuple[date, date]], first: date, last: date) -> tuple[tuple[date, date], ...]:
    """The stretches from `first` to `last`, both included, that no span covers, in order.

    A span is its first and its last day. Raises InputRefused for one that ends before it begins.
    """
    gaps, day = [], first
    for begins, ends in sorted(spans):
        if ends < begins:
            raise InputRefused(
                f"A span cannot end on {in_words(ends)}, before it begins on {in_words(begins)}.", code="span_order"
            )
        if begins > last:
            break
        if begins > day:
            gaps.append((day, begins - _ONE_DAY))
        day = max(day, ends + _ONE_DAY)
    if day <= last:
        gaps.append((day, last))
    return tuple(gaps)


def _anniversary(day: date, years: int) -> date:
    """The day after a period of whole years that begins with `day`; after 28 February where 29 is missing."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
