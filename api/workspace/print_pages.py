"""Print to scale: a page with the choices and the plan as it will be, and the plan as PDF."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

import shapely
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.accounts.guard import database_of
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import single_valued
from api.core.page_forms import FieldError
from api.core.pages import show
from api.maps.basemap import BaseMap
from api.maps.examples import site_text
from api.maps.places import Places
from api.maps.routes import base_map_of, places_of, site_checks
from api.maps.service import SiteChecks
from api.workspace.asked import Reader
from api.workspace.case_site import site_of_case
from api.workspace.layers import SHOWN_FIRST, InView, designations_in_view, loaded_layers
from api.workspace.pages import map_viewer, middle_of
from api.workspace.sheet import ORIENTATIONS, PAPERS, SCALES, Sheet, sheet_pdf, sheet_svg
from bopsgis.errors import InputRefused
from bopsgis.types import Point

__all__ = ["router"]

router = APIRouter(prefix="/map", include_in_schema=False, dependencies=[Depends(single_valued)])

_FIELDS = ("e", "n", "scale", "paper", "orientation", "layers", "on", "site", "case", "place", "title")
_LONGEST_TITLE = 80
Value = TypeVar("Value", str, int)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be printed, and what is wrong with how it was asked."""

    sheet: Sheet
    layers: tuple[str, ...]
    site: shapely.Geometry | None
    errors: tuple[FieldError, ...]
    hidden: Mapping[str, str]


def plan_of(
    request: Request,
    checks: Annotated[SiteChecks, Depends(site_checks)],
    places: Annotated[Places, Depends(places_of)],
    base: Annotated[BaseMap, Depends(base_map_of)],
    database: Annotated[Database, Depends(database_of)],
    who: Annotated[Access | None, Depends(map_viewer)],
) -> Plan:
    """The plan that the address asks for: round a site, a case's site, a place or a centre."""
    given = dict(request.query_params)
    reader = Reader(given, places, clock.today())
    reader.only(_FIELDS)
    loaded = loaded_layers(checks.store())
    site = reader.site()
    shape = None if site is None else site.geometry
    if shape is None and given.get("case"):
        shape = site_of_case(request, database, given["case"], who).geometry
    centre = reader.centre(middle_of(base) if shape is None else _middle(shape))
    place = reader.place("place")
    layers = reader.layers(loaded, SHOWN_FIRST)
    sheet = Sheet(
        title=reader.text("title")[:_LONGEST_TITLE] or "Plan of constraints",
        centre=centre if place is None else place.at,
        scale=_choice(reader, "scale", SCALES, 1_250),
        paper=_choice(reader, "paper", tuple(PAPERS), "a4"),
        orientation=_choice(reader, "orientation", ORIENTATIONS, "portrait"),
        on=reader.day("on") or clock.today(),
        printed=clock.today(),
    )
    if reader.choices:
        reader.errors.append(FieldError("place", "Several places fit: give more of the address, or its UPRN"))
    hidden = {"e": f"{sheet.centre.easting:.1f}", "n": f"{sheet.centre.northing:.1f}", "layers": ",".join(layers)}
    hidden |= {"site": site_text(site)} if site else {"case": given["case"]} if given.get("case") else {}
    return Plan(sheet, layers, shape, tuple(reader.errors), {**hidden, "on": sheet.on.isoformat()})


@router.get("/print")
def choices(
    request: Request,
    plan: Annotated[Plan, Depends(plan_of)],
    checks: Annotated[SiteChecks, Depends(site_checks)],
    base: Annotated[BaseMap, Depends(base_map_of)],
    who: Annotated[Access | None, Depends(map_viewer)],
) -> Response:
    """The choices, and the plan as it will be."""
    seen = _seen(plan, checks)
    drawn = sheet_svg(plan.sheet, base, seen.items, plan.site)
    asked = {
        **plan.hidden,
        "scale": str(plan.sheet.scale),
        "paper": plan.sheet.paper,
        "orientation": plan.sheet.orientation,
        "title": plan.sheet.title,
    }
    context = {
        "plan": plan,
        "sheet": plan.sheet,
        "picture": f"data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode('ascii')}",
        "count": len(seen.rows),
        "more": seen.more,
        "scales": SCALES,
        "papers": tuple(PAPERS),
        "orientations": ORIENTATIONS,
        "given": asked,
        "place": request.query_params.get("place", "") if plan.errors else "",
        "error_of": {error.field: error.message for error in plan.errors},
    }
    return show(request, "workspace/print.html", context, viewer=who, status=422 if plan.errors else 200)


@router.get("/print.pdf")
def pdf(
    request: Request,
    plan: Annotated[Plan, Depends(plan_of)],
    checks: Annotated[SiteChecks, Depends(site_checks)],
    base: Annotated[BaseMap, Depends(base_map_of)],
) -> Response:
    """The plan as PDF. Raises InputRefused for what cannot be printed."""
    if plan.errors:
        raise InputRefused(plan.errors[0].message, code="plan_refused")
    seen = _seen(plan, checks)
    credits_ = dict.fromkeys(
        f"{row.dataset.name}: {row.feature.source.info.publisher}. {row.feature.source.info.attribution}"
        for row in seen.rows
    )
    town = request.app.state.town
    ground = f"Base map: {town}, a made-up town." if town else "Base map: held by this service."
    more = [f"{seen.more} more designations are not drawn."] if seen.more else []
    content = sheet_pdf(plan.sheet, base, seen.items, plan.site, [ground, *credits_, *more])
    name = f"plan-{plan.sheet.scale}-{plan.sheet.paper}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


def _seen(plan: Plan, checks: SiteChecks) -> InView:
    return designations_in_view(checks.store(), plan.sheet.view, plan.layers, plan.sheet.on)


def _middle(shape: shapely.Geometry) -> Point:
    west, south, east, north = shape.bounds
    return Point((west + east) / 2.0, (south + north) / 2.0)


def _choice(reader: Reader, name: str, options: tuple[Value, ...], default: Value) -> Value:
    """One of the options, as it is written."""
    text = reader.text(name)
    if not text:
        return default
    found = next((option for option in options if str(option) == text), None)
    if found is None:
        said = ", ".join(str(option) for option in options)
        reader.errors.append(FieldError(name, f"Select one of {said}"))
        return default
    return found
