"""Geometry of overlaps, for measuring and drawing.

A national park has a hundred thousand vertices; the few near a site are in the store's pieces. So what a large
area shares with a site is put together from the pieces there: lines of both are noded, the faces between them
are formed, and those inside both are kept. The result is checked against the area that the engine measures, and
the whole geometry is used where the two differ.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bopsgis.types import BBox
from constraints.engine.area import overlap_areas
from constraints.engine.lookup import pieces_meeting
from constraints.engine.sites import SiteEdges
from constraints.store import Store
from constraints.store.arrays import StoreArrays
from constraints.store.cut import KIND_LINE
from constraints.store.ragged import ranges

__all__ = ["clipped_geometry", "overlap_geometry"]

_LARGE_BYTES = 16_384
"""Of WKB, about a thousand vertices: from here on the pieces are quicker than the whole geometry."""
_TOLERANCE_M2 = 1e-6
_COVERED = 1.0 - 1e-12


def overlap_geometry(store: Store, site: BaseGeometry, features: NDArray[np.integer[Any]]) -> NDArray[np.object_]:
    """What one site shares with each of (k,) features, EPSG:27700, exact to 1e-6 m2.

    Of areas the areas that they share, of lines the stretches inside, of points the points inside; empty where
    there is nothing of that kind. `site` is a valid polygon or multipolygon.
    """
    features = np.asarray(features, np.int64)
    arrays = store.arrays
    shared = np.empty(len(features), object)
    size = arrays.wkb_end[features + 1] - arrays.wkb_end[features]
    large = (size > _LARGE_BYTES) & (arrays.feature_area[features] > 0)
    shared[~large] = _exact(store, site, features[~large])
    if large.any():
        shared[large] = _from_pieces(store, site, features[large])
    return shared


def clipped_geometry(store: Store, features: NDArray[np.integer[Any]], box: BBox) -> NDArray[np.object_]:
    """Each of (k,) features cut to a box, for drawing; empty where it lies outside."""
    return overlap_geometry(store, shapely.box(box.west, box.south, box.east, box.north), features)


def _exact(store: Store, site: BaseGeometry, features: NDArray[np.int64]) -> NDArray[np.object_]:
    whole = store.feature_geometry(features)
    shared = np.asarray(shapely.intersection(site, whole), dtype=object)
    mixed = np.flatnonzero(shapely.get_dimensions(shared) != shapely.get_dimensions(whole))
    mixed = np.union1d(mixed, np.flatnonzero(shapely.get_type_id(shared) == shapely.GeometryType.GEOMETRYCOLLECTION))
    for i in mixed:
        shared[i] = _of_dimension(shared[i], int(shapely.get_dimensions(whole[i])))
    return shared


def _of_dimension(geometry: BaseGeometry, dimension: int) -> BaseGeometry:
    """Leave out where an area only touches the site, in a line or a point."""
    parts = shapely.get_parts(geometry)
    kept = parts[(shapely.get_dimensions(parts) == dimension) & ~shapely.is_empty(parts)]
    multiple = (shapely.MultiPoint, shapely.MultiLineString, shapely.MultiPolygon)[dimension]
    result: BaseGeometry = kept[0] if len(kept) == 1 else multiple(list(kept))
    return result


def _from_pieces(store: Store, site: BaseGeometry, features: NDArray[np.int64]) -> NDArray[np.object_]:
    arrays = store.arrays
    edges = SiteEdges.of(np.array([site], dtype=object))
    _, piece = pieces_meeting(arrays, edges.box)
    piece = piece[arrays.piece["kind"][piece] > KIND_LINE]
    shared = np.empty(len(features), object)
    for i, feature in enumerate(features):
        own = piece[arrays.piece["feature"][piece] == feature]
        area = float(overlap_areas(arrays, edges, np.zeros(len(own), np.int64), own).sum())
        if area >= edges.area[0] * _COVERED:
            shared[i] = site
            continue
        shared[i] = _faces(arrays, site, own)
        if abs(shared[i].area - area) > _TOLERANCE_M2 or not shared[i].is_valid:
            shared[i] = _exact(store, site, features[i : i + 1])[0]
    return shared


def _faces(store: StoreArrays, site: BaseGeometry, piece: NDArray[np.int64]) -> BaseGeometry:
    """Put together what the pieces of one feature share with a site."""
    ends, own = _piece_edges(store, piece)
    west, south, east, north = site.bounds
    low, high = np.minimum(ends[:2], ends[2:]), np.maximum(ends[:2], ends[2:])
    near = own & (low[0] <= east) & (high[0] >= west) & (low[1] <= north) & (high[1] >= south)
    lines = shapely.linestrings(ends[:, near].T.reshape(-1, 2, 2))
    noded = shapely.union_all([site.boundary, *lines])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inner = shapely.point_on_surface(faces)
    inside = shapely.contains(site, inner)
    faces, xy = faces[inside], shapely.get_coordinates(inner[inside])
    result: BaseGeometry = shapely.union_all(faces[_times_covered(ends, xy) > 0])
    return result if not result.is_empty else shapely.MultiPolygon()


def _piece_edges(store: StoreArrays, piece: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(4, m) ends of all edges of pieces, and whether each is the feature's own."""
    start, own, end = (store.piece[name][piece] for name in ("start", "own", "end"))
    slot = ranges(start, end - start)
    xy = store.xy[slot]
    kept = np.flatnonzero(~np.isnan(xy[:-1, 0]) & ~np.isnan(xy[1:, 0]))
    real = slot[kept] < np.repeat(own, end - start)[kept]
    return np.concatenate([xy[kept].T, xy[kept + 1].T]), real


def _times_covered(ends: NDArray[np.float64], xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """How often the edges' area covers each of (k, 2) points: edges below that run east, less those that run west."""
    x, y = xy[:, :1], xy[:, 1:]
    ax, ay, bx, by = ends
    spans = (ax <= x) != (bx <= x)
    run = np.where(ax == bx, 1.0, bx - ax)
    below = spans & (ay + (x - ax) * ((by - ay) / run) < y)
    times: NDArray[np.float64] = np.where(below, np.sign(bx - ax), 0.0).sum(axis=1)
    return times
