"""The Hilbert curve: an order of the squares of a grid in which neighbours on the line are neighbours on the map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["hilbert_index", "hilbert_place"]


def hilbert_index(x: NDArray[np.uint64], y: NDArray[np.uint64], order: int) -> NDArray[np.uint64]:
    """Place along the curve of (n,) columns and rows of a grid of 2^order by 2^order squares, order up to 31.

    The curve is that of PMTiles v3: it begins at column 0, row 0 and ends at the last column of row 0.
    """
    x, y = x.astype(np.uint64), y.astype(np.uint64)
    index = np.zeros(len(x), np.uint64)
    one = np.uint64(1)
    for bit in range(order - 1, -1, -1):
        shift = np.uint64(bit)
        right, down = (x >> shift) & one, (y >> shift) & one
        index |= ((np.uint64(3) * right) ^ down) << np.uint64(2 * bit)
        x, y = _turned(x, y, right, down, (one << shift) - one)
    return index


def hilbert_place(index: NDArray[np.uint64], order: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Columns and rows of (n,) places along the curve; undoes `hilbert_index`."""
    rest = index.astype(np.uint64)
    x, y = np.zeros(len(rest), np.uint64), np.zeros(len(rest), np.uint64)
    one = np.uint64(1)
    for bit in range(order):
        right = (rest >> one) & one
        down = (rest ^ right) & one
        x, y = _turned(x, y, right, down, (one << np.uint64(bit)) - one)
        x |= right << np.uint64(bit)
        y |= down << np.uint64(bit)
        rest = rest >> np.uint64(2)
    return x, y


def _turned(
    x: NDArray[np.uint64], y: NDArray[np.uint64], right: NDArray[np.uint64], down: NDArray[np.uint64], last: np.uint64
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Turn the squares of the upper two quarters, as the curve turns there; `last` is the last column of a quarter."""
    upper = down == 0
    flip = np.where(upper & (right == 1), last, np.uint64(0))
    x, y = (x & last) ^ flip, (y & last) ^ flip
    return np.where(upper, y, x), np.where(upper, x, y)
