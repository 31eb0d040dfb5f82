"""The register as a list and as a map: both from the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely

from api.cases.finding import Found
from api.cases.places import sites_of
from api.cases.published import PublicLine, find_published
from api.core.db import Work
from api.maps.basemap import BaseMap
from api.maps.case_search import CaseSearch
from api.maps.case_styles import style_of
from api.maps.figure import Figure, Item, figure
from api.register.queries import comments_until
from api.register.words import far, status_words
from bopsgis import measure
from bopsgis.planning.calendar import in_words

__all__ = ["RegisterLine", "RegisterList", "register_list"]


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A row of the register. `number` is its number on the map; None for a case without a site boundary."""

    id: str
    number: int | None
    view: Mapping[str, Any]
    status: str
    status_class: str
    received: str
    comments_until: date | None
    distance: str
    site: shapely.Geometry | None


@dataclass(frozen=True, slots=True)
class RegisterList:
    """One page of the register with its map."""

    lines: tuple[RegisterLine, ...]
    found: Found[PublicLine]
    figure: Figure


def register_list(work: Work, search: CaseSearch, base: BaseMap, today: date) -> RegisterList:
    """The page of the register that is asked for."""
    found = find_published(work, search.wanted, order=search.order, page=search.page)
    references = [line.view["reference"] for line in found.lines]
    sites, ends = sites_of(work, references, public=True), comments_until(work, references)
    first = (found.page - 1) * found.size + 1
    lines = tuple(
        _line(line, number, sites.get(line.view["reference"]), ends.get(line.view["reference"]), search, today)
        for number, line in enumerate(found.lines, start=first)
    )
    items = [
        Item(line.id, line.number, line.view["reference"], style_of(line.view["status"]), line.site)
        for line in lines
        if line.site is not None and line.number is not None
    ]
    return RegisterList(lines, found, figure(items, base, area=search.searched, title="Applications"))


def _line(
    line: PublicLine,
    number: int,
    site: shapely.Geometry | None,
    ends: date | None,
    search: CaseSearch,
    today: date,
) -> RegisterLine:
    words, colour = status_words(line.view, ends, today)
    received = line.view["dates"].get("received")
    return RegisterLine(
        id=f"case-{line.view['reference']}",
        number=None if site is None else number,
        view=line.view,
        status=words,
        status_class=colour,
        received="" if received is None else in_words(received),
        comments_until=ends,
        distance=_distance(line, site, search),
        site=site,
    )


def _distance(line: PublicLine, site: shapely.Geometry | None, search: CaseSearch) -> str:
    """How far the site is from the place asked for, measured to its boundary, and in which direction."""
    if line.distance_m is None or site is None or search.place is None:
        return ""
    at = shapely.Point(search.place.at.easting, search.place.at.northing)
    return far(line.distance_m, str(measure.bearing(at, site)))
