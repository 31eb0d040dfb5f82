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

from bopsgis.ragged import ranges
from bopsgis.types import BBox
from constraints.engine.area import overlap_areas
from constraints.engine.lookup import pieces_meeting
from constraints.engine.sites import SiteEdges
from constraints.store import Store
from constraints.store.arrays import StoreArrays
from constraints.store.cut import KIND_LINE

__all__ = ["clipped_geometry", "overlap_geometry"]

_LARGE_BYTES = 160_000
"""Of WKB, about ten thousand vertices: from here on the pieces are quicker than the whole geometry."""
_TOLERANCE_M2 = 1e-6
_COVERED = 1.0 - 1e-12


def overlap_geometry(store: Store, site: BaseGeometry, features: NDArray[np.integer[Any]]) -> NDArray[np.object_]:
    """What one site shares with each of (k,) features, EPSG:27700, exact to 1e-6 m2.

    Of areas the areas that they share, of lines the stretches inside, of points the points inside; empty where
    there is nothing of that kind. `site` is a valid polygon or multipolygon.
    """
    arrays = store.arrays
    edges = SiteEdges.of(np.array([site], dtype=object))
    piece, owner = _pieces_of(arrays, edges, features.astype(np.int64))
    measured = overlap_areas(arrays, edges, np.zeros(len(piece), np.int64), piece)
    area = np.bincount(owner, measured, minlength=len(features))
    covered = area >= edges.area[0] * _COVERED
    size = arrays.wkb_end[features + 1] - arrays.wkb_end[features]
    large = ~covered & (size > _LARGE_BYTES) & (arrays.feature_area[features] > 0)
    shared = np.empty(len(features), object)
    shared[covered] = site
    for i in np.flatnonzero(large):
        shared[i] = _faces(arrays, site, piece[owner == i])
        large[i] = abs(shared[i].area - area[i]) <= _TOLERANCE_M2 and shared[i].is_valid
    rest = ~covered & ~large
    shared[rest] = _exact(store, site, features[rest].astype(np.int64))
    for i in np.flatnonzero(rest & (arrays.feature_area[features] > 0)):
        # GEOS has been seen to give back a whole polygon for a multipolygon with slivers of next to no area.
        if abs(shared[i].area - area[i]) > _allowed_m2(site, area[i]):
            shared[i] = _faces(arrays, site, piece[owner == i])
    return shared


def _allowed_m2(site: BaseGeometry, area_m2: float) -> float:
    """How far two ways of measuring an overlap may lie apart: rounding grows with the site's size."""
    return float(max(_TOLERANCE_M2, 1e-9 * (site.area + area_m2)))


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


def _pieces_of(
    store: StoreArrays, edges: SiteEdges, features: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pieces of areas that meet the site's box, and the index into (k,) features, each named once, of each."""
    _, piece = pieces_meeting(store, edges.box)
    piece = piece[store.piece["kind"][piece] > KIND_LINE]
    order = np.argsort(features)
    at = np.searchsorted(features[order], store.piece["feature"][piece])
    at = order[np.minimum(at, len(features) - 1)] if len(features) else np.zeros(len(piece), np.int64)
    wanted = np.flatnonzero(features[at] == store.piece["feature"][piece]) if len(features) else at[:0]
    return piece[wanted], at[wanted]


def _faces(store: StoreArrays, site: BaseGeometry, piece: NDArray[np.int64]) -> BaseGeometry:
    """Put together what the pieces of one feature share with a site."""
    ends, own = _piece_edges(store, piece)
    west, south, east, north = site.bounds
    low, high = np.minimum(ends[:2], ends[2:]), np.maximum(ends[:2], ends[2:])
    near = own & (low[0] <= east) & (high[0] >= west) & (low[1] <= north) & (high[1] >= south)
    lines = shapely.linestrings(ends[:, near].T.reshape(-1, 2, 2))
    noded = shapely.union(site.boundary, shapely.multilinestrings(lines))
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
