from __future__ import annotations

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tile_features import Drawn, features_of

from tiles.features import LINE, POINT, POLYGON
from tiles.mvt import decode, encode_layer

coordinate = st.integers(0, 12)
ring = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=9)
polygon = st.tuples(ring, st.lists(ring, max_size=2)).map(
    lambda rings: Drawn(POLYGON, 1, [(True, rings[0]), *[(False, hole) for hole in rings[1]]], {"name": "a"})
)
POINT_AND_LINE = [Drawn(POINT, 2, [(False, [(1, 1)])], {}), Drawn(LINE, 3, [(False, [(0, 0), (3, 3)])], {})]


def written(*features: Drawn) -> dict[int, shapely.Geometry]:
    """Geometry by id as read back from a tile that was encoded strictly."""
    layers = decode(encode_layer("layer", features_of(features), strict=True))
    if not layers:
        return {}
    return {feature.id or 0: shape for feature, shape in zip(layers[0].features, layers[0].geometries(), strict=True)}


@settings(deadline=None, max_examples=150)
@given(st.lists(polygon, min_size=1, max_size=3))
def test_no_polygon_is_written_invalid(polygons: list[Drawn]):
    """However rings cross themselves, one another or nothing, what is written is valid; the other features stay."""
    shapes = written(*polygons, *POINT_AND_LINE)
    assert all(shapely.is_valid(shape) for shape in shapes.values())
    assert {2, 3} <= set(shapes)


@settings(deadline=None, max_examples=100)
@given(st.lists(ring, min_size=1, max_size=3))
def test_valid_polygons_are_left_alone(rings: list[list[tuple[int, int]]]):
    """A polygon that is valid already has the same bytes with and without mending."""
    good = [Drawn(POLYGON, 1, [(True, points)], {}) for points in rings if shapely.Polygon(points).is_valid]
    features = features_of(good)
    assert encode_layer("layer", features, strict=True) == encode_layer("layer", features)


def test_a_bow_tie_becomes_its_two_halves():
    """A ring that crosses itself on a whole unit is split there; its area, taken without sign, is kept."""
    shapes = written(Drawn(POLYGON, 1, [(True, [(0, 0), (9, 9), (9, 3), (0, 12)])], {}))
    assert shapes[1].geom_type == "MultiPolygon"
    assert shapes[1].area == 9 + 36


def test_a_hole_that_crosses_the_edge_takes_a_bite():
    """Of a hole that rounding pushed over the edge, the part outside is gone too."""
    square = [(0, 0), (0, 20), (20, 20), (20, 0)]
    shapes = written(Drawn(POLYGON, 1, [(True, square), (False, [(10, 5), (20, 5), (20, 15), (10, 15)])], {}))
    assert shapes[1].area == 300
    assert shapely.is_valid(shapes[1])


def test_what_cannot_be_mended_is_dropped():
    """Two rings that are the same ring enclose nothing an odd number of times: the feature is skipped."""
    square = [(0, 0), (0, 20), (20, 20), (20, 0)]
    assert written(Drawn(POLYGON, 1, [(True, square), (False, square)], {})) == {}
