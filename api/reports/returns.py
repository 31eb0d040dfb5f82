"""A quarter as a table in the manner of the government's returns PS1 and PS2, for a spreadsheet.

It has their measures, not their exact layout: the department's own form is filled in from it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import func, select

from api.cases.tables import CaseRow
from api.core.access import visible_to
from api.core.db import Work
from api.reports.figures import DecidedCase, class_of, decided_cases, ended, timeliness

__all__ = ["quarter_days", "returns_csv"]

Row = tuple[str, str, str, int]
_GRANTED = frozenset({"granted", "split", "not_required", "no_objection"})


def quarter_days(year: int, quarter: int) -> tuple[date, date]:
    """First and last day of a quarter of a calendar year."""
    first = date(year, 3 * quarter - 2, 1)
    after = date(year + quarter // 4, 3 * quarter % 12 + 1, 1)
    return first, after - timedelta(days=1)


def returns_csv(work: Work, year: int, quarter: int) -> str:
    """The quarter's figures: part, kind of application, measure, number."""
    first, last = quarter_days(year, quarter)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["quarter", "part", "kind", "measure", "number"])
    for part, kind, measure, number in (*_first_part(work, first, last), *_second_part(work, first, last)):
        writer.writerow([f"{year} Q{quarter}", part, kind, measure, number])
    return text.getvalue()


def _first_part(work: Work, first: date, last: date) -> Iterator[Row]:
    """As PS1: what was on hand, came, went and remained."""
    began = date(1900, 1, 1)
    before = first - timedelta(days=1)
    decided = decided_cases(work, first, last)
    endings = ended(work, first, last)
    on_hand = _received(work, began, before) - len(decided_cases(work, began, before))
    on_hand -= sum(ended(work, began, before).values())
    received = _received(work, first, last)
    yield "PS1", "All", "On hand at the beginning", on_hand
    yield "PS1", "All", "Received", received
    for act, words in (("withdraw", "Withdrawn"), ("return", "Returned"), ("close", "Closed")):
        yield "PS1", "All", words, endings[act]
    yield "PS1", "All", "Decided", len(decided)
    yield "PS1", "All", "On hand at the end", on_hand + received - len(decided) - sum(endings.values())


def _second_part(work: Work, first: date, last: date) -> Iterator[Row]:
    """As PS2: decisions by kind of application, and whether they were made in time."""
    by_kind: dict[str, list[DecidedCase]] = {}
    for one in decided_cases(work, first, last):
        by_kind.setdefault(class_of(one.application_type), []).append(one)
    for kind, decided in sorted(by_kind.items()):
        stand = timeliness(decided)
        yield "PS2", kind, "Decisions", len(decided)
        yield "PS2", kind, "Granted", sum(one.decision in _GRANTED for one in decided)
        yield "PS2", kind, "Refused", sum(one.decision == "refused" for one in decided)
        yield "PS2", kind, "In time without an extension", stand.in_time
        yield "PS2", kind, "In time with an agreed extension", stand.with_extension
        yield "PS2", kind, "Late", stand.late
        yield "PS2", kind, "Without a deadline", stand.no_deadline


def _received(work: Work, first: date, last: date) -> int:
    query = select(func.count()).select_from(CaseRow)
    seen = visible_to(work.access, CaseRow)
    return work.session.scalar(query.where(seen, CaseRow.received_on >= first, CaseRow.received_on <= last)) or 0
