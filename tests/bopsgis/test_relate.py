from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.shapes import E0, N0, NASTY, PLAIN, site

from bopsgis import relate
from bopsgis.errors import InputRefused

LINE = shapely.LineString([(E0 - 50, N0 + 50), (E0 + 50, N0 + 50)])
POINT = shapely.Point(E0 + 50, N0 + 50)


@settings(deadline=None)
@given(st.integers(-1_500, 1_500), st.floats(0.01, 2.0))
def test_overlap_and_touch_divide_all_neighbours(shift_dm: int, tolerance: float) -> None:
    """For two squares side by side: overlap, touch or apart, by the width in common, and never two of them."""
    other = site(100, shift_dm / 10)
    common = 100 - abs(shift_dm / 10)
    overlaps = bool(relate.overlaps(site(), other, tolerance))
    touches = bool(relate.touches(site(), other, tolerance))
    assert not (overlaps and touches)
    if abs(common / 2 - tolerance) > 0.11:
        assert overlaps == (common / 2 > tolerance)
    if abs(-common - tolerance) > 0.001:
        assert (overlaps or touches) == (common >= -tolerance)


def test_overlap_is_the_common_area() -> None:
    """What two shapes have in common is an area; shared edges and corners leave an empty one."""
    assert relate.overlap_area_m2(site(), site(100, 60)) == pytest.approx(4_000)
    assert relate.overlap_radius_m(site(), site(100, 60)) == pytest.approx(20, abs=0.02)
    for neighbour in (site(100, 100), site(100, 100, 100), site(100, 300)):
        assert relate.overlap_area_m2(site(), neighbour) == 0
        assert relate.overlap(site(), neighbour).item().is_empty
    beside_and_under = shapely.union(site(100, 90), shapely.box(E0, N0 - 10, E0 + 190, N0))
    assert shapely.intersection(site(), beside_and_under).geom_type == "GeometryCollection"
    assert relate.overlap(site(), beside_and_under).item().geom_type == "MultiPolygon"
    assert relate.overlap_area_m2(site(), beside_and_under) == pytest.approx(1_000)


def test_within_forgives_thin_margins_only() -> None:
    """A site 10 cm over an edge is within at half a metre's tolerance; 2 m over is not; a neighbour never is."""
    area = site(100)
    assert relate.within(site(50, 20, 20), area, 0.5)
    assert relate.within(site(100, 0.1), area, 0.5)
    assert not relate.within(site(100, 2), area, 0.5)
    assert not relate.within(site(100, 100), area, 0.5)
    assert relate.within(area, area, 0.0)


def test_points_and_lines_relate_too() -> None:
    """A point or a line meets, is near and is within, but has no area in common."""
    assert relate.meets(POINT, site())
    assert relate.within(POINT, site(), 0.5)
    assert not relate.within(LINE, site(), 0.5)
    assert relate.within(shapely.LineString([(E0 + 1, N0 + 1), (E0 + 9, N0 + 9)]), site(), 0.5)
    assert relate.overlap_area_m2(LINE, site()) == 0
    assert relate.near(LINE, site(100, 60), 10.0)
    assert not relate.near(LINE, site(100, 61), 10.0)


def test_one_against_many_keeps_the_order() -> None:
    """Broadcasting one site against a series gives an answer per feature; None and empty relate to nothing."""
    others = geopandas.GeoSeries([site(), None, shapely.Polygon(), site(100, 60), LINE], crs=27700)
    assert relate.meets(site(), others).tolist() == [True, False, False, True, True]
    assert relate.overlaps(site(), others, 0.5).tolist() == [True, False, False, True, False]
    assert relate.within(others, site(), 0.5).tolist() == [True, False, False, False, False]
    assert np.array_equal(relate.overlap_area_m2(site(), others), [10_000, 0, 0, 4_000, 0])
    assert relate.near(site(), others, 1.0).shape == (5,)


def test_shapes_that_are_not_valid_are_refused() -> None:
    """A shape that crosses itself has no overlap to speak of: refused rather than guessed."""
    with pytest.raises(InputRefused) as refusal:
        relate.overlap_area_m2(site(), [PLAIN["square"], NASTY["bow-tie"]])
    assert refusal.value.code == "not_valid"
