"""Layers made up for tests of tiles: points, areas and plots round one place, always the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from tiles.levels import Policy
from tiles.mvt import columns_of
from tiles.snapshot import LayerSource

__all__ = ["CENTRE", "areas", "plots", "points", "scattered"]

CENTRE = (451_000.0, 262_000.0)
"""EPSG:27700."""


def scattered(n: int, spread_m: float = 20_000, seed: int = 1) -> np.ndarray:
    """Places around the centre, denser near it."""
    return np.random.default_rng(seed).normal(CENTRE, spread_m, (n, 2))


def points(n: int = 3_000, policy: Policy | None = None) -> LayerSource:
    """A layer of points with a grade and a name."""
    grades = ["I", "II", "II*"]
    columns = columns_of({"grade": [grades[i % 3] for i in range(n)], "name": [f"Listed {i}" for i in range(n)]})
    ids = np.arange(n, dtype=np.uint64) + np.uint64(2**40)
    return LayerSource("points", shapely.points(scattered(n)), ids, columns, policy or Policy(style=("grade",)))


def areas(n: int = 1_500, seed: int = 2) -> LayerSource:
    """A layer of areas: discs and rings of very different sizes, some with holes, some in two parts."""
    radii = np.random.default_rng(seed).pareto(1.2, n) * 40 + 5
    shapes = shapely.buffer(shapely.points(scattered(n, seed=seed)), radii, quad_segs=6)
    shapes[::5] = shapely.difference(shapes[::5], shapely.buffer(shapely.centroid(shapes[::5]), radii[::5] / 3))
    twice = shapely.transform(shapes[::7], lambda xy: xy + np.array([3_000, 900]))
    shapes[::7] = [
        shapely.MultiPolygon([*shapely.get_parts(a), *shapely.get_parts(b)]) if not a.intersects(b) else a
        for a, b in zip(shapes[::7], twice, strict=True)
    ]
    columns = columns_of({"kind": ["flood" if i % 2 else "heath" for i in range(n)], "note": list(range(n))})
    return LayerSource("areas", shapes, np.arange(n, dtype=np.uint64), columns, Policy(style=("kind",)))


def plots(n: int = 1_500) -> LayerSource:
    """The layer of points as plots of land, most of them too small to be seen from afar."""
    policy = Policy(style=("grade",), cluster_below=12, dot_pixels=8)
    layer = points(n, policy)
    halves = np.random.default_rng(3).pareto(1.5, (n, 2)) * 15 + 4
    x, y = shapely.get_coordinates(layer.geometry).T
    return replace(layer, geometry=shapely.box(x - halves[:, 0], y - halves[:, 1], x + halves[:, 0], y + halves[:, 1]))
