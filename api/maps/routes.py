"""The JSON API: check a site, list the datasets, find an address, and the base map by box."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.core import clock
from api.core.conditional import has
from api.core.incoming import json_body, single_valued, web_limits
from api.core.problems import described
from api.maps.basemap import BaseMap, parse_box
from api.maps.forms import read_date
from api.maps.location import Given, check_plan
from api.maps.location_plan import LocationAnswer
from api.maps.many import SitesAnswer, are_many, check_many
from api.maps.page_style import style_module
from api.maps.places import Places
from api.maps.schemas import (
    AddressAnswer,
    CheckQuery,
    DatasetAnswer,
    GridPoint,
    LocationCheck,
    PlacesAnswer,
    ReportAnswer,
    SourceAnswer,
)
from api.maps.service import DatasetState, SiteChecks
from bopsgis import boundary, gridref
from bopsgis.errors import FormatRefused
from bopsgis.types import Point
from constraints import render

__all__ = ["router"]

router = APIRouter(dependencies=[Depends(single_valued)])

_EXAMPLE_SITE = {
    "type": "Feature",
    "properties": {},
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[440980, 244690], [441020, 244690], [441020, 244720], [440980, 244720], [440980, 244690]]],
    },
    "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}},
}
_DAY_S = 86_400
_HOUR_S = 3_600


def site_checks(request: Request) -> SiteChecks:
    """The checks of this application."""
    checks: SiteChecks = request.app.state.checks
    return checks


def places_of(request: Request) -> Places:
    """The addresses of this application."""
    places: Places = request.app.state.places
    return places


def base_map_of(request: Request) -> BaseMap:
    """The base map of this application."""
    base_map: BaseMap = request.app.state.base_map
    return base_map


@router.post(
    "/api/check",
    tags=["Check a site"],
    summary="Check a site against the constraints",
    response_model=ReportAnswer | SitesAnswer,
    responses=described(400, 408, 413, 415, 422, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/geo+json": {
                    "schema": {
                        "type": "object",
                        "description": "A GeoJSON Polygon or MultiPolygon, a Feature of one, or many in a collection.",
                    },
                    "example": _EXAMPLE_SITE,
                }
            },
        }
    },
)
def check(
    site: Annotated[object, Depends(json_body)],
    query: Annotated[CheckQuery, Query()],
    checks: Annotated[SiteChecks, Depends(site_checks)],
    base: Annotated[BaseMap, Depends(base_map_of)],
    known: Annotated[Places, Depends(places_of)],
) -> Response:
    """Send a site boundary as GeoJSON; get the whole report.

    Coordinates are longitude and latitude unless a `crs` member or the parameter `crs` says otherwise. A
    boundary is never repaired: one that crosses itself is refused with the place where it does. A constraint
    of which nothing can be said has the status `not_known` and the reasons; it is never left out.

    A FeatureCollection of more than one area is as many sites, up to 500: the answer has an outcome for each,
    under its own `id`, and one that cannot be used spoils no other.
    """
    if not isinstance(site, dict):
        raise FormatRefused("The body must be one GeoJSON object.", code="not_geojson")
    crs, as_at = None if query.crs is None else int(query.crs), read_date(query.as_at, clock.today())
    councils = None if query.councils is None else tuple(query.councils.split(","))
    if are_many(site):
        answer = check_many(site, crs=crs, checks=checks, as_at=as_at, councils=councils)
        return Response(answer.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})
    outline = boundary.from_geojson(site, crs=crs)
    text = render.json(checks.check(outline, as_at, councils))
    if query.location_plan:
        given = Given(councils[0] if councils and len(councils) == 1 else None, (query.uprn,) if query.uprn else ())
        text = _with_plan(text, check_plan(outline, checks.store(), base, known, given))
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.get(
    "/api/datasets",
    tags=["What is loaded"],
    summary="List the datasets",
    response_model=list[DatasetAnswer],
    responses=described(503),
)
def datasets(checks: Annotated[SiteChecks, Depends(site_checks)]) -> list[DatasetAnswer]:
    """Every dataset of the catalogue with its loaded deliveries, their age and the councils they are complete for."""
    return [_dataset(state) for state in checks.datasets(clock.today())]


class PlacesQuery(BaseModel):
    """What to look for."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(min_length=2, max_length=100, description="Words of an address, or a postcode.", examples=["market"])
    limit: str = Field(default="10", pattern="^([1-9]|[1-9][0-9]|100)$", description="Most addresses, 1 to 100.")


@router.get(
    "/api/places",
    tags=["Find a place"],
    summary="Find an address",
    response_model=PlacesAnswer,
    responses=described(404, 422),
)
def places(query: Annotated[PlacesQuery, Query()], known: Annotated[Places, Depends(places_of)]) -> PlacesAnswer:
    """Addresses that hold every word asked for."""
    limit = int(query.limit)
    found = known.search(query.q, limit + 1) if limit < 100 else known.search(query.q, limit)
    answers = [
        AddressAnswer(
            uprn=address.uprn,
            address=address.text,
            postcode=address.postcode,
            at=_grid_point(address.at),
        )
        for address in found[:limit]
    ]
    return PlacesAnswer(addresses=answers, truncated=len(found) > limit)


class BoxQuery(BaseModel):
    """Which part of the base map."""

    model_config = ConfigDict(extra="forbid")

    bbox: str = Field(max_length=120, description="west,south,east,north in EPSG:27700 metres.")


@router.get(
    "/map/base/{layer}",
    tags=["Base map"],
    summary="Part of the base map",
    response_class=Response,
    responses={
        200: {"content": {"application/geo+json": {}}, "description": "Features in EPSG:27700 metres."},
        304: {"description": "You have this already."},
        **described(404, 422),
    },
)
def base_map(
    layer: str,
    query: Annotated[BoxQuery, Query()],
    request: Request,
    base: Annotated[BaseMap, Depends(base_map_of)],
) -> Response:
    """Features of one layer that meet the box; `truncated` is true where there were too many to send."""
    limits = web_limits(request)
    body = base.geojson(layer, parse_box(query.bbox, limits.max_map_side_m), limits.max_map_features)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": f"public, max-age={_DAY_S}"}
    if has(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/geo+json", headers=headers)


@router.get("/map/style.json", tags=["Base map"], summary="How constraints are drawn")
def map_style() -> Response:
    """Line, dash and pattern of each theme: the one table that page, picture and printed map are drawn from."""
    text = files("constraints.render").joinpath("style.json").read_bytes()
    return Response(text, media_type="application/json", headers={"Cache-Control": f"public, max-age={_DAY_S}"})


@router.get("/map/style.js", include_in_schema=False)
def page_style() -> Response:
    """The base map's rules and the patterns, for the scripts of our pages."""
    headers = {"Cache-Control": f"public, max-age={_HOUR_S}"}
    return Response(style_module(), media_type="text/javascript", headers=headers)


def _with_plan(text: str, plan: Sequence[LocationAnswer]) -> str:
    """The report's JSON with the checks of the location plan at its end."""
    checks = [
        LocationCheck(
            part=one.part,
            state=one.state,
            sentence=one.sentence,
            hint=one.hint,
            at=None if one.at is None else _grid_point(one.at),
        )
        for one in plan
    ]
    added = ",".join(check.model_dump_json() for check in checks)
    return f'{text.rstrip()[:-1]},"location_plan":[{added}]}}'


def _grid_point(at: Point) -> GridPoint:
    return GridPoint(easting=at.easting, northing=at.northing, grid_reference=gridref.format(at))


def _dataset(state: DatasetState) -> DatasetAnswer:
    dataset = state.dataset
    return DatasetAnswer(
        dataset=dataset.slug,
        name=dataset.name,
        theme=dataset.theme,
        meaning=dataset.meaning,
        loaded=state.loaded,
        stale_after_days=dataset.stale_after_days,
        sources=[
            SourceAnswer(
                name=source.info.name,
                publisher=source.info.publisher,
                licence=source.info.licence,
                attribution=source.info.attribution,
                retrieved=source.info.retrieved,
                age_days=source.age_days,
                stale=source.stale,
                everywhere=source.coverage.everywhere,
                councils=list(source.coverage.councils),
                sha256=source.info.sha256,
                rows_in=source.account.rows_in,
                kept=source.account.kept,
                unlocated=source.account.unlocated,
                repaired=source.account.repaired,
            )
            for source in state.sources
        ],
    )
