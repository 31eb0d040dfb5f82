"""The spatial index: square cells of fifteen sizes, and one sorted list of which piece lies in which cell.

A piece is listed at the level whose cells are at least as large as its box, so in four cells at most. A box is
looked up by binary search, row by row of cells, at every level. Nothing has to be built when a store is opened.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bopsgis.ragged import ranges

__all__ = ["BIAS", "BITS", "CELL_M", "cell_key", "cells_of", "group_limits", "level_of", "register", "z_order"]

CELL_M = 64.0 * 2.0 ** np.arange(15)
"""(15,) side of a cell at each level, metres: 64 m to 1,049 km; each twice the one before."""
BITS = 20
"""Of a column or row in a key."""
BIAS = 1 << (BITS - 1)
"""Added to columns and rows, so that none is negative."""
_LEVELS = len(CELL_M)


def level_of(boxes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Level at which each of (n, 4) boxes is listed."""
    extent = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    return np.minimum(np.searchsorted(CELL_M, extent), _LEVELS - 1)


def cells_of(coordinates: NDArray[np.float64], level: NDArray[np.int64]) -> NDArray[np.int64]:
    """Column or row of each coordinate, for the level beside it (arrays that broadcast)."""
    return np.floor(coordinates / CELL_M[level]).astype(np.int64) + BIAS


def cell_key(
    group: NDArray[np.int64] | int, level: NDArray[np.int64], row: NDArray[np.int64], column: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Sortable number of a cell: group first (a dataset, or 0), then level, row and column."""
    keys: NDArray[np.int64] = ((group * _LEVELS + level << BITS) | row) << BITS | column
    return keys


def register(boxes: NDArray[np.float64], group: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """List (n, 4) boxes in their cells: the sorted keys, and beside each the number of the box."""
    level = level_of(boxes)
    west, south = cells_of(boxes[:, 0], level), cells_of(boxes[:, 1], level)
    # A box that ends on the line between two cells has only its edge in the second: not worth an entry.
    east = np.maximum(-cells_of(-boxes[:, 2], level) + 2 * BIAS - 1, west)
    north = np.maximum(-cells_of(-boxes[:, 3], level) + 2 * BIAS - 1, south)
    across = east - west + 1
    count = across * (north - south + 1)
    box = np.repeat(np.arange(len(boxes)), count)
    place = ranges(np.zeros(len(boxes), np.int64), count)
    keys = cell_key(group[box], level[box], south[box] + place // across[box], west[box] + place % across[box])
    order = np.argsort(keys, kind="stable")
    return keys[order], box[order].astype(np.int32)


def group_limits(keys: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """Where each level of each group begins in sorted keys, and the end: (groups * levels + 1,)."""
    return np.searchsorted(keys, np.arange(groups * _LEVELS + 1) << (2 * BITS)).astype(np.int64)


def _spread(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Put a zero bit before every bit of 20-bit numbers."""
    for shift, mask in ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F)):
        values = (values | (values << shift)) & mask
    for shift, mask in ((2, 0x3333333333333333), (1, 0x5555555555555555)):
        values = (values | (values << shift)) & mask
    return values


def z_order(boxes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Place of each box's centre along a Z-order (Morton) curve, so that neighbours lie close in memory."""
    level = np.zeros(len(boxes), np.int64)
    column = cells_of((boxes[:, 0] + boxes[:, 2]) / 2, level)
    row = cells_of((boxes[:, 1] + boxes[:, 3]) / 2, level)
    return _spread(column) | (_spread(row) << 1)
