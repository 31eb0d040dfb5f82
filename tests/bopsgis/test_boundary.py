from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.shapes import E0, N0, NASTY, PLAIN, site

from bopsgis import boundary, crs
from bopsgis.boundary import Boundary, Limits
from bopsgis.errors import BoundaryRefused, InputRefused, TooLarge
from bopsgis.types import BBox, Point

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[E0, N0], [E0 + 100, N0], [E0 + 100, N0 + 100], [E0, N0 + 100], [E0, N0]]],
}


def _geojson(shape: shapely.Geometry, **members: Any) -> dict[str, Any]:
    return {**json.loads(shapely.to_geojson(shape)), **members}


def test_a_square_is_measured_in_metres() -> None:
    """A 100 m square on the national grid has the area, perimeter, box and centre that it has."""
    made = boundary.from_geometry(site())
    assert (made.area_m2, made.perimeter_m) == (10_000.0, 400.0)
    assert made.bbox == BBox(E0, N0, E0 + 100, N0 + 100)
    assert made.centre == Point(E0 + 50, N0 + 50)
    assert (made.source_format, made.source_crs, made.notes) == ("geometry", 27700, ())
    assert made.transform == crs.note_for(27700)


@pytest.mark.parametrize("name", PLAIN)
def test_odd_but_good_shapes_are_taken(name: str) -> None:
    """Holes, parts, either direction, doubled points and heights are no fault; the result is valid and plain."""
    made = boundary.from_geometry(PLAIN[name])
    assert made.geometry.is_valid
    assert not made.geometry.has_z
    assert made.area_m2 == pytest.approx(PLAIN[name].area, abs=0.01)
    assert shapely.equals_identical(made.geometry, shapely.normalize(made.geometry))


@pytest.mark.parametrize("name", NASTY)
def test_shapes_that_are_no_site_are_refused(name: str) -> None:
    """Each shape of the catalogue is refused with a sentence, a code and no library's words."""
    with pytest.raises(InputRefused) as refusal:
        boundary.from_geometry(NASTY[name])
    assert refusal.value.code != "input_refused"
    assert "[" not in refusal.value.message
    assert "GEOS" not in refusal.value.message


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("bow-tie", "crosses_itself", "The site boundary crosses itself near TQ 33450 77950."),
        ("spike", "touches_itself", "The site boundary touches itself near TQ 33500 78000."),
        ("hole outside", "hole_outside", "A hole in the site lies outside the site boundary near TQ 33600 78100."),
        ("hole touching twice", "cut_apart", "Holes cut the site into pieces that only touch near TQ 33500 78000."),
        ("hole is shell", "hole_crosses", None),
        ("hole crossing", "hole_crosses", None),
        ("ring twice", "hole_crosses", None),
        ("nested holes", "nested_holes", "A hole in the site lies inside another hole near TQ 33420 77920."),
        ("nested parts", "nested_parts", "One part of the site lies inside another near TQ 33430 77920."),
        ("overlapping parts", "parts_overlap", "Two parts of the site overlap or share a side near TQ 33450 78000."),
        ("parts sharing a side", "parts_overlap", "Two parts of the site overlap or share a side near TQ 33500 78000."),
        ("one point thrice", "too_few_points", "The site boundary has fewer than three different points."),
        ("empty polygon", "empty", "The site boundary, or a part of it, is empty."),
        (
            "point",
            "not_a_polygon",
            "These are points; a site boundary must be one or more polygons with straight sides.",
        ),
        ("latitude first", "wrong_crs", None),
        ("degrees", "wrong_crs", None),
        ("web mercator", "wrong_crs", None),
        ("square millimetre", "too_small", "The site is only 1e-06 m² in area; it must be at least 1 m²."),
        ("county", "too_big", "The site is 3,000.0 km² in area; at most 50 km² can be checked."),
        ("at sea", "outside_great_britain", None),
        ("not a number", "not_finite", "A coordinate is not an ordinary number."),
    ],
)
def test_refusals_say_what_is_wrong_and_where(name: str, code: str, words: str | None) -> None:
    """The fault is named in plain words with its place as a grid reference."""
    with pytest.raises(BoundaryRefused) as refusal:
        boundary.from_geometry(NASTY[name])
    assert refusal.value.code == code
    assert words is None or refusal.value.message == words


def test_the_place_of_the_fault_is_given_as_numbers_too() -> None:
    """A program can put a mark on the map where the boundary crosses itself, whatever system it came in."""
    bow_tie = NASTY["bow-tie"]
    for code in (27700, 4326, 3857):
        given_as = crs.geometry_from_national_grid(bow_tie, code)[0]
        with pytest.raises(BoundaryRefused) as refusal:
            boundary.from_geometry(given_as, crs=code)
        at = refusal.value.at
        assert at is not None
        assert math.dist((at.easting, at.northing), (E0 + 50, N0 + 50)) < 0.01


@settings(deadline=None, max_examples=40)
@given(st.floats(310_000, 590_000), st.floats(110_000, 390_000), st.floats(5, 500), st.sampled_from([4326, 4258, 3857]))
def test_any_system_gives_the_same_site(east: float, north: float, radius: float, code: int) -> None:
    """A site given in degrees or Web Mercator is the same to a millimetre as on the grid."""
    shape = shapely.Point(east, north).buffer(radius)
    direct = boundary.from_geometry(shape)
    moved = boundary.from_geometry(crs.geometry_from_national_grid(shape, code)[0], crs=code)
    assert moved.source_crs == code
    assert shapely.hausdorff_distance(direct.geometry, moved.geometry) < 0.0012
    assert moved.area_m2 == pytest.approx(direct.area_m2, rel=1e-4)


@settings(deadline=None, max_examples=40)
@given(st.integers(-300_000, 100_000), st.integers(-50_000, 400_000))
def test_moving_by_whole_metres_changes_no_measure(east_m: int, north_m: int) -> None:
    """Area and perimeter do not depend on where the site is."""
    made = boundary.from_geometry(PLAIN["with a hole"])
    moved_shape = shapely.transform(PLAIN["with a hole"], lambda xy: xy + np.array([east_m, north_m]))
    try:
        moved = boundary.from_geometry(moved_shape)
    except BoundaryRefused as refusal:
        assert refusal.code == "outside_great_britain"  # noqa: PT017 -- at sea is the only way to fail
        return
    assert (moved.area_m2, moved.perimeter_m) == (made.area_m2, made.perimeter_m)


def test_the_hash_is_of_the_site_and_not_of_the_writing() -> None:
    """Starting corner, direction, heights, -0.0 and noise under 0.05 mm do not change the hash; 1 mm does."""
    base = boundary.from_geometry(site())
    turned = shapely.Polygon(np.roll(np.array(site().exterior.coords)[:-1], 2, axis=0)[::-1])
    noisy = shapely.transform(site(), lambda xy: xy + 0.00004)
    for same in (turned, noisy, shapely.force_3d(site(), 3.0)):
        assert boundary.from_geometry(same).sha256 == base.sha256
    assert boundary.from_geometry(shapely.transform(site(), lambda xy: xy + 0.001)).sha256 != base.sha256
    assert len(base.sha256) == 64


def test_a_boundary_cannot_be_changed() -> None:
    """A boundary is a value: its parts cannot be set."""
    made = boundary.from_geometry(site())
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.source_crs = 4326  # type: ignore[misc]  # the point of the test
    assert made == boundary.from_geometry(site())


@pytest.mark.parametrize("area", [1.0, 50e6])
def test_limits_of_area_hold_exactly(area: float) -> None:
    """1 m2 and 50 km2 are taken; a little beyond is refused."""
    side = math.sqrt(area)
    assert boundary.from_geometry(site(side)).area_m2 == pytest.approx(area, abs=area * 1e-6)
    beyond = side - 0.001 if area == 1.0 else side + 0.1
    with pytest.raises(BoundaryRefused) as refusal:
        boundary.from_geometry(site(beyond))
    assert refusal.value.code == ("too_small" if area == 1.0 else "too_big")


def test_limits_of_count_hold_exactly() -> None:
    """10,000 points and 100 parts are taken; one more is refused."""
    ring = np.array([[E0 + 400 * math.cos(t), N0 + 400 * math.sin(t)] for t in np.linspace(0, 2 * math.pi, 10_001)])
    exact = shapely.Polygon(np.vstack([ring[1:-1], ring[1]]))
    assert shapely.get_num_coordinates(exact) == 10_000
    assert boundary.from_geometry(exact).area_m2 > 0
    over = shapely.Polygon(np.vstack([ring[:-1], ring[0]]))
    with pytest.raises(TooLarge, match="10,001 points"):
        boundary.from_geometry(over)
    parts = [site(5, 10 * i) for i in range(101)]
    assert len(boundary.from_geometry(shapely.MultiPolygon(parts[:100])).geometry.geoms) == 100
    with pytest.raises(TooLarge, match="101 separate parts"):
        boundary.from_geometry(shapely.MultiPolygon(parts))


def test_other_limits_can_be_given() -> None:
    """A council may set its own limits, and one too large for them is refused."""
    tight = Limits(max_area_m2=5_000)
    with pytest.raises(BoundaryRefused):
        boundary.from_geometry(site(), limits=tight)
    with pytest.raises(TooLarge):
        boundary.read("POLYGON((0 0))", limits=Limits(max_bytes=10))


def test_a_circle_is_drawn_around_a_place() -> None:
    """A place and a radius make a site whose area is a circle's to a tenth of a per cent, and it says so."""
    made = boundary.from_circle(Point(E0, N0), 25)
    assert made.area_m2 == pytest.approx(math.pi * 625, rel=0.001)
    assert made.centre == Point(E0, N0)
    assert "circle of 25 m" in made.notes[0]


@pytest.mark.parametrize("radius", [0, -1, 0.1, 1e9, float("nan"), float("inf")])
def test_a_circle_needs_a_sensible_radius(radius: float) -> None:
    """No circle without a positive, finite radius that makes a site of an allowed area."""
    with pytest.raises(BoundaryRefused):
        boundary.from_circle(Point(E0, N0), radius)
    with pytest.raises(BoundaryRefused):
        boundary.from_circle(Point(float("nan"), N0), 10)


def test_the_centre_is_on_the_site() -> None:
    """Where the centroid falls outside (a U shape) the centre is a place on the site instead."""
    u_shape = shapely.difference(site(), shapely.box(E0 + 10, N0 + 10, E0 + 90, N0 + 100))
    centre = boundary.from_geometry(u_shape).centre
    assert u_shape.intersects(shapely.Point(centre.easting, centre.northing))


def test_parsed_geojson_comes_through_the_same_door() -> None:
    """from_geojson takes a mapping, in degrees by its own rule or on the grid when told."""
    in_degrees = _geojson(crs.geometry_from_national_grid(site(), 4326)[0])
    assert boundary.from_geojson(in_degrees).area_m2 == pytest.approx(10_000, abs=0.5)
    assert boundary.from_geojson(SQUARE, crs=27700).area_m2 == 10_000
    with pytest.raises(BoundaryRefused, match="national grid") as refusal:
        boundary.from_geojson(SQUARE)
    assert refusal.value.code == "wrong_crs"
    assert "EPSG:27700" in (refusal.value.hint or "")


def test_reading_and_parsing_agree() -> None:
    """The same GeoJSON as text and as a mapping is the same site."""
    mapping = _geojson(crs.geometry_from_national_grid(site(), 4326)[0])
    read: Boundary = boundary.read(json.dumps(mapping))
    assert read == boundary.from_geojson(mapping)
    assert read.source_format == "GeoJSON"
