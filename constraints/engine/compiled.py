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
from constraints.engine.compiled_ahead import ask
from constraints.engine.compiled_area import holds, weigh
from constraints.engine.compiled_block import BLOCK, MOST_CELLS, pieces_of_block
from constraints.engine.compiled_index import few_cells, grown, pieces_at, tables_of
from constraints.engine.compiled_near import near
from constraints.engine.kernel import Found
from constraints.engine.points import TOUCH_M
from constraints.engine.sites import SiteEdges
from constraints.store.arrays import StoreArrays
from constraints.store.cut import KIND_LINE
from constraints.store.grid import z_order

__all__ = ["distances", "edges_of", "find"]

_FEW = 24
"""So many numbers are sorted by putting each in its place."""


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
def _in_order(numbers: Any) -> Any:
    """Sort a few numbers: quicker than a general sort."""
    if len(numbers) > _FEW:
        numbers.sort()
        return
    for at in range(1, len(numbers)):
        number, place = numbers[at], at
        while place > 0 and numbers[place - 1] > number:
            numbers[place] = numbers[place - 1]
            place -= 1
        numbers[place] = number


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh_all(store: Any, when: Any, numbers: Any, box: Any, area: Any, edges: Any, out: Any, begin: Any) -> Any:
    """Weigh the pieces at one site and add up what each feature shares with it; returns the new end of `out`."""
    pieces, there, xy, days = store
    dated, latest, earliest = when
    features, areas, kinds = out
    n = begin
    for number in numbers:
        piece = pieces[number]
        feature = np.int64(piece.feature)
        if dated and (days[feature, 0] > latest or days[feature, 1] <= earliest):
            continue
        shared = weigh(piece, holds(there, number, box), xy, box, area, edges)
        if shared < 0.0:
            continue
        told = number if piece.kind == KIND_LINE else feature
        at = _place_of(features, kinds, begin, n, told, piece.kind)
        if at == n:
            features[n], areas[n], kinds[n] = told, 0.0, piece.kind
            n += 1
        areas[at] += shared
    return _without_touches(features, areas, kinds, begin, n)


@njit(cache=True, nogil=True, error_model="numpy")
def _ask_for_sites(sites: Any, block: Any) -> None:
    boxes, areas, first, edges = sites
    for site in block:
        ask(boxes, site)
        ask(areas, site)
        for edge in range(first[site], first[site + 1], 2):
            ask(edges, edge)


@njit(cache=True, nogil=True, error_model="numpy")
def _run(index: Any, store: Any, when: Any, sites: Any, order: Any) -> Any:
    """All that `find` tells, `order` being the order in which the sites are looked at."""
    boxes, areas, first, all_edges = sites
    there = store[1]
    room = 8 * len(areas) + 64
    features, shared, kinds = np.empty(room, np.int64), np.empty(room), np.empty(room, np.int32)
    taken, listing = np.empty((BLOCK * MOST_CELLS, 3), np.int64), np.empty((32 * BLOCK, 2), np.int64)
    listed, found = np.zeros(BLOCK + 1, np.int64), np.empty(1024, np.int64)
    n, spans = 0, np.empty((len(areas), 2), np.int64)
    for at in range(0, len(order), BLOCK):
        block = order[at : at + BLOCK]
        _ask_for_sites(sites, order[at + BLOCK : at + 2 * BLOCK])
        listing = pieces_of_block(index, store, boxes, block, taken, listing, listed)
        for i in range(len(block)):
            site = block[i]
            box = (boxes[site, 0], boxes[site, 1], boxes[site, 2], boxes[site, 3])
            numbers = listing[listed[i] : listed[i + 1], 0]
            if not few_cells(box):
                found, count = _pieces_of_large(index, there, box, found)
                numbers = found[:count]
            if n + len(numbers) > len(features):
                room = n + len(numbers)
                features, shared, kinds = grown(features, room), grown(shared, room), grown(kinds, room)
            # As everywhere, the pieces of a feature are added up in the order of their numbers.
            _in_order(numbers)
            edges, out = all_edges[first[site] : first[site + 1]], (features, shared, kinds)
            spans[site, 0] = n
            n = _weigh_all(store, when, numbers, box, areas[site], edges, out, n)
            spans[site, 1] = n
    return _by_site(spans, features, shared, kinds, n)


@njit(cache=True, nogil=True, error_model="numpy")
def _pieces_of_large(index: Any, there: Any, box: Any, found: Any) -> Any:
    """Pieces whose boxes meet a box of many cells, in `found` or, where it is too small, a larger one."""
    count = pieces_at(index, 0, there, box, found)
    if count > len(found):
        found = grown(found, count)
        count = pieces_at(index, 0, there, box, found)
    return found, count


_TABLES: WeakKeyDictionary[StoreArrays, tuple[Any, ...]] = WeakKeyDictionary()
"""What is read of each store that has been asked: both indexes with their tables, pieces, boxes, datasets."""


def _tables(store: StoreArrays) -> tuple[Any, ...]:
    tables = _TABLES.get(store)
    if tables is None:
        cells = tables_of(store.cell_key, store.cell_piece)
        index = (store.cell_key, store.cell_piece, store.cell_limit, *cells)
        near_cells = tables_of(store.near_key, store.near_piece)
        near_index = (store.near_key, store.near_piece, store.near_limit, *near_cells)
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
    shapes = (sites.box, sites.area, sites.start, np.ascontiguousarray(sites.edges))
    # Neighbours one after the other find the same pages of the store in the processor's cache.
    order = np.argsort(z_order(sites.box), kind="stable") if len(sites) > 1 else np.arange(len(sites))
    when = (day is not None, *_when(day))
    found: Found = _run(index, (pieces, there, store.xy, store.feature_days), when, shapes, order)
    return found


def distances(
    store: StoreArrays, sites: SiteEdges, reach: NDArray[np.float64], day: int | None, short_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Site, feature and distance of what is within its dataset's reach; datasets that reach over `short_m` apart."""
    far = np.flatnonzero(reach > short_m)
    short = float(max(reach[reach <= short_m].max(initial=0.0), TOUCH_M))
    shapes = (sites.box, sites.start, np.ascontiguousarray(sites.edges))
    found: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]] = near(
        _tables(store), store.xy, store.feature_days, _when(day), shapes, reach, far, short
    )
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _ring_ends(xy: Any, owner: Any, site: Any, first: Any) -> Any:
    """Last vertex of the ring that begins with a vertex; the first itself where it is not the site's only ring."""
    last = first
    while last + 1 < len(xy) and owner[last + 1] == site:
        last += 1
        if xy[last, 0] == xy[first, 0] and xy[last, 1] == xy[first, 1]:
            break
    another = last + 1 < len(xy) and owner[last + 1] == site
    return first if another or owner[first] != site else last


@njit(cache=True, nogil=True, error_model="numpy")
def _take_apart(xy: Any, owner: Any, n: Any) -> Any:
    """As `SiteEdges.of`, for n sites of one ring each; the first value tells whether they are."""
    box, area, start = np.empty((n, 4)), np.empty(n), np.zeros(n + 1, np.int64)
    edges = np.empty((max(len(xy) - n, 0), 5))
    last, edge = -1, 0
    for site in range(n):
        first = last + 1
        last = _ring_ends(xy, owner, site, first)
        if last == first:
            return False, box, area, start, edges
        west, south, east, north = xy[first, 0], xy[first, 1], xy[first, 0], xy[first, 1]
        for k in range(first + 1, last):
            west, south = min(west, xy[k, 0]), min(south, xy[k, 1])
            east, north = max(east, xy[k, 0]), max(north, xy[k, 1])
        box[site, 0], box[site, 1], box[site, 2], box[site, 3] = west, south, east, north
        doubled = 0.0
        for k in range(first, last):
            doubled += (xy[k, 0] - west) * (xy[k + 1, 1] - xy[k, 1]) - (xy[k, 1] - south) * (xy[k + 1, 0] - xy[k, 0])
        area[site] = abs(doubled / 2)
        turn = 0 if doubled > 0 else 1
        for k in range(first, last):
            ax, ay, bx, by = xy[k + turn, 0], xy[k + turn, 1], xy[k + 1 - turn, 0], xy[k + 1 - turn, 1]
            edges[edge, 0], edges[edge, 1], edges[edge, 2], edges[edge, 3] = ax, ay, bx, by
            edges[edge, 4] = 0.0 if bx == ax else (by - ay) / (bx - ax)
            edge += 1
        start[site + 1] = edge
    return True, box, area, start, edges


def edges_of(sites: NDArray[np.object_]) -> SiteEdges:
    """As `SiteEdges.of`, quicker where every site has one ring."""
    kinds = shapely.get_type_id(sites)
    if ((kinds == 3) | (kinds == 6)).all():
        xy, owner = shapely.get_coordinates(sites, return_index=True)
        simple, box, area, start, edges = _take_apart(xy, owner, len(sites))
        if simple:
            return SiteEdges(box, area, start, edges)
    return SiteEdges.of(sites)
