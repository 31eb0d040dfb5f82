"""Which pieces lie where a box is: the index read, nothing measured yet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bopsgis.ragged import ranges
from constraints.store.arrays import StoreArrays
from constraints.store.grid import BITS, CELL_M, cell_key, cells_of, level_of

__all__ = ["pieces_meeting", "pieces_within"]

_COLUMN = (1 << BITS) - 1


def pieces_meeting(store: StoreArrays, boxes: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (index of box, piece) where (n, 4) boxes meet the boxes of pieces of any dataset; each pair once."""
    index = (store.cell_key, store.cell_piece, store.cell_limit)
    return _search(index, store.piece["box"], boxes, np.zeros(len(boxes), np.int64))


def pieces_within(
    store: StoreArrays, boxes: NDArray[np.float64], dataset: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As `pieces_meeting`, each box asked of one dataset, pieces that are covered wholly left out."""
    index = (store.near_key, store.near_piece, store.near_limit)
    return _search(index, store.piece["box"], boxes, dataset)


def _search(
    index: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]],
    piece_box: NDArray[np.float64],
    boxes: NDArray[np.float64],
    group: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    keys, listed, limit = index
    slot = group[:, None] * len(CELL_M) + np.arange(len(CELL_M))
    # Most datasets have pieces at a few levels only; the rest need no search.
    box, level = np.nonzero(limit[slot] < limit[slot + 1])
    west, south, east, north = (cells_of(boxes[box, side], level) for side in range(4))
    rows = north - south + 1
    look = np.repeat(np.arange(len(rows)), rows)
    box, level = box[look], level[look]
    row = ranges(south, rows)
    first = cell_key(group[box], level, row, west[look])
    begin = np.searchsorted(keys, first)
    count = np.searchsorted(keys, first + (east - west)[look], side="right") - begin
    found = np.repeat(np.arange(len(look)), count)
    entry = ranges(begin, count)
    piece = listed[entry]
    site = box[found]
    there, asked = piece_box[piece], boxes[site]
    meets = (there[:, :2] <= asked[:, 2:]).all(axis=1) & (there[:, 2:] >= asked[:, :2]).all(axis=1)
    kept = np.flatnonzero(meets)
    piece, site, found = piece[kept], site[kept], found[kept]
    # A piece in several cells is kept where its box and the box asked first meet.
    at = level_of(there[kept])
    corner = np.maximum(there[kept, :2], asked[kept, :2])
    once = (cells_of(corner[:, 0], at) == (keys[entry[kept]] & _COLUMN)) & (cells_of(corner[:, 1], at) == row[found])
    return site[once], piece[once].astype(np.int64)
