"""Cases by where their sites lie: the public ones for anybody, all of the council's for its officers."""

from __future__ import annotations

from typing import Any

import shapely
from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from api.cases.finding import distance
from api.cases.public_properties import properties_of
from api.cases.tables import CaseRow
from api.cases.wanted import Near, Wanted, matching, published
from api.core.db import Work
from api.nearby.forms import CaseNear, HistoryCase
from bopsgis import crs, measure
from bopsgis.boundary import Boundary
from bopsgis.planning.case import Role
from bopsgis.types import Point

__all__ = ["cases_where", "history_of"]

_WHERE: dict[int, int] = {crs.NATIONAL_GRID: 3, crs.WGS84: 8}
"""Decimals of coordinates in each system: about a millimetre."""


def cases_where(work: Work, wanted: Wanted, most: int, code: int) -> tuple[list[CaseNear], bool]:
    """Cases that fit and that the reader may see, at most so many, and whether there are more.

    Nearest first where `wanted.near` is given, with distance and direction from there; else newest first.
    Shapes are in EPSG:`code`.
    """
    near = wanted.near
    rows = _rows(work, wanted, most + 1, near)
    place = None if near is None else Point(near.easting, near.northing)
    return [_case(row, place, code) for row in rows[:most]], len(rows) > most


def history_of(work: Work, site: Boundary, most: int, code: int) -> tuple[list[HistoryCase], bool]:
    """Cases whose sites meet a site, newest first, with what they share; and whether there are more."""
    rows = _rows(work, Wanted(area=site.geometry), most + 1, None)
    return [_on_site(row, site, code) for row in rows[:most]], len(rows) > most


def _rows(work: Work, wanted: Wanted, most: int, near: Near | None) -> list[CaseRow]:
    visible = published if work.access.roles == {Role.PUBLIC} else matching
    order = (CaseRow.received_on.desc(),) if near is None else (distance(near),)
    query = select(CaseRow).where(visible(work.access, wanted)).order_by(*order, CaseRow.id.desc())
    return list(work.session.scalars(query.limit(most)))


def _case(row: CaseRow, place: Point | None, code: int) -> CaseNear:
    site = None if row.site is None else to_shape(row.site)
    if place is None or site is None:
        return CaseNear(distance_m=None, bearing="", **_told(row, site, code))
    point = shapely.Point(place.easting, place.northing)
    away = round(float(measure.distance_m(point, site)), 1)
    return CaseNear(distance_m=away, bearing=str(measure.bearing(point, site)), **_told(row, site, code))


def _on_site(row: CaseRow, asked: Boundary, code: int) -> HistoryCase:
    assert row.site is not None  # noqa: S101  # found by where its site lies
    site = to_shape(row.site)
    shared = float(shapely.intersection(site, asked.geometry).area)
    return HistoryCase(
        distance_m=0.0,
        bearing="",
        overlap_m2=round(shared, 2),
        site_share=round(shared / asked.area_m2, 4),
        case_share=round(shared / site.area, 4),
        **_told(row, site, code),
    )


def _told(row: CaseRow, site: BaseGeometry | None, code: int) -> dict[str, Any]:
    shape = None
    if site is not None:
        moved = crs.geometry_from_national_grid(site, code)[0]
        shape = shapely.geometry.mapping(shapely.transform(moved, lambda xy: xy.round(_WHERE[code])))
    return {"properties": properties_of(row), "published": row.published_at is not None, "site": shape}
