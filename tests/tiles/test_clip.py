from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tiles.clip import clip, reduce
from tiles.levels import shapes_of
from tiles.mvt.shapes import geometries_of

PLACES = st.tuples(st.integers(-40, 60), st.integers(-40, 60))


@st.composite
def areas(draw: st.DrawFn) -> shapely.Geometry:
    """Valid areas with holes and several parts, made of whole numbers, some of them large and most of them ragged."""
    pieces = draw(st.lists(st.lists(PLACES, min_size=3, max_size=12), min_size=1, max_size=4))
    shape = shapely.MultiPolygon()
    for piece in pieces:
        hull = shapely.MultiPoint(piece).convex_hull
        if hull.geom_type == "Polygon":
            both = shapely.get_parts(shapely.symmetric_difference(shape, hull, grid_size=1))
            shape = shapely.MultiPolygon([part for part in both if part.geom_type == "Polygon"])
    return shape if shape.area else shapely.box(-5, -5, 30, 5)


LINES = st.lists(st.lists(PLACES, min_size=2, max_size=15, unique=True), min_size=1, max_size=3).map(
    shapely.MultiLineString
)
BOX = shapely.box(-0.2718, -0.3141, 20.2718, 20.3141)
"""The box of 0 to 20, with the margin that rounding takes away."""


@given(areas())
def test_an_area_is_cut_as_intersection_cuts_it(area: shapely.Geometry) -> None:
    """What clipping leaves of an area has the extent of its plain intersection with the box, no more and no less."""
    cut, rows = clip(shapes_of(np.array([area])), 0, 20)
    expected = shapely.intersection(area, BOX)
    if expected.area < 1e-9:
        assert not len(rows) or geometries_of(cut.features())[0].area < 1e-9
        return
    assert rows.tolist() == [0]
    found = geometries_of(cut.features())[0]
    assert abs(found.area - expected.area) < 1e-6
    assert BOX.buffer(1e-9).covers(shapely.multipoints(shapely.get_coordinates(found)))
    samples = shapely.points([(x + 0.37, y + 0.41) for x in range(20) for y in range(20)])
    away = samples[shapely.distance(samples, area.boundary) > 1e-6]
    assert (shapely.contains_xy(found, *shapely.get_coordinates(away).T) == shapely.contains(area, away)).all()


@given(LINES)
def test_a_line_is_cut_as_intersection_cuts_it(line: shapely.MultiLineString) -> None:
    """What clipping leaves of a line is as long as its plain intersection with the box."""
    cut, rows = clip(shapes_of(np.array([line])), 0, 20)
    lengths = sum(shapely.intersection(part, BOX).length for part in line.geoms if part.is_simple)
    if all(part.is_simple for part in line.geoms):
        found = geometries_of(cut.features())[0].length if len(rows) else 0.0
        assert abs(found - lengths) < 1e-6


@given(areas(), LINES)
def test_shapes_with_fewer_points_are_the_same_inside(area: shapely.Geometry, line: shapely.MultiLineString) -> None:
    """Leaving out points beyond the sides changes nothing in the box, for the box or one within."""
    whole = shapes_of(np.array([area, line]))
    less = reduce(whole, 0, 20)
    assert len(less.coords) <= len(whole.coords)
    for low, high in ((0, 20), (5, 11)):
        one, other = clip(whole, low, high), clip(less, low, high)
        assert one[1].tolist() == other[1].tolist()
        for first, second in zip(geometries_of(one[0].features()), geometries_of(other[0].features()), strict=True):
            between = shapely.symmetric_difference(shapely.make_valid(first), shapely.make_valid(second))
            assert shapely.area(between) == 0
            if shapely.get_dimensions(first) == 1:
                assert shapely.normalize(first).equals_exact(shapely.normalize(second), 0)


def test_points_are_kept_up_to_the_edge() -> None:
    """Points on the box's edge belong to it, others beyond do not; a multi-point keeps those inside."""
    points = np.array([shapely.Point(0, 20), shapely.Point(-1, 5), shapely.MultiPoint([(3, 3), (30, 3), (20, 20)])])
    cut, rows = clip(shapes_of(points), 0, 20)
    assert rows.tolist() == [0, 2]
    assert cut.coords.tolist() == [[0, 20], [3, 3], [20, 20]]
    assert cut.parts.tolist() == [0, 1, 2]
    assert cut.offsets.tolist() == [0, 1, 3]


def test_an_area_that_dips_into_the_box_does_not_fill_it() -> None:
    """A house of which one corner reaches into the tile leaves that corner, though its reduced ring crosses itself."""
    places = [(98763, 133507), (99391, 133747), (99639, 133098), (99790, 133157)]
    places += [(99655, 133849), (99657, 133849), (99366, 135344), (98230, 134912)]
    house = shapely.Polygon(places)
    cut, _ = clip(shapes_of(np.array([house])), -2048, 133_120)
    expected = shapely.intersection(house, shapely.box(-2048.2718, -2048.3141, 133_120.2718, 133_120.3141))
    assert abs(geometries_of(cut.features())[0].area - expected.area) < 1e-6
