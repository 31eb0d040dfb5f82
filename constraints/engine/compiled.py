"""The hot path compiled by numba: the same sums in the same order as `area`, `lookup` and `points`.

Floating-point results are the same to the last bit, because the operations are the same and in the same order;
nothing here may be reordered for speed without doing so there. Compiled code is kept on disk, and runs without
Python's lock, so threads can share the work. Import this only through `kernel`: numba takes a second to load.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

from constraints.engine.area import LEAST_AREA_M2
from constraints.engine.compiled_index import grown, pieces_at, tables_of
from constraints.engine.compiled_near import from_point, near
from constraints.engine.kernel import Found
from constraints.engine.points import TOUCH_M
from constraints.engine.sites import SiteEdges
from constraints.store.arrays import StoreArrays
from constraints.store.cut import KIND_FULL, KIND_LINE, KIND_POINT
from constraints.store.grid import z_order

__all__ = ["distances", "edges_of", "find"]


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
def _shared(xy: Any, begin: Any, end: Any, box: Any, area: Any, edges: Any) -> Any:
    """As `area.overlap_areas`, for one pair."""
    west, south, east, north = box[0], box[1], box[2], box[3]
    times, rest = 0.0, 0.0
    x1, y1 = xy[begin, 0], xy[begin, 1]
    for k in range(begin + 1, end):
        x0, y0 = x1, y1
        x1, y1 = xy[k, 0], xy[k, 1]
        # Most edges are away from the site: one test turns them down before their direction is looked at.
        low_x, high_x, low_y = min(x0, x1), max(x0, x1), min(y0, y1)
        if not ((low_x < east) & (high_x > west) & (low_y < north)):
            continue
        # Neither holds for an upright edge, nor for the NaN between runs.
        if x0 < x1:
            sign = 1.0
        elif x0 > x1:
            sign = -1.0
        else:
            continue
        if y0 <= south and y1 <= south and low_x <= west and high_x >= east:
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
def _holds(there: Any, piece: Any, box: Any) -> Any:
    """Whether the piece's box holds all of the site's."""
    if there[piece, 0] > box[0] or there[piece, 1] > box[1]:
        return False
    return there[piece, 2] >= box[2] and there[piece, 3] >= box[3]


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh(piece: Any, holds: Any, xy: Any, box: Any, area: Any, edges: Any) -> Any:
    """Area that a piece shares with a site: nought for points and lines, less for a point outside."""
    if piece.kind == KIND_LINE:
        return 0.0
    if piece.kind == KIND_POINT:
        return 0.0 if _holds_point(edges, xy[piece.start, 0], xy[piece.start, 1]) else -1.0
    if holds and piece.kind == KIND_FULL:
        return area
    return _shared(xy, piece.start, piece.end, box, area, edges)


@njit(cache=True, nogil=True, error_model="numpy")
def _place_of(features: Any, kinds: Any, begin: Any, end: Any, feature: Any, kind: Any) -> Any:
    """Where a feature (or the piece of a line) stands among those found for this site; `end` if nowhere."""
    for at in range(begin, end):
        if features[at] == feature and (kinds[at] == KIND_LINE) == (kind == KIND_LINE):
            return at
    return end


@njit(cache=True, nogil=True, error_model="numpy")
def _without_touches(features: Any, areas: Any, kinds: Any, begin: Any, end: Any) -> Any:
    """Sort what was found for one site by feature, leaving out areas that only touch it; returns the new end."""
    n = begin
    for at in range(begin, end):
        feature, area, kind = features[at], areas[at], kinds[at]
        if kind > KIND_LINE and not area > LEAST_AREA_M2:
            continue
        place = n
        while place > begin and features[place - 1] > feature:
            features[place], areas[place], kinds[place] = features[place - 1], areas[place - 1], kinds[place - 1]
            place -= 1
        features[place], areas[place], kinds[place] = feature, area, kind
        n += 1
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _by_site(spans: Any, features: Any, areas: Any, kinds: Any, total: Any) -> Any:
    """Put what was found in the order of the sites' numbers."""
    site_out, feature_out = np.empty(total, np.int64), np.empty(total, np.int64)
    area_out, kind_out = np.empty(total), np.empty(total, np.int32)
    n = 0
    for site in range(len(spans)):
        for at in range(spans[site, 0], spans[site, 1]):
            site_out[n], feature_out[n], area_out[n], kind_out[n] = site, features[at], areas[at], kinds[at]
            n += 1
    return site_out, feature_out, area_out, kind_out


@njit(cache=True, nogil=True, error_model="numpy")
def _run(index: Any, pieces: Any, there: Any, xy: Any, days: Any, day: Any, sites: Any, order: Any) -> Any:
    boxes, areas, first, all_edges = sites
    room = 8 * len(areas) + 64
    feature_out, area_out, kind_out = np.empty(room, np.int64), np.empty(room), np.empty(room, np.int32)
    found = np.empty(1024, np.int64)
    n = 0
    spans = np.empty((len(areas), 2), np.int64)
    for site in order:
        begin = n
        box = (boxes[site, 0], boxes[site, 1], boxes[site, 2], boxes[site, 3])
        count = pieces_at(index, 0, there, box, found)
        if count > len(found):
            found = grown(found, count)
            count = pieces_at(index, 0, there, box, found)
        if n + count > len(feature_out):
            room = n + count
            feature_out, area_out, kind_out = grown(feature_out, room), grown(area_out, room), grown(kind_out, room)
        # As everywhere, the pieces of a feature are added up in the order of their numbers.
        found[:count].sort()
        edges = all_edges[first[site] : first[site + 1]]
        for i in range(count):
            number = found[i]
            piece = pieces[number]
            feature = np.int64(piece.feature)
            if days[feature, 0] > day[0] or days[feature, 1] <= day[1]:
                continue
            area = _weigh(piece, _holds(there, number, box), xy, box, areas[site], edges)
            if area < 0.0:
                continue
            told = number if piece.kind == KIND_LINE else feature
            at = _place_of(feature_out, kind_out, begin, n, told, piece.kind)
            if at == n:
                feature_out[n], area_out[n], kind_out[n] = told, 0.0, piece.kind
                n += 1
            area_out[at] += area
        n = _without_touches(feature_out, area_out, kind_out, begin, n)
        spans[site, 0], spans[site, 1] = begin, n
    return _by_site(spans, feature_out, area_out, kind_out, n)


_TABLES: WeakKeyDictionary[StoreArrays, tuple[Any, ...]] = WeakKeyDictionary()
"""What is read of each store that has been asked: both indexes with their tables, pieces, boxes, datasets."""


def _tables(store: StoreArrays) -> tuple[Any, ...]:
    tables = _TABLES.get(store)
    if tables is None:
        index = (store.cell_key, store.cell_piece, store.cell_limit, *tables_of(store.cell_key))
        near_index = (store.near_key, store.near_piece, store.near_limit, *tables_of(store.near_key))
        tables = (index, near_index, store.piece, store.piece["box"], store.feature_dataset)
        _TABLES[store] = tables
    return tables


def _when(day: int | None) -> tuple[int, int]:
    """Latest start and earliest end of what is in force; None takes in features of any time."""
    whole = np.iinfo(np.int32)
    return (whole.max, whole.min - 1) if day is None else (day, day)


def find(store: StoreArrays, sites: SiteEdges, day: int | None) -> Found:
    """Look up and measure all sites; `day` is a day number, or None for features of any time."""
    index, _, pieces, there, _ = _tables(store)
    shapes = (sites.box, sites.area, sites.start, np.vstack([sites.ends, sites.slope]).T.copy())
    # Neighbours one after the other find the same pages of the store in the processor's cache.
    order = np.argsort(z_order(sites.box), kind="stable") if len(sites) > 1 else np.arange(len(sites))
    found: Found = _run(index, pieces, there, store.xy, store.feature_days, _when(day), shapes, order)
    return found


def distances(
    store: StoreArrays, sites: SiteEdges, reach: NDArray[np.float64], day: int | None, short_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Site, feature and distance of what is within its dataset's reach; datasets that reach over `short_m` apart."""
    far = np.flatnonzero(reach > short_m)
    short = float(max(reach[reach <= short_m].max(initial=0.0), TOUCH_M))
    shapes = (sites.box, sites.start, sites.ends)
    found: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]] = near(
        _tables(store), store.xy, store.feature_days, _when(day), shapes, reach, far, short
    )
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _take_apart(xy: Any, owner: Any, n: Any) -> Any:
    """As `SiteEdges.of`, for n sites of one ring each; the first value tells whether they are."""
    box, area, start = np.empty((n, 4)), np.empty(n), np.zeros(n + 1, np.int64)
    ends, slope = np.empty((4, max(len(xy) - n, 0))), np.empty(max(len(xy) - n, 0))
    last, edge = -1, 0
    for site in range(n):
        first = last = last + 1
        while last + 1 < len(xy) and owner[last + 1] == site:
            last += 1
            if xy[last, 0] == xy[first, 0] and xy[last, 1] == xy[first, 1]:
                break
        # A ring that is closed before the site's last vertex is followed by another ring.
        if last == first or owner[first] != site or (last + 1 < len(xy) and owner[last + 1] == site):
            return False, box, area, start, ends, slope
        west, south = xy[first:last, 0].min(), xy[first:last, 1].min()
        box[site] = (west, south, xy[first:last, 0].max(), xy[first:last, 1].max())
        doubled = 0.0
        for k in range(first, last):
            doubled += (xy[k, 0] - west) * (xy[k + 1, 1] - xy[k, 1]) - (xy[k, 1] - south) * (xy[k + 1, 0] - xy[k, 0])
        area[site] = abs(doubled / 2)
        turn = 0 if doubled > 0 else 1
        for k in range(first, last):
            ends[0, edge], ends[1, edge] = xy[k + turn, 0], xy[k + turn, 1]
            ends[2, edge], ends[3, edge] = xy[k + 1 - turn, 0], xy[k + 1 - turn, 1]
            run = ends[2, edge] - ends[0, edge]
            slope[edge] = 0.0 if run == 0.0 else (ends[3, edge] - ends[1, edge]) / run
            edge += 1
        start[site + 1] = edge
    return True, box, area, start, ends, slope


def edges_of(sites: NDArray[np.object_]) -> SiteEdges:
    """As `SiteEdges.of`, quicker where every site has one ring."""
    kinds = shapely.get_type_id(sites)
    if ((kinds == 3) | (kinds == 6)).all():
        xy, owner = shapely.get_coordinates(sites, return_index=True)
        simple, box, area, start, ends, slope = _take_apart(xy, owner, len(sites))
        if simple:
            return SiteEdges(box, area, start, ends, slope)
    return SiteEdges.of(sites)
