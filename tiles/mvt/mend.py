"""Mending polygons that rounding to tile units made touch or cross themselves, so that none is written invalid.

Rounding moves every point by up to half a unit, so two edges that ran closely side by side may cross afterwards.
This is no repair of what a person drew: those are kept as drawn, and only the picture of them is mended, by less
than a pixel. Edges are split where they meet, on whole units again, and the areas that an odd number of rings
enclose are kept. Where even that leads to no valid polygon, the feature is dropped. Most need less: rings that only
touch themselves are taken apart there (see `loops`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.ragged import ranges
from tiles.features import POLYGON, TileFeatures
from tiles.mvt.clean import clean
from tiles.mvt.loops import taken_apart
from tiles.mvt.ragged import starts_of
from tiles.mvt.shapes import geometries_of

__all__ = ["all_mended", "mended"]

_Rings = list[tuple[NDArray[np.int32], bool]]
"""Points of each ring, and whether it begins a polygon."""


def mended(features: TileFeatures) -> TileFeatures:
    """The same features with valid polygons only (as OGC Simple Features define it). They must be `checked`."""
    cleaned = clean(features)
    whole = replace(
        features,
        parts=np.searchsorted(cleaned.feature, np.arange(len(features) + 1)),
        offsets=starts_of(cleaned.counts),
        exterior=cleaned.exterior,
        coords=cleaned.coords,
    )
    polygons = geometries_of(whole)
    bad = np.flatnonzero((features.kind == POLYGON) & (np.diff(whole.parts) > 0) & ~shapely.is_valid(polygons))
    if not len(bad):
        return features
    return _with(whole, cleaned.feature, bad, [_rings(_mend(polygons[row])) for row in bad])


def all_mended(features: TileFeatures) -> TileFeatures:
    """Areas of which each is known to be invalid, mended; they must be `checked` and clean. Some may lose all parts."""
    owner = np.repeat(np.arange(len(features)), np.diff(features.parts))
    rings = [_rings(_mend(polygon)) for polygon in geometries_of(features)]
    return _with(features, owner, np.arange(len(features)), rings)


def _mend(polygon: shapely.Polygon | shapely.MultiPolygon) -> shapely.MultiPolygon | None:
    """What an odd number of the rings enclose, in whole units; None where nothing valid is left."""
    quickly = taken_apart(polygon)
    if quickly is not None:
        return quickly
    rings = [ring for part in shapely.get_parts(polygon) for ring in (part.exterior, *part.interiors)]
    edges = shapely.union_all(np.array([shapely.LineString(ring.coords) for ring in rings], object), grid_size=1.0)
    faces = [face for face in shapely.polygonize([edges]).geoms if _inside(face.representative_point(), rings)]
    joined = shapely.union_all(np.array(faces, object), grid_size=1.0)
    parts = [part for part in shapely.get_parts(joined) if part.geom_type == "Polygon" and not part.is_empty]
    found = shapely.MultiPolygon(parts)
    return found if parts and found.is_valid else None


def _inside(point: shapely.Point, rings: list[shapely.LinearRing]) -> bool:
    """Whether an odd number of rings go round a point."""
    return sum(_goes_round(ring, point.x, point.y) for ring in rings) % 2 == 1


def _goes_round(ring: shapely.LinearRing, x: float, y: float) -> bool:
    """Whether a ray from a point to the right crosses a ring, which may cross itself, an odd number of times."""
    xy = shapely.get_coordinates(ring)
    (x0, y0), (x1, y1) = xy[:-1].T, xy[1:].T
    up = (y0 > y) != (y1 > y)
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    return bool(np.count_nonzero(up & (x < x0 + (y - y0) / rise * (x1 - x0))) % 2)


def _with(features: TileFeatures, owner: NDArray[np.int64], rows: NDArray[np.int64], new: list[_Rings]) -> TileFeatures:
    """The features with other rings in these rows; `owner` is the feature of each part so far."""
    kept = ~np.isin(owner, rows)
    points = [ring for rings in new for ring, _ in rings]
    owners = np.concatenate([owner[kept], np.repeat(rows, [len(rings) for rings in new])])
    outer = np.concatenate([features.exterior[kept], np.array([outer for rings in new for _, outer in rings], bool)])
    counts = np.concatenate([np.diff(features.offsets)[kept], np.array([len(ring) for ring in points], np.int64)])
    starts = np.concatenate([features.offsets[:-1][kept], len(features.coords) + starts_of(counts[kept.sum() :])[:-1]])
    order = np.argsort(owners, kind="stable")
    return replace(
        features,
        parts=np.searchsorted(owners[order], np.arange(len(features) + 1)),
        offsets=starts_of(counts[order]),
        exterior=outer[order],
        coords=np.concatenate([features.coords, *points])[ranges(starts[order], counts[order])],
    )


def _rings(geometry: shapely.MultiPolygon | None) -> _Rings:
    if geometry is None:
        return []
    rings = [
        (ring, place == 0) for part in geometry.geoms for place, ring in enumerate((part.exterior, *part.interiors))
    ]
    return [(np.rint(shapely.get_coordinates(ring)[:-1]).astype(np.int32), outer) for ring, outer in rings]
