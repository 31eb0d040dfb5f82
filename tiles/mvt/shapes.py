"""Features of a tile as shapely geometries, in tile units (x to the right, y down)."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.ragged import ranges
from tiles.features import LINE, POINT, POLYGON, TileFeatures
from tiles.mvt.ragged import starts_of

__all__ = ["geometries_of"]


def geometries_of(features: TileFeatures) -> NDArray[np.object_]:
    """(n,) points, lines and polygons, multi-parts where there are several; None for a feature without parts.

    Rings need three points and lines two: features must be free of degenerate parts, as decoded ones are.
    """
    made = np.empty(len(features), object)
    for kind, build in ((POINT, _points), (LINE, _lines), (POLYGON, _polygons)):
        rows = np.flatnonzero((features.kind == kind) & (np.diff(features.parts) > 0))
        if len(rows):
            made[rows] = _single(build(features, rows))
    return made


def _single(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Multi-parts of one part as that part."""
    return np.where(shapely.get_num_geometries(geometry) == 1, shapely.get_geometry(geometry, 0), geometry)


def _parts(features: TileFeatures, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """Numbers of the parts of these features, where the points of each begin, and how many they are."""
    per_feature = np.diff(features.parts)[rows]
    parts = ranges(features.parts[rows], per_feature)
    return parts, features.offsets[parts], np.diff(features.offsets)[parts], per_feature


def _points(features: TileFeatures, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    _, first, counts, _ = _parts(features, rows)
    points = features.coords[ranges(first, counts)].astype(float)
    made: NDArray[np.object_] = shapely.from_ragged_array(shapely.GeometryType.MULTIPOINT, points, (starts_of(counts),))
    return made


def _lines(features: TileFeatures, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    _, first, counts, per_feature = _parts(features, rows)
    points = features.coords[ranges(first, counts)].astype(float)
    limits = (starts_of(counts), starts_of(per_feature))
    made: NDArray[np.object_] = shapely.from_ragged_array(shapely.GeometryType.MULTILINESTRING, points, limits)
    return made


def _polygons(features: TileFeatures, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    parts, first, counts, per_feature = _parts(features, rows)
    # Shapely wants the first point of a ring again at its end.
    closed = ranges(np.zeros_like(counts), counts + 1) % np.repeat(counts, counts + 1) + np.repeat(first, counts + 1)
    outer = np.flatnonzero(features.exterior[parts])
    polygons_before = np.concatenate([[0], np.cumsum(features.exterior[parts])])
    limits = (
        starts_of(counts + 1),
        np.append(outer, len(parts)),
        polygons_before[starts_of(per_feature)],
    )
    points = features.coords[closed].astype(float)
    made: NDArray[np.object_] = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, points, limits)
    return made
