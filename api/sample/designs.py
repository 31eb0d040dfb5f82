"""What sample applications propose, as shapes: extensions, rows of houses, signs, and how buildings look from outside.

All lengths are metres; shapes are EPSG:27700.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Elevation", "block", "elevation", "extension", "houses", "sides_of"]

_WALL: Final = "#ffffff"
_GLASS: Final = "#dce6f0"
_ROOF: Final = "#e7ddd5"
_NEW: Final = "#ffe08a"
_STOREY_M: Final = 2.6
_FROM_EDGE_M: Final = 3.0
_CLEAR_M: Final = 0.5
_HOUSE_M: Final = (6.0, 9.0)
_PLOT_M: Final = (8.0, 24.0)
_MARGIN_M: Final = 0.2
_ROOM: Final = 0.7
"""So much of an extension has to lie on the site for a side to have room for it."""

Ring = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Elevation:
    """One side of a building. `parts` are rings in metres from its lower left corner, with fill and width of line."""

    title: str
    width_m: float
    height_m: float
    sizes: str
    parts: tuple[tuple[Ring, str, float], ...]


def sides_of(building: Any) -> tuple[float, float]:
    """Length and width of a building's smallest rectangle."""
    corners = _corners(building)
    lengths = sorted(float(np.hypot(*(corners[i + 1] - corners[i]))) for i in range(2))
    return lengths[1], lengths[0]


def extension(site: Any, building: Any, roads: Any, depth_m: float) -> Any:
    """An extension along one side of the building, cut off at the site boundary.

    Of the sides that have room for it on the site, the one that is furthest from the road; where none has, the
    one with most room.
    """
    corners = _corners(building)
    middle = corners[:4].mean(axis=0)
    fitting, others = [], []
    for start, end in pairwise(corners):
        outward = (start + end) / 2.0 - middle
        outward = outward / np.hypot(*outward) * depth_m
        along = (end - start) / np.hypot(*(end - start)) * _MARGIN_M
        whole = shapely.Polygon([start + along, end - along, end - along + outward, start + along + outward])
        part = shapely.intersection(whole, site)
        if shapely.area(part) >= _ROOM * shapely.area(whole):
            fitting.append((float(shapely.distance(shapely.Point((start + end) / 2.0), roads)), part))
        others.append((float(shapely.area(part)), part))
    return max(fitting or others, key=lambda one: one[0])[1]


def houses(site: Any, most: int) -> tuple[Any, ...]:
    """Up to `most` houses in rows along the site's longer side, all within it."""
    corners = _corners(site)
    edges = [corners[1] - corners[0], corners[3] - corners[0]]
    along, across = sorted((edge for edge in edges), key=lambda edge: -float(np.hypot(*edge)))
    length, depth = float(np.hypot(*along)), float(np.hypot(*across))
    along, across = along / length, across / depth
    room = shapely.buffer(site, -_CLEAR_M)
    shapely.prepare(room)
    in_row = max(int(length // _PLOT_M[0]), 1)
    row_m = max(_PLOT_M[1], depth / (most // in_row + 2))
    placed = []
    for row in range(max(int(depth // row_m), 1)):
        for column in range(in_row):
            start = corners[0] + along * (column * _PLOT_M[0] + 1.0) + across * (row * row_m + _FROM_EDGE_M)
            far = start + along * _HOUSE_M[0]
            house = shapely.Polygon([start, far, far + across * _HOUSE_M[1], start + across * _HOUSE_M[1]])
            if shapely.covers(room, house):
                placed.append(house)
    return tuple(placed[:most])


def block(site: Any, share: float) -> Any:
    """One building in the shape of the site's smallest rectangle, covering about this share of it."""
    corners = _corners(site)[:4]
    middle = shapely.get_coordinates(shapely.point_on_surface(site))[0]
    ring = middle + (corners - corners.mean(axis=0)) * np.sqrt(share)
    return shapely.intersection(shapely.Polygon(ring), shapely.buffer(site, -_FROM_EDGE_M))


def elevation(
    title: str,
    width_m: float,
    *,
    rise_m: float,
    storeys: int = 2,
    gable: bool = False,
    added_m: float = 0.0,
    sign: bool = False,
) -> Elevation:
    """A plain building with windows, a door and a roof `rise_m` high, from one side.

    `added_m` is the length of a single-storey extension drawn beside it, `sign` a new sign over the door: both
    are shown as new.
    """
    eaves, rise = storeys * _STOREY_M, rise_m
    inset = width_m / 2.0 if gable else 0.0
    roof = [[0.0, eaves], [width_m, eaves], [width_m - inset, eaves + rise], [inset, eaves + rise]]
    parts = [(_box(0.0, 0.0, width_m, eaves), _WALL, 2.0), (_ring(roof), _ROOF, 2.0)]
    count = max(int(width_m // 2.8), 1)
    for storey in range(storeys):
        for column in range(count):
            x = width_m * (column + 0.5) / count
            door = storey == 0 and column == 0 and not gable
            low, high, half = (0.0, 2.1, 0.5) if door else (0.9, 2.1, 0.6)
            parts.append((_box(x - half, storey * _STOREY_M + low, 2.0 * half, high - low), _GLASS, 1.2))
    if sign:
        parts.append((_box(0.3, _STOREY_M - 0.3, width_m - 0.6, 0.6), _NEW, 2.0))
    if added_m > 0.0:
        added = [[width_m, 0.0], [width_m + added_m, 0.0], [width_m + added_m, 2.5], [width_m, 3.4]]
        parts.append((_ring(added), _NEW, 2.0))
        parts.append((_box(width_m + added_m * 0.25, 0.2, added_m * 0.5, 1.9), _GLASS, 1.2))
    words = f"eaves {eaves:.1f} m, ridge {eaves + rise:.1f} m"
    if added_m > 0.0:
        words += f", extension {added_m:.1f} m deep (shaded)"
    return Elevation(title, width_m + added_m, eaves + rise, words, tuple(parts))


def _corners(shape: Any) -> Ring:
    """The five points of the ring of the smallest rectangle round a shape."""
    corners: Ring = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))
    return corners


def _box(x: float, y: float, width: float, height: float) -> Ring:
    return _ring([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])


def _ring(points: list[list[float]]) -> Ring:
    return np.array([*points, points[0]])
