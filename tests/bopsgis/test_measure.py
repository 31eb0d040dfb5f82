from __future__ import annotations

import math

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.shapes import E0, N0, PLAIN, site

from bopsgis import measure
from bopsgis.errors import InputRefused


def test_measures_of_a_square() -> None:
    """A 100 m square: area, perimeter, half its side as inscribed radius, to the millimetre."""
    assert measure.area_m2(site()) == 10_000
    assert measure.perimeter_m(site()) == 400
    assert measure.length_m(shapely.LineString([(E0, N0), (E0 + 30, N0 + 40)])) == 50
    assert measure.inscribed_radius_m(site()) == pytest.approx(50, abs=0.05)


def test_arrays_series_and_single_shapes_agree() -> None:
    """One shape, a list, an array and a GeoSeries give the same numbers in the same order; None gives NaN."""
    shapes = [site(), PLAIN["with a hole"], None, shapely.Point(E0, N0), shapely.Polygon()]
    for act in (measure.area_m2, measure.perimeter_m, measure.inscribed_radius_m):
        answers = act(np.array(shapes, dtype=object))
        assert np.array_equal(answers, act(geopandas.GeoSeries(shapes, crs=27700)), equal_nan=True)
        assert np.array_equal(answers, [float(act(shape)) for shape in shapes], equal_nan=True)
        assert math.isnan(answers[2])
        assert answers[3] == answers[4] == 0


@settings(deadline=None)
@given(st.floats(0.02, 200), st.floats(1, 500), st.floats(0, math.pi))
def test_the_inscribed_radius_is_half_the_width(width: float, longer: float, angle: float) -> None:
    """Of a rectangle at any angle the inscribed radius is half its shorter side, to 0.2 % or a millimetre."""
    box = shapely.box(E0, N0, E0 + width, N0 + width + longer)
    turned = shapely.affinity.rotate(box, angle, use_radians=True)
    assert float(measure.inscribed_radius_m(turned)) == pytest.approx(width / 2, rel=0.002, abs=0.001)


def test_a_sliver_is_told_from_a_small_garden() -> None:
    """Two overlaps of 1 m2: one is 2 cm wide, the other half a metre in radius; area cannot tell them apart."""
    sliver, garden = shapely.box(E0, N0, E0 + 50, N0 + 0.02), site(1)
    assert measure.area_m2(sliver) == pytest.approx(measure.area_m2(garden))
    assert measure.inscribed_radius_m(sliver) == pytest.approx(0.01, abs=0.001)
    assert measure.inscribed_radius_m(garden) == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize(
    ("dx", "dy", "expected"),
    [
        (0, 500, "N"), (500, 500, "NE"), (500, 0, "E"), (500, -500, "SE"), (0, -500, "S"), (-500, -500, "SW"),
        (-500, 0, "W"), (-500, 500, "NW"), (80, 500, "N"), (500, 80, "E"), (0, 0, ""),
    ],
)  # fmt: skip
def test_bearings_are_compass_points(dx: float, dy: float, expected: str) -> None:
    """The direction is where the other thing lies, as seen from the first; nothing where they meet."""
    here, there = shapely.Point(E0, N0), shapely.Point(E0 + dx, N0 + dy)
    assert measure.bearing(here, there) == expected


def test_distance_and_bearing_take_many() -> None:
    """One site against many: distances and directions in order, NaN and nothing for None and empty."""
    others = [site(10, 200), site(), None, shapely.Polygon(), shapely.Point(E0 + 50, N0 - 70)]
    assert np.array_equal(measure.distance_m(site(), others), [100, 0, np.nan, np.nan, 70], equal_nan=True)
    assert measure.bearing(site(), others).tolist() == ["E", "", "", "", "S"]


def test_shapes_at_sea_are_measured() -> None:
    """Marine designations reach beyond the grid's last square; they are still on the grid."""
    assert measure.area_m2(shapely.box(-60_000, -50_000, -59_000, -49_000)) == 1e6


def test_one_wrong_shape_in_many_is_found() -> None:
    """A single shape in degrees among grid shapes is refused."""
    with pytest.raises(InputRefused, match="degrees"):
        measure.area_m2([site(), shapely.box(-0.1, 51.4, 0.0, 51.5)])
