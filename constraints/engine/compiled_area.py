"""Area that a piece shares with a site: the same sums in the same order as `area` and `points`.

Import this only through `compiled`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from constraints.engine.compiled_near import from_point
from constraints.engine.points import TOUCH_M
from constraints.store.cut import KIND_FULL, KIND_LINE, KIND_POINT

__all__ = ["holds", "weigh"]

_NEAR = 7
"""All three bits of `_side`."""


@njit(cache=True, nogil=True, error_model="numpy")
def _site_above(edges: Any, x0: Any, y0: Any, x1: Any, y1: Any) -> Any:
    """As `area.site_above`, for one edge; `edges` are (e, 5) rows of the ends and the slope of the site's edges."""
    above, rise = 0.0, (y1 - y0) / (x1 - x0)
    lowest, highest = min(x0, x1), max(x0, x1)
    for k in range(len(edges)):
        ax, bx = edges[k, 0], edges[k, 2]
        west = max(min(ax, bx), lowest)
        east = min(max(ax, bx), highest)
        if not west < east:
            continue
        ay = edges[k, 1]
        if max(ay, edges[k, 3]) <= min(y0, y1):
            continue
        slope = edges[k, 4]
        height = ay - y0
        left = height + (west - ax) * slope - (west - x0) * rise
        right = height + (east - ax) * slope - (east - x0) * rise
        high, low = max(left, right), min(left, right)
        if low >= 0.0:
            part = high + low
        elif high > 0.0:
            part = high * high / (high - low)
        else:
            continue
        above += (0.5 if ax > bx else -0.5) * (east - west) * part
    return above


@njit(cache=True, nogil=True, error_model="numpy")
def _side(x: Any, y: Any, box: Any) -> Any:
    """On which sides of the box's lines a vertex is: an edge is near if each bit is set for one of its ends."""
    return np.int64(x < box[2]) | np.int64(x > box[0]) << 1 | np.int64(y < box[3]) << 2


@njit(cache=True, nogil=True, error_model="numpy")
def _shared(run: Any, box: Any, area: Any, edges: Any) -> Any:
    """As `area.overlap_areas`, for one pair; `run` are the vertices of the piece."""
    west, south, east = box[0], box[1], box[2]
    times, rest = 0.0, 0.0
    x1, y1 = run[0, 0], run[0, 1]
    side1 = _side(x1, y1, box)
    for k in range(1, len(run)):
        x0, y0, side0 = x1, y1, side1
        x1, y1 = run[k, 0], run[k, 1]
        side1 = _side(x1, y1, box)
        # Most edges are away from the site: one test turns them down before their direction is looked at.
        if side0 | side1 != _NEAR:
            continue
        # Neither holds for an upright edge, nor for the NaN between runs.
        if x0 < x1:
            sign = 1.0
        elif x0 > x1:
            sign = -1.0
        else:
            continue
        if y0 <= south and y1 <= south and min(x0, x1) <= west and max(x0, x1) >= east:
            times += sign
        else:
            rest += _site_above(edges, x0, y0, x1, y1) * sign
    return min(max(times * area + rest, 0.0), area)


@njit(cache=True, nogil=True, error_model="numpy")
def _holds_point(edges: Any, px: Any, py: Any) -> Any:
    """As `points.points_in_sites`, for one pair."""
    inside = False
    for k in range(len(edges)):
        ax, ay, bx, by = edges[k, 0], edges[k, 1], edges[k, 2], edges[k, 3]
        if (ay > py) != (by > py) and px < ax + (py - ay) / (by - ay) * (bx - ax):
            inside = not inside
        if from_point(px, py, ax, ay, bx, by) < TOUCH_M:
            return True
    return inside


@njit(cache=True, nogil=True, error_model="numpy")
def holds(there: Any, piece: Any, box: Any) -> Any:
    """Whether the piece's box holds all of the site's."""
    if there[piece, 0] > box[0] or there[piece, 1] > box[1]:
        return False
    return there[piece, 2] >= box[2] and there[piece, 3] >= box[3]


@njit(cache=True, nogil=True, error_model="numpy")
def weigh(piece: Any, whole: Any, xy: Any, box: Any, area: Any, edges: Any) -> Any:
    """Area that a piece shares with a site: nought for points and lines, less for a point outside.

    `whole` tells that the piece's box holds the site's.
    """
    if piece.kind == KIND_LINE:
        return 0.0
    if piece.kind == KIND_POINT:
        return 0.0 if _holds_point(edges, xy[piece.start, 0], xy[piece.start, 1]) else -1.0
    if whole and piece.kind == KIND_FULL:
        return area
    return _shared(xy[piece.start : piece.end], box, area, edges)
