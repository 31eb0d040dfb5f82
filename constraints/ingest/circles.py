"""Recognises points that a publisher drew as small circles: a circle of 5 m round a tree is not its extent.

Measured on a real council's tree preservation orders: 1,744 of 2,342 rows are circles of 20 corners, 5 m.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from constraints.ingest.raw import Geometries, only

__all__ = ["circle_radii", "drawn_round_points"]

_FEWEST_CORNERS: Final = 12
_MOST_CORNERS: Final = 256
_MOST_RADIUS_M: Final = 50.0
_ROUNDING_M: Final = 0.15
"""Six decimals of a degree are 0.11 m by 0.07 m."""
_ROUNDNESS: Final = 0.05
_SAME_RADIUS: Final = 0.01
_FEWEST_ALIKE: Final = 3


def circle_radii(geometry: Geometries) -> NDArray[np.float64]:
    """(n,) radii in metres of the rows that are one circle, NaN for all others; geometry in EPSG:27700.

    A circle has one ring of 12 to 256 corners without holes, all equally far from their middle, none further
    from the next than six tenths of the radius, and is no larger than 50 m.
    """
    radii = np.full(len(geometry), np.nan)
    rows = np.flatnonzero(_could_be(geometry))
    if not len(rows):
        return radii
    single = shapely.get_geometry(geometry[rows], 0)
    coordinates, index = shapely.get_coordinates(shapely.get_exterior_ring(single), return_index=True)
    closing = np.append(index[1:] != index[:-1], True)
    corners, row = coordinates[~closing], index[~closing]
    steps = np.hypot(*(coordinates[1:] - coordinates[:-1]).T)[~closing[:-1]]
    starts = np.flatnonzero(np.append(True, row[1:] != row[:-1]))
    counts = np.diff(np.append(starts, len(row)))
    middles = np.add.reduceat(corners, starts) / counts[:, None]
    distances = np.hypot(*(corners - middles[row]).T)
    mean = np.add.reduceat(distances, starts) / counts
    spread = np.maximum.reduceat(distances, starts) - np.minimum.reduceat(distances, starts)
    allowed = np.minimum(np.maximum(_ROUNDNESS / 10 * mean, _ROUNDING_M), _ROUNDNESS * mean)
    widest = np.maximum.reduceat(steps, starts)
    is_circle = (spread <= allowed) & (widest <= 0.6 * mean) & (mean > 0) & (mean <= _MOST_RADIUS_M)
    radii[rows[is_circle]] = mean[is_circle]
    return radii


def drawn_round_points(geometry: Geometries, said_so: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(n,) true for circles that stand for a point: the file says so, or three or more have one radius.

    A single round outline may be a real building (a gasholder, a round tower), so one circle proves nothing.
    """
    radii = circle_radii(geometry)
    ordered = np.sort(radii[~np.isnan(radii)])
    alike = np.searchsorted(ordered, radii * (1 + _SAME_RADIUS), "right") - np.searchsorted(
        ordered, radii * (1 - _SAME_RADIUS), "left"
    )
    found: NDArray[np.bool_] = ~np.isnan(radii) & (said_so | (alike >= _FEWEST_ALIKE))
    return found


def _could_be(geometry: Geometries) -> NDArray[np.bool_]:
    areas = np.isin(shapely.get_type_id(geometry), (3, 6)) & (shapely.get_num_geometries(geometry) == 1)
    corners = shapely.get_num_coordinates(geometry) - 1
    holes = shapely.get_num_interior_rings(shapely.get_geometry(only(geometry, areas), 0))
    could: NDArray[np.bool_] = areas & (holes == 0) & (corners >= _FEWEST_CORNERS) & (corners <= _MOST_CORNERS)
    return could & _square_enough(geometry)


def _square_enough(geometry: Geometries) -> NDArray[np.bool_]:
    """Bounds about as wide as high and not too large: a quick look that spares most rows the thorough one."""
    west, south, east, north = shapely.bounds(geometry).T
    width, height = east - west, north - south
    square: NDArray[np.bool_] = (np.abs(width - height) < 0.2 * width) & (width < 2.2 * _MOST_RADIUS_M)
    return square
