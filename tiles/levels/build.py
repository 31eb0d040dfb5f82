"""Making the versions of a layer's geometry: one for each low zoom, and the whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from tiles.features import POINT, POLYGON
from tiles.grid import EXTENT_BITS, TileMatrixSet
from tiles.levels.canonical import wound
from tiles.levels.cluster import Clusters, cells_of, cluster
from tiles.levels.index import Tree, tree_of
from tiles.levels.policy import Policy
from tiles.levels.shapes import Shapes, cleaned, joined, shapes_of
from tiles.levels.world import deepest, like
from tiles.mvt.shapes import geometries_of

__all__ = [
    "Level",
    "clustered",
    "dotted",
    "full_level",
    "in_units",
    "level_at",
    "lone_points",
    "low_zooms",
    "order_of",
    "shapes_level",
    "with_points",
]

_PIXEL_UNITS = 8
"""A pixel is 1/512 of a tile."""
_FIRST_BITS = 3
"""No tile matrix set has more than 2^3 tiles in a row at zoom 0."""


@dataclass(frozen=True, slots=True)
class Level:
    """Geometry of n features (or squares of points) in tile units of zoom `zoom`, x and y from the set's origin."""

    zoom: int
    exact: bool
    """Made for this zoom: areas are valid in its tile units. The whole geometry is in those of the deepest zoom."""
    rows: NDArray[np.int32]
    """(n,) row of the layer's table; for a square of points the first of them."""
    shapes: Shapes
    """Coordinates are uint32."""
    tree: Tree
    counts: NDArray[np.int32]
    """(n,) how many points it stands for: 1 for a feature itself."""
    agreed: NDArray[np.int32]
    """(n, c) codes of the policy's style attributes, in its order, -1 where the points of a square differ."""
    squares: int
    """The first square of points; squares come after all else."""
    ready: dict[str, tuple[Any, ...]] = field(init=False, default_factory=dict, repr=False, compare=False)
    """What compiled code reads, kept once it was made."""


def low_zooms(matrix_set: TileMatrixSet, policy: Policy, *, points_only: bool) -> list[int]:
    """Zooms of a set that have a version of their own."""
    end = policy.cluster_below if points_only else policy.exact_from
    return [z for z in matrix_set.zooms if policy.minzoom <= like(matrix_set, z) < end]


def full_level(world: Shapes, codes: NDArray[np.int32], matrix_set: TileMatrixSet) -> Level:
    """The whole geometry. `world` is in world units, `codes` (c, n) those of style attributes."""
    rows = np.flatnonzero(np.diff(world.parts))
    # Clipping tells by the way a ring runs which side of it is the inside.
    kept = wound(world if len(rows) == len(world) else world.take(rows))
    return _level(deepest(matrix_set), kept, rows, codes[:, rows].T, exact=False)


def level_at(z: int, world: Shapes, codes: NDArray[np.int32], matrix_set: TileMatrixSet, policy: Policy) -> Level:
    """What is drawn at one zoom: areas and lines of a size, generalised; points as they are or counted in squares."""
    bits = deepest(matrix_set) - z
    seen = dotted(world, bits, policy)
    level = shapes_level(z, seen, codes, matrix_set, policy)
    singles = lone_points(seen, like(matrix_set, z), policy)
    if not len(singles):
        return level
    places = in_units(seen.take(singles), bits).coords
    gathered = clustered(places, codes[:, singles].T, z)
    return with_points(level, gathered, singles[gathered.first])


def dotted(world: Shapes, bits: int, policy: Policy) -> Shapes:
    """The features with points for those lines and areas that the policy wants as such where a unit has 2^`bits`."""
    if not policy.dot_pixels:
        return world
    rows = np.flatnonzero((world.kind != POINT) & (np.diff(world.parts) > 0))
    boxes = world.take(rows).boxes().astype(np.int64) if len(rows) else np.empty((0, 4), np.int64)
    sides, pixel = boxes[:, 2:] - boxes[:, :2], _PIXEL_UNITS << bits
    small = sides.max(axis=1, initial=0) < policy.dot_pixels * pixel
    # A strip would be gone once it is rounded.
    small |= (world.kind[rows] == POLYGON) & (sides < pixel).any(axis=1)
    rows, boxes = rows[small], boxes[small]
    others = np.setdiff1d(np.arange(len(world)), rows, assume_unique=True)
    middles = _points_at(boxes[:, :2] + boxes[:, 2:] >> 1)
    return joined([world.take(others), middles]).take(np.argsort(np.concatenate([others, rows])))


def _points_at(coords: NDArray[np.int64]) -> Shapes:
    """A point at each of (n, 2) places."""
    n = len(coords)
    limits = np.arange(n + 1)
    return Shapes(np.full(n, POINT, np.uint8), limits, limits, np.zeros(n, np.bool_), coords)


def lone_points(world: Shapes, zoom: int, policy: Policy) -> NDArray[np.int64]:
    """Rows of the points that are gathered in squares at a zoom (of WebMercatorQuad)."""
    if zoom >= policy.cluster_below:
        return np.empty(0, np.int64)
    return np.flatnonzero((world.kind == POINT) & (np.diff(world.ends) == 1))


def shapes_level(z: int, world: Shapes, codes: NDArray[np.int32], matrix_set: TileMatrixSet, policy: Policy) -> Level:
    """What is drawn at one zoom, without the points that are gathered in squares."""
    zoom, bits = like(matrix_set, z), deepest(matrix_set) - z
    rows, shapes = _generalised(world, bits, policy.least_pixels(zoom))
    point = (world.kind == POINT) & (np.diff(world.parts) > 0)
    point[lone_points(world, zoom, policy)] = False
    points = np.flatnonzero(point)
    rows = np.concatenate([rows, points])
    order = np.argsort(rows, kind="stable")
    both = joined([shapes, in_units(world.take(points), bits)]).take(order)
    return _level(z, both, rows[order], codes[:, rows[order]].T, exact=True)


def clustered(places: NDArray[np.int64], codes: NDArray[np.int32], z: int) -> Clusters:
    """Points in tile units of a zoom, with (n, c) codes, gathered in its squares."""
    return cluster(places, np.ones(len(places), np.int32), codes, cells_of(places, order_of(z)))


def order_of(z: int) -> int:
    """Bits of the largest coordinate in tile units of a zoom, in any tile matrix set."""
    return z + EXTENT_BITS + _FIRST_BITS


def with_points(level: Level, gathered: Clusters, rows: NDArray[np.int64]) -> Level:
    """The level with squares of points; `rows` are those of their first points."""
    both = _level(
        level.zoom,
        joined([level.shapes, _points_at(gathered.coords)]),
        np.concatenate([level.rows, rows]),
        np.concatenate([level.agreed, gathered.agreed]),
        exact=True,
    )
    return replace(both, counts=np.concatenate([level.counts, gathered.counts]), squares=len(level.rows))


def in_units(world: Shapes, bits: int) -> Shapes:
    """World units to tile units of 2^bits of them, rounded half up."""
    half = 1 << bits >> 1
    return replace(world, coords=world.coords.astype(np.int64) + half >> bits)


def _level(z: int, shapes: Shapes, rows: NDArray[np.int64], agreed: NDArray[np.int32], *, exact: bool) -> Level:
    units = replace(shapes, coords=shapes.coords.astype(np.uint32))
    boxes = units.boxes() if len(rows) else np.empty((0, 4), np.uint32)
    counts = np.ones(len(rows), np.int32)
    return Level(
        z, exact, rows.astype(np.int32), units, tree_of(boxes), counts, np.ascontiguousarray(agreed), len(rows)
    )


def _generalised(world: Shapes, bits: int, least_pixels: float) -> tuple[NDArray[np.int64], Shapes]:
    """Lines and areas large enough to be seen, with the points that half a pixel asks for; valid in tile units."""
    pixel = _PIXEL_UNITS << bits
    rows = np.flatnonzero((world.kind != POINT) & (np.diff(world.parts) > 0))
    if len(rows):
        boxes = world.take(rows).boxes()
        rows = rows[(boxes[:, 2:] - boxes[:, :2]).max(axis=1) >= least_pixels * pixel]
    if not len(rows):
        return rows, replace(world.take(rows), coords=world.coords[:0].astype(np.int64))
    whole = geometries_of(world.take(rows).features())
    less = shapely.simplify(whole, pixel / 2, preserve_topology=False)
    lost = shapely.is_empty(less)
    less[lost] = shapely.simplify(whole[lost], pixel / 2, preserve_topology=True)
    wrong = np.flatnonzero((shapely.get_dimensions(less) == 2) & ~shapely.is_valid(less))
    less[wrong] = shapely.simplify(whole[wrong], pixel / 2, preserve_topology=True)
    units = shapes_of(less)
    units = replace(units, coords=np.floor(units.coords / (1 << bits) + 0.5).astype(np.int64))
    tidy = cleaned(units, mend=bool((units.kind == POLYGON).any()))
    kept = np.flatnonzero(np.diff(tidy.parts))
    return rows[kept], tidy.take(kept)
