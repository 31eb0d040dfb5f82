"""Finding cases for officers: lists in pages, counts of the dashboard's parts, officers' workload, choices of filters.

Lists carry no geometry. A map or an export asks for the same cases with `matching` from `api.cases.wanted`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Generic, TypeVar

from geoalchemy2 import functions as spatial
from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, func, literal, or_, select

from api.accounts.tables import OfficerRoleRow, OfficerRow
from api.cases.tables import CaseAffectedRow, CaseRow
from api.cases.wanted import Near, Order, Sort, Tab, Wanted, matching, near_point, of_tab
from api.core.access import visible_to
from api.core.db import Work
from bopsgis.planning.case import CaseStatus, Role

__all__ = [
    "PAGE_SIZE",
    "Choices",
    "Found",
    "Line",
    "Workload",
    "choices",
    "distance",
    "find",
    "page_of",
    "tab_counts",
    "workloads",
]

PAGE_SIZE: Final = 20
DUE_SOON: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Line:
    """A case in an officer's list."""

    id: int
    version: int
    reference: str
    application_type: str
    status: CaseStatus
    address: str
    postcode: str | None
    ward: str | None
    proposal: str
    received_on: date
    valid_on: date | None
    determination_deadline: date | None
    extended_to: date | None
    earliest_decision: date | None
    decision: str | None
    decided_on: date | None
    case_officer_id: int | None
    case_officer: str | None
    distance_m: float | None
    """From the place of `Wanted.near`, 0 inside the site; None where none was given."""


LineT = TypeVar("LineT")


@dataclass(frozen=True, slots=True)
class Found(Generic[LineT]):
    """One page of a list, and how many cases there are on all pages."""

    lines: tuple[LineT, ...]
    total: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages there are; 1 for an empty list."""
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True, slots=True)
class Workload:
    """What an officer who works on cases has to do. All are cases that are still to be decided."""

    officer_id: int
    name: str
    open: int
    overdue: int
    due_soon: int
    """Not overdue, and due within 14 days."""
    awaiting_review: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from in the filters of a list."""

    types: tuple[str, ...]
    wards: tuple[str, ...]
    constraints: tuple[str, ...]
    officers: tuple[tuple[int, str], ...]
    """Id and name of everybody who can be a case officer."""


def find(
    work: Work,
    wanted: Wanted,
    *,
    on: date,
    tab: Tab = Tab.ALL,
    order: Order = Order(),  # noqa: B008  # frozen
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Found[Line]:
    """One page of the cases that fit, as officers see them. Pages count from 1; one beyond the last is empty.

    Raises ValueError for a sort by distance without a place.
    """
    narrowed = of_tab(work.access, tab, on)
    fits = matching(work.access, wanted) if narrowed is None else and_(matching(work.access, wanted), narrowed)
    rows, total = page_of(work, _columns(wanted.near), fits, wanted, order, page, size)
    lines = tuple(Line(**{**row, "status": CaseStatus(row["status"])}) for row in rows)
    return Found(lines, total, page, size)


def page_of(
    work: Work,
    columns: Sequence[Any],
    fits: ColumnElement[bool],
    wanted: Wanted,
    order: Order,
    page: int,
    size: int,
) -> tuple[list[dict[str, Any]], int]:
    """These columns of one page of the cases that fit, by name, and how many cases there are on all pages.

    Words and places are dear to ask, so that they are asked once: ids are found, sorted and counted together, and
    only the page's own cases are read. Any other list is walked along an index to its page, and counted apart.
    """
    first = (page - 1) * size
    if wanted.words or wanted.area is not None or wanted.near is not None:
        # Found as a whole before they are sorted: with a limit in sight PostgreSQL would walk all cases in their order
        # and look each one's words up, to stop early, and then cannot stop, since they are counted.
        found = select(CaseRow.id, func.count().over().label("total")).where(fits).cte("found")
        found = found.prefix_with("MATERIALIZED", dialect="postgresql")
        counted: Any = select(CaseRow.id, found.c.total).join_from(CaseRow, found, found.c.id == CaseRow.id)
        shown = _in_order(counted, order, wanted.near).limit(size).offset(first).subquery()
        own = select(*columns, shown.c.total).join_from(CaseRow, shown, shown.c.id == CaseRow.id)
        rows = [dict(row) for row in work.session.execute(_in_order(own, order, wanted.near)).mappings()]
        totals = [row.pop("total") for row in rows]
        if totals or page == 1:
            return rows, next(iter(totals), 0)
    else:
        query = _in_order(select(*columns).where(fits), order, wanted.near).limit(size).offset(first)
        rows = [dict(row) for row in work.session.execute(query).mappings()]
    return rows, work.session.scalar(select(func.count()).select_from(CaseRow).where(fits)) or 0


def _columns(near: Near | None) -> tuple[Any, ...]:
    return (
        CaseRow.id,
        CaseRow.version,
        CaseRow.reference,
        CaseRow.application_type,
        CaseRow.status,
        CaseRow.address,
        CaseRow.postcode,
        CaseRow.ward,
        CaseRow.proposal,
        CaseRow.received_on,
        CaseRow.valid_on,
        CaseRow.determination_deadline,
        CaseRow.extended_to,
        CaseRow.earliest_decision,
        CaseRow.decision,
        CaseRow.decided_on,
        CaseRow.case_officer_id,
        _officer_name().label("case_officer"),
        distance(near).label("distance_m"),
    )


def _officer_name() -> Any:
    same_council = OfficerRow.council_id == CaseRow.council_id
    return select(OfficerRow.name).where(same_council, OfficerRow.id == CaseRow.case_officer_id).scalar_subquery()


def distance(near: Near | None) -> ColumnElement[Any]:
    """How far a case's site is from the place, in metres; NULL without a place."""
    return literal(None) if near is None else spatial.ST_Distance(CaseRow.site, near_point(near))


_COLUMNS: Final[dict[Sort, tuple[Any, ...]]] = {
    Sort.DEADLINE: (CaseRow.determination_deadline,),
    Sort.RECEIVED: (CaseRow.received_on,),
    Sort.VALID: (CaseRow.valid_on,),
    Sort.DECIDED: (CaseRow.decided_on,),
    Sort.REFERENCE: (CaseRow.year, CaseRow.number),
    Sort.ADDRESS: (CaseRow.address,),
    Sort.TYPE: (CaseRow.application_type,),
    Sort.STATUS: (CaseRow.status,),
    Sort.WARD: (CaseRow.ward,),
}


def _in_order(query: Select[Any], order: Order, near: Near | None) -> Select[Any]:
    """A query on cases, sorted; equal ones in the order of their ids, so that pages neither repeat nor lose any.

    Raises ValueError for a sort by distance without a place.
    """
    if order.by is Sort.DISTANCE and near is None:
        raise ValueError("a list is sorted by distance from a place, and there is none")
    known: tuple[Any, ...]
    if order.by is Sort.DISTANCE:
        known = (distance(near),)
    elif order.by is Sort.OFFICER:
        known = (_officer_name(),)
    else:
        known = _COLUMNS[order.by]
    # Said in words, since the two stores differ in where they put NULL; so said, both walk an index either way.
    if order.descending:
        return query.order_by(*(column.desc().nulls_first() for column in known), CaseRow.id.desc())
    return query.order_by(*(column.asc().nulls_last() for column in known), CaseRow.id)


def tab_counts(work: Work, wanted: Wanted, *, on: date) -> dict[Tab, int]:
    """How many of the cases that fit are in each part of the officer's dashboard on the day `on`."""
    fits = matching(work.access, wanted)
    parts = {tab: of_tab(work.access, tab, on) for tab in Tab if tab is not Tab.ALL}
    sums = [func.coalesce(func.sum(case((part, 1), else_=0)), 0) for part in parts.values() if part is not None]
    # What is in a part but "all" is still to be decided: few cases of many.
    row = work.session.execute(select(*sums).select_from(CaseRow).where(fits, CaseRow.is_open)).one()
    every = work.session.scalar(select(func.count()).select_from(CaseRow).where(fits)) or 0
    return {**dict(zip(parts, map(int, row), strict=True)), Tab.ALL: every}


def workloads(work: Work, *, on: date) -> tuple[Workload, ...]:
    """The workload of everybody who can be a case officer, and of those who were, by name."""
    deadline = CaseRow.determination_deadline
    overdue, soon = deadline < on, and_(deadline >= on, deadline <= on + DUE_SOON)
    waits = CaseRow.status == CaseStatus.AWAITING_REVIEW.value
    query = (
        select(CaseRow.case_officer_id, func.count(), *(_count_of(one) for one in (overdue, soon, waits)))
        .where(visible_to(work.access, CaseRow), CaseRow.is_open, CaseRow.case_officer_id.is_not(None))
        .group_by(CaseRow.case_officer_id)
    )
    counted = {int(row[0] or 0): tuple(row[1:]) for row in work.session.execute(query)}
    people = _officers(work, also=frozenset(counted))
    return tuple(Workload(key, name, *counted.get(key, (0, 0, 0, 0))) for key, name in people)


def _count_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return cast(func.sum(case((condition, 1), else_=0)), Integer)


def _officers(work: Work, also: frozenset[int] = frozenset()) -> list[tuple[int, str]]:
    suitable = select(OfficerRoleRow.officer_id).where(
        visible_to(work.access, OfficerRoleRow),
        OfficerRoleRow.role.in_([Role.ASSESSOR.value, Role.REVIEWER.value]),
    )
    able = and_(OfficerRow.active, OfficerRow.id.in_(suitable))
    query = select(OfficerRow.id, OfficerRow.name).where(
        visible_to(work.access, OfficerRow), or_(able, OfficerRow.id.in_(sorted(also)))
    )
    return [(key, name) for key, name in work.session.execute(query.order_by(OfficerRow.name, OfficerRow.id))]


def choices(work: Work) -> Choices:
    """What occurs among the council's cases, for the filters of officers' lists."""
    return Choices(
        types=_values(work, CaseRow.application_type, CaseRow),
        wards=_values(work, CaseRow.ward, CaseRow),
        constraints=_values(work, CaseAffectedRow.dataset, CaseAffectedRow),
        officers=tuple(_officers(work)),
    )


def _values(work: Work, column: Any, table: Any) -> tuple[str, ...]:
    """The values of an indexed column, sorted; each is looked up as the next one after the one before.

    Neither store does that for DISTINCT: both would read the whole index for its handful of values.
    """
    least = select(func.min(column)).where(visible_to(work.access, table))
    found = select(least.scalar_subquery().label("value")).cte("found", recursive=True)
    following = least.where(column > found.c.value).correlate(found).scalar_subquery()
    found = found.union_all(select(following).where(found.c.value.is_not(None)))
    return tuple(sorted(work.session.scalars(select(found.c.value).where(found.c.value.is_not(None)))))
