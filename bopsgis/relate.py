"""How shapes on the national grid (EPSG:27700) lie to each other, with a tolerance in metres, vectorised.

Two datasets never share a line exactly. An overlap counts only when a circle of the tolerance's radius fits in
it; anything thinner is a touch. Every function takes one geometry or an (n,) array or GeoSeries on either side,
broadcasts them, and gives an (n,) bool or float64 array. None and empty geometry relate to nothing.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis import measure
from bopsgis.errors import InputRefused

__all__ = ["meets", "near", "overlap", "overlap_area_m2", "overlap_radius_m", "overlaps", "touches", "within"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

_AREAS = (3, 6)
"""shapely's type numbers of Polygon and MultiPolygon."""
_AREAL_DIMENSION = 2


def meets(geoms: object, others: object) -> Bools:
    """Whether they have any point in common."""
    a, b = _pairs(geoms, others)
    return np.asarray(shapely.intersects(a, b), dtype=np.bool_)


def near(geoms: object, others: object, distance_m: float) -> Bools:
    """Whether they come within `distance_m` metres of each other (0 where they meet)."""
    a, b = _pairs(geoms, others)
    return np.asarray(shapely.dwithin(a, b, distance_m), dtype=np.bool_)


def overlap(geoms: object, others: object) -> Geometries:
    """What they have in common in areas: a Polygon or MultiPolygon in EPSG:27700, empty where there is none.

    Slivers are kept; lines and points in common are left out.
    """
    a, b = _pairs(geoms, others)
    return _areas_of(shapely.intersection(a, b))


def overlap_area_m2(geoms: object, others: object) -> Floats:
    """The area in square metres that they have in common."""
    return np.nan_to_num(measure.area_m2(overlap(geoms, others)))


def overlap_radius_m(geoms: object, others: object) -> Floats:
    """The radius in metres of the largest circle in what they have in common; 0 where that has no area."""
    return np.nan_to_num(measure.inscribed_radius_m(overlap(geoms, others)))


def overlaps(geoms: object, others: object, tolerance_m: float) -> Bools:
    """Whether a circle of more than `tolerance_m` metres' radius fits in what they have in common."""
    return overlap_radius_m(geoms, others) > tolerance_m


def touches(geoms: object, others: object, tolerance_m: float) -> Bools:
    """Whether they come within `tolerance_m` metres of each other but do not overlap by more than that."""
    return near(geoms, others, tolerance_m) & ~overlaps(geoms, others, tolerance_m)


def within(geoms: object, others: object, tolerance_m: float) -> Bools:
    """Whether each of `geoms` lies in `others`, but for margins no wider than `tolerance_m` metres either way."""
    a, b = _pairs(geoms, others)
    rest = shapely.difference(a, b)
    areal = np.isin(shapely.get_type_id(a), _AREAS)
    thin = np.nan_to_num(measure.inscribed_radius_m(_areas_of(rest))) <= tolerance_m
    close = np.asarray(shapely.covers(shapely.buffer(b, tolerance_m), a), dtype=np.bool_)
    meeting = np.asarray(shapely.intersects(a, b), dtype=np.bool_)
    return meeting & np.where(areal, thin, close)


def _pairs(geoms: object, others: object) -> tuple[Geometries, Geometries]:
    a, b = np.broadcast_arrays(np.asarray(geoms, dtype=object), np.asarray(others, dtype=object))
    for side in (a, b):
        measure.require_national_grid(side)
        if not bool((shapely.is_valid(side) | shapely.is_missing(side)).all()):
            raise InputRefused(
                "A shape is not valid, so it cannot be compared with others.",
                code="not_valid",
                hint="Repair it first; site boundaries come through bopsgis.boundary.",
            )
    return a, b


def _areas_of(geoms: object) -> Geometries:
    """The areas in (n,) geometries; mixed results of an intersection lose their lines and points."""
    array = np.array(geoms, dtype=object)
    flat = array.reshape(-1)
    other = ~np.isin(shapely.get_type_id(flat), _AREAS) & ~shapely.is_missing(flat)
    for i in np.flatnonzero(other):
        parts = shapely.get_parts(flat[i])
        areal = parts[shapely.get_dimensions(parts) == _AREAL_DIMENSION]
        flat[i] = shapely.MultiPolygon(list(areal))
    return flat.reshape(array.shape)
