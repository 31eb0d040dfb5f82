"""Which cases are looked for: plain values, and the one place where they become conditions of a query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from geoalchemy2 import functions as spatial
from geoalchemy2.shape import from_shape
from shapely import Point
from sqlalchemy import ColumnElement, and_, exists, select

from api.cases.tables import CaseAffectedRow, CaseRow
from api.cases.words import found_by
from api.core.access import Access, visible_to
from bopsgis.planning.case import CaseStatus, Decision
from bopsgis.planning.lifecycle import UNDECIDED

__all__ = ["Days", "Near", "Order", "Sort", "Tab", "Wanted", "matching", "near_point", "of_tab", "published"]


@dataclass(frozen=True, slots=True)
class Days:
    """First and last day, both included; None leaves that side open."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """A place and how far from it, in metres (EPSG:27700)."""

    easting: float
    northing: float
    within_m: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. What is left empty does not narrow; of several values in one field, any will do."""

    words: str = ""
    """As typed: each word begins a word of reference, alternative reference, address, postcode, UPRN, description,
    applicant or agent."""
    types: frozenset[str] = frozenset()
    """Codes of application types."""
    statuses: frozenset[CaseStatus] = frozenset()
    decisions: frozenset[Decision] = frozenset()
    officers: frozenset[int] = frozenset()
    """Ids of case officers; not for the public."""
    wards: frozenset[str] = frozenset()
    constraints: frozenset[str] = frozenset()
    """Datasets of constraints that affect the site."""
    received: Days = Days()
    valid: Days = Days()
    deadline: Days = Days()
    decided: Days = Days()
    area: Any = None
    """A shapely polygon in EPSG:27700 that the site meets."""
    near: Near | None = None
    published_after: datetime | None = None
    """Cases that were put on the register later than this instant."""


class Tab(StrEnum):
    """The parts of an officer's dashboard."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    AWAITING_REVIEW = "awaiting_review"
    """Recommendations that wait for this officer: nobody reviews their own."""
    OVERDUE = "overdue"
    ALL = "all"


class Sort(StrEnum):
    """By what a list is sorted."""

    DEADLINE = "deadline"
    RECEIVED = "received"
    VALID = "valid"
    DECIDED = "decided"
    REFERENCE = "reference"
    ADDRESS = "address"
    TYPE = "type"
    STATUS = "status"
    WARD = "ward"
    OFFICER = "officer"
    DISTANCE = "distance"
    """From the place of `Wanted.near`."""


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted. Cases without a value come last, and first where it is turned round."""

    by: Sort = Sort.DEADLINE
    descending: bool = False


def matching(access: Access, wanted: Wanted) -> ColumnElement[bool]:
    """The condition on `CaseRow` for an officer's or a client's lists, maps and exports; begins with `visible_to`."""
    return and_(visible_to(access, CaseRow), *_conditions(access, wanted, public=False))


def published(access: Access, wanted: Wanted) -> ColumnElement[bool]:
    """The condition on `CaseRow` for everything that the public sees: only cases on the register.

    Words find only what the register shows. Raises ValueError where cases are wanted by their officer.
    """
    if wanted.officers:
        raise ValueError("the register is not searched by officer")
    on_register = CaseRow.published_at.is_not(None)
    return and_(visible_to(access, CaseRow), on_register, *_conditions(access, wanted, public=True))


def of_tab(access: Access, tab: Tab, on: date) -> ColumnElement[bool] | None:
    """What narrows the officer's cases to one part of the dashboard on the day `on`; None for all of them."""
    if tab is Tab.ALL:
        return None
    if tab is Tab.MINE:
        return and_(CaseRow.is_open, CaseRow.case_officer_id == access.officer_id)
    if tab is Tab.UNASSIGNED:
        return and_(CaseRow.is_open, CaseRow.case_officer_id.is_(None))
    if tab is Tab.OVERDUE:
        return and_(CaseRow.is_open, CaseRow.determination_deadline < on)
    recommended_by = CaseRow.recommendation["recommended_by"].as_string()
    return and_(CaseRow.status == CaseStatus.AWAITING_REVIEW.value, recommended_by != access.actor)


def near_point(near: Near) -> Any:
    """The place as a value to bind to a query."""
    return from_shape(Point(near.easting, near.northing), srid=27700, extended=True)


def _conditions(access: Access, wanted: Wanted, *, public: bool) -> Iterator[ColumnElement[bool]]:
    yield from found_by(access, wanted.words, public=public)
    listed = (
        (CaseRow.application_type, wanted.types),
        (CaseRow.status, wanted.statuses),
        (CaseRow.decision, wanted.decisions),
        (CaseRow.case_officer_id, wanted.officers),
        (CaseRow.ward, wanted.wards),
    )
    for column, values in listed:
        if values:
            yield column.in_(sorted(values))
    yield from _led(access, wanted)
    dated = (
        (CaseRow.received_on, wanted.received),
        (CaseRow.valid_on, wanted.valid),
        (CaseRow.determination_deadline, wanted.deadline),
        (CaseRow.decided_on, wanted.decided),
    )
    for day, days in dated:
        if days.first is not None:
            yield day >= days.first
        if days.last is not None:
            yield day <= days.last
    if wanted.published_after is not None:
        yield CaseRow.published_at > wanted.published_after
    yield from _placed(wanted)


def _led(access: Access, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """Status and constraint, said so that a store finds the shortest way to the cases."""
    if wanted.statuses and wanted.statuses <= UNDECIDED:
        yield and_(CaseRow.is_open)  # says nothing new, but leads to the few that are under way
    if wanted.constraints:
        yield _affected(access, wanted)


def _affected(access: Access, wanted: Wanted) -> ColumnElement[bool]:
    """Beside anything else, each case found is looked up; alone, the cases of the datasets are listed at once."""
    kept = and_(visible_to(access, CaseAffectedRow), CaseAffectedRow.dataset.in_(sorted(wanted.constraints)))
    if wanted == Wanted(constraints=wanted.constraints):
        return CaseRow.id.in_(select(CaseAffectedRow.case_id).where(kept))
    return exists().where(CaseAffectedRow.case_id == CaseRow.id, kept)


def _placed(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.area is not None:
        yield spatial.ST_Intersects(CaseRow.site, from_shape(wanted.area, srid=27700, extended=True))
    if wanted.near is not None:
        yield spatial.ST_DWithin(CaseRow.site, near_point(wanted.near), wanted.near.within_m)
