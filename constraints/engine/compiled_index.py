"""The index read by compiled code: as `lookup`, one box at a time. Import this only through `compiled`.

A table of slots, made when a store is first asked, tells where each cell begins in the sorted keys. Most cells
that a site looks into are empty, and a table of bits says so: it is small enough for the processor's cache.
"""

from __future__ import annotations

from math import floor
from typing import Any

import numpy as np
from numba import njit

from constraints.store.grid import BIAS, BITS, CELL_M

__all__ = ["grown", "pieces_at", "tables_of"]

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


@njit(cache=True, nogil=True, error_model="numpy")
def tables_of(keys: Any) -> Any:
    """Where each cell begins in sorted (c,) keys, -1 in empty slots; and bits, of which one is set for each cell.

    There are at least twice as many slots as keys and four times as many bits as slots, each a power of two.
    """
    size = 64
    while size < 2 * len(keys):
        size *= 2
    slots, bits = np.full(size, -1, np.int32), np.zeros(size // 8, np.uint32)
    for at in range(len(keys)):
        if at > 0 and keys[at] == keys[at - 1]:
            continue
        place = (keys[at] * _SCATTER) >> _SHIFT
        bit = place & (4 * size - 1)
        bits[bit >> 5] |= np.uint32(1) << np.uint32(bit & 31)
        slot = place & (size - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = at
    return slots, bits


@njit(cache=True, nogil=True, error_model="numpy")
def _begin(keys: Any, slots: Any, bits: Any, key: Any) -> Any:
    """Where a cell begins in the keys; their end where it is empty."""
    place = (key * _SCATTER) >> _SHIFT
    bit = place & (32 * len(bits) - 1)
    if (bits[bit >> 5] >> np.uint32(bit & 31)) & np.uint32(1) == 0:
        return len(keys)
    slot = place & (len(slots) - 1)
    while slots[slot] >= 0:
        if keys[slots[slot]] == key:
            return np.int64(slots[slot])
        slot = (slot + 1) & (len(slots) - 1)
    return len(keys)


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
def _meets(there: Any, piece: Any, box: Any) -> Any:
    if there[piece, 0] > box[2] or there[piece, 1] > box[3]:
        return False
    return there[piece, 2] >= box[0] and there[piece, 3] >= box[1]


@njit(cache=True, nogil=True, error_model="numpy")
def _counted_here(there: Any, piece: Any, box: Any, level: Any, key: Any) -> Any:
    """As the end of `lookup`: a piece in several cells counts where it and the box first meet."""
    if (_cell(max(there[piece, 0], box[0])) >> level) + BIAS != key & _COLUMN:
        return False
    return (_cell(max(there[piece, 1], box[1])) >> level) + BIAS == (key >> BITS) & _COLUMN


@njit(cache=True, nogil=True, error_model="numpy")
def _in_cells(index: Any, group: Any, there: Any, box: Any, found: Any) -> Any:
    """`pieces_at` for a box that lies in few cells: each is looked up."""
    keys, listed, starts, slots, bits = index
    west0, south0, east0, north0 = _cell(box[0]), _cell(box[1]), _cell(box[2]), _cell(box[3])
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
                at = _begin(keys, slots, bits, key)
                while at < len(keys) and keys[at] == key:
                    piece = listed[at]
                    if _meets(there, piece, box) and (single or _counted_here(there, piece, box, level, key)):
                        if n < len(found):
                            found[n] = piece
                        n += 1
                    at += 1
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _in_rows(index: Any, group: Any, there: Any, box: Any, found: Any) -> Any:
    """`pieces_at` for a box that takes in many cells: of each row the first is searched for, the others follow it."""
    keys, listed, starts = index[0], index[1], index[2]
    west0, south0, east0, north0 = _cell(box[0]), _cell(box[1]), _cell(box[2]), _cell(box[3])
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
                if _meets(there, piece, box) and _counted_here(there, piece, box, level, keys[at]):
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
    if box[2] - box[0] < _FEW_M and box[3] - box[1] < _FEW_M:
        return _in_cells(index, group, there, box, found)
    return _in_rows(index, group, there, box, found)


@njit(cache=True, nogil=True, error_model="numpy")
def grown(values: Any, n: Any) -> Any:
    """The first n of the values, with room for as many more."""
    wider = np.empty(2 * n, values.dtype)
    wider[: min(n, len(values))] = values[:n]
    return wider
