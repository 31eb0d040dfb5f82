from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tiles.mvt.loops import taken_apart

COORDINATE = st.integers(0, 6)
RING = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=14)
SAMPLES = shapely.points([(x + 0.37, y + 0.41) for x in range(-1, 7) for y in range(-1, 7)])


def goes_round(ring: np.ndarray, x: float, y: float) -> bool:
    """Whether a ring goes round a point an odd number of times."""
    (x0, y0), (x1, y1) = ring.T, np.roll(ring, -1, axis=0).T
    up = (y0 > y) != (y1 > y)
    return bool(np.count_nonzero(up & (x < x0 + (y - y0) / np.where(up, y1 - y0, 1) * (x1 - x0))) % 2)


@settings(deadline=None, max_examples=150)
@given(RING)
def test_what_is_taken_apart_is_valid_and_what_the_ring_goes_round_an_odd_number_of_times(
    points: list[tuple[int, int]],
) -> None:
    """Nothing is lost, nothing added, and no point is made; what takes more than that is left to others."""
    made = taken_apart(shapely.Polygon(points))
    if made is None:
        return
    assert made.is_valid
    assert {tuple(place) for place in shapely.get_coordinates(made).astype(int).tolist()} <= set(points)
    ring = np.array(points)
    away = SAMPLES[shapely.distance(SAMPLES, shapely.LinearRing(points)) > 1e-9]
    inside = [goes_round(ring, point.x, point.y) for point in away]
    assert shapely.contains(made, away).tolist() == inside


def test_edges_on_one_another_along_the_side_and_points_passed_twice_are_taken_apart() -> None:
    """A bay closed by rounding becomes a hole, a neck without width parts an area in two, a spike is gone."""
    bay = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9), (0, 5), (4, 6), (4, 3), (0, 5)])
    neck = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4), (0, 6), (4, 6), (4, 9), (0, 9), (0, 5)])
    spike = shapely.Polygon([(0, 0), (5, 0), (5, 5), (0, 5), (0, 9), (0, 4)])
    holed = taken_apart(bay)
    assert holed is not None
    assert [len(part.interiors) for part in holed.geoms] == [1]
    assert holed.area == 81 - 6
    both = taken_apart(neck)
    assert both is not None
    assert sorted(part.area for part in both.geoms) == [12, 16]
    plain = taken_apart(spike)
    assert plain is not None
    assert plain.equals(shapely.box(0, 0, 5, 5))


def test_what_crosses_itself_is_left_to_others() -> None:
    """A bow tie has no point that is passed twice, so it is not taken apart here."""
    assert taken_apart(shapely.Polygon([(0, 0), (9, 9), (9, 3), (0, 12)])) is None
