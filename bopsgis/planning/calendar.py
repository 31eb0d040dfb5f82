"""The calendar that planning law counts in: days in England, with bank holidays as data.

Everything here is about dates, never times or hours, so the change of the clocks cannot matter. A received
instant becomes a date in `api`, in Europe/London.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from bopsgis.errors import CalendarExhausted
from bopsgis.planning.rulebook import read_rules

__all__ = ["ALARM_DAYS", "Calendar", "Stepped", "england", "in_words"]

ALARM_DAYS = 90
"""An alarm shows when fewer days than this are left of the known bank holidays."""

ONE_DAY = timedelta(days=1)


def in_words(day: date) -> str:
    """A date as people write it, for example `4 December 2025`."""
    return f"{day.day} {day:%B %Y}"


@dataclass(frozen=True, slots=True)
class Stepped:
    """The last day of a period, and the holidays that were stepped over to get there."""

    last_day: date
    skipped: tuple[tuple[date, str], ...]


@dataclass(frozen=True)
class Calendar:
    """Bank and public holidays of one country between two dates.

    `holidays` maps each holiday to its name; the list is complete from `known_from` to `known_until`, both
    included. A question about a day outside raises `CalendarExhausted`: a guess could cost a decision.
    """

    holidays: dict[date, str]
    known_from: date
    known_until: date
    citation: str = field(default="")

    def holiday(self, day: date) -> str | None:
        """The name of the holiday that falls on `day`, or None."""
        if not self.known_from <= day <= self.known_until:
            raise CalendarExhausted(
                f"The bank holidays of England are known from {in_words(self.known_from)} to "
                f"{in_words(self.known_until)}, and {in_words(day)} is outside.",
                hint="Add the later years to the list of bank holidays, then ask again.",
            )
        return self.holidays.get(day)

    def is_working_day(self, day: date) -> bool:
        """True for Monday to Friday, unless it is a holiday."""
        return day.weekday() < 5 and self.holiday(day) is None

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        day += ONE_DAY
        while not self.is_working_day(day):
            day += ONE_DAY
        return day

    def this_or_next_working_day(self, day: date) -> date:
        """`day` itself if it is a working day, else the first after it."""
        return day if self.is_working_day(day) else self.next_working_day(day)

    def add_working_days(self, day: date, count: int) -> date:
        """The working day that is `count` (0 or more) working days after `day`."""
        if count < 0:
            raise ValueError("count working days forwards only")
        for _ in range(count):
            day = self.next_working_day(day)
        return day

    def period_beginning_with(self, first_day: date, days: int, *, skip_holidays: bool) -> Stepped:
        """The last day of a period of `days` days that begins with `first_day`, which is its first day.

        With `skip_holidays`, a holiday is not counted; each is stepped over when it is met, so that one that
        falls inside the extension extends the period again. `first_day` counts even where it is a holiday
        itself only if holidays are not skipped.
        """
        if days < 1:
            raise ValueError("a period has at least one day")
        counted, day, skipped = 0, first_day - ONE_DAY, []
        while counted < days:
            day += ONE_DAY
            name = self.holiday(day)
            if skip_holidays and name is not None:
                skipped.append((day, name))
            else:
                counted += 1
        return Stepped(day, tuple(skipped))

    def period_after(self, event: date, days: int, *, skip_holidays: bool) -> Stepped:
        """The last day of a period of `days` days of which the day after `event` is the first."""
        return self.period_beginning_with(event + ONE_DAY, days, skip_holidays=skip_holidays)

    def days_left(self, today: date) -> int:
        """How many days after `today` the list of holidays still covers; negative past its end."""
        return (self.known_until - today).days

    def needs_renewal(self, today: date) -> bool:
        """True from 90 days before the list ends: whoever runs the service should be told."""
        return self.days_left(today) < ALARM_DAYS

    def between(self, first: date, last: date) -> Iterator[tuple[date, str]]:
        """The holidays from `first` to `last`, both included, in order."""
        day = first
        while day <= last:
            if (name := self.holiday(day)) is not None:
                yield day, name
            day += ONE_DAY


@cache
def england() -> Calendar:
    """The calendar of England, from the list shipped with this package."""
    data = read_rules("bank_holidays")
    return Calendar(
        holidays={date.fromisoformat(day): name for day, name in data["holidays"].items()},
        known_from=data["known_from"],
        known_until=data["known_until"],
        citation=data["citation"],
    )
