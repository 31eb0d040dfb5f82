"""Answers about places on the map: what is here, what is near, what has come and gone, how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

import numpy as np
import shapely

from api.maps.basemap import BaseMap
from api.maps.examples import site_text
from api.maps.service import SiteChecks
from api.maps.views import FindingView, report_view
from api.workspace.layers import in_force_on, loaded_layers
from bopsgis import boundary, gridref, measure
from bopsgis.errors import BopsgisError
from bopsgis.types import BBox, Point
from constraints.catalogue import datasets
from constraints.engine import relate
from constraints.model import Status
from constraints.screen import words
from constraints.store import Store

__all__ = ["Change", "Changes", "Here", "Measured", "Near", "NearRow", "changes", "here", "measured", "near"]

_REACH_PIXELS: Final = 10.0
_LEAST_REACH_M, _MOST_REACH_M = 1.0, 20.0
_LONGEST_LINK: Final = 5_500
MOST_NEAR: Final = 100
_PLOTS: Final = "parcels"
_FOUND: Final = frozenset({Status.PRESENT.value, Status.ADJACENT.value})


@dataclass(frozen=True, slots=True)
class Here:
    """What applies at one place, as a report says it, and where to go from here."""

    words: str
    reach: str
    findings: tuple[FindingView, ...]
    not_known: tuple[str, ...]
    check_link: str
    check_words: str


@dataclass(frozen=True, slots=True)
class NearRow:
    """One designation with its distance and direction."""

    title: str
    dataset: str
    away: str


@dataclass(frozen=True, slots=True)
class Near:
    """What lies within a distance, nearest first; `area` is the ground that is nearer than that."""

    heading: str
    rows: tuple[NearRow, ...]
    more: int
    area: shapely.Geometry
    area_words: str
    check_link: str


@dataclass(frozen=True, slots=True)
class Change:
    """One designation that is in force on one of two dates only."""

    came: bool
    title: str
    dataset: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What came and went between two dates, the earlier first."""

    earlier: str
    later: str
    where: str
    rows: tuple[Change, ...]
    undated: int
    """Designations without a start date: they count as in force on both dates."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A straight line between two places."""

    start: str
    end: str
    distance: str
    direction: str


def here(checks: SiteChecks, base: BaseMap, at: Point, said: str, metres_a_pixel: float, on: date) -> Here:
    """What applies at a place: the screening of a small circle round it, so that it says what a report says."""
    reach = min(_MOST_REACH_M, max(_LEAST_REACH_M, _REACH_PIXELS * metres_a_pixel))
    report = checks.check(boundary.from_circle(at, reach), on)
    view = report_view(report)
    found = tuple(one for group in view.groups if group.status in _FOUND for one in group.findings if one.hits)
    not_known = tuple(finding.name for finding in report.findings if finding.status is Status.NOT_KNOWN)
    plot = _plot_at(base, at)
    site = shapely.Point(at.easting, at.northing).buffer(10.0, cap_style="square") if plot is None else plot
    return Here(
        words=_named(at, said),
        reach=words.metres(reach),
        findings=found,
        not_known=not_known,
        check_link=_check_link(site, on) or "/",
        check_words="Check a square of 20 m here" if plot is None else "Check the plot here",
    )


def near(store: Store, origin: shapely.Geometry, said: str, within_m: float, on: date) -> Near:
    """Designations in force within a distance of a place or a site, nearest first."""
    asked = shapely.buffer(origin, 0.005, cap_style="square") if origin.area == 0 else origin
    layers = dict.fromkeys(loaded_layers(store), within_m)
    pairs = relate(store, np.array([asked], dtype=object), layers, as_at=on)
    order = np.lexsort((pairs.feature, pairs.distance_m))
    numbers, distances = pairs.feature[order][:MOST_NEAR], pairs.distance_m[order][:MOST_NEAR]
    directions = measure.bearing(origin, store.feature_geometry(numbers)) if len(numbers) else np.empty(0, "U1")
    rows = tuple(
        _near_row(store, int(number), float(distance), str(direction))
        for number, distance, direction in zip(numbers, distances, directions, strict=True)
    )
    area = shapely.buffer(origin, within_m, quad_segs=16)
    return Near(
        heading=f"Within {words.metres(within_m)} of {said}",
        rows=rows,
        more=len(order) - len(numbers),
        area=area,
        area_words=words.area(float(area.area)),
        check_link=_check_link(area, on),
    )


def changes(
    store: Store, slugs: Sequence[str], dates: tuple[date, date], view: BBox, site: shapely.Geometry | None
) -> Changes:
    """What is in force on one of two dates and not on the other, in the site or else in the view."""
    earlier, later = sorted(dates)
    area = shapely.box(view.west, view.south, view.east, view.north) if site is None else site
    before, after = (in_force_on(store, area, slugs, day) for day in (earlier, later))
    came, gone = np.setdiff1d(after, before), np.setdiff1d(before, after)
    both = np.intersect1d(before, after)
    rows = [_change(store, int(number), came=True) for number in came]
    rows += [_change(store, int(number), came=False) for number in gone]
    return Changes(
        earlier=words.day(earlier),
        later=words.day(later),
        where="on the site" if site is not None else "in this view",
        rows=tuple(sorted(rows, key=lambda row: (row.dataset, row.title))),
        undated=sum(store.feature(int(number)).start_date is None for number in both),
    )


def measured(start: Point, start_words: str, end: Point, end_words: str) -> Measured:
    """How far it is from one place to another, and which way."""
    one, other = (shapely.Point(place.easting, place.northing) for place in (start, end))
    distance = float(measure.distance_m(one, other))
    direction = words.compass(str(measure.bearing(one, other))) if distance else ""
    return Measured(start_words, end_words, f"{distance:,.1f} m", direction)


def _near_row(store: Store, number: int, distance: float, direction: str) -> NearRow:
    feature = store.feature(number)
    dataset = datasets()[feature.dataset]
    away = f"{words.metres(distance)} {words.compass(direction)}" if distance > 0 else "Here"
    return NearRow(feature.name or feature.reference or dataset.name, dataset.name, away)


def _change(store: Store, number: int, *, came: bool) -> Change:
    feature = store.feature(number)
    dataset = datasets()[feature.dataset]
    start, end = feature.start_date, feature.end_date
    return Change(
        came=came,
        title=feature.name or feature.reference or dataset.name,
        dataset=dataset.name,
        start=words.day(start) if start else "not known",
        end=words.day(end) if end else "still in force",
    )


def _plot_at(base: BaseMap, at: Point) -> shapely.Geometry | None:
    """The smallest plot of the base map at a place."""
    if _PLOTS not in base.layers:
        return None
    box = BBox(at.easting - 0.01, at.northing - 0.01, at.easting + 0.01, at.northing + 0.01)
    point = shapely.Point(at.easting, at.northing)
    plots = [plot for plot in base.shapes(_PLOTS, box, 20) if shapely.covers(plot, point)]
    return min(plots, key=shapely.area, default=None)


def _check_link(area: shapely.Geometry, on: date) -> str:
    """To the report on an area; nothing where it cannot be a site or does not fit into a link."""
    try:
        site = site_text(boundary.from_geometry(area))
    except BopsgisError:
        return ""
    return f"/report?{urlencode({'site': site, 'as_at': on.isoformat()})}" if len(site) <= _LONGEST_LINK else ""


def _named(at: Point, said: str) -> str:
    try:
        reference = gridref.format(at)
    except BopsgisError:
        return said
    coordinates = f"{at.easting:.0f}, {at.northing:.0f}"
    return reference if said == coordinates else f"{said} ({reference})"
