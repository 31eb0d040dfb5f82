"""The map of a case: its site with the constraints, notices, neighbours and earlier cases that are listed beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from geoalchemy2.shape import to_shape

from api.cases import store as cases
from api.cases.constraints import constraints_of
from api.cases.tables import CaseRow
from api.casework.desk import Desk
from api.consultations.tables import NeighbourRow, NoticeRow
from api.core.db import Work
from api.decisions.assessment import EarlierCase
from api.maps.case_styles import style_of
from api.maps.figure import Figure, Item, figure
from bopsgis.errors import StoreError
from bopsgis.planning.calendar import in_words
from bopsgis.planning.publicity import Means
from bopsgis.types import BBox
from constraints.catalogue import datasets
from constraints.engine import clipped_geometry, relate
from constraints.render.style import Style, style_table
from constraints.store import Store

__all__ = ["NEIGHBOUR", "CaseMap", "MapRow", "case_map"]

NEIGHBOUR: Final = Style("neighbour", "Neighbour", "#004fa3", (), "dots")
NOTICE: Final = Style("notice", "Notice", "#0b0c0c", (3.0, 3.0), "none")
_ROUND_M: Final = 60.0
"""At least so much ground round the site is shown; a constraint that begins farther away is not on the map."""
_SLACK_M: Final = 1.0
_ON_OR_NEAR: Final = ("present", "adjacent", "near")
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class MapRow:
    """A row of one of the lists beside the map; without a number it is not on the map."""

    id: str
    number: int
    title: str
    told: str


@dataclass(frozen=True, slots=True)
class _Thing:
    """What may be shown: the id that its row would have, its words, and its place where that is known."""

    id: str
    title: str
    told: str
    style: Style
    shape: shapely.Geometry | None

    @property
    def placed(self) -> bool:
        """It has a place on the map."""
        return self.shape is not None and not self.shape.is_empty


@dataclass(frozen=True, slots=True)
class CaseMap:
    """The map, None without a site boundary, and the lists beside it."""

    figure: Figure | None
    constraints: tuple[MapRow, ...]
    notices: tuple[MapRow, ...]
    neighbours: tuple[MapRow, ...]
    earlier: Mapping[str, int]
    """Reference of an earlier case -> its number on the map, of those that have a place."""


def case_map(
    desk: Desk,
    work: Work,
    row: CaseRow,
    *,
    earlier: Sequence[EarlierCase],
    notices: Sequence[NoticeRow],
    neighbours: Sequence[NeighbourRow],
) -> CaseMap:
    """Everything that has a place, numbered once through all lists."""
    site = None if row.site is None else to_shape(row.site)
    groups = (
        [] if site is None else _constraints(desk, work, row, site),
        [_notice(one) for one in notices],
        [_neighbour(one) for one in neighbours],
        [_earlier(one) for one in earlier],
    )
    placed = [thing for group in groups for thing in group if thing.placed] if site is not None else []
    numbers = {thing.id: number for number, thing in enumerate(placed, 1)}
    items = [Item(one.id, numbers[one.id], one.title, one.style, one.shape) for one in placed]
    return CaseMap(
        figure=None if site is None else figure(items, desk.base, site=site, title=f"Site of {row.reference}"),
        constraints=_rows(groups[0], numbers),
        notices=_rows(groups[1], numbers),
        neighbours=_rows(groups[2], numbers),
        earlier={thing.title: numbers[thing.id] for thing in groups[3] if thing.id in numbers},
    )


def _rows(things: Iterable[_Thing], numbers: Mapping[str, int]) -> tuple[MapRow, ...]:
    return tuple(MapRow(one.id, numbers.get(one.id, 0), one.title, one.told) for one in things)


def _constraints(desk: Desk, work: Work, row: CaseRow, site: shapely.Geometry) -> list[_Thing]:
    """The designations of the last check that no officer has dismissed, with what is in view of each."""
    kept = cases.latest_screening(work, row)
    if kept is None:
        return []
    dismissed = {one.dataset: one.dismissed for one in constraints_of(work, row)}
    hits = [
        (finding, hit)
        for finding in kept.report["findings"]
        if finding["status"] in _ON_OR_NEAR and "" not in dismissed.get(finding["dataset"], {})
        for hit in finding.get("hits", ())
        if hit["reference"] not in dismissed.get(finding["dataset"], {})
    ]
    shapes = _shapes(_store_of(desk), site, [hit for _, hit in hits])
    return [
        _Thing(
            f"constraint-{place}",
            hit["name"] or hit["reference"] or finding["name"],
            finding["name"],
            style_table().of(finding["theme"]),
            shapes.get(_key(hit)),
        )
        for place, (finding, hit) in enumerate(hits, 1)
    ]


def _store_of(desk: Desk) -> Store | None:
    """The data as loaded now, None where there are none: a case can be worked on without."""
    checks = desk.request.app.state.checks
    try:
        store: Store | None = None if checks is None else checks.store()
    except StoreError:
        return None
    return store


def _key(hit: Mapping[str, Any]) -> _Key:
    return hit["dataset"], hit["reference"] or "", hit["name"] or ""


def _shapes(
    store: Store | None, site: shapely.Geometry, hits: Sequence[Mapping[str, Any]]
) -> dict[_Key, shapely.Geometry]:
    """The designations as they are loaded now, found by dataset, reference and name, and cut to what is in view."""
    if store is None or not hits:
        return {}
    reach: dict[str, float] = {}
    for hit in hits:
        if hit["dataset"] in datasets() and hit["dataset"] in store.datasets:
            reach[hit["dataset"]] = max(reach.get(hit["dataset"], 0.0), float(hit["distance_m"]) + _SLACK_M)
    numbers = relate(store, np.array([site], dtype=object), reach, as_at=None).feature
    if not len(numbers):
        return {}
    west, south, east, north = site.bounds
    room = max(_ROUND_M, (east - west) / 2.0, (north - south) / 2.0)
    drawn = clipped_geometry(store, numbers, BBox(west, south, east, north).grown(room))
    found: dict[_Key, shapely.Geometry] = {}
    for number, shape in zip(numbers, drawn, strict=True):
        feature = store.feature(int(number))
        found.setdefault((feature.dataset, feature.reference or "", feature.name or ""), shape)
    return found


def _notice(one: NoticeRow) -> _Thing:
    words = Means(one.means).in_words.capitalize()
    given = f"given on {in_words(one.given_on)}" if one.given_on else "not given yet"
    shape = None if one.point is None else to_shape(one.point)
    return _Thing(f"notice-{one.id}", words, f"{given}. {one.instructions}".strip(), NOTICE, shape)


def _neighbour(one: NeighbourRow) -> _Thing:
    shape = None if one.point is None else to_shape(one.point)
    return _Thing(f"neighbour-{one.id}", one.address, "", NEIGHBOUR, shape)


def _earlier(one: EarlierCase) -> _Thing:
    shape = None if one.row.site is None else to_shape(one.row.site)
    return _Thing(f"earlier-{one.row.id}", one.row.reference, "", style_of(one.row.status), shape)
