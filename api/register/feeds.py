"""The register for other programs: a news feed with places, GeoJSON, and a calendar. The filters are the list's."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final
from xml.etree import ElementTree as ET

import numpy as np
import shapely
from fastapi import APIRouter, Depends, Request
from icalendar import Calendar, Event
from starlette.responses import Response

from api.accounts.guard import council_of, database_of
from api.accounts.tables import CouncilRow
from api.cases.places import sites_of
from api.cases.published import NEWEST, PublicLine, find_published
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import single_valued
from api.core.problems import RequestRefused
from api.maps.case_search import CaseSearch, read_search
from api.maps.places import Places
from api.maps.routes import places_of
from api.register.queries import comments_until
from bopsgis import crs

__all__ = ["MOST", "router"]

MOST: Final = 200
"""Cases in one answer; a feed tells of news, a file of everything comes from the OGC API."""

_ATOM: Final = "http://www.w3.org/2005/Atom"
_GEORSS: Final = "http://www.georss.org/georss"
ET.register_namespace("", _ATOM)
ET.register_namespace("georss", _GEORSS)
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

router = APIRouter(include_in_schema=False, dependencies=[Depends(single_valued)])

Db = Annotated[Database, Depends(database_of)]
Council = Annotated[CouncilRow, Depends(council_of)]
Known = Annotated[Places, Depends(places_of)]

Found = tuple[Sequence[PublicLine], dict[str, shapely.Geometry], dict[str, date]]


@router.get("/applications.atom")
def atom(request: Request, database: Db, council: Council, places: Known) -> Response:
    """Atom (RFC 4287) with the place of each case as a GeoRSS point."""
    search = _search(request, places)
    lines, sites, _ = _found(database, council, search)
    root = _root(request)
    newest = max((line.view["dates"]["published"] for line in lines), default=datetime(2000, 1, 1, tzinfo=UTC))
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _add(feed, "title", f"Planning applications, {council.name}")
    _add(feed, "id", root + search.link("/applications"))
    _add(feed, "updated", _instant(newest))
    _add(_add(feed, "author"), "name", council.name)
    _add(feed, "link", rel="self", href=root + search.link("/applications.atom"))
    _add(feed, "link", rel="alternate", type="text/html", href=root + search.link("/applications"))
    for line in lines:
        _entry(feed, line, sites.get(line.view["reference"]), root)
    return _answer(ET.tostring(feed, encoding="utf-8", xml_declaration=True), "application/atom+xml")


@router.get("/applications.geojson")
def geojson(request: Request, database: Db, council: Council, places: Known) -> Response:
    """GeoJSON (RFC 7946, longitude and latitude): the sites of the cases, with what the register shows of each."""
    lines, sites, ends = _found(database, council, _search(request, places))
    features = [_feature(line, sites.get(line.view["reference"]), ends, _root(request)) for line in lines]
    body = {"type": "FeatureCollection", "features": features, "truncated": len(lines) == MOST}
    return _answer(json.dumps(body, ensure_ascii=False, default=str), "application/geo+json")


@router.get("/applications.ics")
def calendar(request: Request, database: Db, council: Council, places: Known) -> Response:
    """A calendar (RFC 5545) of the last days for comments, from today on."""
    lines, _, ends = _found(database, council, _search(request, places))
    made = Calendar()
    made.add("version", "2.0")
    made.add("prodid", "-//bopsgis//register//EN")
    made.add("x-wr-calname", f"Comment deadlines, {council.name}")
    for line in lines:
        until = ends.get(line.view["reference"])
        if until is not None and until >= clock.today():
            made.add_component(_event(line, until, _root(request)))
    return _answer(made.to_ical(), "text/calendar")


def _search(request: Request, places: Places) -> CaseSearch:
    """The list's search. Raises RequestRefused where a part of it cannot be used: a program reads no summary."""
    search = read_search("/applications", dict(request.query_params), places, default=NEWEST)
    if search.errors:
        first = search.errors[0]
        raise RequestRefused(f"{first.field}: {first.message}.", code="parameters_refused")
    return search


def _found(database: Database, council: CouncilRow, search: CaseSearch) -> Found:
    with database.reading(Access.public(council.id)) as work:
        lines = find_published(work, search.wanted, order=search.order, size=MOST).lines
        references = [line.view["reference"] for line in lines]
        return lines, sites_of(work, references, public=True), comments_until(work, references)


def _root(request: Request) -> str:
    """The service's own address, for links that are read elsewhere: as it is set, never as a caller says."""
    address: str = request.app.state.address
    return address


def _entry(feed: ET.Element, line: PublicLine, site: shapely.Geometry | None, root: str) -> None:
    view = line.view
    address = f"{root}/applications/{view['reference']}"
    entry = _add(feed, "entry")
    _add(entry, "title", f"{view['site']['address']}: {view['proposal']['description']}")
    _add(entry, "id", address)
    _add(entry, "link", href=address)
    _add(entry, "updated", _instant(view["dates"]["published"]))
    _add(entry, "summary", f"{view['reference']}, {view['application_type']['name']}")
    if site is not None:
        point = _degrees(shapely.point_on_surface(site))
        place = ET.SubElement(entry, f"{{{_GEORSS}}}point")
        place.text = f"{shapely.get_y(point):.6f} {shapely.get_x(point):.6f}"


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    """An element of Atom. Characters that XML cannot hold are left out of its text."""
    element = ET.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    element.text = None if text is None else _NO_XML.sub("", text)
    return element


def _feature(line: PublicLine, site: shapely.Geometry | None, ends: dict[str, date], root: str) -> dict[str, Any]:
    view = line.view
    reference = view["reference"]
    return {
        "type": "Feature",
        "id": reference,
        "geometry": None if site is None else json.loads(shapely.to_geojson(_degrees(site))),
        "properties": {
            "reference": reference,
            "address": view["site"]["address"],
            "proposal": view["proposal"]["description"],
            "application_type": view["application_type"]["name"],
            "status": view["status"],
            "decision": view["decision"]["outcome"],
            "comments_until": ends.get(reference),
            "url": f"{root}/applications/{reference}",
        },
    }


def _degrees(geometry: shapely.Geometry) -> shapely.Geometry:
    """The geometry in longitude and latitude, to seven decimals (a centimetre)."""
    (turned,) = crs.geometry_from_national_grid(np.array([geometry], dtype=object), crs.WGS84)
    return shapely.set_precision(turned, 1e-7, mode="pointwise")


def _event(line: PublicLine, until: date, root: str) -> Event:
    view = line.view
    event = Event()
    event.add("uid", f"comments-{view['reference']}@bopsgis")
    event.add("dtstamp", view["dates"]["published"])
    event.add("dtstart", until)
    event.add("dtend", until + timedelta(days=1))
    event.add("summary", f"Last day for comments: {view['site']['address']}")
    event.add("description", view["proposal"]["description"])
    event.add("url", f"{root}/applications/{view['reference']}")
    return event


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _answer(body: str | bytes, kind: str) -> Response:
    return Response(body, media_type=kind, headers={"Cache-Control": "public, max-age=300"})
