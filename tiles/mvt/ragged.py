"""Ragged arrays: runs of one flat array, gathered without a loop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["ranges", "starts_of"]


def starts_of(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n + 1,) where runs of these lengths begin, and where the last one ends."""
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers starts[i], starts[i] + 1, ... (counts[i] of them) for each i, one after another."""
    ends = np.cumsum(counts)
    run: NDArray[np.int64] = np.arange(ends[-1] if len(ends) else 0, dtype=np.int64)
    run += np.repeat(starts - ends + counts, counts)
    return run
