"""Cutting areas and lines into pieces of few edges, and saying which cells an area covers wholly.

A piece is a bag of directed edges within a cell, not a polygon: no overlay of polygons takes part, so nothing
can fail on a nasty shape, and areas add up but for rounding. What stands on the cell's bottom and top lines is
added as artificial edges; the cell's upright sides are left out, because they add nothing to an area.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.ragged import group_starts
from constraints.store.edges import Edges, Profile, edges_of, profile, split_edges, split_profile

__all__ = ["KIND_AREA", "KIND_FULL", "KIND_LINE", "KIND_POINT", "MAX_EDGES", "Pieces", "cut", "join_pieces"]

KIND_POINT = 0
KIND_LINE = 1
KIND_AREA = 2
KIND_FULL = 3
"""A rectangle that the area covers wholly."""

MAX_EDGES = 32
_SMALLEST_CELL_M = 4.0
_MOST_FRAGMENTS = 4
"""Times the edges of a part: a part whose edges are longer than its cells (a fan of spikes) is cut no further."""
_BATCH_VERTICES = 400_000
_AREA_TOLERANCE = 1e-6
"""Of a part's area: pieces that differ by more are given up, and the part is kept uncut."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """p pieces over v vertices; runs of vertices are ended by a NaN vertex."""

    feature: NDArray[np.int64]
    kind: NDArray[np.uint8]
    box: NDArray[np.float64]
    """(p, 4) west, south, east, north of what is in the piece; metres."""
    count: NDArray[np.int64]
    """Vertices of the piece, NaN ones included."""
    real: NDArray[np.int64]
    """How many of them, from the first, belong to edges of the feature itself; the rest come from cutting."""
    xy: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.feature)


@dataclass(frozen=True, slots=True)
class _Cells:
    part: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    size: NDArray[np.float64]

    def take(self, which: NDArray[np.bool_]) -> _Cells:
        return _Cells(self.part[which], self.x[which], self.y[which], self.size[which])


def cut(geometry: NDArray[np.object_], max_edges: int = MAX_EDGES) -> Pieces:
    """Cut (n,) valid points, lines and areas in EPSG:27700; `Pieces.feature` is the index into them."""
    parts, owner = shapely.get_parts(geometry, return_index=True)
    kinds = shapely.get_type_id(parts)
    found: list[Pieces] = [_points(parts[kinds == 0], owner[kinds == 0])]
    for type_id, kind in ((1, KIND_LINE), (3, KIND_AREA)):
        chosen = np.flatnonzero(kinds == type_id)
        batch = np.cumsum(shapely.get_num_coordinates(parts[chosen])) // _BATCH_VERTICES
        found.extend(
            _cut_parts(parts[rows], owner[rows], kind, max_edges)
            for rows in np.split(chosen, group_starts(batch)[1:])
            if len(rows)
        )
    return join_pieces(found)


def join_pieces(found: list[Pieces]) -> Pieces:
    """Put pieces one after the other."""
    return Pieces(*(np.concatenate([getattr(pieces, name) for pieces in found]) for name in Pieces.__slots__))


def _points(points: NDArray[np.object_], owner: NDArray[np.int64]) -> Pieces:
    xy = shapely.get_coordinates(points)
    slots = np.stack([xy, np.full_like(xy, np.nan)], axis=1).reshape(-1, 2)
    two = np.full(len(points), 2, np.int64)
    kind = np.full(len(points), KIND_POINT, np.uint8)
    return Pieces(owner.astype(np.int64), kind, np.hstack([xy, xy]), two, two.copy(), slots)


def _cut_parts(parts: NDArray[np.object_], owner: NDArray[np.int64], kind: int, max_edges: int) -> Pieces:
    edges = edges_of(parts)
    large = np.bincount(edges.cell, minlength=len(parts)) > max_edges
    found = [_whole(edges.take(~large[edges.cell]), kind)]
    if large.any():
        found.extend(_quarter(parts, edges.take(large[edges.cell]), large, kind, max_edges))
    pieces = join_pieces(found)
    if kind == KIND_AREA:
        pieces = _without_losses(pieces, edges, shapely.area(parts))
    return Pieces(owner[pieces.feature].astype(np.int64), pieces.kind, pieces.box, pieces.count, pieces.real, pieces.xy)


def _whole(edges: Edges, kind: int) -> Pieces:
    part, cell = np.unique(edges.cell, return_inverse=True)
    return _gather(edges.moved_to(cell), Profile.empty(), Profile.empty(), None, part, kind)


def _without_losses(pieces: Pieces, edges: Edges, area_m2: NDArray[np.float64]) -> Pieces:
    measured = np.bincount(pieces.feature, piece_areas(pieces), minlength=len(area_m2))
    lost = np.abs(measured - area_m2) > np.maximum(area_m2 * _AREA_TOLERANCE, _AREA_TOLERANCE)
    if not lost.any():
        return pieces
    kept = ~lost[pieces.feature]
    rest = Pieces(
        pieces.feature[kept],
        pieces.kind[kept],
        pieces.box[kept],
        pieces.count[kept],
        pieces.real[kept],
        pieces.xy[np.repeat(kept, pieces.count)],
    )
    return join_pieces([rest, _whole(edges.take(lost[edges.cell]), KIND_AREA)])


def piece_areas(pieces: Pieces) -> NDArray[np.float64]:
    """Area of each piece in m2, from its edges alone."""
    piece = np.repeat(np.arange(len(pieces)), pieces.count)
    x, y = pieces.xy[:, 0], pieces.xy[:, 1] - pieces.box[piece, 1]
    under = (x[:-1] - x[1:]) * (y[:-1] + y[1:]) / 2
    real = ~np.isnan(under)
    return np.bincount(piece[:-1][real], under[real], minlength=len(pieces)).astype(np.float64, copy=False)


def _roots(parts: NDArray[np.object_], large: NDArray[np.bool_]) -> _Cells:
    """Two by two aligned cells that hold the part; each cell's side is a power of two metres."""
    box = shapely.bounds(parts[large])
    extent = np.maximum(box[:, 2:] - box[:, :2], _SMALLEST_CELL_M).max(axis=1)
    side = 2.0 ** np.ceil(np.log2(extent))
    corner = np.floor(box[:, :2] / side[:, None]) * side[:, None]
    return _Cells(np.flatnonzero(large), corner[:, 0], corner[:, 1], 2 * side)


def _quarter(
    parts: NDArray[np.object_], edges: Edges, large: NDArray[np.bool_], kind: int, max_edges: int
) -> list[Pieces]:
    cells = _roots(parts, large)
    most = np.bincount(edges.cell, minlength=len(parts)) * _MOST_FRAGMENTS
    kept = np.zeros(len(parts), np.int64)
    edges = edges.moved_to((np.cumsum(large) - 1)[edges.cell])
    flats = Profile.empty()
    found = []
    while len(cells.part):
        count = np.bincount(edges.cell, minlength=len(cells.part))
        fragments = kept + np.bincount(cells.part, count, minlength=len(parts)).astype(np.int64)
        done = (count <= max_edges) | (cells.size <= _SMALLEST_CELL_M) | (fragments > most)[cells.part]
        kept += np.bincount(cells.part[done], count[done], minlength=len(parts)).astype(np.int64)
        number = np.cumsum(done) - 1
        leaf_edges, leaf_flats = edges.take(done[edges.cell]), flats.take(done[flats.cell])
        found.append(
            _leaves(
                leaf_edges.moved_to(number[leaf_edges.cell]),
                leaf_flats.moved_to(number[leaf_flats.cell]),
                cells.take(done),
                kind,
            )
        )
        number = np.cumsum(~done) - 1
        edges, flats = edges.take(~done[edges.cell]), flats.take(~done[flats.cell])
        edges, flats, cells = _split(
            edges.moved_to(number[edges.cell]), flats.moved_to(number[flats.cell]), cells.take(~done), kind
        )
    return found


def _split(edges: Edges, flats: Profile, cells: _Cells, kind: int) -> tuple[Edges, Profile, _Cells]:
    """Part every cell in four and throw away quarters with nothing in them."""
    half = cells.size / 2
    middle_x, middle_y = cells.x + half, cells.y + half
    edges, side = split_edges(edges, middle_x[edges.cell], axis=0)
    edges = edges.moved_to(edges.cell * 2 + side)
    flats, side = split_profile(flats, middle_x[flats.cell])
    flats = flats.moved_to(flats.cell * 2 + side)
    edges, upper = split_edges(edges, middle_y[edges.cell // 2], axis=1)
    below = edges.take(upper == 0)
    raised = profile(below, flats) if kind == KIND_AREA else flats
    edges = edges.moved_to(edges.cell * 2 + upper)
    flats = Profile(
        np.concatenate([flats.west, raised.west]),
        np.concatenate([flats.east, raised.east]),
        np.concatenate([flats.times, raised.times]),
        np.concatenate([flats.cell * 2, raised.cell * 2 + 1]),
    )
    used = np.zeros(len(half) * 4, np.bool_)
    used[edges.cell] = used[flats.cell] = True
    number = np.cumsum(used) - 1
    quarter = np.flatnonzero(used)
    parent = quarter // 4
    cells = _Cells(
        cells.part[parent],
        cells.x[parent] + half[parent] * (quarter // 2 % 2),
        cells.y[parent] + half[parent] * (quarter % 2),
        half[parent],
    )
    return edges.moved_to(number[edges.cell]), flats.moved_to(number[flats.cell]), cells


def _leaves(edges: Edges, flats: Profile, cells: _Cells, kind: int) -> Pieces:
    top = profile(edges, flats) if kind == KIND_AREA else Profile.empty()
    return _gather(edges, flats, top, cells, cells.part, kind)


def _artificial(flats: Profile, y: NDArray[np.float64], *, eastwards: bool) -> Edges:
    """Edges along the cells' bottom lines (eastwards, interior above) or top lines."""
    forward = (flats.times > 0) == eastwards
    start, end = np.where(forward, flats.west, flats.east), np.where(forward, flats.east, flats.west)
    line = y[flats.cell]
    ends = np.stack([start, line, end, line], axis=1)
    again = np.abs(flats.times)
    return Edges(np.repeat(ends, again, axis=0), np.repeat(flats.cell, again), np.zeros(int(again.sum()), np.int64))


def _gather(
    edges: Edges, bottom: Profile, top: Profile, cells: _Cells | None, part: NDArray[np.int64], kind: int
) -> Pieces:
    """Lay the edges of each piece out as runs of vertices: the feature's own first, then the artificial ones."""
    made = [edges]
    if cells is not None:
        made += [_artificial(bottom, cells.y, eastwards=True), _artificial(top, cells.y + cells.size, eastwards=False)]
    ends, cell, order = (np.concatenate([getattr(some, name) for some in made]) for name in Edges.__slots__)
    own = np.arange(len(cell)) < len(edges)
    sequence = np.lexsort((order, ~own, cell))
    ends, cell, own = ends[sequence], cell[sequence], own[sequence]
    first = np.ones(len(cell), np.bool_)
    first[1:] = (cell[1:] != cell[:-1]) | (own[1:] != own[:-1]) | (ends[1:, :2] != ends[:-1, 2:]).any(axis=1)
    last = np.append(first[1:], True)[: len(first)]
    slots = 1 + first.astype(np.int64) + last
    position = np.cumsum(slots) - slots
    xy = np.full((int(slots.sum()), 2), np.nan)
    xy[position[first]] = ends[first, :2]
    xy[position + first] = ends[:, 2:]
    count = np.bincount(cell, slots, minlength=len(part)).astype(np.int64)
    real = np.bincount(cell, slots * own, minlength=len(part)).astype(np.int64)
    box = _boxes(ends, cell, len(part))
    kinds = np.full(len(part), kind, np.uint8)
    if cells is not None:
        kinds[_covered(bottom, cells, real)] = KIND_FULL
    return Pieces(part, kinds, box, count, real, xy)


def _boxes(ends: NDArray[np.float64], cell: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    box = np.empty((n, 4))
    if n:
        starts = group_starts(cell)
        box[:, :2] = np.minimum.reduceat(np.minimum(ends[:, :2], ends[:, 2:]), starts)
        box[:, 2:] = np.maximum.reduceat(np.maximum(ends[:, :2], ends[:, 2:]), starts)
    return box


def _covered(bottom: Profile, cells: _Cells, real: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Cells without an edge of the feature whose bottom line is covered from end to end."""
    spans = (bottom.west == cells.x[bottom.cell]) & (bottom.east == (cells.x + cells.size)[bottom.cell])
    whole = np.zeros(len(real), np.bool_)
    whole[bottom.cell[spans & (bottom.times == 1)]] = True
    whole &= real == 0
    return whole
