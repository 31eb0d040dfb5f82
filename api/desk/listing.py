"""A page of the dashboard: the rows, and the same cases as a map."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import shapely

from api.cases.finding import Found, Line, find
from api.cases.places import sites_of
from api.cases.wanted import Tab
from api.core.db import Work
from api.desk.words import Due, due, status_words
from api.maps.basemap import BaseMap
from api.maps.case_search import CaseSearch
from api.maps.case_styles import style_of
from api.maps.figure import Figure, Item, figure
from bopsgis.planning.application_types import application_types
from bopsgis.planning.calendar import in_words

__all__ = ["DeskLine", "DeskList", "desk_list"]


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A row of the dashboard. `number` is its number on the map; None for a case without a site boundary."""

    id: str
    number: int | None
    case: Line
    type_name: str
    status: str
    status_class: str
    received: str
    due: Due
    distance: str


@dataclass(frozen=True, slots=True)
class DeskList:
    """One page of the dashboard with its map."""

    lines: tuple[DeskLine, ...]
    found: Found[Line]
    figure: Figure


def desk_list(work: Work, search: CaseSearch, tab: Tab, base: BaseMap, today: date) -> DeskList:
    """The page of the dashboard that is asked for."""
    found = find(work, search.wanted, on=today, tab=tab, order=search.order, page=search.page)
    sites = sites_of(work, [line.reference for line in found.lines], public=False)
    first = (found.page - 1) * found.size + 1
    lines = tuple(
        _line(line, number if line.reference in sites else None, today)
        for number, line in enumerate(found.lines, start=first)
    )
    items = [
        Item(line.id, line.number, line.case.reference, style_of(line.case.status.value), _site(sites, line))
        for line in lines
        if line.number is not None
    ]
    return DeskList(lines, found, figure(items, base, area=search.searched, title="Cases"))


def _site(sites: dict[str, shapely.Geometry], line: DeskLine) -> shapely.Geometry:
    return sites[line.case.reference]


def _line(line: Line, number: int | None, today: date) -> DeskLine:
    status, colour = status_words(line)
    return DeskLine(
        id=f"case-{line.reference}",
        number=number,
        case=line,
        type_name=application_types()[line.application_type].name,
        status=status,
        status_class=colour,
        received=in_words(line.received_on),
        due=due(line, today),
        distance="" if line.distance_m is None else f"{line.distance_m:,.0f} m away",
    )
