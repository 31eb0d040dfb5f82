"""Ragged arrays as the libraries of shapes lay them out: with a limit more than runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["starts_of"]


def starts_of(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n + 1,) where runs of these lengths begin, and where the last one ends."""
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts
