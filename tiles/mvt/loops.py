"""Taking rings apart where they touch: at points passed twice, and along the sides of their box.

That is what cutting to a tile and rounding mostly does to an area: two of its edges come to lie on one another along
the edge of the tile, or meet there in a point. No coordinate is made that is not there already.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["taken_apart"]

_BITS = 32
_LINE = 2
"""Points of a line."""
_Points = NDArray[np.int64]
"""(k, 2) points of a ring, not closed."""


def taken_apart(polygon: shapely.Polygon | shapely.MultiPolygon) -> shapely.MultiPolygon | None:
    """The area that the rings enclose, without touching itself; None where that takes more than is done here.

    Coordinates are whole numbers. Outer rings all run one way, and holes the other.
    """
    parts = shapely.get_parts(polygon)
    rings = [_points(ring) for part in parts for ring in (part.exterior, *part.interiors)]
    way = np.sign(_doubled_area(rings[0]))
    every = np.concatenate(rings)
    loops = [loop for ring in rings for loop in _loops(_with_points_between(ring, every))]
    areas = [way * _doubled_area(loop) for loop in loops]
    outer = [loop for loop, area in zip(loops, areas, strict=True) if area > 0]
    holes = [loop for loop, area in zip(loops, areas, strict=True) if area < 0]
    if not outer or not all(areas):
        # A loop without area may be nothing, or cross itself.
        return None
    made = _put_together(outer, holes)
    return made if made is not None and shapely.is_valid(made) else None


def _points(ring: shapely.LinearRing) -> _Points:
    points: _Points = np.rint(shapely.get_coordinates(ring)[:-1]).astype(np.int64)
    return points


def _doubled_area(ring: _Points) -> int:
    x, y = (ring - ring[0]).T
    return int((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())


def _with_points_between(ring: _Points, every: _Points) -> _Points:
    """The ring with the points that lie on its edges along the sides of the box of `every` point, as far as given."""
    low, high = every.min(axis=0), every.max(axis=0)
    after = np.roll(ring, -1, axis=0)
    places: list[int] = []
    new: list[tuple[int, int]] = []
    for axis in (0, 1):
        for limit in (int(low[axis]), int(high[axis])):
            there = np.unique(every[every[:, axis] == limit, 1 - axis])
            for edge in np.flatnonzero((ring[:, axis] == limit) & (after[:, axis] == limit)).tolist():
                begin, end = int(ring[edge, 1 - axis]), int(after[edge, 1 - axis])
                between = there[(there > min(begin, end)) & (there < max(begin, end))][:: 1 if end > begin else -1]
                places += [edge + 1] * len(between)
                new += [(limit, along) if axis == 0 else (along, limit) for along in between.tolist()]
    return np.insert(ring, places, np.array(new, np.int64).reshape(-1, 2), axis=0) if places else ring


def _loops(ring: _Points) -> list[_Points]:
    """Rings that pass no point twice, which together make up a ring; there and back again is none."""
    found: list[_Points] = []
    while True:
        points = (ring[:, 0] << _BITS) + ring[:, 1]
        order = np.argsort(points, kind="stable")
        again = np.flatnonzero(points[order][1:] == points[order][:-1])
        if not len(again):
            break
        # The shortest way back to the same point: no other point is passed twice on it.
        lengths = order[again + 1] - order[again]
        first = int(order[again[int(lengths.argmin())]])
        end = first + int(lengths.min())
        found.append(ring[first:end])
        ring = np.delete(ring, np.s_[first:end], axis=0)
    return [loop for loop in (*found, ring) if len(loop) > _LINE]


def _put_together(outer: Sequence[_Points], holes: Sequence[_Points]) -> shapely.MultiPolygon | None:
    """Areas with the holes that lie in them."""
    areas = [shapely.Polygon(ring) for ring in outer]
    if len(areas) == 1:
        return shapely.MultiPolygon([shapely.Polygon(outer[0], holes)])
    mine: list[list[_Points]] = [[] for _ in areas]
    for hole in holes:
        home = [at for at, area in enumerate(areas) if shapely.covers(area, shapely.Polygon(hole))]
        if not home:
            return None
        mine[min(home, key=lambda at: areas[at].area)].append(hole)
    return shapely.MultiPolygon([shapely.Polygon(*each) for each in zip(outer, mine, strict=True)])
