"""The pages for people: the form, the report, its downloads, and what is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse, Response

from api.core import clock
from api.core.incoming import SubmittedForm, single_valued, submitted_form, web_limits
from api.core.pages import show
from api.core.problems import RequestRefused
from api.maps.basemap import BaseMap
from api.maps.examples import site_text
from api.maps.forms import NAMES, Asked, ChooseAddress, Refused, SiteForm, read_date
from api.maps.location import Given, check_plan
from api.maps.location_plan import Part
from api.maps.places import Places
from api.maps.routes import base_map_of, places_of, site_checks
from api.maps.service import SiteChecks
from api.maps.site_field import SiteGiven, map_settings, picture_of
from api.maps.views import map_data, picture_uri, report_view
from bopsgis import boundary
from constraints import render
from constraints.catalogue import THEMES
from constraints.model import ConstraintReport

__all__ = ["router"]

router = APIRouter(include_in_schema=False, dependencies=[Depends(single_valued)])


@dataclass(frozen=True, slots=True)
class _Download:
    """One way to take a report away."""

    label: str
    media_type: str
    ending: str
    write: Callable[[ConstraintReport], str | bytes]


_DOWNLOADS: Mapping[str, _Download] = {
    "html": _Download("Web page (HTML)", "text/html", "html", render.html),
    "markdown": _Download("Text (Markdown)", "text/markdown", "md", render.markdown),
    "geojson": _Download("GeoJSON", "application/geo+json", "geojson", render.geojson),
    "odp": _Download("Open Digital Planning JSON", "application/json", "odp.json", render.odp),
    "png": _Download("Map (PNG)", "image/png", "png", lambda report: render.picture(report, fmt="png")),
    "svg": _Download("Map (SVG)", "image/svg+xml", "svg", lambda report: render.picture(report, fmt="svg")),
}


class ReportQuery(BaseModel):
    """A report that is asked again: the site as WKT in EPSG:27700 metres, and the date."""

    model_config = ConfigDict(extra="forbid")

    site: str = Field(min_length=10, max_length=6_000)
    as_at: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    uprn: str | None = Field(default=None, pattern=r"^[0-9]{1,12}$")
    """Of the address that the site is for, which the checks of its location plan look for."""

    def asked(self) -> Asked:
        """The question. Raises InputRefused where the site or the date cannot be used."""
        return Asked(boundary.read(self.site, crs=27700), read_date(self.as_at, clock.today()), self.uprn)


class DownloadQuery(ReportQuery):
    """A report to take away."""

    format: str = Field(pattern=f"^({'|'.join(_DOWNLOADS)})$")


@router.get("/")
def start(request: Request, base: Annotated[BaseMap, Depends(base_map_of)]) -> Response:
    """The form, empty but for today's date."""
    return _form_page(request, base, {}, None)


@router.post("/check")
def check(
    request: Request,
    form: Annotated[SubmittedForm, Depends(submitted_form)],
    checks: Annotated[SiteChecks, Depends(site_checks)],
    places: Annotated[Places, Depends(places_of)],
    base: Annotated[BaseMap, Depends(base_map_of)],
) -> Response:
    """The answer to the form: on to the report, a choice of addresses, or the form with what is wrong."""
    form.only(*NAMES.all, "as_at-day", "as_at-month", "as_at-year")
    outcome = SiteForm(places, clock.today()).read(form)
    if isinstance(outcome, Refused):
        return _form_page(request, base, form.fields, outcome)
    if isinstance(outcome, ChooseAddress):
        return show(request, "maps/choose_address.html", {"choice": outcome, "fields": form.fields})
    site = site_text(outcome.site)
    if len(site) <= web_limits(request).max_site_link_characters:
        given = {"site": site, "as_at": outcome.as_at.isoformat()} | ({"uprn": outcome.uprn} if outcome.uprn else {})
        return RedirectResponse(f"/report?{urlencode(given)}", status_code=303)
    return _report_page(request, checks, base, places, outcome)


@router.get("/report")
def report(
    request: Request,
    query: Annotated[ReportQuery, Query()],
    checks: Annotated[SiteChecks, Depends(site_checks)],
    places: Annotated[Places, Depends(places_of)],
    base: Annotated[BaseMap, Depends(base_map_of)],
) -> Response:
    """The report for a site that fits into a link."""
    return _report_page(request, checks, base, places, query.asked())


@router.get("/report/download")
def download(query: Annotated[DownloadQuery, Query()], checks: Annotated[SiteChecks, Depends(site_checks)]) -> Response:
    """The report as a file, for a site that fits into a link."""
    return _file(checks, query.asked(), query.format)


@router.post("/report/download")
def download_long(
    form: Annotated[SubmittedForm, Depends(submitted_form)], checks: Annotated[SiteChecks, Depends(site_checks)]
) -> Response:
    """The report as a file, for a site too long for a link."""
    form.only("site", "as_at", "format")
    fields = form.fields
    if fields.get("format") not in _DOWNLOADS:
        raise RequestRefused("Choose one of the formats offered.", code="format_unknown")
    asked = Asked(boundary.read(fields.get("site", ""), crs=27700), read_date(fields.get("as_at"), clock.today()))
    return _file(checks, asked, fields["format"])


@router.get("/datasets")
def datasets(request: Request, checks: Annotated[SiteChecks, Depends(site_checks)]) -> Response:
    """What is loaded, how old it is and for whom it is complete."""
    today = clock.today()
    states = checks.datasets(today)
    return show(
        request,
        "maps/datasets.html",
        {
            "active": "datasets",
            "today": today,
            "loaded": [state for state in states if state.loaded],
            "missing": [state for state in states if not state.loaded],
            "themes": THEMES,
            "version": checks.store().version,
        },
    )


def _form_page(request: Request, base: BaseMap, fields: Mapping[str, str], refused: Refused | None) -> Response:
    given = SiteGiven() if refused is None else refused.given
    errors = () if refused is None else refused.errors
    context = {
        "active": "check",
        "fields": _with_today(fields),
        "errors": errors,
        "error_of": {error.field: error.message for error in errors},
        "names": NAMES,
        "given": given,
        "picture": picture_of(given, base),
        "map": map_settings(base, given.fault),
        "examples": [
            (example, urlencode({"site": example.site_text, "as_at": clock.today().isoformat()}))
            for example in request.app.state.examples
        ],
    }
    return show(request, "maps/check.html", context, status=422 if errors else 200)


def _report_page(request: Request, checks: SiteChecks, base: BaseMap, places: Places, asked: Asked) -> Response:
    report = checks.check(asked.site, asked.as_at)
    uprns = () if asked.uprn is None else (asked.uprn,)
    plan = check_plan(asked.site, checks.store(), base, places, Given(uprns=uprns))
    view = report_view(report)
    text = site_text(asked.site)
    context = {
        "view": view,
        "plan": [one for one in plan if uprns or one.part is not Part.ADDRESS],
        "map": map_settings(base),
        "map_data": map_data(report, view),
        "picture": picture_uri(report),
        "site_text": text,
        "as_at": asked.as_at.isoformat(),
        "linkable": len(text) <= web_limits(request).max_site_link_characters,
        "downloads": _DOWNLOADS,
    }
    response = show(request, "maps/report.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _file(checks: SiteChecks, asked: Asked, wanted: str) -> Response:
    report = checks.check(asked.site, asked.as_at)
    kind = _DOWNLOADS[wanted]
    headers = {
        "Content-Disposition": f'attachment; filename="constraints-{report.identity[:12]}.{kind.ending}"',
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
        "Cache-Control": "no-store",
    }
    return Response(kind.write(report), media_type=kind.media_type, headers=headers)


def _with_today(fields: Mapping[str, str]) -> Mapping[str, str]:
    """The fields as sent; a form that was not yet sent gets today's date."""
    if "as_at-day" in fields:
        return fields
    today = clock.today()
    return {**fields, "as_at-day": str(today.day), "as_at-month": str(today.month), "as_at-year": str(today.year)}
