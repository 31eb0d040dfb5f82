"""House plots: every block's street frontage is cut into widths, and the land behind goes to the nearest of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import plan
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPoint, Polygon
from shapes import Array, Objects, areas_of, only_areas
from streets import ERAS, Ground, Street

__all__ = ["Frontages", "Plot", "cut_block"]

_STEP_M = 1.9
_WINDOW = 4
_CORNER_RAD = 0.9
_SPARE_M = 5.0
"""Plots reach this much beyond their usual depth, and round the end of a row, where the land is free."""
_FILL_M = 16.0
"""Gaps between plots up to twice this wide are shared out among them."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A piece of land that faces a street."""

    shape: Polygon
    street: int
    front: tuple[tuple[float, float], tuple[float, float]]
    """The ends of its frontage, with the plot on the left of the way from first to second."""
    district: str
    era: str
    run: int
    """Plots in one unbroken row share this number."""
    place: int
    """Its place in the row, from 0."""
    corner: bool


@dataclass(frozen=True, slots=True)
class Frontages:
    """Finds the street and the district at a point of a block's edge."""

    streets: list[Street]
    ways: shapely.STRtree
    reach: Array
    faces: shapely.STRtree
    eras: list[tuple[str, str]]
    no_building: shapely.Geometry

    @classmethod
    def of(cls, streets: list[Street], faces: dict[str, Polygon], land: Ground) -> Frontages:
        """Look-ups over a street network, the districts' faces and the land that is not built on."""
        ways = [
            shapely.union(street.line, land.market_place) if street.name == "Market Place" else street.line
            for street in streets
        ]
        built = [d for d in plan.DISTRICTS if d.era in ERAS]
        inside = [faces[d.key].intersection(land.edge) for d in built]
        no_building = shapely.union_all([land.river.buffer(36), land.brook.buffer(14), land.railway.buffer(20)])
        shapely.prepare(no_building)
        return cls(
            streets=streets,
            ways=shapely.STRtree(ways),
            reach=np.array([street.width_m / 2 + 4.2 for street in streets]),
            faces=shapely.STRtree(inside),
            eras=[(d.key, d.era) for d in built],
            no_building=no_building,
        )

    def at(self, points: Objects) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Street and built district of each point; -1 where there is none."""
        street = np.full(len(points), -1)
        (asked, found), distance = self.ways.query_nearest(points, return_distance=True, all_matches=False)
        street[asked] = np.where(distance <= self.reach[found], found, -1)
        district = np.full(len(points), -1)
        asked, found = self.faces.query(points, predicate="intersects")
        district[asked] = found
        district[shapely.intersects(self.no_building, points)] = -1
        return street, district


@dataclass(slots=True)
class _Row:
    """A stretch of a block's edge along one street: its samples in order, and the plots cut from it."""

    xy: Array
    street: int
    district: int
    plot: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    count: int = 0
    corners: frozenset[int] = frozenset()


def _samples(ring: LineString) -> Array:
    """Points along a ring about 2 m apart, with the block on the left."""
    corners = shapely.get_coordinates(ring)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    count = max(4, int(along[-1] / _STEP_M))
    at = np.arange(count) * along[-1] / count
    return np.column_stack([np.interp(at, along, corners[:, 0]), np.interp(at, along, corners[:, 1])])


def _rows(ring: LineString, look: Frontages) -> Iterator[_Row]:
    """The fronted stretches of one ring of a block."""
    xy = _samples(ring)
    street, district = look.at(shapely.points(xy))
    fronted = np.array([s >= 0 and d >= 0 and look.streets[s].fronted for s, d in zip(street, district, strict=True)])
    key = np.where(fronted, street * 1000 + district, -1)
    changes = np.flatnonzero(key != np.roll(key, 1))
    if len(changes) == 0:
        starts, order = [0], np.arange(len(xy))
    else:
        order = np.roll(np.arange(len(xy)), -int(changes[0]))
        starts = sorted(int((c - changes[0]) % len(xy)) for c in changes)
    for start, end in zip(starts, [*starts[1:], len(xy)], strict=True):
        part = order[start:end]
        if key[part[0]] >= 0 and len(part) * _STEP_M > 0.8 * ERAS[look.eras[district[part[0]]][1]].plot_m:
            yield _Row(xy[part], int(street[part[0]]), int(district[part[0]]))


def _bends(xy: Array) -> list[int]:
    """Samples at which the edge turns a corner towards the block."""
    if len(xy) <= 2 * _WINDOW:
        return []
    before = xy[_WINDOW:-_WINDOW] - xy[: -2 * _WINDOW]
    after = xy[2 * _WINDOW :] - xy[_WINDOW:-_WINDOW]
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    turn = np.arctan2(cross, (before * after).sum(axis=1))
    found: list[int] = []
    for at in np.argsort(-turn, kind="stable"):
        if turn[at] < _CORNER_RAD:
            break
        if all(abs(at + _WINDOW - other) > 3 * _WINDOW for other in found):
            found.append(int(at) + _WINDOW)
    return sorted(found)


def _divide(row: _Row, width_m: float, rng: np.random.Generator, uneven: float) -> None:
    """Cut a row into plots about `width_m` wide; a corner goes to one plot that has both sides."""
    half = max(1, round(0.8 * width_m / _STEP_M))
    plot = np.zeros(len(row.xy), dtype=np.int64)
    number, at = 0, 0
    corners = set()
    for bend in [*_bends(row.xy), None]:
        end = len(row.xy) if bend is None else max(at, bend - half)
        length = (end - at) * _STEP_M
        count = round(length / width_m)
        if end > at:
            pieces = max(1, count)
            cuts = np.linspace(0, 1, pieces + 1)
            cuts[1:-1] += rng.uniform(-uneven, uneven, pieces - 1) / pieces
            share = (np.arange(end - at) + 0.5) / (end - at)
            plot[at:end] = number + np.searchsorted(cuts[1:-1], share)
            number += pieces
        if bend is not None:
            stop = min(len(row.xy), bend + half)
            plot[end:stop] = number
            corners.add(number)
            number, at = number + 1, stop
    row.plot, row.count, row.corners = plot, number, frozenset(corners)


def _front(xy: Array) -> tuple[tuple[float, float], tuple[float, float]]:
    """The ends of a frontage, reaching half a step beyond its outer samples."""
    if len(xy) == 1:
        return (float(xy[0, 0]), float(xy[0, 1])), (float(xy[0, 0]), float(xy[0, 1]))
    first = xy[0] - (xy[1] - xy[0]) / 2
    last = xy[-1] + (xy[-1] - xy[-2]) / 2
    return (float(first[0]), float(first[1])), (float(last[0]), float(last[1]))


def _corner_front(xy: Array) -> tuple[tuple[float, float], tuple[float, float]]:
    """The longer side of a corner plot's frontage."""
    middle = len(xy) // 2
    return _front(xy[: middle + 1]) if middle + 1 >= len(xy) - middle else _front(xy[middle:])


def _cells(rows: list[_Row], region: shapely.Geometry, reach_m: float) -> list[shapely.Geometry]:
    """The part of a region nearest to each plot's frontage, row by row, plot by plot.

    No part of the region is further than `reach_m` from the row it belongs to, so each row is cut from its own
    surroundings: blocks with long edges would otherwise be walked round in full for every plot.
    """
    xy = np.vstack([row.xy for row in rows])
    offsets = np.cumsum([0, *(row.count for row in rows)])
    plot = np.concatenate([row.plot + offset for row, offset in zip(rows, offsets[:-1], strict=True)])
    cells = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(xy), extend_to=region, ordered=True))
    order = np.argsort(plot, kind="stable")
    groups = np.split(cells[order], np.cumsum(np.bincount(plot))[:-1])
    joined = np.array([shapely.coverage_union_all(group) for group in groups], dtype=object)
    large = shapely.get_num_coordinates(region) > 300
    for row, first, end in zip(rows, offsets[:-1], offsets[1:], strict=True):
        box = shapely.box(*(row.xy.min(axis=0) - reach_m), *(row.xy.max(axis=0) + reach_m))
        near = only_areas(region.intersection(box)) if large else region
        joined[first:end] = shapely.intersection(joined[first:end], near)
    return list(joined)


def _pass_plots(rows: list[_Row], open_land: shapely.Geometry, look: Frontages, first_run: int) -> list[Plot]:
    """Plots of the rows of one importance, cut from the land that is still open."""
    strips = []
    for row in rows:
        depth = ERAS[look.eras[row.district][1]].depth_m
        if len(row.xy) >= 2:
            strips.append(LineString(row.xy).buffer(depth, quad_segs=4, cap_style="flat", join_style="round"))
    spread = shapely.union_all(strips).buffer(_SPARE_M + _FILL_M, quad_segs=3).buffer(-_FILL_M, quad_segs=3)
    region = only_areas(spread.intersection(open_land))
    if region.is_empty:
        return []
    plots = []
    deepest = max(ERAS[look.eras[row.district][1]].depth_m for row in rows)
    cells = iter(_cells(rows, region, deepest + _SPARE_M + 2 * _FILL_M))
    for number, row in enumerate(rows):
        key, era = look.eras[row.district]
        for place in range(row.count):
            parts = areas_of(next(cells))
            on_front = row.xy[row.plot == place]
            if not parts or len(on_front) < 2:
                continue
            corner = place in row.corners
            front = _corner_front(on_front) if corner else _front(on_front)
            shape = max(parts, key=lambda part: part.area)
            if shape.area > 0.38 * ERAS[era].depth_m * ERAS[era].plot_m:
                plots.append(Plot(shape, row.street, front, key, era, first_run + number, place, corner))
    return plots


def cut_block(
    block: Polygon, look: Frontages, rng: np.random.Generator, first_run: int
) -> tuple[list[Plot], list[Polygon], int]:
    """The plots of one block, the land left over, and the next free row number.

    Plots on main roads and old lanes are cut first, so that the plots of side streets stop at their backs.
    """
    rows = [row for ring in _rings(block) for row in _rows(ring, look)]
    for row in rows:
        era = look.eras[row.district][1]
        _divide(row, ERAS[era].plot_m, rng, 0.22 if era in {"core", "industrial"} else 0.0)
    plots: list[Plot] = []
    land: shapely.Geometry = block
    for ranks in ((0, 1), (2, 3), (4,)):
        now = [row for row in rows if look.streets[row.street].rank in ranks]
        if now:
            made = _pass_plots(now, land, look, first_run)
            first_run += len(now)
            plots.extend(made)
            land = only_areas(land.difference(shapely.union_all([plot.shape for plot in made])))
    return plots, areas_of(land, 0.5), first_run


def _rings(block: Polygon) -> list[LineString]:
    """The rings of a block, each with the block on its left."""
    turned = shapely.orient_polygons(block)
    return [LineString(turned.exterior.coords), *(LineString(ring.coords) for ring in turned.interiors)]
