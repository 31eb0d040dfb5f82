"""The index read by compiled code: as `lookup`, one box at a time. Import this only through `compiled`.

A table of cells, made when a store is first asked, tells what is listed in each. Most cells that a site looks into
are empty, and a table of bits says so: it is small enough for the processor's cache.
"""

from __future__ import annotations

from math import floor
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from constraints.store.grid import BIAS, BITS, CELL_M

__all__ = [
    "counted_here",
    "few_cells",
    "grown",
    "meets",
    "pieces_at",
    "reach_of",
    "scattered",
    "set_in",
    "tables_of",
]

_CELL = np.dtype([("key", "<i8"), ("begin", "<i4"), ("count", "<i4")])
"""Of a slot: which cell (-1: none), and where its pieces begin in the list; of one piece, the piece itself."""
_PER_M = 1.0 / CELL_M[0]
"""A power of two, so that multiplying by it is exact."""
_COLUMN = (1 << BITS) - 1
_LEVELS = len(CELL_M)
_SCATTER = 0x9E3779B97F4A7C15 - (1 << 64)
"""Fibonacci hashing: the golden ratio as a whole number of 64 bits, with its sign."""
_SHIFT = 20
"""The upper bits are the better scattered ones; 44 are left."""
_FEW_M = 4 * CELL_M[0]
"""Up to this width the cells of a box are looked up one by one."""
_LEAST_SLOTS = 64


def tables_of(keys: NDArray[np.int64], listed: NDArray[np.int32]) -> tuple[NDArray[np.void], NDArray[np.uint32]]:
    """The cells of (c,) sorted keys, in slots of type `_CELL`, and bits, of which one is set for each cell.

    There are at least twice as many slots as cells and eight times as many bits as slots, each a power of two.
    """
    begin = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])
    size = _LEAST_SLOTS
    while size < 2 * len(begin):
        size *= 2
    cells, bits = np.zeros(size, _CELL), np.zeros(size // 4, np.uint32)
    cells["key"] = -1
    _fill(cells, bits, keys, listed, np.append(begin, len(keys)))
    return cells, bits


@njit(cache=True, nogil=True, error_model="numpy")
def scattered(key: Any) -> Any:
    """Hash of a cell's key: its lower bits tell the slot and the bit."""
    return (key * _SCATTER) >> _SHIFT


@njit(cache=True, nogil=True, error_model="numpy")
def set_in(bits: Any, place: Any) -> Any:
    """1 where the bit for this hash is set, else 0."""
    bit = place & (32 * len(bits) - 1)
    return np.int64((bits[bit >> 5] >> np.uint32(bit & 31)) & np.uint32(1))


@njit(cache=True, nogil=True, error_model="numpy")
def _fill(cells: Any, bits: Any, keys: Any, listed: Any, begin: Any) -> Any:
    for number in range(len(begin) - 1):
        at, count = begin[number], begin[number + 1] - begin[number]
        place = scattered(keys[at])
        bit = place & (32 * len(bits) - 1)
        bits[bit >> 5] |= np.uint32(1) << np.uint32(bit & 31)
        slot = place & (len(cells) - 1)
        while cells[slot].key >= 0:
            slot = (slot + 1) & (len(cells) - 1)
        cells[slot].key, cells[slot].count = keys[at], count
        cells[slot].begin = listed[at] if count == 1 else at


@njit(cache=True, nogil=True, error_model="numpy")
def _slot_of(cells: Any, bits: Any, key: Any) -> Any:
    """Slot of a cell; -1 where it is empty."""
    place = scattered(key)
    if not set_in(bits, place):
        return -1
    slot = place & (len(cells) - 1)
    while cells[slot].key != key:
        if cells[slot].key < 0:
            return -1
        slot = (slot + 1) & (len(cells) - 1)
    return slot


@njit(cache=True, nogil=True, error_model="numpy")
def _first_at_least(keys: Any, low: Any, high: Any, key: Any) -> Any:
    """As `numpy.searchsorted` in keys[low:high]."""
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def _cell(coordinate: Any) -> Any:
    """Column or row at the finest level, without the bias; shifted right once for each level above."""
    return np.int64(floor(coordinate * _PER_M))


@njit(cache=True, nogil=True, error_model="numpy")
def few_cells(box: Any) -> Any:
    """Whether the cells that a box takes in are so few that each is looked up."""
    return box[2] - box[0] < _FEW_M and box[3] - box[1] < _FEW_M


@njit(cache=True, nogil=True, error_model="numpy")
def reach_of(box: Any) -> Any:
    """First and last column and row of a box at the finest level, without the bias: west, south, east, north."""
    return _cell(box[0]), _cell(box[1]), _cell(box[2]), _cell(box[3])


@njit(cache=True, nogil=True, error_model="numpy")
def meets(there: Any, piece: Any, box: Any) -> Any:
    """Whether a piece's box meets a box."""
    if there[piece, 0] > box[2] or there[piece, 1] > box[3]:
        return False
    return there[piece, 2] >= box[0] and there[piece, 3] >= box[1]


@njit(cache=True, nogil=True, error_model="numpy")
def counted_here(there: Any, piece: Any, box: Any, level: Any, key: Any) -> Any:
    """As the end of `lookup`: a piece in several cells counts where it and the box first meet."""
    if (_cell(max(there[piece, 0], box[0])) >> level) + BIAS != key & _COLUMN:
        return False
    return (_cell(max(there[piece, 1], box[1])) >> level) + BIAS == (key >> BITS) & _COLUMN


@njit(cache=True, nogil=True, error_model="numpy")
def _in_cells(index: Any, group: Any, there: Any, box: Any, found: Any) -> Any:
    """`pieces_at` for a box that lies in few cells: each is looked up."""
    _, listed, starts, cells, bits = index
    west0, south0, east0, north0 = reach_of(box)
    n = 0
    for level in range(_LEVELS):
        if starts[group * _LEVELS + level] == starts[group * _LEVELS + level + 1]:
            continue
        west, east = (west0 >> level) + BIAS, (east0 >> level) + BIAS
        south, north = (south0 >> level) + BIAS, (north0 >> level) + BIAS
        single = west == east and south == north
        for row in range(south, north + 1):
            base = ((group * _LEVELS + level << BITS) | row) << BITS
            for key in range(base | west, (base | east) + 1):
                slot = _slot_of(cells, bits, key)
                for i in range(cells[slot].count if slot >= 0 else 0):
                    begin = np.int64(cells[slot].begin)
                    piece = begin if cells[slot].count == 1 else np.int64(listed[begin + i])
                    if meets(there, piece, box) and (single or counted_here(there, piece, box, level, key)):
                        if n < len(found):
                            found[n] = piece
                        n += 1
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _in_rows(index: Any, group: Any, there: Any, box: Any, found: Any) -> Any:
    """`pieces_at` for a box that takes in many cells: of each row the first is searched for, the others follow it."""
    keys, listed, starts = index[0], index[1], index[2]
    west0, south0, east0, north0 = reach_of(box)
    n = 0
    for level in range(_LEVELS):
        first, last = starts[group * _LEVELS + level], starts[group * _LEVELS + level + 1]
        if first == last:
            continue
        for row in range((south0 >> level) + BIAS, (north0 >> level) + BIAS + 1):
            base = ((group * _LEVELS + level << BITS) | row) << BITS
            at = _first_at_least(keys, first, last, base | ((west0 >> level) + BIAS))
            while at < last and keys[at] <= base | ((east0 >> level) + BIAS):
                piece = listed[at]
                if meets(there, piece, box) and counted_here(there, piece, box, level, keys[at]):
                    if n < len(found):
                        found[n] = piece
                    n += 1
                at += 1
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def pieces_at(index: Any, group: Any, there: Any, box: Any, found: Any) -> Any:
    """How many pieces have boxes that meet a box; their numbers go into `found` where it has room for all.

    `index` is sorted keys, the piece beside each, where each level of each group begins, and the tables of
    `tables_of`; `group` is 0 or, in the index of near pieces, the dataset.
    """
    if few_cells(box):
        return _in_cells(index, group, there, box, found)
    return _in_rows(index, group, there, box, found)


@njit(cache=True, nogil=True, error_model="numpy")
def grown(values: Any, n: Any) -> Any:
    """The first n of the values, with room for as many more."""
    wider = np.empty(2 * n, values.dtype)
    wider[: min(n, len(values))] = values[:n]
    return wider
