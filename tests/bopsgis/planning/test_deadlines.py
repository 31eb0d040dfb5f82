"""Dates that the law sets, with their explanations."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bopsgis.errors import InputRefused
from bopsgis.planning.calendar import england
from bopsgis.planning.deadlines import (
    ClockStop,
    agree_extension,
    determination_deadline,
    due,
    earliest_decision,
    periods,
    periods_from_data,
    received_date,
)

CALENDAR = england()


@pytest.mark.parametrize(
    ("received", "eight", "thirteen", "sixteen"),
    [
        (date(2026, 2, 28), date(2026, 4, 25), date(2026, 5, 30), date(2026, 6, 20)),
        (date(2024, 2, 29), date(2024, 4, 25), date(2024, 5, 30), date(2024, 6, 20)),
        (date(2025, 12, 24), date(2026, 2, 18), date(2026, 3, 25), date(2026, 4, 15)),
    ],
)
def test_weeks_run_from_the_day_after(received: date, eight: date, thirteen: date, sixteen: date) -> None:
    """T04: 8, 13 and 16 weeks end on the same weekday as receipt, and holidays never extend them."""
    assert determination_deadline("determination-standard", received, CALENDAR).last_day == eight
    assert determination_deadline("determination-major", received, CALENDAR).last_day == thirteen
    assert determination_deadline("determination-eia", received, CALENDAR).last_day == sixteen


def test_agrees_with_a_council_s_published_deadline() -> None:
    """Westminster's published set has an eight-week deadline of 1 October 2024 for 6 August 2024."""
    assert determination_deadline("determination-standard", date(2024, 8, 6), CALENDAR).last_day == date(2024, 10, 1)


def test_a_site_notice_counts_its_own_day_and_steps_over_holidays() -> None:
    """A notice put up on 10 December 2025: day 1 is the 10th, 25, 26 December and 1 January do not count."""
    end = due("representations-site-notice", date(2025, 12, 10), CALENDAR)
    assert end.last_day == date(2026, 1, 2)
    assert "25 December 2025 (Christmas Day) does not count." in end.steps


def test_an_environmental_statement_is_not_extended_by_holidays() -> None:
    """30 days for EIA count holidays."""
    assert due("representations-eia", date(2025, 12, 10), CALENDAR).last_day == date(2026, 1, 8)


def test_the_earliest_decision_waits_for_the_latest_period() -> None:
    """With a letter, a site notice and a press notice, the day after the last end is the first day to decide."""
    ends = [
        due("representations-neighbour-letter", date(2026, 3, 2), CALENDAR),
        due("representations-site-notice", date(2026, 3, 9), CALENDAR),
        due("representations-press-notice", date(2026, 3, 12), CALENDAR),
    ]
    decision = earliest_decision(ends)
    assert decision.last_day == date(2026, 3, 30)
    assert "30 March 2026" in decision.explain()


def test_an_extension_agreed_late_is_allowed_and_said() -> None:
    """T08: agreeing after the deadline has passed gives the agreed date, and the steps tell."""
    deadline = determination_deadline("determination-standard", date(2026, 1, 5), CALENDAR)
    extended = agree_extension(deadline, date(2026, 4, 30), agreed_on=date(2026, 3, 20))
    assert extended.last_day == date(2026, 4, 30)
    assert "after the deadline of 2 March 2026 had passed" in extended.explain()


def test_a_second_extension_replaces_the_first() -> None:
    """T08: the second has to end after the first, and its date is the one that counts."""
    deadline = determination_deadline("determination-standard", date(2026, 1, 5), CALENDAR)
    first = agree_extension(deadline, date(2026, 4, 30), agreed_on=date(2026, 2, 1))
    with pytest.raises(InputRefused, match="30 April 2026"):
        agree_extension(first, date(2026, 4, 30), agreed_on=date(2026, 4, 1))
    assert agree_extension(first, date(2026, 5, 1), agreed_on=date(2026, 4, 1)).last_day == date(2026, 5, 1)


def test_a_stopped_clock_moves_the_end_on_by_its_pause() -> None:
    """T08: ten days of agreed pause give ten days more; an open pause gives no deadline, and says so."""
    stop = ClockStop(date(2026, 1, 20), date(2026, 1, 30))
    plain = determination_deadline("determination-prior-approval-42", date(2026, 1, 5), CALENDAR)
    paused = determination_deadline("determination-prior-approval-42", date(2026, 1, 5), CALENDAR, stops=[stop])
    assert paused.last_day - plain.last_day == timedelta(days=10)
    with pytest.raises(InputRefused, match="has not restarted"):
        determination_deadline(
            "determination-prior-approval-42", date(2026, 1, 5), CALENDAR, stops=[ClockStop(date(2026, 1, 20), None)]
        )
    with pytest.raises(InputRefused, match="before it stopped"):
        ClockStop(date(2026, 1, 20), date(2026, 1, 19))


@pytest.mark.parametrize(
    ("sent", "within_hours", "expected"),
    [
        (date(2026, 7, 1), True, date(2026, 7, 1)),
        (date(2026, 7, 1), False, date(2026, 7, 2)),
        (date(2026, 7, 3), False, date(2026, 7, 6)),
        (date(2026, 7, 4), True, date(2026, 7, 6)),
        (date(2026, 12, 24), False, date(2026, 12, 29)),
    ],
)
def test_sent_out_of_hours_is_received_on_the_next_working_day(
    sent: date, expected: date, *, within_hours: bool
) -> None:
    """T07: evenings, weekends and holidays roll forward to the next working day."""
    assert received_date(sent, within_hours=within_hours, calendar=CALENDAR) == expected


def test_every_rule_can_be_computed_and_explains_itself() -> None:
    """Each period of the data gives a last day after its event, and names its source."""
    for rule, period in periods().items():
        deadline = due(rule, date(2026, 5, 1), CALENDAR)
        assert deadline.last_day > date(2026, 5, 1), rule
        assert period.citation in deadline.explain()
        assert ("was not checked" in deadline.explain()) is not period.verified


@given(st.dates(date(2020, 2, 1), date(2028, 1, 1)), st.sampled_from(sorted(periods())))
def test_a_later_event_never_gives_an_earlier_deadline(event: date, rule: str) -> None:
    """Deadlines are monotonic in the day of the event."""
    assert due(rule, event, CALENDAR).last_day <= due(rule, event + timedelta(days=1), CALENDAR).last_day


LAW = {
    "kind": "determination",
    "weeks": 8,
    "starts": "day_after",
    "event": "the day",
    "holidays": "counted",
    "citation": "An Order",
    "edition": "as made",
    "verified": True,
}


def test_a_rule_has_the_form_of_the_day() -> None:
    """Three forms, the last day of each and the first of the next; before the oldest there is no answer."""
    earlier = [{"days": 50, "from": date(2020, 1, 1), "edition": "of 2020"}, {"weeks": 5, "from": date(2010, 1, 1)}]
    rule = periods_from_data({"r": {**LAW, "from": date(2025, 4, 1), "earlier": earlier}})["r"]
    days = (date(2025, 4, 1), date(2025, 3, 31), date(2020, 1, 1), date(2019, 12, 31), date(2010, 1, 1))
    assert [rule.on(day).length for day in days] == ["8 weeks", "50 days", "50 days", "5 weeks", "5 weeks"]
    assert [rule.on(day).edition for day in days[:3]] == ["as made", "of 2020", "of 2020"]
    with pytest.raises(InputRefused, match="31 December 2009"):
        rule.on(date(2009, 12, 31))


@pytest.mark.parametrize(
    "forms",
    [
        {"earlier": [{"weeks": 5}]},
        {"from": date(2020, 1, 1), "earlier": [{"from": date(2021, 1, 1)}]},
        {"from": date(2020, 1, 1), "earlier": [{"from": date(2020, 1, 1)}]},
        {"from": date(2020, 1, 1), "earlier": [{"weeks": 5}, {"weeks": 4}]},
    ],
    ids=["undated", "out of order", "two of one day", "two without a start"],
)
def test_forms_that_leave_open_which_applies_are_refused(forms: dict[str, object]) -> None:
    """Data from which the rule of a day cannot be told does not load."""
    with pytest.raises(ValueError, match="every form but the oldest"):
        periods_from_data({"r": {**LAW, **forms}})


def test_the_guarantee_is_that_of_the_day_of_the_application() -> None:
    """26 weeks up to November 2023, 16 from December; before there was one, none is guessed."""
    rules = [due("planning-guarantee", day, england()) for day in (date(2023, 11, 30), date(2023, 12, 1))]
    assert [(one.last_day - one.inputs[0][1]).days // 7 for one in rules] == [26, 16]
    with pytest.raises(InputRefused, match="not known here"):
        due("planning-guarantee", date(2013, 9, 30), england())
