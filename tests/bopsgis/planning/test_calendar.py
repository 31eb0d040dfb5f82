"""The calendar of England."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bopsgis.errors import CalendarExhausted
from bopsgis.planning.calendar import ALARM_DAYS, england

KNOWN_DAYS = st.dates(date(2020, 1, 2), date(2028, 6, 30))


def test_agrees_with_an_independent_list_of_bank_holidays() -> None:
    """Every day of the known years is a holiday here exactly if the package `holidays` says so."""
    ours = england()
    theirs = holidays.country_holidays("GB", subdiv="ENG", years=range(2020, 2029))
    days = ours.between(ours.known_from, ours.known_until)
    # A 1 January at a weekend is no bank holiday (its substitute is), nor is a Sunday 26 December.
    weekend_names = {"New Year's Day", "Boxing Day"}
    expected = {
        day
        for day, name in theirs.items()
        if not (day.weekday() == 6 and name in weekend_names) and not (day.weekday() == 5 and name == "New Year's Day")
    }
    assert {day for day, _ in days} == expected


def test_christmas_day_counts_as_a_holiday_even_at_a_weekend() -> None:
    """25 December 2027 is a Saturday: the day itself and its substitute are both public holidays."""
    assert england().holiday(date(2027, 12, 25)) == "Christmas Day"
    assert england().holiday(date(2027, 12, 27)) is not None


def test_a_period_steps_over_each_holiday_it_meets() -> None:
    """21 days after 4 December 2025 end on 27 December, not 26, since 25 and 26 December are stepped over."""
    stepped = england().period_after(date(2025, 12, 4), 21, skip_holidays=True)
    assert stepped.last_day == date(2025, 12, 27)
    assert [day for day, _ in stepped.skipped] == [date(2025, 12, 25), date(2025, 12, 26)]


def test_a_holiday_inside_the_extension_extends_again() -> None:
    """T05: A period that would end on 31 December but met Christmas runs over New Year's Day too."""
    stepped = england().period_after(date(2025, 12, 10), 21, skip_holidays=True)
    assert stepped.last_day == date(2026, 1, 3)


def test_past_the_known_years_the_answer_is_refused() -> None:
    """T06: A day after the list ends raises an error that says what to do, and is never guessed."""
    with pytest.raises(CalendarExhausted, match="31 December 2028"):
        england().is_working_day(date(2029, 1, 1))
    with pytest.raises(CalendarExhausted):
        england().period_after(date(2028, 12, 20), 21, skip_holidays=True)


def test_the_alarm_shows_ninety_days_before_the_list_ends() -> None:
    """T06: the list asks for renewal from 89 days before its end, not at 90."""
    last = england().known_until
    assert not england().needs_renewal(last - timedelta(days=ALARM_DAYS))
    assert england().needs_renewal(last - timedelta(days=ALARM_DAYS - 1))


@given(KNOWN_DAYS, st.integers(1, 60))
def test_a_period_counts_exactly_its_days(first: date, days: int) -> None:
    """Days from first to last, less the holidays among them, are the length of the period, and the last counts."""
    stepped = england().period_beginning_with(first, days, skip_holidays=True)
    span = (stepped.last_day - first).days + 1
    met = list(england().between(first, stepped.last_day))
    assert span - len(met) == days
    assert england().holiday(stepped.last_day) is None
    assert tuple(met) == stepped.skipped


@given(KNOWN_DAYS, st.integers(0, 40))
def test_working_days_add_up(day: date, count: int) -> None:
    """Between a day and the one `count` working days on there are exactly `count` working days."""
    end = england().add_working_days(day, count)
    between = (day + timedelta(days=n) for n in range(1, (end - day).days + 1))
    assert sum(england().is_working_day(d) for d in between) == count
