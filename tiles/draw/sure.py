"""What is certainly valid, compiled: rings in whole numbers that touch neither themselves nor one another.

Such areas are valid by any definition. Others may be, or not: they are left to the reference, which asks GEOS.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from tiles.draw.area import surrounds

__all__ = ["certainly_valid", "doubled_area", "without_repeats"]

_MOST_RINGS = 64
"""Areas of more rings are left to the reference."""


@njit(cache=True, nogil=True)
def without_repeats(xy: Any, begin: Any, end: Any, at: Any, ring: Any) -> Any:
    """Move points to `at`, without those that repeat the one before; return where the next thing goes."""
    first = at
    for k in range(begin, end):
        if at == first or xy[k, 0] != xy[at - 1, 0] or xy[k, 1] != xy[at - 1, 1]:
            xy[at, 0], xy[at, 1] = xy[k, 0], xy[k, 1]
            at += 1
    if ring and at > first + 1 and xy[at - 1, 0] == xy[first, 0] and xy[at - 1, 1] == xy[first, 1]:
        at -= 1
    return at


@njit(cache=True, nogil=True)
def doubled_area(xy: Any, begin: Any, end: Any) -> Any:
    """Twice a ring's area, with the sign that tiles go by."""
    area, last = np.int64(0), end - 1
    for k in range(begin, end):
        area += xy[last, 0] * xy[k, 1] - xy[k, 0] * xy[last, 1]
        last = k
    return area


@njit(cache=True, nogil=True, inline="always")
def _side(xy: Any, a: Any, b: Any, c: Any) -> Any:
    turn = (xy[b, 0] - xy[a, 0]) * (xy[c, 1] - xy[a, 1]) - (xy[b, 1] - xy[a, 1]) * (xy[c, 0] - xy[a, 0])
    return 1 if turn > 0 else -1 if turn < 0 else 0


@njit(cache=True, nogil=True)
def _touch(xy: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """Whether lines ab and cd, whose boxes meet, have a point in common."""
    return _side(xy, a, b, c) * _side(xy, a, b, d) <= 0 and _side(xy, c, d, a) * _side(xy, c, d, b) <= 0


@njit(cache=True, nogil=True)
def _turns_back(xy: Any, a: Any, b: Any, c: Any) -> Any:
    """Whether the way from a to b goes back over itself to c."""
    return _side(xy, a, b, c) == 0 and (
        (xy[b, 0] - xy[a, 0]) * (xy[c, 0] - xy[b, 0]) + (xy[b, 1] - xy[a, 1]) * (xy[c, 1] - xy[b, 1]) < 0
    )


@njit(cache=True, nogil=True)
def _edges_meet(xy: Any, after: Any, a: Any, b: Any) -> Any:
    """Whether two edges, by where they begin, have more in common than the point at which one follows the other."""
    if after[a] == b:
        return _turns_back(xy, a, b, after[b])
    if after[b] == a:
        return _turns_back(xy, b, a, after[a])
    p, q = after[a], after[b]
    if max(xy[a, 1], xy[p, 1]) < min(xy[b, 1], xy[q, 1]) or max(xy[b, 1], xy[q, 1]) < min(xy[a, 1], xy[p, 1]):
        return False
    return _touch(xy, a, p, b, q)


@njit(cache=True, nogil=True)
def _apart(xy: Any, ends: Any, rings: Any) -> Any:
    """Whether no edge of the rings meets another one that it does not follow."""
    n = ends[rings - 1]
    after = np.arange(1, n + 1)
    left = np.empty(n, np.int64)
    for ring in range(rings):
        after[ends[ring] - 1] = ends[ring - 1] if ring else 0
    for k in range(n):
        left[k] = min(xy[k, 0], xy[after[k], 0])
    order = np.argsort(left)
    for i in range(n):
        a = order[i]
        right = max(xy[a, 0], xy[after[a], 0])
        for j in range(i + 1, n):
            b = order[j]
            if left[b] > right:
                break
            if _edges_meet(xy, after, a, b):
                return False
    return True


@njit(cache=True, nogil=True)
def _nested(xy: Any, ends: Any, owner: Any, rings: Any) -> Any:
    """Whether each hole lies in its own outer ring and no ring lies in another one besides."""
    for ring in range(rings):
        k = ends[ring - 1] if ring else 0
        for other in range(rings):
            # Holes of another outer ring say nothing new: that ring is looked at itself.
            if other == ring or (owner[other] != other and owner[other] != owner[ring]):
                continue
            inside = surrounds(xy, ends[other - 1] if other else 0, ends[other], xy[k, 0], xy[k, 1])
            if inside != (owner[ring] == other):
                return False
    return True


@njit(cache=True, nogil=True)
def certainly_valid(xy: Any, ends: Any, owner: Any, rings: Any) -> Any:
    """Whether an area of rings, none of them without area, is valid without any doubt."""
    return rings <= _MOST_RINGS and _apart(xy, ends, rings) and (rings == 1 or _nested(xy, ends, owner, rings))
