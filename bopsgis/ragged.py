"""Arrays of unequal rows, kept flat."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["group_starts", "ranges"]


def ranges(starts: NDArray[Any], counts: NDArray[Any]) -> NDArray[np.int64]:
    """Concatenate `arange(start, start + count)` for each of n rows into one (sum of counts,) array."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - counts), counts) + np.arange(total)


def group_starts(*keys: NDArray[Any]) -> NDArray[np.int64]:
    """Where a new group begins in sorted (n,) keys that run side by side."""
    if not len(keys[0]):
        return np.empty(0, np.int64)
    fresh = np.ones(len(keys[0]), np.bool_)
    fresh[1:] = False
    for key in keys:
        fresh[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(fresh)
