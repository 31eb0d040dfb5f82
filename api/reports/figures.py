"""The figures of a year, counted from the cases. Every count begins with what the reader may see."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import extract, func, select

from api.cases.tables import CaseRow
from api.core.access import visible_to
from api.core.audit import AuditEvent
from api.core.db import Work
from bopsgis.planning.application_types import application_types, families

__all__ = [
    "DecidedCase",
    "Stage",
    "Timeliness",
    "Year",
    "class_of",
    "decided_cases",
    "ended",
    "timeliness",
    "year_of",
    "years",
]

ENDINGS: Final = ("withdraw", "return", "close")
"""Acts that end a case without a decision."""


@dataclass(frozen=True, slots=True)
class DecidedCase:
    """What the figures need of a case that was decided."""

    application_type: str
    ward: str | None
    received_on: date
    valid_on: date | None
    recommended_on: date | None
    decided_on: date
    decision: str
    deadline: date | None
    extended_to: date | None

    @property
    def in_time(self) -> bool | None:
        """Decided by its deadline, or by the agreed extension; None where the law sets no deadline."""
        return None if self.deadline is None else self.decided_on <= self.deadline


@dataclass(frozen=True, slots=True)
class Stage:
    """How long a stage took in the middle: half of the cases took no longer."""

    name: str
    days: float | None
    cases: int


@dataclass(frozen=True, slots=True)
class Timeliness:
    """Decisions by how they stood to their deadline."""

    in_time: int = 0
    with_extension: int = 0
    """In time only since an extension was agreed, or with one in any case."""
    late: int = 0
    no_deadline: int = 0

    @property
    def share(self) -> float | None:
        """The share in time, with or without an extension, of those that had a deadline."""
        total = self.in_time + self.with_extension + self.late
        return None if not total else (self.in_time + self.with_extension) / total


@dataclass(frozen=True, slots=True)
class Year:
    """The figures of a calendar year."""

    year: int
    received: tuple[int, ...]
    """January to December."""
    decided: tuple[int, ...]
    by_type: tuple[tuple[str, int, int], ...]
    """Name of the kind of application, received, decided."""
    stages: tuple[Stage, ...]
    timeliness: Timeliness
    by_ward: tuple[tuple[str, int, int], ...]
    """Ward, received, decided."""


def years(work: Work) -> list[int]:
    """The years in which cases were received, newest first."""
    seen = visible_to(work.access, CaseRow)
    row = work.session.execute(select(func.min(CaseRow.received_on), func.max(CaseRow.received_on)).where(seen)).one()
    ends: tuple[date | None, date | None] = (row[0], row[1])
    return [] if ends[0] is None or ends[1] is None else list(range(ends[1].year, ends[0].year - 1, -1))


def year_of(work: Work, year: int) -> Year:
    """The figures of one year."""
    received = _received(work, year)
    decided = decided_cases(work, date(year, 1, 1), date(year, 12, 31))
    return Year(
        year=year,
        received=_months((month, number) for month, _, _, number in received),
        decided=_months((one.decided_on.month, 1) for one in decided),
        by_type=_both(
            ((class_of(kind), number) for _, kind, _, number in received),
            (class_of(one.application_type) for one in decided),
        ),
        stages=_stages(decided),
        timeliness=timeliness(decided),
        by_ward=_both(((ward or "", number) for _, _, ward, number in received), (one.ward or "" for one in decided)),
    )


def class_of(code: str) -> str:
    """The kind of application that returns count by: majors and householders apart, the rest by their family."""
    kind = application_types()[code]
    if "major" in kind.traits:
        return "Major development"
    if "householder" in kind.traits:
        return "Householder development"
    return families()[kind.family].name


def decided_cases(work: Work, first: date, last: date) -> list[DecidedCase]:
    """Cases decided from one day to another, both included."""
    query = select(
        CaseRow.application_type,
        CaseRow.ward,
        CaseRow.received_on,
        CaseRow.valid_on,
        CaseRow.recommendation,
        CaseRow.decided_on,
        CaseRow.decision,
        CaseRow.determination_deadline,
        CaseRow.extended_to,
    ).where(visible_to(work.access, CaseRow), CaseRow.decided_on >= first, CaseRow.decided_on <= last)
    return [
        DecidedCase(
            application_type=row.application_type,
            ward=row.ward,
            received_on=row.received_on,
            valid_on=row.valid_on,
            recommended_on=_recommended(row.recommendation),
            decided_on=row.decided_on,
            decision=row.decision or "",
            deadline=row.determination_deadline,
            extended_to=row.extended_to,
        )
        for row in work.session.execute(query)
    ]


def timeliness(decided: Sequence[DecidedCase]) -> Timeliness:
    """How decisions stood to their deadlines."""
    with_deadline = [one for one in decided if one.in_time is not None]
    in_time = [one for one in with_deadline if one.in_time]
    extended = sum(one.extended_to is not None for one in in_time)
    return Timeliness(
        in_time=len(in_time) - extended,
        with_extension=extended,
        late=len(with_deadline) - len(in_time),
        no_deadline=len(decided) - len(with_deadline),
    )


def ended(work: Work, first: date, last: date) -> Counter[str]:
    """How many cases ended without a decision from one day to another, by act."""
    query = (
        select(AuditEvent.act, func.count())
        .where(
            visible_to(work.access, AuditEvent),
            AuditEvent.act.in_(ENDINGS),
            AuditEvent.case_id.is_not(None),
            AuditEvent.at >= datetime.combine(first, time.min, UTC),
            AuditEvent.at < datetime.combine(last + timedelta(days=1), time.min, UTC),
        )
        .group_by(AuditEvent.act)
    )
    return Counter({str(act): int(number) for act, number in work.session.execute(query)})


def _recommended(value: Any) -> date | None:
    return None if not value else date.fromisoformat(value["recommended_on"])


def _received(work: Work, year: int) -> list[tuple[int, str, str | None, int]]:
    month = extract("month", CaseRow.received_on)
    query = (
        select(month, CaseRow.application_type, CaseRow.ward, func.count())
        .where(
            visible_to(work.access, CaseRow),
            CaseRow.received_on >= date(year, 1, 1),
            CaseRow.received_on <= date(year, 12, 31),
        )
        .group_by(month, CaseRow.application_type, CaseRow.ward)
    )
    return [(int(row[0]), row[1], row[2], row[3]) for row in work.session.execute(query)]


def _months(counted: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    total: Counter[int] = Counter()
    for month, number in counted:
        total[month] += number
    return tuple(total[month] for month in range(1, 13))


def _both(received: Iterable[tuple[str, int]], decided: Iterable[str]) -> tuple[tuple[str, int, int], ...]:
    came: Counter[str] = Counter()
    for name, number in received:
        came[name] += number
    went = Counter(decided)
    return tuple((name, came[name], went[name]) for name in sorted(came.keys() | went.keys()))


def _stages(decided: Sequence[DecidedCase]) -> tuple[Stage, ...]:
    spans: dict[str, list[int]] = {
        name: []
        for name in (
            "From receipt to valid",
            "From valid to recommendation",
            "From recommendation to decision",
            "From valid to decision",
        )
    }
    for one in decided:
        ends = (
            (one.received_on, one.valid_on),
            (one.valid_on, one.recommended_on),
            (one.recommended_on, one.decided_on),
            (one.valid_on, one.decided_on),
        )
        for taken, (start, end) in zip(spans.values(), ends, strict=True):
            if start is not None and end is not None:
                taken.append((end - start).days)
    return tuple(Stage(name, statistics.median(taken) if taken else None, len(taken)) for name, taken in spans.items())
