"""Distances compiled by numba: the same sums as `relate` and `distance`. Import this only through `compiled`."""

from __future__ import annotations

from math import hypot, isnan
from typing import Any

import numpy as np
from numba import njit

from constraints.engine.compiled_index import grown, pieces_at
from constraints.engine.points import SLACK_M, TOUCH_M
from constraints.store.cut import KIND_FULL

__all__ = ["from_point", "near"]


@njit(cache=True, nogil=True, error_model="numpy")
def from_point(px: Any, py: Any, ax: Any, ay: Any, bx: Any, by: Any) -> Any:
    """As `points.point_distance`: how far a point lies from an edge."""
    along_x, along_y = bx - ax, by - ay
    square = along_x * along_x + along_y * along_y
    share = ((px - ax) * along_x + (py - ay) * along_y) / (square if square > 0 else 1.0)
    share = min(max(share, 0.0), 1.0)
    return hypot(ax + share * along_x - px, ay + share * along_y - py)


@njit(cache=True, nogil=True, error_model="numpy")
def _apart(edge: Any, edges: Any, k: Any) -> Any:
    """As `points.segment_distance`, for a piece's edge and the site's edge k."""
    ax, ay, bx, by = edge
    cx, cy, dx, dy = edges[k, 0], edges[k, 1], edges[k, 2], edges[k, 3]
    side_c = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    side_d = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
    side_a = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
    side_b = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
    if side_c * side_d < 0 and side_a * side_b < 0:
        return 0.0
    ours = min(from_point(ax, ay, cx, cy, dx, dy), from_point(bx, by, cx, cy, dx, dy))
    return min(ours, from_point(cx, cy, ax, ay, bx, by), from_point(dx, dy, ax, ay, bx, by))


@njit(cache=True, nogil=True, error_model="numpy")
def _gap(box: Any, west: Any, south: Any, east: Any, north: Any) -> Any:
    """How far two boxes are apart."""
    gap_x, gap_y = max(box[0] - east, west - box[2]), max(box[1] - north, south - box[3])
    return hypot(max(gap_x, 0.0), max(gap_y, 0.0))


@njit(cache=True, nogil=True, error_model="numpy")
def _nearest(xy: Any, first: Any, last: Any, box: Any, edges: Any, best: Any) -> Any:
    """Least distance of a piece's own edges (vertices first to last; one by itself is a point), or `best`."""
    lone = True
    for k in range(first, last):
        x0, y0 = xy[k, 0], xy[k, 1]
        if isnan(x0):
            lone = True
            continue
        x1, y1 = x0, y0
        if k + 1 < last and not isnan(xy[k + 1, 0]):
            x1, y1 = xy[k + 1, 0], xy[k + 1, 1]
        elif not lone:
            continue
        lone = False
        if _gap(box, min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)) > best + SLACK_M:
            continue
        for site_edge in range(len(edges)):
            best = min(best, _apart((x0, y0, x1, y1), edges, site_edge))
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def _widened(box: Any, by_m: Any) -> Any:
    return box[0] - by_m, box[1] - by_m, box[2] + by_m, box[3] + by_m


@njit(cache=True, nogil=True, error_model="numpy")
def _candidates(store: Any, box: Any, reach: Any, far: Any, short_m: Any, found: Any) -> Any:
    """As `relate.pieces_in_reach`: numbers of pieces that may be in reach of a box, into `found`, and how many."""
    index, near_index, pieces, there, feature_dataset = store
    count = pieces_at(index, 0, there, _widened(box, short_m), found)
    if count > len(found):
        found = grown(found, count)
        count = pieces_at(index, 0, there, _widened(box, short_m), found)
    n = 0
    for i in range(count):
        within = reach[feature_dataset[pieces[found[i]].feature]]
        if 0.0 <= within <= short_m and pieces[found[i]].kind != KIND_FULL:
            found[n] = found[i]
            n += 1
    for dataset in far:
        around = _widened(box, reach[dataset])
        count = pieces_at(near_index, dataset, there, around, found[n:])
        if n + count > len(found):
            found = grown(found, n + count)
            count = pieces_at(near_index, dataset, there, around, found[n:])
        n += count
    return found, n


@njit(cache=True, nogil=True, error_model="numpy")
def _place_of(features: Any, begin: Any, end: Any, feature: Any) -> Any:
    """Where a feature stands among those found for this site, the last first; `end` if nowhere."""
    for at in range(end - 1, begin - 1, -1):
        if features[at] == feature:
            return at
    return end


@njit(cache=True, nogil=True, error_model="numpy")
def _in_reach(features: Any, apart: Any, begin: Any, end: Any, feature_dataset: Any, reach: Any) -> Any:
    """Keep of one site's features those within reach, a touch being no distance at all; returns the new end."""
    n = begin
    for at in range(begin, end):
        distance = 0.0 if apart[at] < TOUCH_M else apart[at]
        if distance <= reach[feature_dataset[features[at]]]:
            features[n], apart[n] = features[at], distance
            n += 1
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def near(store: Any, xy: Any, days: Any, day: Any, sites: Any, reach: Any, far: Any, short_m: Any) -> Any:
    """Site, feature and distance of all whose boundaries are within their dataset's reach of each other.

    `far` are the datasets that reach farther than `short_m`; features are told site by site, in no order.
    """
    boxes, first, all_edges = sites
    pieces, there, feature_dataset = store[2], store[3], store[4]
    site_out, feature_out, apart_out = np.empty(64, np.int64), np.empty(64, np.int64), np.empty(64)
    found = np.empty(1024, np.int64)
    n = 0
    for site in range(len(boxes)):
        begin = n
        box = (boxes[site, 0], boxes[site, 1], boxes[site, 2], boxes[site, 3])
        edges = all_edges[first[site] : first[site + 1]]
        found, count = _candidates(store, box, reach, far, short_m, found)
        for i in range(count):
            number = found[i]
            feature = np.int64(pieces[number].feature)
            if days[feature, 0] > day[0] or days[feature, 1] <= day[1]:
                continue
            limit = max(reach[feature_dataset[feature]], TOUCH_M)
            at = _place_of(feature_out, begin, n, feature)
            best = limit + SLACK_M if at == n else apart_out[at]
            if _gap(box, there[number, 0], there[number, 1], there[number, 2], there[number, 3]) > best + SLACK_M:
                continue
            best = _nearest(xy, pieces[number].start, pieces[number].own, box, edges, best)
            if best > limit:
                continue
            if at == n:
                if n == len(feature_out):
                    site_out, feature_out, apart_out = grown(site_out, n), grown(feature_out, n), grown(apart_out, n)
                feature_out[n] = feature
                n += 1
            apart_out[at] = best
        n = _in_reach(feature_out, apart_out, begin, n, feature_dataset, reach)
        site_out[begin:n] = site
    return site_out[:n], feature_out[:n], apart_out[:n]
