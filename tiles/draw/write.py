"""Writing what became of a shape to the arrays of a layer, areas in the one way that `levels.canonical` has.

`made` is its points in tile units, where each of its parts ends, and the outer ring of each of its rings.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from tiles.draw.sure import doubled_area

__all__ = ["write", "write_in_order"]


@njit(cache=True, nogil=True)
def _least(made: Any, ring: Any) -> Any:
    """The point of a ring that comes first by x and y; where it comes by twice, the one that goes on to less."""
    units = made.units
    best = begin = made.ends[ring - 1] if ring else 0
    n = made.ends[ring] - begin
    step = _step(made, ring)
    for k in range(begin + 1, begin + n):
        less = _compared(units, k, best)
        if not less:
            less = _compared(units, begin + (k - begin + step) % n, begin + (best - begin + step) % n)
        if less < 0:
            best = k
    return best


@njit(cache=True, nogil=True)
def _step(made: Any, ring: Any) -> Any:
    """1 where a ring runs as tiles want it, else all its points but one."""
    begin = made.ends[ring - 1] if ring else 0
    right = (doubled_area(made.units, begin, made.ends[ring]) > 0) == (made.owner[ring] == ring)
    return 1 if right else made.ends[ring] - begin - 1


@njit(cache=True, nogil=True, inline="always")
def _compared(units: Any, a: Any, b: Any) -> Any:
    """Less than nought where a point comes before another by x and y, nought where it is the same."""
    return units[a, 0] - units[b, 0] if units[a, 0] != units[b, 0] else units[a, 1] - units[b, 1]


@njit(cache=True, nogil=True)
def _before(made: Any, least: Any, a: Any, b: Any) -> Any:
    """Whether a ring is written before another: by its outer ring's first point, outer before holes, by its own."""
    p, q = least[made.owner[a]], least[made.owner[b]]
    if made.owner[a] == made.owner[b]:
        if made.owner[a] == a or made.owner[b] == b:
            return made.owner[a] == a
        p, q = least[a], least[b]
    return _compared(made.units, p, q) < 0


@njit(cache=True, nogil=True)
def _order(made: Any, least: Any, n: Any) -> Any:
    """Numbers of rings in the order in which they are written."""
    order = np.arange(n)
    for i in range(1, n):
        ring, k = order[i], i
        while k and _before(made, least, ring, order[k - 1]):
            order[k] = order[k - 1]
            k -= 1
        order[k] = ring
    return order


@njit(cache=True, nogil=True)
def write_in_order(made: Any, n: Any, coords: Any, offsets: Any, exterior: Any, m: Any) -> None:
    """Write an area's rings in the order, from the points and the way round that `levels.canonical` has."""
    least = np.empty(n, np.int64)
    for ring in range(n):
        least[ring] = _least(made, ring)
    for ring in _order(made, least, n):
        begin, end, outer = made.ends[ring - 1] if ring else 0, made.ends[ring], made.owner[ring] == ring
        step = _step(made, ring)
        k, at = least[ring] - begin, offsets[m]
        for _ in range(end - begin):
            coords[2 * at], coords[2 * at + 1] = made.units[begin + k, 0], made.units[begin + k, 1]
            k = (k + step) % (end - begin)
            at += 1
        offsets[m + 1], exterior[m] = at, outer
        m += 1


@njit(cache=True, nogil=True)
def write(made: Any, n: Any, coords: Any, offsets: Any, exterior: Any, m: Any) -> None:
    """Write a shape's parts as they are."""
    at = offsets[m]
    for k in range(made.ends[n - 1]):
        coords[2 * (at + k)], coords[2 * (at + k) + 1] = made.units[k, 0], made.units[k, 1]
    for part in range(n):
        offsets[m + part + 1], exterior[m + part] = at + made.ends[part], made.owner[part] == part
