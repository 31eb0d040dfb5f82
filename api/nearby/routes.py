"""The spatial API: cases by place, what is near, neighbours of a site and its history."""

from __future__ import annotations

from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Depends, Query, Request

from api.accounts.guard import COOKIE, council_of, database_of, officer, officer_or_client
from api.accounts.tables import CouncilRow
from api.cases.wanted import Near, Wanted
from api.consultations.addresses import AddressPoint
from api.consultations.neighbours import by_distance, by_shared_boundary
from api.consultations.routes import source_of
from api.core import clock
from api.core.access import Access
from api.core.db import Database, Work
from api.core.incoming import json_body, single_valued
from api.core.problems import described
from api.maps.forms import read_date
from api.maps.routes import site_checks
from api.maps.service import SiteChecks
from api.nearby import places
from api.nearby.cases import cases_where, history_of
from api.nearby.forms import (
    AddressNear,
    CasesAnswer,
    CasesQuery,
    HistoryAnswer,
    NearAnswer,
    NearQuery,
    NeighboursAnswer,
    NeighboursQuery,
    SiteQuery,
    point_of,
)
from bopsgis import boundary, gridref
from bopsgis.boundary import Boundary
from bopsgis.errors import FormatRefused, NotFound

__all__ = ["router"]

router = APIRouter(prefix="/api/v2", tags=["What is where"], dependencies=[Depends(single_valued)])

_SITE = {
    "type": "Polygon",
    "coordinates": [[[440980, 244690], [441020, 244690], [441020, 244720], [440980, 244720], [440980, 244690]]],
}
_SITE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/geo+json": {
                "schema": {"type": "object", "description": "A GeoJSON Polygon or MultiPolygon, or a Feature of one."},
                "example": _SITE,
            }
        },
    }
}
_PUBLIC = described(400, 401, 403, 404, 413, 415, 422, 503)

_Reading = officer_or_client("cases:read")

Db = Annotated[Database, Depends(database_of)]
Council = Annotated[CouncilRow, Depends(council_of)]
Checks = Annotated[SiteChecks, Depends(site_checks)]


def reader(request: Request, database: Db, council: Council) -> Access:
    """An officer or a client where the request says that it comes from one, else the public.

    Who says so and is not known is refused: they would take the public's part for the whole.
    """
    if "authorization" in request.headers or COOKIE in request.cookies:
        return _Reading(request, database, council)
    return Access.public(council.id)


Reader = Annotated[Access, Depends(reader)]
Officer = Annotated[Access, Depends(officer())]


def _site(value: object, code: str) -> Boundary:
    if not isinstance(value, dict):
        raise FormatRefused("The body must be one GeoJSON object.", code="not_geojson")
    return boundary.from_geojson(value, crs=None if "crs" in value else int(code))


@router.get("/spatial/cases", summary="Find cases by place", responses=_PUBLIC)
def cases_by_place(query: Annotated[CasesQuery, Query()], access: Reader, database: Db) -> CasesAnswer:
    """Cases in a box, round a place, in a ward or under a constraint; what is given has to hold together.

    Anybody gets the cases of the public register, officers and programs with a key those of their council. Round
    a place, each has its distance and the compass point in which it lies.
    """
    near = None
    if query.point is not None and query.radius is not None:
        place = point_of(query.point, query.crs)
        near = Near(place.easting, place.northing, float(query.radius))
    wards = frozenset({query.ward} if query.ward else ())
    constraints = frozenset({query.constraint} if query.constraint else ())
    area = query.area()
    if area is not None and area.is_empty:
        return CasesAnswer(crs=int(query.crs), cases=[], truncated=False)
    wanted = Wanted(area=area, near=near, wards=wards, constraints=constraints)
    with database.reading(access) as work:
        found, more = cases_where(work, wanted, int(query.limit), int(query.crs))
    return CasesAnswer(crs=int(query.crs), cases=found, truncated=more)


@router.post("/spatial/cases", summary="Find cases in a polygon", responses=_PUBLIC, openapi_extra=_SITE_BODY)
def cases_in_polygon(
    site: Annotated[object, Depends(json_body)], query: Annotated[SiteQuery, Query()], access: Reader, database: Db
) -> CasesAnswer:
    """Cases whose sites meet the polygon, newest first. A boundary that crosses itself is refused, never repaired."""
    area = _site(site, query.crs)
    with database.reading(access) as work:
        found, more = cases_where(work, Wanted(area=area.geometry), int(query.limit), int(query.crs))
    return CasesAnswer(crs=int(query.crs), cases=found, truncated=more)


@router.post("/spatial/history", summary="Get the history of a site", responses=_PUBLIC, openapi_extra=_SITE_BODY)
def history(
    site: Annotated[object, Depends(json_body)], query: Annotated[SiteQuery, Query()], access: Reader, database: Db
) -> HistoryAnswer:
    """Cases on this land, newest first, with how much of it each takes in; a neighbour that only touches has 0."""
    asked = _site(site, query.crs)
    with database.reading(access) as work:
        found, more = history_of(work, asked, int(query.limit), int(query.crs))
    return HistoryAnswer(crs=int(query.crs), area_m2=round(asked.area_m2, 2), cases=found, truncated=more)


@router.get("/near", summary="What is near a place", responses=_PUBLIC)
def near_place(
    request: Request, query: Annotated[NearQuery, Query()], access: Reader, database: Db, checks: Checks
) -> NearAnswer:
    """Designations, cases and addresses round a place, nearest first, each with distance and compass point.

    Datasets of which nothing is loaded are named in `not_known`: that none is listed of them is not a no.
    """
    place, within = point_of(query.point, query.crs), float(query.within)
    as_at = read_date(query.as_at, clock.today())
    found = places.designations_near(checks.store(), place, within, as_at)
    wanted = Wanted(near=Near(place.easting, place.northing, within))
    with database.reading(access) as work:
        cases, more_cases = cases_where(work, wanted, places.MOST_LISTED, int(query.crs))
        addresses = _addresses(request, work, shapely.Point(place.easting, place.northing), within)
    cut = {
        "designations": found.truncated,
        "cases": more_cases,
        "addresses": addresses is not None and len(addresses) > places.MOST_LISTED,
    }
    return NearAnswer(
        easting=round(place.easting, 2),
        northing=round(place.northing, 2),
        grid_reference=gridref.format(place),
        within_m=within,
        as_at=as_at,
        designations=found.found,
        not_known=found.not_known,
        cases=cases,
        addresses=(addresses or [])[: places.MOST_LISTED],
        addresses_known=addresses is not None,
        truncated=[name for name, is_cut in cut.items() if is_cut],
    )


def _addresses(request: Request, work: Work, place: Any, within_m: float) -> list[AddressNear] | None:
    """Addresses near a place; None where none are held here."""
    try:
        found: list[AddressPoint] = source_of(request, work).addresses_near(place, within_m)
    except NotFound:
        return None
    return places.addresses_by_distance(place, found)


@router.post("/spatial/neighbours", summary="List a site's neighbours", responses=_PUBLIC, openapi_extra=_SITE_BODY)
def neighbours(
    request: Request,
    access: Officer,
    site: Annotated[object, Depends(json_body)],
    query: Annotated[NeighboursQuery, Query()],
    database: Db,
) -> NeighboursAnswer:
    """Addresses within a distance of the site, or on land that shares a boundary with it.

    By the rules by which neighbours of a case are chosen for letters. For officers.
    """
    asked, own = _site(site, query.crs), frozenset(query.uprns.split(",")) - {""}
    with database.reading(access) as work:
        source = source_of(request, work)
        if query.within is None:
            choice = by_shared_boundary(source, asked.geometry, own)
        else:
            choice = by_distance(source, asked.geometry, own, float(query.within))
    chosen = [candidate.address for candidate in choice.neighbours]
    return NeighboursAnswer(
        rule=choice.rule,
        neighbours=places.addresses_by_distance(asked.geometry, chosen),
        own=places.addresses_by_distance(asked.geometry, choice.own),
    )
