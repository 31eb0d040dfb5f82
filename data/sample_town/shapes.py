"""Small geometry helpers of the generator. Coordinates are EPSG:27700 metres unless a docstring says local."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPolygon, Polygon

__all__ = [
    "Array",
    "Objects",
    "areas_of",
    "circle",
    "lines_of",
    "only_areas",
    "rectangle",
    "rng_for",
    "rounded",
    "smooth_noise",
    "spline",
    "spline_ring",
    "waves",
]

Array = NDArray[np.float64]
Objects = NDArray[np.object_]


def rng_for(seed: int, subject: str) -> np.random.Generator:
    """A random generator of its own for each subject, so that a change in one part does not move the others."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(subject.encode())]))


def spline(points: Sequence[tuple[float, float]], step_m: float = 10.0) -> Array:
    """A smooth curve (Catmull-Rom) through every one of the points, about `step_m` apart: shape (n, 2).

    The given points themselves are among the answer, so curves that share a point meet exactly.
    """
    knots = np.asarray(points, dtype=np.float64)
    padded = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    pieces = []
    for i in range(1, len(padded) - 2):
        p0, p1, p2, p3 = padded[i - 1 : i + 3]
        count = max(2, int(np.hypot(*(p2 - p1)) / step_m))
        t = (np.arange(count) / count)[:, None]
        pieces.append(
            0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
        )
    pieces.append(knots[-1:])
    return np.round(np.vstack(pieces), 2)


def spline_ring(points: Sequence[tuple[float, float]], step_m: float = 10.0) -> Polygon:
    """A smooth closed shape through the points."""
    around = [*points[-2:], *points, *points[:2]]
    curve = spline(around, step_m)
    first = int(np.flatnonzero((curve == np.round(points[0], 2)).all(axis=1))[0])
    last = int(np.flatnonzero((curve == np.round(points[0], 2)).all(axis=1))[-1])
    return Polygon(curve[first:last])


def rounded(geometries: Any, decimals: int = 2) -> Any:
    """The geometries with coordinates rounded (1 cm by default); works on one geometry or an array of them."""
    return shapely.transform(geometries, lambda xy: np.round(xy, decimals))


def areas_of(geometry: Any, minimum_m2: float = 0.0) -> list[Polygon]:
    """The polygons in a geometry of any type that are larger than `minimum_m2`, in a fixed order."""
    parts = [part for part in shapely.get_parts(shapely.get_parts(geometry)) if isinstance(part, Polygon)]
    kept = [part for part in parts if part.area > minimum_m2]
    return sorted(kept, key=lambda part: tuple(np.round(part.bounds, 2)))


def lines_of(geometry: Any, minimum_m: float = 0.0) -> list[LineString]:
    """The lines in a geometry of any type that are longer than `minimum_m`, merged where they continue each other."""
    merged = shapely.line_merge(geometry) if geometry.geom_type == "MultiLineString" else geometry
    parts = [part for part in shapely.get_parts(shapely.get_parts(merged)) if isinstance(part, LineString)]
    kept = [part for part in parts if part.length > minimum_m]
    return sorted(kept, key=lambda part: tuple(np.round(part.bounds, 2)))


def circle(x: float, y: float, radius_m: float, vertices: int = 32) -> Polygon:
    """A circle drawn with a fixed number of vertices."""
    turn = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    return Polygon(np.round(np.column_stack([x + radius_m * np.cos(turn), y + radius_m * np.sin(turn)]), 2))


def rectangle(centre: tuple[float, float], width_m: float, depth_m: float, angle: float = 0.0) -> Polygon:
    """A rectangle about a centre, turned by `angle` radians anticlockwise."""
    corners = np.array([(-width_m, -depth_m), (width_m, -depth_m), (width_m, depth_m), (-width_m, depth_m)]) / 2
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return Polygon(np.round(corners @ turn + np.asarray(centre), 2))


def waves(xy: Array, amplitude_m: float, length_m: float, phase: float) -> Array:
    """Points pushed about by two slow waves, which turns a stiff grid of streets into a grown one."""
    if amplitude_m == 0:
        return xy
    turn = 2 * np.pi / length_m
    dx = amplitude_m * np.sin(turn * xy[:, 1] + phase)
    dy = amplitude_m * np.sin(turn * xy[:, 0] + 1.7 * phase + 1.0)
    return xy + np.column_stack([dx, dy])


def smooth_noise(count: int, knots: int, rng: np.random.Generator) -> Array:
    """`count` numbers between 0 and 1 that change slowly from one to the next."""
    values = rng.random(knots)
    at = np.linspace(0, knots - 1, count)
    low = np.minimum(at.astype(int), knots - 2)
    share = at - low
    ease = share * share * (3 - 2 * share)
    return np.asarray(values[low] * (1 - ease) + values[low + 1] * ease)


def only_areas(geometry: Any) -> MultiPolygon:
    """The polygons of a geometry as one feature.

    What overlays leave behind is dropped: points, lines, and slivers thinner than a hair, beside which GEOS has
    been seen to give a whole polygon as its overlap with something it does not touch.
    """
    return MultiPolygon(areas_of(geometry, 0.01))
