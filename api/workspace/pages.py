"""The constraint workspace, for everybody: layers, what is in view, what is where, and what has changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

import shapely
from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from api.accounts.guard import COOKIE, council_of, database_of, officer, viewer
from api.consultations.routes import source_of
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import single_valued, web_limits
from api.core.pages import show
from api.maps.basemap import BaseMap, parse_box
from api.maps.examples import site_text
from api.maps.figure import Look, figure
from api.maps.places import Places
from api.maps.routes import base_map_of, places_of, site_checks
from api.maps.service import SiteChecks
from api.maps.site_view import PLOTS_PATH
from api.workspace import findings
from api.workspace.asked import OPACITIES, SCALES, Asked, read_asked
from api.workspace.case_site import site_of_case
from api.workspace.layers import SHOWN_FIRST, InView, designations_in_view, loaded_layers, themes
from api.workspace.swatches import swatch_uri
from bopsgis.types import Point
from constraints.screen import words
from constraints.store import Store

__all__ = ["map_viewer", "middle_of", "router", "view_asked"]

router = APIRouter(include_in_schema=False, dependencies=[Depends(single_valued)])

Db = Annotated[Database, Depends(database_of)]

_MIDDLE_OF_ENGLAND = Point(436_300.0, 294_400.0)


def middle_of(base: BaseMap) -> Point:
    """Where the map begins."""
    extent = base.extent
    if extent is None:
        return _MIDDLE_OF_ENGLAND
    return Point((extent.west + extent.east) / 2.0, (extent.south + extent.north) / 2.0)


def view_asked(request: Request, checks: SiteChecks, places: Places, base: BaseMap) -> Asked:
    """The view that the address names; where it names none, the middle of the base map."""
    start = middle_of(base)
    loaded = loaded_layers(checks.store())
    return read_asked(dict(request.query_params), places, clock.today(), start, loaded, SHOWN_FIRST)


def map_viewer(request: Request, database: Db) -> Access | None:
    """The officer who looks, or None. Cases are not asked for: the map works while their database is away."""
    return viewer(request, database, council_of(request, database)) if COOKIE in request.cookies else None


@router.get("/map")
def workspace(
    request: Request,
    checks: Annotated[SiteChecks, Depends(site_checks)],
    places: Annotated[Places, Depends(places_of)],
    base: Annotated[BaseMap, Depends(base_map_of)],
    database: Db,
    who: Annotated[Access | None, Depends(map_viewer)],
) -> Response:
    """The map with its list. What a form asked is answered at its permanent link; so is the site of a `case`."""
    if request.query_params.keys() == {"case"}:
        site = site_of_case(request, database, request.query_params["case"], who)
        return RedirectResponse(f"/map?{_query({'site': site_text(site), 's': '1250'})}", status_code=303)
    asked = view_asked(request, checks, places, base)
    if {"choose", "place"} & asked.fields.keys() and not asked.errors and not asked.choices:
        return RedirectResponse(asked.link(), status_code=303)
    store = checks.store()
    seen = designations_in_view(store, asked.view, asked.layers, asked.on)
    answers = _answers(asked, store, checks, base)
    near = answers["near"]
    drawn = figure(
        seen.items,
        base,
        site=None if asked.site is None else asked.site.geometry,
        area=None if near is None else near.area,
        look=Look(asked.view, asked.opacity / OPACITIES[-1], drawn="size" not in asked.fields),
        title="Map of designations",
    )
    context = {
        "asked": asked,
        "figure": drawn,
        "seen": seen,
        "themes": themes(store, asked.layers, seen.counts),
        "swatch": swatch_uri,
        "scales": [*SCALES, *([] if asked.scale in SCALES else [asked.scale])],
        "opacities": OPACITIES,
        "on_words": words.day(asked.on),
        "short_day": f"{asked.on.day}/{asked.on.month}/{asked.on.year}",
        "permalink": asked.link(),
        "print_link": _print_link(asked),
        "site_check": "" if asked.site is None else _site_check(asked),
        "status_line": status_line(seen),
        **answers,
    }
    return show(request, "workspace/map.html", context, viewer=who, status=422 if asked.errors else 200)


@router.get(PLOTS_PATH)
def plots(request: Request, access: Annotated[Access, Depends(officer())], database: Db, bbox: str) -> Response:
    """The council's own land parcels that meet a box, for officers' maps to snap to: GeoJSON in EPSG:27700 metres.

    Outlines only. They may be licensed to the council alone, so that the public's maps do without.
    """
    limits = web_limits(request)
    box = parse_box(bbox[:120], limits.max_map_side_m)
    with database.reading(access) as work:
        area = shapely.box(box.west, box.south, box.east, box.north)
        found = list(source_of(request, work).parcels_near(area, 0.0).values())
    kept = found[: limits.max_map_features]
    features = [{"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shape)} for shape in kept]
    answer = {"type": "FeatureCollection", "truncated": len(found) > len(kept), "features": features}
    return JSONResponse(answer, media_type="application/geo+json", headers={"Cache-Control": "no-store"})


def status_line(seen: InView) -> str:
    """How much is listed and drawn, in a sentence."""
    count = len(seen.rows)
    if not count:
        return "No designation of the layers chosen is in view."
    said = f"{count} {'designation is' if count == 1 else 'designations are'} in view."
    if seen.more:
        return f"The first {count} of {count + seen.more:,} designations in view. Zoom in, or choose fewer layers."
    return said


def _answers(asked: Asked, store: Store, checks: SiteChecks, base: BaseMap) -> Mapping[str, Any]:
    """Answers to what the address asks beside the view; None for what it does not ask."""
    here = near = None
    if asked.at is not None:
        here = findings.here(checks, base, asked.at.at, asked.at.words, asked.metres_a_pixel, asked.on)
    if asked.within_m is not None and (asked.at is not None or asked.site is not None):
        origin, said = _origin(asked)
        near = findings.near(store, origin, said, asked.within_m, asked.on)
    changes = measured = None
    if asked.then is not None:
        site = None if asked.site is None else asked.site.geometry
        slugs = asked.layers or loaded_layers(store)
        changes = findings.changes(store, slugs, (asked.on, asked.then), asked.view, site)
    if asked.start is not None and asked.end is not None:
        measured = findings.measured(asked.start.at, asked.start.words, asked.end.at, asked.end.words)
    return {"here": here, "near": near, "changes": changes, "measured": measured}


def _origin(asked: Asked) -> tuple[shapely.Geometry, str]:
    if asked.at is not None:
        return shapely.Point(asked.at.at.easting, asked.at.at.northing), asked.at.words
    assert asked.site is not None  # noqa: S101  # asked only where there is one of the two
    return asked.site.geometry, "the site"


def _print_link(asked: Asked) -> str:
    scale = min((500, 1_250, 2_500), key=lambda one: abs(one - asked.scale))
    given = asked.hidden | {"scale": str(scale)}
    given.pop("s")
    given.pop("opacity", None)
    return f"/map/print?{_query(given)}"


def _site_check(asked: Asked) -> str:
    assert asked.site is not None  # noqa: S101  # asked only where there is a site
    return f"/report?{_query({'site': site_text(asked.site), 'as_at': asked.on.isoformat()})}"


def _query(given: Mapping[str, str]) -> str:
    return urlencode(given, safe=",")
