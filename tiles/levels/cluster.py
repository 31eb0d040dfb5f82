"""Many points as few: those of one square become one point that says how many it stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.hilbert import hilbert_index

__all__ = ["Clusters", "cells_of", "cluster"]

_CELL_BITS = 6
"""A square has a side of 2^6 tile units: see `policy.CELL_UNITS`."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """k squares with points in them, along the Hilbert curve."""

    first: NDArray[np.int64]
    """(k,) the point that comes first, by whose id the square is known."""
    coords: NDArray[np.int64]
    """(k, 2) mean place of the points, rounded; the point itself where it is alone."""
    counts: NDArray[np.int32]
    """(k,) how many points."""
    agreed: NDArray[np.int32]
    """(k, c) codes of attributes on which all points agree, -1 elsewhere."""


def cells_of(coords: NDArray[Any], order: int, coarser: int = 0) -> NDArray[np.uint64]:
    """Number along the Hilbert curve of the square of each of (n, 2) places in tile units of a zoom.

    `order` is the number of bits of the largest coordinate; `coarser` doubles the side of squares so many times.
    """
    bits = _CELL_BITS + coarser
    x, y = (coords >> bits).astype(np.uint64).T
    return hilbert_index(x, y, max(order - bits, 1))


def cluster(
    coords: NDArray[np.int64], weights: NDArray[np.int32], codes: NDArray[np.int32], cells: NDArray[np.uint64]
) -> Clusters:
    """Gather (n, 2) points, each of which stands for `weights` points, and has (n, c) codes, by their squares."""
    order = np.argsort(cells, kind="stable")
    begin = np.flatnonzero(np.diff(cells[order], prepend=cells[order[:1]] + np.uint64(1)))
    if not len(begin):
        return Clusters(order, coords, weights, codes)
    total = np.add.reduceat(weights[order].astype(np.int64), begin)
    sums = np.add.reduceat(coords[order] * weights[order, None].astype(np.int64), begin)
    low, high = np.minimum.reduceat(codes[order], begin), np.maximum.reduceat(codes[order], begin)
    # Half up, as everywhere in tiles.
    mean = (2 * sums + total[:, None]) // (2 * total[:, None])
    first = np.minimum.reduceat(order, begin)
    return Clusters(first, mean, total.astype(np.int32), np.where(low == high, low, -1).astype(np.int32))
