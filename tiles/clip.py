"""Cutting features to the box of a tile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from tiles.features import LINE, POINT, POLYGON
from tiles.levels.shapes import Shapes, joined, shapes_of
from tiles.mvt.ragged import starts_of
from tiles.mvt.shapes import geometries_of

__all__ = ["clip", "reduce", "reduced"]

_DIMENSION = {LINE: 1, POLYGON: 2}
_COLLECTION = 7
_BEYOND = (0.2718, 0.3141)
"""How far the square that GEOS cuts by reaches beyond ours: then no whole number lies on its edges, where GEOS is not
to be relied on, and no line between whole numbers is likely to meet its corners. What is cut there is rounded back."""


def clip(shapes: Shapes, low: float, high: float, inset: float = 0.0) -> tuple[Shapes, NDArray[np.int64]]:
    """What lies in the square from `low` to `high` both ways, its edges included; and the row that each comes from.

    Coordinates are whole numbers, and come back as floats that lie in the square when they are rounded. Areas that
    only touch the square may come back as slivers along its edge. Lines and areas are cut `inset` within the square:
    by half of the unit that they are rounded to, points of theirs are not rounded to where they are cut, so that
    cutting makes few of them invalid.
    """
    kept, rows = [], []
    for kind in (POINT, LINE, POLYGON):
        chosen = np.flatnonzero(shapes.kind == kind)
        if not len(chosen):
            continue
        some = shapes if len(chosen) == len(shapes) else shapes.take(chosen)
        found, place = _points_in(some, low, high) if kind == POINT else _cut(some, kind, low + inset, high - inset)
        kept.append(found)
        rows.append(chosen[place])
    if not kept:
        return replace(shapes, coords=shapes.coords.astype(np.float64)), np.empty(0, np.int64)
    whole, row = joined(kept), np.concatenate(rows)
    if len(kept) == 1:
        return whole, row
    order = np.argsort(row, kind="stable")
    return whole.take(order), row[order]


def _points_in(shapes: Shapes, low: float, high: float) -> tuple[Shapes, NDArray[np.int64]]:
    inside = ((shapes.coords >= low) & (shapes.coords <= high)).all(axis=1)
    owner = np.repeat(np.arange(len(shapes)), np.diff(shapes.ends))[inside]
    row, counts = np.unique(owner, return_counts=True)
    n = len(row)
    return (
        Shapes(
            shapes.kind[row],
            np.arange(n + 1),
            starts_of(counts),
            np.zeros(n, np.bool_),
            shapes.coords[inside].astype(np.float64),
        ),
        row,
    )


def _cut(shapes: Shapes, kind: int, low: float, high: float) -> tuple[Shapes, NDArray[np.int64]]:
    # Always, and not only where it is quicker: the order of points would tell.
    less = reduce(shapes, low, high)
    rows = np.flatnonzero(np.diff(less.parts))
    whole = geometries_of(less.features())[rows]
    if kind == POLYGON:
        turned = _turned(whole)
        whole[turned] = geometries_of(shapes.take(rows[turned]).features())
    cut = _clipped(whole, low, high)
    for place in np.flatnonzero(shapely.get_type_id(cut) == _COLLECTION):
        cut[place] = _of_dimension(cut[place], _DIMENSION[kind])
    filled = np.flatnonzero((shapely.get_dimensions(cut) == _DIMENSION[kind]) & ~shapely.is_empty(cut))
    return shapes_of(cut[filled]), rows[filled]


def _turned(areas: NDArray[np.object_]) -> NDArray[np.int64]:
    """Areas of which a ring runs the wrong way round by its topmost point, which is what GEOS goes by when it cuts.

    A ring that crosses itself since it was reduced may do so; what is outside would then be taken for its inside.
    """
    parts, row = shapely.get_parts(areas, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    outer = np.ones(len(part), np.bool_)
    outer[1:] = part[1:] != part[:-1]
    return np.unique(row[part[shapely.is_ccw(rings) != outer]])


def _clipped(whole: NDArray[np.object_], low: float, high: float) -> NDArray[np.object_]:
    """GEOS's quick clip; and its slow one where that gives up, as it does on some rings that touch a corner."""
    box = (low - _BEYOND[0], low - _BEYOND[1], high + _BEYOND[0], high + _BEYOND[1])
    try:
        return np.asarray(shapely.clip_by_rect(whole, *box), dtype=object)
    except shapely.GEOSException:
        if len(whole) == 1:
            return np.array([_cut_slowly(whole[0], shapely.box(*box))], object)
        half = len(whole) // 2
        return np.concatenate([_clipped(whole[:half], low, high), _clipped(whole[half:], low, high)])


def _cut_slowly(geometry: shapely.Geometry, box: shapely.Polygon) -> shapely.Geometry | None:
    try:
        return shapely.intersection(geometry, box)
    except shapely.GEOSException:
        return None


def _of_dimension(collection: shapely.GeometryCollection, dimension: int) -> shapely.Geometry:
    """Areas (or lines) of a collection: where an area also touches the square's edge, lines and points come along."""
    parts = shapely.get_parts(collection)
    kept = list(shapely.get_parts(parts[shapely.get_dimensions(parts) == dimension]))
    return shapely.MultiPolygon(kept) if dimension == _DIMENSION[POLYGON] else shapely.MultiLineString(kept)


def reduce(shapes: Shapes, low: float, high: float) -> Shapes:
    """Lines and areas with fewer points outside a square, and the same inside it.

    Points that lie beyond one side of the square, as those before and after them do, are left out: the line
    instead stays beyond that side too. What remains may cross itself outside. Parts of which less than a line or
    a ring remains are left out, and so are parts wholly beyond one side.
    """
    for axis, beyond in ((0, np.less), (0, np.greater), (1, np.less), (1, np.greater)):
        shapes = _without(shapes, beyond(shapes.coords[:, axis], low if beyond is np.less else high))
    return shapes


def reduced(shapes: Shapes, low: float, high: float) -> Shapes:
    """As `reduce`, but for areas of which a ring would then seem to run the other way: they stay as they are.

    For what is kept, to be cut to several squares: GEOS would take such an area's outside for its inside.
    """
    less = reduce(shapes, low, high)
    rows = np.flatnonzero((less.kind == POLYGON) & (np.diff(less.parts) > 0))
    turned = rows[_turned(geometries_of(less.take(rows).features()))]
    if not len(turned):
        return less
    others = np.setdiff1d(np.arange(len(shapes)), turned, assume_unique=True)
    both = joined([less.take(others), shapes.take(turned)])
    return both.take(np.argsort(np.concatenate([others, turned])))


def _without(shapes: Shapes, out: NDArray[np.bool_]) -> Shapes:
    """Leave out points that are `out` between others that are, and then parts of which too little remains."""
    if not out.any():
        return shapes
    counts = np.diff(shapes.offsets)
    first, last = shapes.offsets[:-1], shapes.offsets[1:] - 1
    before, after = np.empty_like(out), np.empty_like(out)
    before[1:], after[:-1] = out[:-1], out[1:]
    ring = np.repeat(shapes.kind, np.diff(shapes.parts)) == POLYGON
    before[first], after[last] = False, np.where(ring, out[first], False)
    kept = ~(out & before & after)
    left = np.add.reduceat(kept, first, dtype=np.int64)
    whole = left >= np.where(ring, 3, 2)
    # A part beyond the side with all its points has no place here, however few they are.
    whole &= ~np.logical_and.reduceat(out, first)
    whole &= _outer_whole(shapes, whole)
    if not whole.all():
        kept &= np.repeat(whole, counts)
    owner = np.repeat(np.arange(len(shapes)), np.diff(shapes.parts))[whole]
    return Shapes(
        shapes.kind,
        np.searchsorted(owner, np.arange(len(shapes) + 1)),
        starts_of(left[whole]),
        shapes.exterior[whole],
        shapes.coords[np.flatnonzero(kept)],
    )


def _outer_whole(shapes: Shapes, whole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the outer ring that each ring belongs to is whole; lines belong to themselves."""
    line = np.repeat(shapes.kind != POLYGON, np.diff(shapes.parts))
    head = np.maximum.accumulate(np.where(shapes.exterior | line, np.arange(len(whole)), 0))
    result: NDArray[np.bool_] = whole[head]
    return result
