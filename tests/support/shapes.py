"""A catalogue of nasty shapes, to be crossed with every function that takes geometry. Nominally in EPSG:27700."""

from __future__ import annotations

import math

import shapely

__all__ = ["E0", "N0", "NASTY", "PLAIN", "site", "star"]

E0, N0 = 533_400.0, 177_900.0


def site(side_m: float = 100.0, east_m: float = 0.0, north_m: float = 0.0) -> shapely.Polygon:
    """A square site in Southwark of `side_m` metres, moved by `east_m` and `north_m` metres."""
    return shapely.box(E0 + east_m, N0 + north_m, E0 + east_m + side_m, N0 + north_m + side_m)


def star(points: int) -> shapely.Polygon:
    """A star polygon that crosses itself very often (shapely.make_valid takes a minute for 100 points)."""
    angles = [(i * (points // 2) % points) / points * 2 * math.pi for i in range(points)]
    ring = [(E0 + 500 * math.cos(a), N0 + 500 * math.sin(a)) for a in angles]
    return shapely.Polygon(ring)


def _polygon(*rings: list[tuple[float, float]]) -> shapely.Polygon:
    moved = [[(E0 + x, N0 + y) for x, y in ring] for ring in rings]
    return shapely.Polygon(moved[0], moved[1:])


def _with(x: float) -> shapely.Polygon:
    """A triangle with one coordinate replaced; shapely itself warns when such a ring is built."""
    triangle = _polygon([(0, 0), (10, 0), (0, 10)])
    coordinates = shapely.get_coordinates(triangle)
    coordinates[1, 0] = x
    changed: shapely.Polygon = shapely.set_coordinates(triangle, coordinates)
    return changed


def _nested(depth: int) -> shapely.Geometry:
    shape: shapely.Geometry = site()
    for _ in range(depth):
        shape = shapely.GeometryCollection([shape])
    return shape


_SQUARE = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]
_COMB = [(float(i), 100.0 * (i % 2)) for i in range(3000)]

PLAIN: dict[str, shapely.Geometry] = {
    "square": site(),
    "clockwise": _polygon(_SQUARE[::-1]),
    "with a hole": _polygon(_SQUARE, [(40, 40), (60, 40), (60, 60), (40, 60)]),
    "hole touching once": _polygon(_SQUARE, [(0, 0), (50, 40), (40, 50)]),
    "two parts": shapely.MultiPolygon([site(), site(50, 200)]),
    "parts touching at a corner": shapely.MultiPolygon([site(), site(100, 100, 100)]),
    "doubled points": _polygon([point for point in _SQUARE for _ in range(2)]),
    "many points": shapely.Point(E0, N0).buffer(500, quad_segs=2000),
    "comb": _polygon([*_COMB, (3000.0, -50.0), (-1.0, -50.0)]),
    "heights": shapely.force_3d(site(), 12.5),
    "tiny figures": shapely.Polygon([(E0 + 1e-300, N0), (E0 + 100, N0 - 0.0), (E0 + 100, N0 + 1e2)]),
}
"""Shapes that are a site boundary, however odd."""

NASTY: dict[str, shapely.Geometry | None] = {
    "none": None,
    "empty point": shapely.Point(),
    "empty line": shapely.LineString(),
    "empty polygon": shapely.Polygon(),
    "empty multipoint": shapely.MultiPoint(),
    "empty multiline": shapely.MultiLineString(),
    "empty multipolygon": shapely.MultiPolygon(),
    "empty collection": shapely.GeometryCollection(),
    "empty part": shapely.from_wkt("MULTIPOLYGON(((533400 177900,533500 177900,533500 178000,533400 177900)),EMPTY)"),
    "point": shapely.Point(E0, N0),
    "line": shapely.LineString([(E0, N0), (E0 + 10, N0)]),
    "ring": shapely.LinearRing([(E0, N0), (E0 + 10, N0), (E0, N0 + 10)]),
    "collection of points": shapely.GeometryCollection([shapely.Point(E0, N0), shapely.Point(E0 + 1, N0)]),
    "collection of all": shapely.GeometryCollection([site(), shapely.Point(E0, N0)]),
    "nested collections": _nested(50),
    "bow-tie": _polygon([(0, 0), (100, 100), (100, 0), (0, 100)]),
    "star": star(101),
    "spike": _polygon([*_SQUARE[:3], (100, 150), (100, 100), (0, 100)]),
    "flat": _polygon([(0, 0), (50, 50), (100, 100)]),
    "one point thrice": _polygon([(0, 0), (0, 0), (0, 0)]),
    "hole outside": _polygon(_SQUARE, [(200, 200), (210, 200), (210, 210)]),
    "hole is shell": _polygon(_SQUARE, _SQUARE),
    "hole crossing": _polygon(_SQUARE, [(50, 50), (150, 50), (150, 60), (50, 60)]),
    "hole touching twice": _polygon(_SQUARE, [(0, 0), (100, 100), (50, 60)]),
    "nested holes": _polygon(_SQUARE, [(10, 10), (90, 10), (90, 90), (10, 90)], [(20, 20), (30, 20), (30, 30)]),
    "ring twice": _polygon(_SQUARE, [(40, 40), (60, 40), (60, 60)], [(40, 40), (60, 40), (60, 60)]),
    "nested parts": shapely.MultiPolygon([site(), site(10, 20, 20)]),
    "overlapping parts": shapely.MultiPolygon([site(), site(100, 50)]),
    "parts sharing a side": shapely.MultiPolygon([site(), site(100, 100)]),
    "same part twice": shapely.MultiPolygon([site(), site()]),
    "square millimetre": site(0.001),
    "sliver": shapely.box(E0, N0, E0 + 1000, N0 + 0.0005),
    "county": shapely.box(500_000, 150_000, 560_000, 200_000),
    "not a number": _with(math.nan),
    "infinite": _with(math.inf),
    "enormous": _with(1e300),
    "point that is no number": shapely.from_wkt("POINT (nan nan)"),
    "degrees": shapely.box(-0.08, 51.48, -0.07, 51.49),
    "latitude first": shapely.box(51.48, -0.08, 51.49, -0.07),
    "web mercator": shapely.box(-9_000, 6_707_000, -8_900, 6_707_100),
    "null island": shapely.box(0, 0, 1e-4, 1e-4),
    "corner of the grid": shapely.box(0, 0, 50, 50),
    "at sea": shapely.box(650_000, 450_000, 650_100, 450_100),
    "beyond the grid": shapely.box(-50_000, 100_000, -49_000, 101_000),
}
"""Shapes that can never be a site boundary on the national grid."""
