"""Many site boundaries through the one door for outside geometry, all at once where nothing is doubtful.

A site that passes every check at once gives exactly what `bopsgis.boundary.from_geometry` gives; whatever fails
one goes through that function by itself, which says what is wrong in words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis import boundary
from bopsgis import crs as systems
from bopsgis.boundary import LIMITS, Limits
from bopsgis.errors import InputRefused
from bopsgis.gridref import has_land
from bopsgis.measure import GRID_EXTENT
from bopsgis.types import Point

__all__ = ["Accepted", "accept"]

_DECIMALS = 4
_SQUARE_M = 100_000.0
_POLYGONS = (int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON))

Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Accepted:
    """(n,) sites in EPSG:27700, None where refused, and (n,) messages, empty where accepted."""

    geometry: Geometries
    message: NDArray[np.object_]
    accuracy_m: float
    """Of the transformation that brought the sites to the national grid."""

    @property
    def good(self) -> NDArray[np.int64]:
        """Rows that were accepted."""
        return np.flatnonzero(self.message == "")


def accept(geometry: Geometries, crs: int, *, limits: Limits = LIMITS) -> Accepted:
    """Check (n,) shapely geometries in EPSG:`crs` and bring them to the national grid.

    Raises `InputRefused` where the system itself is not one of 27700, 4326, 4258 and 3857.
    """
    note = systems.note_for(crs)
    accepted = np.full(len(geometry), None, dtype=object)
    message = np.full(len(geometry), "", dtype=object)
    promising = np.flatnonzero(_promising(geometry, limits))
    moved = _moved(geometry[promising], crs)
    sure = _sure(moved, limits)
    accepted[promising[sure]] = moved[sure]
    for row in np.setdiff1d(np.arange(len(geometry)), promising[sure]).tolist():
        try:
            accepted[row] = boundary.from_geometry(geometry[row], crs=crs, limits=limits).geometry
        except InputRefused as error:
            message[row] = str(error)
    return Accepted(accepted, message, note.accuracy_m)


def _promising(geometry: Geometries, limits: Limits) -> NDArray[np.bool_]:
    kind = np.isin(shapely.get_type_id(geometry), _POLYGONS)
    small = shapely.get_num_coordinates(geometry) <= limits.max_vertices
    few = shapely.get_num_geometries(geometry) <= limits.max_parts
    return np.asarray(kind & small & few & ~shapely.is_empty(geometry) & shapely.is_valid(geometry))


def _moved(geometry: Geometries, crs: int) -> Geometries:
    """On the national grid, rounded and normalised as the door does it; far places come back as not valid."""
    flat = shapely.force_2d(geometry)
    single = np.flatnonzero(shapely.get_num_geometries(flat) == 1)
    flat[single] = shapely.get_geometry(flat[single], 0)
    moved = systems.transform_geometry(flat, crs, outside="nan")
    rounded = shapely.transform(moved, lambda coordinates: np.round(coordinates, _DECIMALS) + 0.0)
    return np.asarray(shapely.normalize(shapely.remove_repeated_points(rounded)), dtype=object)


def _sure(moved: Geometries, limits: Limits) -> NDArray[np.bool_]:
    if not len(moved):
        return np.zeros(0, dtype=np.bool_)
    area, bounds = shapely.area(moved), shapely.bounds(moved)
    extent = GRID_EXTENT
    inside = (bounds[:, :2] > (extent.west, extent.south)).all(axis=1)
    inside &= (bounds[:, 2:] < (extent.east, extent.north)).all(axis=1)
    sized = (area >= limits.min_area_m2) & (area <= limits.max_area_m2)
    sized &= shapely.length(moved) ** 2 <= limits.max_intricacy * area
    return np.asarray(shapely.is_valid(moved) & inside & sized & _on_land(moved))


def _on_land(moved: Geometries) -> NDArray[np.bool_]:
    """Whether the 100 km square of each site has land of Great Britain; each square is asked once."""
    places = shapely.get_coordinates(shapely.point_on_surface(np.where(shapely.is_valid(moved), moved, _NOWHERE)))
    squares, back = np.unique(np.floor(places / _SQUARE_M), axis=0, return_inverse=True)
    middle = (squares + 0.5) * _SQUARE_M
    land = np.array([has_land(Point(float(x), float(y))) for x, y in middle], dtype=np.bool_)
    return land[back.ravel()]


_NOWHERE = shapely.Polygon([(-1.0, -1.0), (-2.0, -1.0), (-2.0, -2.0)])
