"""Time limits of enforcement, and the stretches that evidence leaves open."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bopsgis.errors import InputRefused
from bopsgis.planning.immunity import immunity, uncovered

DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("kind", "happened_on", "years", "immune_from"),
    [
        ("operations", date(2024, 4, 24), 4, date(2028, 4, 24)),
        ("operations", date(2024, 4, 25), 10, date(2034, 4, 25)),
        ("dwelling", date(2020, 2, 29), 4, date(2024, 2, 29)),
        ("dwelling", date(2024, 5, 1), 10, date(2034, 5, 1)),
        ("use", date(2012, 2, 29), 10, date(2022, 3, 1)),
        ("condition", date(2016, 11, 22), 10, date(2026, 11, 22)),
    ],
)
def test_the_law_s_years_count_from_the_event(kind: str, happened_on: date, years: int, immune_from: date) -> None:
    """Four years for operations and dwellings before 25 April 2024, ten for all else; the last day is not immune."""
    told = immunity(kind, happened_on, immune_from)
    assert (told.years, told.immune_from, told.immune) == (years, immune_from, True)
    assert not immunity(kind, happened_on, immune_from - timedelta(days=1)).immune
    assert told.verified is False


def test_what_makes_no_sense_is_refused() -> None:
    """An unknown kind of breach, one that is to come, and evidence that ends before it begins."""
    with pytest.raises(InputRefused, match="no kind of breach"):
        immunity("sheds", date(2020, 1, 1), date(2026, 1, 1))
    with pytest.raises(InputRefused, match="still to come"):
        immunity("use", date(2027, 1, 1), date(2026, 1, 1))
    with pytest.raises(InputRefused, match="before it begins"):
        uncovered([(date(2020, 2, 1), date(2020, 1, 1))], date(2020, 1, 1), date(2020, 12, 31))


@given(st.lists(st.tuples(DAYS, st.integers(0, 800)), max_size=6), DAYS, st.integers(0, 4000))
def test_gaps_and_evidence_make_up_the_whole(spans: list[tuple[date, int]], first: date, length: int) -> None:
    """Every day is either covered by evidence or in exactly one gap, gaps are in order and apart."""
    given_spans = [(day, day + timedelta(days=days)) for day, days in spans]
    last = first + timedelta(days=length)
    gaps = uncovered(given_spans, first, last)
    assert all(begins <= ends for begins, ends in gaps)
    assert all(before[1] + timedelta(days=1) < after[0] for before, after in itertools.pairwise(gaps))
    open_days = {begins + timedelta(days=n) for begins, ends in gaps for n in range((ends - begins).days + 1)}
    whole = {first + timedelta(days=n) for n in range(length + 1)}
    covered = {day for day in whole if any(begins <= day <= ends for begins, ends in given_spans)}
    assert open_days == whole - covered
