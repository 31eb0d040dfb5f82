from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.ingest.dates import is_provisional, read_date

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-01-02", date(2024, 1, 2)),
        ("2024-01-02T00:00:00Z", date(2024, 1, 2)),
        ("2024-01-02 12:30:00+00:00", date(2024, 1, 2)),
        ("2024/1/2", date(2024, 1, 2)),
        ("16/11/1977", date(1977, 11, 16)),
        (" 3.4.1999 ", date(1999, 4, 3)),
        ("16-11-1977 00:00:00", date(1977, 11, 16)),
        ("19811104", date(1981, 11, 4)),
        ("19811104000000", date(1981, 11, 4)),
        ("17/01/20", date(2020, 1, 17)),
        ("17/01/66", date(1966, 1, 17)),
        ("Aug-66", date(1966, 8, 1)),
        ("2 March 1950", date(1950, 3, 2)),
        ("2nd Mar 1950", date(1950, 3, 2)),
        ("October 1989", date(1989, 10, 1)),
        ("1987-05", date(1987, 5, 1)),
        ("1987", date(1987, 1, 1)),
        ("12/25/2019", date(2019, 12, 25)),
        ("582508800000", date(1988, 6, 17)),
        ("29/02/2024", date(2024, 2, 29)),
    ],
)
def test_dates_as_publishers_write_them(text: str, day: date) -> None:
    """Every way of writing a date that we met in real deliveries is read as the day meant."""
    assert read_date(text, TODAY).day == day


@pytest.mark.parametrize("text", ["", "None", "null", "n/a", "-", "0000-00-00", "00000000000000", "9999-12-31"])
def test_nothing_said_is_unknown_without_a_remark(text: str) -> None:
    """An empty date, its usual stand-ins and "never" are unknown and no cause for a remark."""
    assert read_date(text, TODAY) == read_date("", TODAY)
    assert read_date(text, TODAY).day is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("TBA", "date_unreadable"),
        ("Provisional", "date_unreadable"),
        ("Signed, Authorised", "date_unreadable"),
        ("29/12/206", "date_unreadable"),
        ("21/0120", "date_unreadable"),
        ("31/02/2020", "date_unreadable"),
        ("32 Foo 2020", "date_unreadable"),
        ("1066-10-14", "date_out_of_range"),
        ("2999-01-01", "date_out_of_range"),
        ("1e999", "date_unreadable"),
    ],
)
def test_words_and_slips_are_unknown_with_a_remark(text: str, code: str) -> None:
    """What cannot be a date is unknown, never guessed, and says so."""
    found = read_date(text, TODAY)
    assert found.day is None
    assert found.code == code
    assert text.split(",", maxsplit=1)[0] in found.sentence


@pytest.mark.parametrize(
    ("text", "latest"),
    [("1987", date(1987, 12, 31)), ("Feb 2024", date(2024, 2, 29)), ("1987-05", date(1987, 5, 31))],
)
def test_an_end_without_a_day_is_as_late_as_it_can_be(text: str, latest: date) -> None:
    """A designation that ended "in 1987" counts as in force to the end of that year: never a silent no."""
    assert read_date(text, TODAY, latest=True).day == latest
    assert read_date(text, TODAY, latest=True).code == "date_rounded"


@given(
    day=st.dates(date(1801, 1, 1), date(2199, 12, 31)),
    form=st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%Y%m%d000000", "%d %B %Y", "%d-%b-%Y", "%Y/%m/%d"]),
)
def test_every_day_is_read_back_from_every_form(day: date, form: str) -> None:
    """Any day written in any common form is read as that day, with nothing to remark."""
    found = read_date(day.strftime(form), TODAY)
    assert found.day == day
    assert not found.code


@given(st.text(max_size=40))
def test_any_text_at_all_is_read_without_an_error(text: str) -> None:
    """No text makes the reader fall over; an unknown day that was written has a code, or stands for nothing."""
    found = read_date(text, TODAY)
    assert found.day is None or 1800 <= found.day.year <= 2200
    assert bool(found.code) == bool(found.sentence)


def test_provisional_is_a_word_of_its_own() -> None:
    """Only the whole word in any case says that an order is provisional."""
    assert is_provisional(" PROVISIONAL ")
    assert not is_provisional("Provisional until 2020-01-01")
    assert not is_provisional("")
