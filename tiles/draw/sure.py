"""What is certainly valid, compiled: rings in whole numbers that touch neither themselves nor one another.

Such areas are valid by any definition. Others may be, or not: they are left to the reference, which asks GEOS.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from tiles.draw.area import surrounds

__all__ = ["certainly_valid", "doubled_area", "without_repeats"]

_FEW = 64
_SPAN = 1 << 15
"""More edges than that, which do not lie further apart than this, are sorted by counting."""
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
    """Whether two edges, whose boxes meet, have more in common than the point at which one follows the other.

    They are named by where they begin.
    """
    if after[a] == b:
        return _turns_back(xy, a, b, after[b])
    if after[b] == a:
        return _turns_back(xy, b, a, after[a])
    return _touch(xy, a, after[a], b, after[b])


@njit(cache=True, nogil=True)
def _in_order(left: Any) -> Any:
    """The places of numbers, the least first."""
    least = left.min()
    span = left.max() - least + 1
    if len(left) <= _FEW or span > _SPAN:
        return np.argsort(left)
    at = np.zeros(span + 1, np.int64)
    for number in left:
        at[number - least + 1] += 1
    for k in range(span):
        at[k + 1] += at[k]
    order = np.empty(len(left), np.int64)
    for k in range(len(left)):
        order[at[left[k] - least]] = k
        at[left[k] - least] += 1
    return order


@njit(cache=True, nogil=True)
def _boxes_in_order(xy: Any, after: Any, order: Any) -> Any:
    """The box of each edge: least x, least y, greatest x, greatest y."""
    boxes = np.empty((len(order), 4), np.int64)
    for i in range(len(order)):
        a = order[i]
        b = after[a]
        boxes[i, 0], boxes[i, 1] = min(xy[a, 0], xy[b, 0]), min(xy[a, 1], xy[b, 1])
        boxes[i, 2], boxes[i, 3] = max(xy[a, 0], xy[b, 0]), max(xy[a, 1], xy[b, 1])
    return boxes


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
    order = _in_order(left)
    boxes = _boxes_in_order(xy, after, order)
    for i in range(n):
        low, right, high = boxes[i, 1], boxes[i, 2], boxes[i, 3]
        for j in range(i + 1, n):
            if boxes[j, 0] > right:
                break
            meet = boxes[j, 1] <= high and boxes[j, 3] >= low
            if meet and _edges_meet(xy, after, order[i], order[j]):
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
