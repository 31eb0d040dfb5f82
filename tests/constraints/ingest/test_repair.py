from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from constraints.ingest.circles import circle_radii, drawn_round_points
from constraints.ingest.limits import LIMITS, IngestLimits
from constraints.ingest.raw import object_array
from constraints.ingest.repair import METHOD, crossings, repair

E, N = 533_000.0, 178_000.0


def _at(*corners: tuple[float, float]) -> shapely.Polygon:
    return shapely.Polygon([(E + x, N + y) for x, y in corners])


def _star(corners: int) -> shapely.Polygon:
    angle = np.arange(corners) * 2 * np.pi * (corners // 2) / corners
    return shapely.Polygon(np.column_stack([E + 100 * np.cos(angle), N + 100 * np.sin(angle)]))


def _circle(radius: float, x: float = 0, quad_segs: int = 5) -> shapely.Polygon:
    return shapely.Point(E + x, N).buffer(radius, quad_segs=quad_segs)


SQUARE = _at((0, 0), (10, 0), (10, 10), (0, 10))
BOW_TIE = _at((0, 0), (10, 10), (10, 0), (0, 10))


def test_valid_geometry_is_handed_on_untouched() -> None:
    """What is valid keeps every vertex in its place; missing and empty stay missing and empty."""
    line, point = shapely.LineString([(E, N), (E + 5, N)]), shapely.Point(E, N)
    given_ = object_array([SQUARE, line, point, None, shapely.Polygon()])
    found = repair(given_)
    assert shapely.equals_exact(found.geometry[:3], given_[:3]).all()
    assert found.geometry[3] is None
    assert found.geometry[4].is_empty
    assert found.repair == [None] * 5
    assert not found.problem


def test_a_bow_tie_is_repaired_and_flagged() -> None:
    """A bow tie's two halves become an area; the change against its drawn area is recorded and flagged."""
    found = repair(object_array([BOW_TIE]))
    done = found.repair[0]
    assert done is not None
    assert done.method == METHOD
    assert "Self-intersection" in done.reason
    assert done.area_before_m2 == pytest.approx(0.0)
    assert done.area_after_m2 == pytest.approx(50.0)
    assert done.flagged


def test_a_small_change_is_recorded_and_not_flagged() -> None:
    """A loop of a quarter of a square metre on a large area is below the larger of 1 m2 and 0.1 %."""
    field = _at((0, 0), (100, 0), (100, 100), (50.5, 100), (50, 100.5), (50.5, 100.5), (50, 100), (0, 100))
    found = repair(object_array([field]))
    assert found.repair[0] is not None
    assert not found.repair[0].flagged
    assert found.geometry[0].is_valid


def test_nothing_left_is_a_problem_not_a_gap() -> None:
    """An area that collapses to a line, and a line of no length, have a sentence instead of a geometry."""
    flat = _at((0, 0), (10, 0), (5, 0))
    found = repair(object_array([flat, shapely.LineString([(E, N), (E, N)]), SQUARE]))
    assert set(found.problem) == {0, 1}
    assert "no area" in found.problem[0]
    assert found.geometry[0] is None
    assert found.geometry[2] is not None


def test_parts_of_lower_dimension_are_left_out_and_told() -> None:
    """Of a collection the areas are kept, of one without areas the lines; empty parts do not survive."""
    line = shapely.LineString([(E, N), (E + 5, N)])
    nested = shapely.GeometryCollection([line, shapely.GeometryCollection([SQUARE, shapely.Point(E, N)])])
    lines = shapely.GeometryCollection([line, shapely.Point(E, N)])
    gappy = shapely.from_wkt(f"MULTIPOLYGON (({SQUARE.wkt[9:-1]}), EMPTY)")
    found = repair(object_array([nested, lines, gappy, shapely.GeometryCollection()]))
    assert [shape.geom_type for shape in found.geometry] == ["Polygon", "LineString", "Polygon", "GeometryCollection"]
    assert found.dropped.tolist() == [True, True, False, False]
    assert found.geometry[3].is_empty


def test_a_hostile_star_is_not_repaired() -> None:
    """A star whose repair would take minutes is left alone with a reason; a small one is repaired."""
    limits = IngestLimits(max_crossings=2_000)
    found = repair(object_array([_star(201), _star(21)]), limits=limits)
    assert "crosses itself more than 2,000 times" in found.problem[0]
    assert found.repair[1] is not None
    assert crossings(_star(4_001), LIMITS.max_crossings) > LIMITS.max_crossings


def test_crossings_are_counted_without_neighbours() -> None:
    """A square crosses itself nowhere, a bow tie once, a star of 11 corners 44 times."""
    assert [crossings(shape, 10_000) for shape in (SQUARE, BOW_TIE, _star(11))] == [0, 1, 44]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=3, max_size=12))
def test_whatever_is_kept_is_valid_and_an_area(corners: list[tuple[int, int]]) -> None:
    """Random rings come out as a valid area within their own bounds, or with a sentence: never as nothing."""
    shape = _at(*corners)
    found = repair(object_array([shape]))
    kept = found.geometry[0]
    if kept is None:
        assert found.problem[0]
        return
    assert kept.is_valid
    assert kept.geom_type in {"Polygon", "MultiPolygon"}
    assert kept.area > 0
    assert shapely.box(*shape.bounds).buffer(1e-6).contains(kept)


def test_circles_are_recognised_by_their_shape() -> None:
    """Circles have a radius; squares, octagons, rings with holes, ellipses, large circles and sectors have none."""
    holed = shapely.Polygon(_circle(5).exterior.coords, [_circle(2).exterior.coords])
    ellipse = shapely.transform(_circle(5), lambda x, y: (E + (x - E) * 1.3, y), interleaved=False)
    sector = shapely.intersection(_circle(5), shapely.box(E, N, E + 9, N + 9))
    others = [SQUARE, _circle(5, quad_segs=2), holed, ellipse, sector, _circle(80), None, shapely.Point(E, N)]
    circles = [_circle(5), shapely.MultiPolygon([_circle(12, quad_segs=16)]), _circle(0.4)]
    radii = circle_radii(object_array([*circles, *others]))
    assert radii[:3] == pytest.approx([5, 12, 0.4])
    assert np.isnan(radii[3:]).all()


def test_circles_stand_for_points_when_the_file_says_so_or_repeats_them() -> None:
    """Three circles of one radius are a publisher's habit; one alone may be a gasholder, unless the file says."""
    shapes = object_array([_circle(5), _circle(5, 50), _circle(5, 90), _circle(7), _circle(9), SQUARE])
    said = np.array([False, False, False, False, True, True])
    assert drawn_round_points(shapes, said).tolist() == [True, True, True, False, True, False]
    nothing = drawn_round_points(object_array([]), np.array([], dtype=np.bool_))
    assert len(nothing) == 0
