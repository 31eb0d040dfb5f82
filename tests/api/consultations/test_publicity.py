"""Publicity duties, notices, letters, and the dates that follow from them, on both stores."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from support.consulting import OFFICER, VALID_ON, a_case, at, finding

from api.cases import constraints, store
from api.cases.facts import case_of
from api.consultations import letters, neighbours, publicity
from api.consultations.periods import earliest_decision, end_of, periods_of
from api.core.access import Access
from api.core.audit import trail
from api.core.db import Database
from api.core.outbox import MessageRow
from api.worker.wording import letter_of
from bopsgis.errors import ActRefused, EditConflict, InputRefused, NotAllowed, NotFound
from bopsgis.planning import guards
from bopsgis.planning.case import Role
from bopsgis.planning.publicity import Means

CONSERVATION = finding("conservation-area", "present", "CA1")
HOLIDAYS = {date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6)}


def notice_given(database: Database, reference: str, given_on: date, means: Means = Means.SITE_NOTICE) -> date | None:
    """Ask for a notice and confirm it ten days after it was given; the earliest decision."""
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        notice = publicity.require_notice(work, row, means, at(given_on))
        publicity.confirm_notice(work, row, notice.id, given_on, at(given_on + timedelta(days=10)))
        return row.earliest_decision


@pytest.mark.parametrize(
    ("means", "given_on", "eia", "earliest"),
    [
        (Means.SITE_NOTICE, date(2025, 12, 4), False, date(2025, 12, 25)),
        (Means.SITE_NOTICE, date(2025, 12, 5), False, date(2025, 12, 28)),
        (Means.SITE_NOTICE, date(2025, 12, 12), False, date(2026, 1, 5)),
        (Means.PRESS_NOTICE, date(2025, 12, 12), False, date(2025, 12, 28)),
        (Means.SITE_NOTICE, date(2026, 3, 20), False, date(2026, 4, 12)),
        (Means.SITE_NOTICE, date(2025, 12, 5), True, date(2026, 1, 4)),
    ],
)
def test_a_notice_sets_the_earliest_decision(
    database: Database, means: Means, given_on: date, earliest: date, *, eia: bool
) -> None:
    """21 and 14 days step over Christmas and Easter one by one, 30 days for EIA do not."""
    reference = a_case(database, eia=eia)
    assert notice_given(database, reference, given_on, means) == earliest
    with database.reading(OFFICER) as work:
        row = store.get(work, reference)
        assert row.status == "in_consultation"
        explained = earliest_decision(periods_of(work, row)).explained
        assert f"may be decided from {earliest.day} {earliest:%B %Y}" in explained
        stepped_over = date(2025, 12, 25) < earliest and given_on.year == 2025 and not eia
        assert ("25 December 2025 (Christmas Day) does not count" in explained) is stepped_over
        assert "publicise" in [event.act for event in trail(work, row.id)]


@given(
    began=st.dates(date(2025, 11, 1), date(2026, 4, 10)),
    kind=st.sampled_from(["site_notice", "press_notice", "neighbour_letter", "consultee"]),
)
def test_a_period_has_as_many_days_that_are_no_holidays_as_the_law_says(began: date, kind: str) -> None:
    """Counted one by one, the days from the first to the last without holidays are 14 or 21."""
    last = end_of(kind, began, eia=False).last_day
    days = [began + timedelta(days=n) for n in range((last - began).days + 1)]
    assert sum(day not in HOLIDAYS for day in days) == (14 if kind == "press_notice" else 21)
    assert last not in HOLIDAYS


def test_the_latest_of_all_periods_counts_and_a_correction_moves_it_back(database: Database) -> None:
    """A later press notice moves the date on; put right to an earlier day, the date follows."""
    reference = a_case(database, [CONSERVATION])
    notice_given(database, reference, date(2025, 12, 2))
    assert notice_given(database, reference, date(2026, 1, 5), Means.PRESS_NOTICE) == date(2026, 1, 19)
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        press = publicity.notices_of(work, row)[1]
        publicity.confirm_notice(work, row, press.id, date(2025, 12, 3), at(date(2026, 1, 6)))
        assert row.earliest_decision == date(2025, 12, 23)
        assert {period.kind for period in periods_of(work, row)} == {"site_notice", "press_notice", "website"}


def test_a_late_confirmation_is_taken_and_a_future_one_is_not(database: Database) -> None:
    """Last month is fine, tomorrow and a day before receipt are refused, and nothing changes then."""
    reference = a_case(database)
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        notice = publicity.require_notice(work, row, Means.SITE_NOTICE, at(VALID_ON))
        today = at(date(2026, 1, 20))
        for day in (date(2026, 1, 21), date(2025, 11, 30)):
            with pytest.raises(InputRefused):
                publicity.confirm_notice(work, row, notice.id, day, today)
        assert notice.given_on is None
        publicity.confirm_notice(work, row, notice.id, date(2025, 12, 2), today, document_id=7)
        assert (notice.given_on, notice.document_id) == (date(2025, 12, 2), 7)
        with pytest.raises(NotFound):
            publicity.confirm_notice(work, row, notice.id + 1, date(2025, 12, 2), today)


def test_duties_follow_from_constraints_and_officers_words(database: Database) -> None:
    """A conservation area asks for both notices; dismissed it does not; a listed building added by hand does."""
    reference = a_case(database, [CONSERVATION])
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        assert publicity.refresh(work, row).due == ("site notice", "press notice")
        assert row.publicity_due == ["site notice", "press notice"]
        constraints.override(work, row, "conservation-area", "CA1", "dismissed", "Left out in 2019", at(VALID_ON))
        assert publicity.refresh(work, row).due == ("site notice or neighbour letter",)
        constraints.override(work, row, "listed-building", "", "added", "Listed last week", at(VALID_ON))
        assert publicity.refresh(work, row).due == ("site notice", "press notice")


def test_nothing_is_due_once_all_was_given(database: Database) -> None:
    """Each notice takes its words off the list that the decision waits for; one wanted by hand is on it too."""
    reference = a_case(database, [CONSERVATION])
    notice_given(database, reference, date(2025, 12, 2))
    with database.reading(OFFICER) as work:
        assert store.get(work, reference).publicity_due == ["press notice"]
    notice_given(database, reference, date(2025, 12, 3), Means.PRESS_NOTICE)
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        assert row.publicity_due == []
        publicity.require_notice(work, row, Means.APPLICANT_NOTICE, at(VALID_ON))
        assert row.publicity_due == ["applicant notice"]


def test_a_decision_waits_for_publicity_and_for_comments(database: Database) -> None:
    """The guards of the decision read what is kept here: refused while a notice is due, and up to the last day."""
    reference = a_case(database, [CONSERVATION])
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        publicity.refresh(work, row)
        assert "press notice" in str(guards.publicity_given(case_of(row), {}, "", VALID_ON))
    for means in (Means.SITE_NOTICE, Means.PRESS_NOTICE):
        notice_given(database, reference, date(2025, 12, 5), means)
    with database.reading(OFFICER) as work:
        case = case_of(store.get(work, reference))
        assert guards.publicity_given(case, {}, "", VALID_ON) is None
        assert guards.comments_heard(case, {}, "", date(2025, 12, 27)) is not None
        assert guards.comments_heard(case, {}, "", date(2025, 12, 28)) is None


def test_publicising_is_for_officers_on_live_valid_cases_of_their_council(database: Database) -> None:
    """Another role, another council, a case not yet valid and an older page are all refused."""
    reference, early = a_case(database), a_case(database, valid=None)
    administrator = Access(council_id=1, actor="Admin", roles=frozenset({Role.ADMINISTRATOR}))
    other = Access(council_id=2, actor="B", roles=frozenset({Role.ASSESSOR}))
    with database.unit_of_work(administrator) as work, pytest.raises(NotAllowed):
        publicity.require_notice(work, store.lock(work, reference), Means.SITE_NOTICE, at(VALID_ON))
    with database.unit_of_work(other) as work, pytest.raises(NotFound):
        store.lock(work, reference)
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, early)
        notice = publicity.require_notice(work, row, Means.SITE_NOTICE, at(VALID_ON))
        with pytest.raises(ActRefused):
            publicity.confirm_notice(work, row, notice.id, VALID_ON, at(VALID_ON))
        with pytest.raises(EditConflict):
            store.lock(work, reference, 1)


def with_neighbours(database: Database, *addresses: str) -> str:
    """A case with these neighbours; its reference."""
    reference = a_case(database)
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        for address in addresses:
            neighbours.add_by_hand(work, row, address, "", at(VALID_ON))
    return reference


def test_letters_go_to_each_neighbour_once(database: Database) -> None:
    """Each has one message with its address and the closing date; a second batch has only who came later."""
    reference = with_neighbours(database, "2 Example Street, Town, XT1 1AA", "=SUM(A1), Town")
    day = date(2025, 12, 4)
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        sent = letters.send_letters(work, row, at(day))
        assert (sent.served_on, sent.ends_on, row.earliest_decision) == (
            date(2025, 12, 8),
            date(2025, 12, 30),
            date(2025, 12, 31),
        )
        assert row.publicity_due == []
        messages = list(work.session.scalars(select(MessageRow).order_by(MessageRow.id)))
        assert [message.channel for message in messages] == ["letter", "letter"]
        assert messages[0].payload["to"] == ["The Occupier", "2 Example Street", "Town", "XT1 1AA"]
        assert "30 December 2025" in messages[0].payload["text"]
        words = letter_of(messages[0], {"address": "https://cases.example", "council": "A"}).text
        assert f"https://cases.example/applications/{reference}" in words
        with pytest.raises(InputRefused, match="no neighbour"):
            letters.send_letters(work, row, at(day))
        neighbours.add_by_hand(work, row, "3 Example Street", "", at(day))
        second = letters.send_letters(work, row, at(day))
        assert [letter.address for letter in letters.letters_of(work, second)] == ["3 Example Street"]
        rows = list(csv.reader(letters.as_csv(sent, letters.letters_of(work, sent)).splitlines()))
        assert [line[1] for line in rows] == ["address", "2 Example Street, Town, XT1 1AA", "'=SUM(A1), Town"]


def test_neighbours_are_told_again_with_a_reason_and_a_shorter_period(database: Database) -> None:
    """All get a second letter that begins with the reason; first letters never get less than the law's 21 days."""
    reference = with_neighbours(database, "2 Example Street", "3 Example Street")
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        first = letters.send_letters(work, row, at(date(2025, 12, 1)), response_days=7)
        assert (first.ends_on - first.served_on).days >= 20
        again = letters.send_letters(work, row, at(date(2026, 1, 6)), response_days=14, reason="The roof is lower.")
        assert (again.number, again.kind, again.ends_on) == (2, "renotification", date(2026, 1, 21))
        texts = [m.payload["text"] for m in work.session.scalars(select(MessageRow).order_by(MessageRow.id))]
        assert [text.startswith("The roof is lower.") for text in texts] == [False, False, True, True]
        assert row.earliest_decision == date(2026, 1, 22)


@pytest.mark.parametrize("template", ["Dear ((nmae))", "See ((reference) now", "((reference|upper))"])
def test_a_text_with_an_unknown_placeholder_is_refused(database: Database, template: str) -> None:
    """Misspelt, unclosed and clever placeholders are refused before anything is sent."""
    reference = with_neighbours(database, "2 Example Street")
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        with pytest.raises(InputRefused):
            letters.send_letters(work, row, at(VALID_ON), template=template)
        assert work.session.scalars(select(MessageRow)).all() == []
        assert row.status == "valid"
