"""Cutting an area to a box, compiled: the paths of its rings inside the box, joined along the box's edge.

The box's edge lies between whole numbers and the area's points on them, so no point is ever on the edge. Where a
path meets the edge is worked out in the steps in which GEOS does it, which the reference cuts with, so that both
round alike. Where it is not plain how paths go on, the area is left to the reference.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

__all__ = ["MOST_PATHS", "UNSURE", "cut_area", "surrounds"]

MOST_PATHS = 256
"""An area that enters the box more often is left to the reference."""
UNSURE = -1


@njit(cache=True, nogil=True, inline="always")
def _within(x: Any, y: Any, box: Any) -> Any:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


@njit(cache=True, nogil=True, inline="always")
def _aside(ax: Any, ay: Any, bx: Any, by: Any, box: Any) -> Any:
    """Whether both points lie beyond the same side."""
    return (
        (ax < box[0] and bx < box[0])
        or (ax > box[2] and bx > box[2])
        or (ay < box[1] and by < box[1])
        or (ay > box[3] and by > box[3])
    )


@njit(cache=True, nogil=True)
def _edge_point(ax: Any, ay: Any, bx: Any, by: Any, box: Any) -> Any:
    """Move a point outside to the box's edge, towards another point; it may miss the box."""
    if (ax < box[0] or ax > box[2]) and ax != bx:
        limit = box[0] if ax < box[0] else box[2]
        ay += (by - ay) * (limit - ax) / (bx - ax)
        ax = limit
    if (ay < box[1] or ay > box[3]) and ay != by:
        limit = box[1] if ay < box[1] else box[3]
        ax += (bx - ax) * (limit - ay) / (by - ay)
        ay = limit
    return ax, ay


@njit(cache=True, nogil=True)
def _round_place(x: Any, y: Any, box: Any) -> Any:
    """How far round the box's edge a point on it lies, with the inside to the left."""
    width, height = box[2] - box[0], box[3] - box[1]
    if y == box[1]:
        return x - box[0]
    if x == box[2]:
        return width + y - box[1]
    if y == box[3]:
        return width + height + box[2] - x
    return 2 * width + height + box[3] - y


@njit(cache=True, nogil=True)
def _runs_left(xy: Any, begin: Any, end: Any) -> Any:
    """Whether a ring has its inside to the left."""
    area = 0.0
    x0, y0 = xy[end - 1, 0] - xy[begin, 0], xy[end - 1, 1] - xy[begin, 1]
    for k in range(begin, end):
        x, y = xy[k, 0] - xy[begin, 0], xy[k, 1] - xy[begin, 1]
        area += x0 * y - x * y0
        x0, y0 = x, y
    return area > 0


@njit(cache=True, nogil=True)
def surrounds(xy: Any, begin: Any, end: Any, x: Any, y: Any) -> Any:
    """Whether a ring, points begin to end of `xy`, goes round a point."""
    inside = False
    x0, y0 = xy[end - 1, 0], xy[end - 1, 1]
    for k in range(begin, end):
        x1, y1 = xy[k, 0], xy[k, 1]
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
        x0, y0 = x1, y1
    return inside


@njit(cache=True, nogil=True)
def _first_outside(xy: Any, begin: Any, end: Any, box: Any) -> Any:
    for k in range(begin, end):
        if not _within(xy[k, 0], xy[k, 1], box):
            return k
    return -1


@njit(cache=True, nogil=True)
def _enter(before: Any, x: Any, y: Any, box: Any, points: Any, paths: Any, p: Any, at: Any) -> Any:
    """Begin path p where a line from outside meets the box; returns whether it does."""
    x0, y0 = before
    if _aside(x0, y0, x, y, box):
        return False
    ax, ay = _edge_point(x0, y0, x, y, box)
    if not _within(ax, ay, box):
        return False
    points[at, 0], points[at, 1] = ax, ay
    paths[p, 0], paths[p, 2] = at, _round_place(ax, ay, box)
    return True


@njit(cache=True, nogil=True)
def _walk(xy: Any, ring: Any, left: Any, box: Any, points: Any, paths: Any, p: Any) -> Any:
    """Add a ring's paths inside the box, with the area to the left; returns how many paths there are then.

    `ring` is where the ring's points begin and end, and one that is outside. Row p of `paths`: where the points of
    path p begin and end, and how far round the box it enters and leaves.
    """
    begin, end, k = ring
    at, step = int(paths[p - 1, 1]) if p else 0, 1 if left else -1
    x0, y0, inside = xy[k, 0], xy[k, 1], False
    for _ in range(end - begin):
        k += step
        if k == end:
            k = begin
        elif k < begin:
            k = end - 1
        x, y = xy[k, 0], xy[k, 1]
        if not inside and p < MOST_PATHS and _enter((x0, y0), x, y, box, points, paths, p, at):
            inside = True
            x0, y0 = points[at, 0], points[at, 1]
            at += 1
        if inside:
            leaves = not _within(x, y, box)
            ax, ay = _edge_point(x, y, x0, y0, box) if leaves else (x, y)
            points[at, 0], points[at, 1] = ax, ay
            at += 1
            if leaves:
                paths[p, 1], paths[p, 3] = at, _round_place(ax, ay, box)
                p += 1
                inside = False
        x0, y0 = x, y
    return p


@njit(cache=True, nogil=True)
def _next_path(paths: Any, count: Any, leaves: Any, around: Any) -> Any:
    """The path that enters next after a place on the box's edge, and how far on; -1 where that is not plain."""
    best, least = -1, 2 * around
    for p in range(count):
        ahead = paths[p, 2] - leaves
        if ahead < 0:
            ahead += around
        if not ahead or ahead == least:
            return -1, least
        if ahead < least:
            best, least = p, ahead
    return best, least


@njit(cache=True, nogil=True)
def _put_corner(out: Any, at: Any, side: Any, box: Any) -> Any:
    out[at, 0] = box[2] if side in (1, 2) else box[0]
    out[at, 1] = box[3] if side in (2, 3) else box[1]
    return at + 1


@njit(cache=True, nogil=True)
def _put_corners(out: Any, at: Any, leaves: Any, ahead: Any, box: Any) -> Any:
    """Add the corners of the box that lie on the way; return where the next thing goes."""
    width, height = box[2] - box[0], box[3] - box[1]
    places = (0.0, width, width + height, 2 * width + height)
    for turn in range(8):
        place = places[turn % 4] + (2 * (width + height) if turn > 3 else 0.0)
        if leaves < place < leaves + ahead:
            at = _put_corner(out, at, turn % 4, box)
    return at


@njit(cache=True, nogil=True)
def _link(points: Any, paths: Any, count: Any, box: Any, out: Any, ends: Any) -> Any:
    """Join paths to rings along the box's edge; returns how many rings, UNSURE where it is not plain how."""
    around = 2 * (box[2] - box[0] + box[3] - box[1])
    used = np.zeros(count, np.bool_)
    at = rings = 0
    for first in range(count):
        p = first
        while not used[p]:
            used[p] = True
            for k in range(int(paths[p, 0]), int(paths[p, 1])):
                out[at, 0], out[at, 1] = points[k, 0], points[k, 1]
                at += 1
            after, ahead = _next_path(paths, count, paths[p, 3], around)
            if after < 0 or (used[after] and after != first):
                return UNSURE
            at = _put_corners(out, at, paths[p, 3], ahead, box)
            p = after
            if p == first:
                ends[rings] = at
                rings += 1
    return rings


@njit(cache=True, nogil=True)
def _outer_rings(xy: Any, limits: Any, box: Any, points: Any, paths: Any, whole: Any, out: Any, ends: Any) -> Any:
    """Make the outer rings of a polygon in the box, and mark its rings that lie in it whole; returns how many."""
    count, filled = 0, True
    for ring in range(len(limits) - 1):
        begin, end = limits[ring], limits[ring + 1]
        start = _first_outside(xy, begin, end, box)
        whole[ring] = start < 0
        if whole[ring]:
            filled = filled and ring > 0
            continue
        before = count
        left = _runs_left(xy, begin, end) == (ring == 0)
        count = _walk(xy, (begin, end, start), left, box, points, paths, count)
        if count == MOST_PATHS:
            return UNSURE
        if count == before and surrounds(xy, begin, end, box[0], box[1]) != (ring == 0):
            filled = False
    if count:
        return _link(points, paths, count, box, out, ends)
    if whole[0] or not filled:
        return 0
    at = 0
    for side in range(4):
        at = _put_corner(out, at, side, box)
    ends[0] = at
    return 1


@njit(cache=True, nogil=True)
def _home_of(out: Any, ends: Any, rings: Any, x: Any, y: Any) -> Any:
    """Which of the rings a point lies in; UNSURE for none."""
    if rings == 1:
        return 0
    for ring in range(rings):
        if surrounds(out, ends[ring - 1] if ring else 0, ends[ring], x, y):
            return ring
    return UNSURE


@njit(cache=True, nogil=True)
def _put_ring(xy: Any, begin: Any, end: Any, out: Any, at: Any) -> Any:
    out[at : at + end - begin] = xy[begin:end]
    return at + end - begin


@njit(cache=True, nogil=True)
def cut_area(xy: Any, limits: Any, box: Any, points: Any, paths: Any, out: Any, ends: Any, owner: Any) -> Any:
    """Cut one polygon to a box: rings into `out`, where each ends into `ends`, and which is its outer ring.

    `xy` are its points, `limits` where its rings begin and end. Returns how many rings it has in the box, UNSURE
    where the reference is to be asked. `points` and `out` have room for three points for each point and `paths`.
    """
    whole = np.zeros(len(limits) - 1, np.bool_)
    rings = _outer_rings(xy, limits, box, points, paths, whole, out, ends)
    if rings == UNSURE:
        return UNSURE
    if whole[0]:
        ends[0] = _put_ring(xy, limits[0], limits[1], out, 0)
        rings = 1
    for ring in range(rings):
        owner[ring] = ring
    outer = rings
    for ring in range(1, len(limits) - 1):
        begin, end = limits[ring], limits[ring + 1]
        if whole[ring] and outer:
            home = _home_of(out, ends, outer, xy[begin, 0], xy[begin, 1])
            if home == UNSURE:
                return UNSURE
            ends[rings] = _put_ring(xy, begin, end, out, ends[rings - 1])
            owner[rings] = home
            rings += 1
    return rings
