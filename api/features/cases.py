"""The public cases as a collection of features: published ones only, and of each what the register may show."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
from geoalchemy2 import functions as spatial
from geoalchemy2.shape import to_shape
from sqlalchemy import ColumnElement, and_, func, or_, select

from api.cases.public_properties import FIELDS, properties_of
from api.cases.tables import CaseRow
from api.cases.wanted import Wanted, published
from api.core.access import Access
from api.core.db import Database, Work
from api.features.collection import Batch, Collection, Query, Selection, Span
from api.features.sql import Target, condition
from api.maps.cql2.syntax import Property
from bopsgis.errors import EditConflict, NotFound

__all__ = ["Cases"]


_COLUMNS: Final = {name: field.column for name, field in FIELDS.items() if field.column is not None}


class Cases(Collection):
    """The cases on the public register of one council."""

    id = "cases"
    title = "Planning cases"
    description = (
        "Cases on the public register, with the site boundary of each. With “datetime”, those that were open then: "
        "from the day they came in to the day they were decided."
    )
    properties: Final = {  # type: ignore[misc]  # the same for every council
        name: Property(field.kind, field.description, queryable=field.column is not None)
        for name, field in FIELDS.items()
    }
    version = ""
    max_age_s = 60

    def __init__(self, database: Database, council_id: int, council: str, address: str = "") -> None:
        self.database = database
        self.access = Access.public(council_id)
        self.council = council
        self.address = address

    @property
    def credits(self) -> tuple[tuple[str, str], ...]:
        """The council's own register."""
        return (("Open Government Licence v3.0", f"Planning register of {self.council}."),)

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east and north of all sites; None where there is none."""
        site = CaseRow.site
        edges = (
            func.min(spatial.ST_XMin(site)),
            func.min(spatial.ST_YMin(site)),
            func.max(spatial.ST_XMax(site)),
            func.max(spatial.ST_YMax(site)),
        )
        with self.database.reading(self.access) as work:
            west, south, east, north = work.session.execute(select(*edges).where(self.visible())).one()
        return None if west is None else (float(west), float(south), float(east), float(north))

    @property
    def span(self) -> Span:
        """From the first case on; there is no last day while the register is kept."""
        with self.database.reading(self.access) as work:
            first = work.session.scalar(select(func.min(CaseRow.received_on)).where(self.visible()))
        return Span(None if first is None else first.isoformat(), None)

    def visible(self) -> ColumnElement[bool]:
        """The condition that every question here starts from: on the register of this council."""
        return published(self.access, Wanted())

    def select(self, query: Query) -> Selection:
        """The cases that fit."""
        wanted = [published(self.access, Wanted(area=query.area))]
        if query.area is not None and query.area.is_empty:
            wanted.append(CaseRow.id < 0)
        if query.interval is not None:
            start, end = query.interval.start, query.interval.end
            if end is not None:
                wanted.append(CaseRow.received_on <= date.fromisoformat(end))
            if start is not None:
                wanted.append(or_(CaseRow.decided_on.is_(None), CaseRow.decided_on >= date.fromisoformat(start)))
        if query.filter is not None:
            target = Target(_COLUMNS, self.properties, CaseRow.site, postgresql=self.database.is_postgresql)
            wanted.append(condition(query.filter, target))
        return _Chosen(self, and_(*wanted))

    def item(self, name: str) -> Batch:
        """The case with this reference. Raises NotFound, for one that is not on the register as well."""
        with self.database.reading(self.access) as work:
            rows = _rows(work, and_(self.visible(), CaseRow.reference == name[:20]), 1)
            if not rows:
                raise NotFound("There is no case of this reference on the register.", code="case")
            return _batch(rows)


class _Chosen(Selection):
    """Cases that fit a condition, in the order of their ids; each page is asked for when it is wanted."""

    def __init__(self, cases: Cases, wanted: ColumnElement[bool]) -> None:
        self.cases = cases
        self.wanted = wanted
        with cases.database.reading(cases.access) as work:
            self.matched = work.session.scalar(select(func.count()).select_from(CaseRow).where(wanted)) or 0

    def page(self, after: str | None, most: int, most_bytes: int) -> Batch:  # noqa: ARG002  # sites are small
        """So many cases after the one where the page before ended."""
        wanted = self.wanted
        if after is not None:
            if not after.isascii() or not after.isdigit() or len(after) > 12:
                raise EditConflict("This link to the next page is not one of ours.", code="page_unknown")
            wanted = and_(wanted, CaseRow.id > int(after))
        with self.cases.database.reading(self.cases.access) as work:
            rows = _rows(work, wanted, most + 1)
            shown = rows[:most]
            return _batch(shown).followed_by(str(shown[-1].id) if len(rows) > most else None)

    def fitting(self, most: int, most_bytes: int) -> int:  # noqa: ARG002  # sites are small
        """How many go into a file."""
        return min(self.matched, most)


def _rows(work: Work, wanted: ColumnElement[bool], most: int) -> list[CaseRow]:
    return list(work.session.scalars(select(CaseRow).where(wanted).order_by(CaseRow.id).limit(most)))


def _batch(rows: list[CaseRow]) -> Batch:
    geometry = np.empty(len(rows), object)
    geometry[:] = [None if row.site is None else to_shape(row.site) for row in rows]
    told = [properties_of(row) for row in rows]
    return Batch([row.reference for row in rows], geometry, {name: [one[name] for one in told] for name in FIELDS})
