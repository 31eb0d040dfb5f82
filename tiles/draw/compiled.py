"""From entries of a level to tile units, compiled: cut to the buffered box, rounded, without repeats, and valid.

Import this only through `tiles.draw.kernel`: numba takes a second to load.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tiles.draw.area import MOST_PATHS, UNSURE, cut_area
from tiles.draw.sure import certainly_valid, doubled_area, without_repeats
from tiles.draw.write import write, write_in_order
from tiles.features import POINT, POLYGON
from tiles.levels import Level, Shapes
from tiles.levels.index import CHILDREN, sizes_of
from tiles.mvt.compiled import read_only

__all__ = ["cut", "meeting"]

_READY = "draw"
_ROOM = 9
"""An area cut to a box has at most so many times its points, with the box's corners."""
_MOST_POINTS = 30_000
"""Larger shapes that leave the tile are left to the reference, which keeps what lies around the tile."""
_BEYOND = (0.2718, 0.3141)
"""As in `clip`."""


class _Shape(NamedTuple):
    """A shape counted from the tile's corner, in the level's units."""

    kind: Any
    xy: Any
    limits: Any
    """Where its parts begin and end."""
    outer: Any
    whole: Any
    """Whether it lies in the box."""


class _Frame(NamedTuple):
    """The box of the tile with its buffer, in the level's units counted from the tile's corner."""

    low: Any
    high: Any
    box: Any
    """Where lines and areas are cut: half a tile unit within, see `clip`."""
    unit: Any
    """Tile units in a unit of the level."""


class _Work(NamedTuple):
    """Room for cutting one polygon: see `cut_area`."""

    points: Any
    paths: Any
    out: Any
    ends: Any
    owner: Any


class _Made(NamedTuple):
    """Room for what one shape becomes, in tile units: points, where each part ends, and each ring's outer ring."""

    units: Any
    ends: Any
    owner: Any


@njit(cache=True, nogil=True)
def _meeting(index: Any, wanted: Any) -> Any:
    boxes, upper, sizes = index
    west, north, east, south = wanted
    found, begin = np.arange(sizes[0]), 0
    for depth in range(len(sizes)):
        last = depth == len(sizes) - 1
        more, count = np.empty(len(found) if last else len(found) * CHILDREN, np.int64), 0
        for k in found:
            box = boxes[k] if last else upper[begin + k]
            if box[0] <= east and box[1] <= south and box[2] >= west and box[3] >= north:
                first = k if last else k * CHILDREN
                for child in range(first, k + 1 if last else min(first + CHILDREN, sizes[depth + 1])):
                    more[count] = child
                    count += 1
        found = more[:count]
        begin += sizes[depth]
    return found


@njit(cache=True, nogil=True)
def _longest(parts: Any, offsets: Any, entries: Any) -> Any:
    """Most points and most parts of a shape."""
    points = rings = 0
    for entry in entries:
        first, end = parts[entry], parts[entry + 1]
        rings = max(rings, end - first)
        points = max(points, offsets[end] - offsets[first])
    return points, rings


@njit(cache=True, nogil=True)
def _fetch(coords: Any, begin: Any, end: Any, corner: Any, xy: Any) -> None:
    """Copy points, counted from the tile's corner."""
    for k in range(begin, end):
        xy[k - begin, 0] = np.int64(coords[k, 0]) - corner[0]
        xy[k - begin, 1] = np.int64(coords[k, 1]) - corner[1]


@njit(cache=True, nogil=True)
def _round(xy: Any, begin: Any, end: Any, unit: Any, units: Any, at: Any) -> None:
    for k in range(begin, end):
        units[at + k - begin, 0] = np.int64(np.floor(xy[k, 0] * unit + 0.5))
        units[at + k - begin, 1] = np.int64(np.floor(xy[k, 1] * unit + 0.5))


@njit(cache=True, nogil=True)
def _put_points(shape: Any, frame: Any, made: Any) -> Any:
    """Points in the box, as one part; returns how many parts."""
    low, high, xy, count = frame.low, frame.high, shape.xy, 0
    for k in range(shape.limits[-1]):
        if low <= xy[k, 0] <= high and low <= xy[k, 1] <= high:
            _round(xy, k, k + 1, frame.unit, made.units, count)
            count += 1
    made.ends[0], made.owner[0] = count, -1
    return 1 if count else 0


@njit(cache=True, nogil=True)
def _put_lines(shape: Any, frame: Any, made: Any) -> Any:
    """Lines that lie in the box, those of one point left out; returns how many, UNSURE where one leaves it."""
    if not shape.whole:
        return UNSURE
    at = count = 0
    for part in range(len(shape.limits) - 1):
        begin, end = shape.limits[part], shape.limits[part + 1]
        _round(shape.xy, begin, end, frame.unit, made.units, at)
        end = without_repeats(made.units, at, at + end - begin, at, False)
        if end - at > 1:
            made.ends[count], made.owner[count] = end, -1
            at = end
            count += 1
    return count


@njit(cache=True, nogil=True)
def _put_rings(xy: Any, ends: Any, owner: Any, rings: Any, unit: Any, made: Any, n: Any) -> Any:
    """Add a polygon's rings, rounded, to the n that are there; without those that are nothing. Returns how many."""
    place = np.full(rings, -1)
    at = made.ends[n - 1] if n else 0
    for ring in range(rings):
        if owner[ring] != ring and place[owner[ring]] < 0:
            continue
        begin, end = ends[ring - 1] if ring else 0, ends[ring]
        _round(xy, begin, end, unit, made.units, at)
        end = without_repeats(made.units, at, at + end - begin, at, True)
        if doubled_area(made.units, at, end):
            place[ring] = n
            made.ends[n], made.owner[n] = end, place[owner[ring]]
            at = end
            n += 1
    return n


@njit(cache=True, nogil=True)
def _put_areas(shape: Any, frame: Any, made: Any, work: Any) -> Any:
    """Rings of an area in the box; returns how many, UNSURE where the reference is to be asked."""
    n = first = 0
    while first < len(shape.outer):
        last = first + 1
        while last < len(shape.outer) and not shape.outer[last]:
            last += 1
        limits = shape.limits[first : last + 1] - shape.limits[first]
        xy = shape.xy[shape.limits[first] : shape.limits[last]]
        first = last
        if shape.whole:
            rings = len(limits) - 1
            work.owner[:rings] = 0
            n = _put_rings(xy, limits[1:], work.owner, rings, frame.unit, made, n)
            continue
        rings = cut_area(xy, limits, frame.box, work.points, work.paths, work.out, work.ends, work.owner)
        if rings == UNSURE:
            return UNSURE
        n = _put_rings(work.out, work.ends, work.owner, rings, frame.unit, made, n)
    return n


@njit(cache=True, nogil=True)
def _put(shape: Any, frame: Any, made: Any, work: Any) -> Any:
    """Parts of a shape in the box; returns how many, UNSURE where the reference is to be asked."""
    if shape.kind == POINT:
        return _put_points(shape, frame, made)
    if shape.kind != POLYGON:
        return _put_lines(shape, frame, made)
    return _put_areas(shape, frame, made, work)


@njit(cache=True, nogil=True)
def _grown(array: Any, size: Any) -> Any:
    """An array with room for so much."""
    if size <= len(array):
        return array
    more = np.empty(2 * size, array.dtype)
    more[: len(array)] = array
    return more


@njit(cache=True, nogil=True)
def _with_room(coords: Any, offsets: Any, exterior: Any, m: Any, parts: Any, points: Any) -> Any:
    """The arrays that shapes are written to, of which m parts are there, with room for more parts and points."""
    return (
        _grown(coords, 2 * (offsets[m] + points)),
        _grown(offsets, m + parts + 1),
        _grown(exterior, m + parts),
    )


@njit(cache=True, nogil=True)
def _rooms(longest: Any, most: Any) -> Any:
    room, rings = _ROOM * longest + 16, 4 * (most + MOST_PATHS)
    work = _Work(
        np.empty((room, 2)),
        np.empty((MOST_PATHS + 1, 4)),
        np.empty((room, 2)),
        np.empty(rings, np.int64),
        np.empty(rings, np.int64),
    )
    return work, _Made(np.empty((room, 2), np.int64), np.empty(rings, np.int64), np.empty(rings, np.int64))


@njit(cache=True, nogil=True)
def _rounded_point(points: Any, k: Any, corner: Any, frame: Any, coords: Any, at: Any) -> Any:
    """Write one point, if it lies in the box; returns whether it does."""
    x, y = np.int64(points[k, 0]) - corner[0], np.int64(points[k, 1]) - corner[1]
    if not (frame.low <= x <= frame.high and frame.low <= y <= frame.high):
        return False
    coords[2 * at] = np.int64(np.floor(x * frame.unit + 0.5))
    coords[2 * at + 1] = np.int64(np.floor(y * frame.unit + 0.5))
    return True


@njit(cache=True, nogil=True)
def _copy(level: Any, entry: Any, corner: Any, coords: Any, offsets: Any, exterior: Any, m: Any) -> Any:
    """Write a shape that was made for this zoom and is not cut: it is in tile units, clean and valid.

    Returns how many parts there are then.
    """
    _, parts, limits, outer, points, _ = level
    first, end = parts[entry], parts[entry + 1]
    at = offsets[m]
    for k in range(limits[first], limits[end]):
        coords[2 * at] = np.int64(points[k, 0]) - corner[0]
        coords[2 * at + 1] = np.int64(points[k, 1]) - corner[1]
        at += 1
    for part in range(first, end):
        offsets[m + 1] = offsets[m] + limits[part + 1] - limits[part]
        exterior[m] = outer[part]
        m += 1
    return m


@njit(cache=True, nogil=True, inline="always")
def _lies_in(box: Any, corner: Any, low: Any, high: Any) -> Any:
    west, north = corner[0] + low, corner[1] + low
    east, south = corner[0] + high, corner[1] + high
    return box[0] >= west and box[1] >= north and box[2] <= east and box[3] <= south


@njit(cache=True, nogil=True)
def _frame_of(low: Any, high: Any, bits: Any) -> Any:
    west, north = low + 0.5 * 2.0**bits, low + 0.5 * 2.0**bits
    east, south = high - 0.5 * 2.0**bits, high - 0.5 * 2.0**bits
    box = (west - _BEYOND[0], north - _BEYOND[1], east + _BEYOND[0], south + _BEYOND[1])
    return _Frame(low, high, box, 0.5**bits)


@njit(cache=True, nogil=True)
def _cut(  # noqa: C901  # one pass over all arrays
    level: Any, entries: Any, corner: Any, bits: Any, exact: Any, low: Any, high: Any
) -> Any:
    """Shapes in tile units with the place of each in `entries`; those that may be invalid; places of those left."""
    kinds, parts, limits, outer, points, boxes = level
    longest, most = _longest(parts, limits, entries)
    (work, made), xy, frame = _rooms(longest, most), np.empty((longest, 2)), _frame_of(low, high, bits)
    coords, offsets, exterior = np.empty(256, np.int32), np.zeros(64, np.int64), np.empty(64, np.bool_)
    ends, places, unsure = np.zeros(len(entries) + 1, np.int64), np.empty(len(entries), np.int64), 0
    left, doubtful = np.empty(len(entries), np.int64), np.empty(len(entries), np.int64)
    count = m = doubts = 0
    for place, entry in enumerate(entries):
        first, end, begin = parts[entry], parts[entry + 1], limits[parts[entry]]
        if kinds[entry] == POINT and limits[end] - begin == 1:
            coords, offsets, exterior = _with_room(coords, offsets, exterior, m, 1, 1)
            if _rounded_point(points, begin, corner, frame, coords, offsets[m]):
                offsets[m + 1], exterior[m] = offsets[m] + 1, False
                m += 1
                places[count], ends[count + 1] = place, m
                count += 1
            continue
        whole, n = _lies_in(boxes[entry], corner, low, high), UNSURE
        if whole and exact:
            coords, offsets, exterior = _with_room(coords, offsets, exterior, m, end - first, limits[end] - begin)
            m = _copy(level, entry, corner, coords, offsets, exterior, m)
            places[count], ends[count + 1] = place, m
            count += 1
            continue
        if whole or limits[end] - begin <= _MOST_POINTS:
            _fetch(points, begin, limits[end], corner, xy)
            shape = _Shape(kinds[entry], xy, limits[first : end + 1] - begin, outer[first:end], whole)
            n = _put(shape, frame, made, work)
        if n == UNSURE:
            left[unsure] = place
            unsure += 1
        if n <= 0:
            continue
        coords, offsets, exterior = _with_room(coords, offsets, exterior, m, n, made.ends[n - 1])
        if kinds[entry] != POLYGON:
            write(made, n, coords, offsets, exterior, m)
        else:
            write_in_order(made, n, coords, offsets, exterior, m)
            if not certainly_valid(made.units, made.ends, made.owner, n):
                doubtful[doubts] = count
                doubts += 1
        m += n
        places[count], ends[count + 1] = place, m
        count += 1
    xys = coords[: 2 * offsets[m]].reshape((offsets[m], 2))
    return places[:count], ends[: count + 1], offsets[: m + 1], exterior[:m], xys, doubtful[:doubts], left[:unsure]


def meeting(level: Level, box: tuple[int, int, int, int]) -> NDArray[np.int64]:
    """As `Tree.meeting`."""
    _, index = _arrays(level)
    found: NDArray[np.int64] = _meeting(index, box)
    return found


def cut(
    level: Level, entries: NDArray[np.int64], corner: tuple[int, int], bits: int, low: int, high: int
) -> tuple[Shapes, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Entries of a level as they are in the square from `low` to `high`, counted from a corner, in units of 2^bits.

    Comes with the place of each in `entries`; with the numbers of those that may be invalid, of which GEOS is to be
    asked; and with the places of those that are left to the reference.
    """
    arrays, _ = _arrays(level)
    places, parts, offsets, exterior, coords, doubtful, left = _cut(
        arrays, entries, corner, bits, level.exact, low, high
    )
    shapes = Shapes(level.shapes.kind[entries[places]], parts, offsets, exterior, coords)
    return shapes, places, doubtful, left


def _arrays(level: Level) -> tuple[Any, ...]:
    """Shapes and boxes of a level, and its index, as views that cannot be written to: numba compiles for those once."""
    found = level.ready.get(_READY)
    if found is None:
        shapes, tree = level.shapes, level.tree
        flat = (shapes.kind, shapes.parts, shapes.offsets, shapes.exterior, shapes.coords, tree.boxes)
        sizes = np.array(sizes_of(len(tree.boxes)))
        arrays = tuple(read_only(array) for array in flat)
        found = (arrays, (arrays[5], read_only(tree.upper), read_only(sizes)))
        level.ready[_READY] = found
    return found
