"""Dates that the law sets for a case, each able to explain itself.

Two clocks run side by side. *Determination* says by when the council should decide; holidays never extend
it. *Representations* say before when it must not decide: every period for comments has to end first, and
those periods step over bank holidays, except for EIA applications.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from bopsgis.errors import InputRefused
from bopsgis.planning.calendar import Calendar, in_words
from bopsgis.planning.rulebook import read_rules

__all__ = [
    "ClockStop",
    "Deadline",
    "Period",
    "agree_extension",
    "determination_deadline",
    "due",
    "earliest_decision",
    "periods",
    "periods_from_data",
    "received_date",
]


@dataclass(frozen=True, slots=True)
class Period:
    """A period of time that a rule sets. Exactly one of the four lengths is not None."""

    rule: str
    kind: str
    days: int | None
    weeks: int | None
    months: int | None
    working_days: int | None
    event_counts: bool
    """True where the day of the event is the first day of the period ("beginning with")."""
    event: str
    skip_holidays: bool
    citation: str
    edition: str
    verified: bool
    in_force_from: date | None = None
    """The first day of an event to which the rule applies in this form; None where no earlier form is kept."""
    earlier: tuple[Period, ...] = ()
    """What the rule said before, the newest form first."""

    def on(self, day: date) -> Period:
        """The rule as it stands for an event of this day.

        Raises InputRefused for a day before the oldest form that is kept: no rule of another day is taken for it.
        """
        for form in (self, *self.earlier):
            if form.in_force_from is None or form.in_force_from <= day:
                return form
        raise InputRefused(
            f"What the rule {self.rule} said on {in_words(day)} is not known here.",
            code="rule_not_known",
            hint="Check the date; for an older case, give the deadline by hand.",
        )

    @property
    def length(self) -> str:
        """The length in words, for example `8 weeks`."""
        for count, unit in ((self.days, "day"), (self.weeks, "week"), (self.months, "month")):
            if count is not None:
                return f"{count} {unit}{'' if count == 1 else 's'}"
        return f"{self.working_days} working days"


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a period, with the rule, its inputs and the steps that lead to it."""

    last_day: date
    rule: str
    citation: str
    edition: str
    verified: bool
    inputs: tuple[tuple[str, date], ...]
    steps: tuple[str, ...]

    def explain(self) -> str:
        """The reckoning in sentences, one a line, ending with the source."""
        mark = "" if self.verified else " (the text of this law was not checked: verify before relying on it)"
        return "\n".join((*self.steps, f"Source: {self.citation}, {self.edition}{mark}."))


@dataclass(frozen=True, slots=True)
class ClockStop:
    """An agreed pause of the determination period: it does not run from `stopped` until the day before `restarted`."""

    stopped: date
    restarted: date | None

    def __post_init__(self) -> None:
        if self.restarted is not None and self.restarted < self.stopped:
            raise InputRefused(
                f"The clock cannot restart on {in_words(self.restarted)}, before it stopped on "
                f"{in_words(self.stopped)}.",
                code="clock_restarts_before_stop",
            )


@cache
def periods() -> Mapping[str, Period]:
    """All periods by rule, from the data shipped with this package."""
    return periods_from_data(read_rules("periods"))


def periods_from_data(rules: Mapping[str, Any]) -> Mapping[str, Period]:
    """Periods by rule, from tables as in `data/periods.toml`.

    A rule that was changed says `from` which day it is as it is, and lists under `earlier`, newest first, what was
    different before, each form with its own `from`; the oldest may leave it out. Raises ValueError for data that
    cannot be right.
    """
    return {rule: _with_earlier(rule, row) for rule, row in rules.items()}


def _with_earlier(rule: str, row: Mapping[str, Any]) -> Period:
    plain = {name: value for name, value in row.items() if name not in {"from", "earlier"}}
    forms = [_period(rule, row)]
    for other in row.get("earlier", ()):
        kept = {name: value for name, value in plain.items() if name not in _LENGTHS or not _LENGTHS & other.keys()}
        forms.append(_period(rule, {**kept, **other}))
    starts = [form.in_force_from for form in forms]
    dated = [day for day in starts if day is not None]
    if None in starts[:-1] or dated != sorted(set(dated), reverse=True):
        raise ValueError(f"{rule}: every form but the oldest says from which day it applies, the newest first")
    return replace(forms[0], earlier=tuple(forms[1:]))


_LENGTHS = frozenset({"days", "weeks", "months", "working_days"})


def _period(rule: str, row: Mapping[str, Any]) -> Period:
    lengths: dict[str, Any] = {unit: row.get(unit) for unit in _LENGTHS}
    if sum(value is not None for value in lengths.values()) != 1:
        raise ValueError(f"{rule}: a period has exactly one length")
    if row["starts"] not in ("beginning_with", "day_after") or row["holidays"] not in ("counted", "skipped"):
        raise ValueError(f"{rule}: unknown start or holiday rule")
    return Period(
        rule=rule,
        kind=row["kind"],
        **lengths,
        event_counts=row["starts"] == "beginning_with",
        event=row["event"],
        skip_holidays=row["holidays"] == "skipped",
        citation=row["citation"],
        edition=row["edition"],
        verified=row["verified"],
        in_force_from=row.get("from"),
    )


def due(rule: str, event: date, calendar: Calendar) -> Deadline:
    """The last day of the period that `rule` sets, counted from `event`, by the law of that day.

    Raises InputRefused for an event before the oldest form of the rule that is kept, KeyError for an unknown rule
    and CalendarExhausted where holidays must be known and are not.
    """
    period = periods()[rule].on(event)
    last, steps = _last_day(period, event, calendar)
    return Deadline(
        last_day=last,
        rule=rule,
        citation=period.citation,
        edition=period.edition,
        verified=period.verified,
        inputs=((period.event, event),),
        steps=(*steps, f"The last day is {in_words(last)}."),
    )


def _last_day(period: Period, event: date, calendar: Calendar) -> tuple[date, list[str]]:
    first = event if period.event_counts else event + timedelta(days=1)
    steps = [
        f"{_sentence(period.event)} is {in_words(event)}.",
        f"The period is {period.length}; its first day is {in_words(first)}.",
    ]
    if period.working_days is not None:
        return calendar.add_working_days(event, period.working_days), steps
    if period.months is not None:
        return _add_months(event, period.months), steps
    days = period.days if period.days is not None else 7 * (period.weeks or 0)
    if not period.skip_holidays:
        return first + timedelta(days=days - 1), steps
    stepped = calendar.period_beginning_with(first, days, skip_holidays=True)
    steps += [f"{in_words(day)} ({name}) does not count." for day, name in stepped.skipped]
    return stepped.last_day, steps


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _add_months(day: date, count: int) -> date:
    """The corresponding date `count` months on; the last of the month where there is none."""
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def received_date(instant_day: date, *, within_hours: bool, calendar: Calendar) -> date:
    """The day on which something sent electronically counts as received.

    Sent within the council's business hours of a working day it is that day, otherwise the next working
    day (SI 2015/595, article 2; unverified). `instant_day` is the day of sending in Europe/London.
    """
    if within_hours and calendar.is_working_day(instant_day):
        return instant_day
    return calendar.next_working_day(instant_day)


def determination_deadline(
    rule: str, received: date, calendar: Calendar, *, stops: Sequence[ClockStop] = ()
) -> Deadline:
    """By when the council should decide, before any extension of time.

    `received` is the day on which the last item that made the application valid was received. `stops` are
    agreed pauses; each moves the end on by its length, and an open one makes the deadline undefined, which
    is refused.
    """
    deadline = due(rule, received, calendar)
    last, steps = deadline.last_day, list(deadline.steps[:-1])
    inputs = list(deadline.inputs)
    for stop in stops:
        if stop.restarted is None:
            raise InputRefused(
                f"The clock stopped on {in_words(stop.stopped)} and has not restarted, so there is no "
                "determination deadline yet.",
                code="clock_stopped",
                hint="Restart the clock to see the new date.",
            )
        paused = (stop.restarted - stop.stopped).days
        last += timedelta(days=paused)
        inputs += [("the day the clock stopped", stop.stopped), ("the day the clock restarted", stop.restarted)]
        steps.append(
            f"The clock stood still for {paused} days, from {in_words(stop.stopped)} to "
            f"{in_words(stop.restarted)}, by agreement."
        )
    steps.append(f"The last day is {in_words(last)}.")
    return replace(deadline, last_day=last, inputs=tuple(inputs), steps=tuple(steps))


def agree_extension(deadline: Deadline, until: date, agreed_on: date) -> Deadline:
    """The deadline after a written extension of time.

    `until` must be later than the deadline that it replaces; agreeing after the deadline has passed is
    allowed and said in the steps (SI 2015/595, article 34(2)(c)).
    """
    if until <= deadline.last_day:
        raise InputRefused(
            f"An extension of time has to end after {in_words(deadline.last_day)}, and {in_words(until)} does not.",
            code="extension_not_later",
            hint="Give a later date.",
        )
    late = f", after the deadline of {in_words(deadline.last_day)} had passed" if agreed_on > deadline.last_day else ""
    return replace(
        deadline,
        last_day=until,
        citation="SI 2015/595, article 34(2)(c)",
        edition="as amended to 2025",
        verified=True,
        inputs=(*deadline.inputs, ("the day the extension of time was agreed", agreed_on)),
        steps=(
            *deadline.steps,
            f"On {in_words(agreed_on)} an extension of time to {in_words(until)} was agreed in writing{late}.",
            f"The last day is {in_words(until)}.",
        ),
    )


def earliest_decision(ends: Sequence[Deadline]) -> Deadline:
    """The first day on which the case may be decided: the day after the latest of all periods for comments.

    `ends` holds the end of each site notice, letter, press notice, consultation. It must not be empty: a
    case without any publicity or consultation has no earliest day, and the caller knows that.
    """
    if not ends:
        raise ValueError("no period for comments was given")
    latest = max(ends, key=lambda end: end.last_day)
    first = latest.last_day + timedelta(days=1)
    return replace(
        latest,
        last_day=first,
        inputs=tuple(pair for end in ends for pair in end.inputs),
        steps=(
            *latest.steps,
            f"Of {len(ends)} periods for comments this one ends last.",
            f"The case may be decided from {in_words(first)}.",
        ),
    )
