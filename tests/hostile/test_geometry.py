"""Hostile geometry at the door and at every function that takes shapes. The numbers are those of the fault list."""

from __future__ import annotations

import json
import math
import struct
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.shapes import E0, N0, NASTY, PLAIN, site, star

from bopsgis import boundary, crs, measure, relate
from bopsgis.boundary import Boundary
from bopsgis.errors import BoundaryRefused, GridReferenceRefused, InputRefused, TooLarge
from constraints.screen.door import accept

ALL_SHAPES = {**NASTY, **PLAIN}
RING = [[E0, N0], [E0 + 100, N0], [E0 + 100, N0 + 100], [E0, N0 + 100], [E0, N0]]

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "boundary.from_geometry": boundary.from_geometry,
    "boundary.from_geometry in degrees": lambda shape: boundary.from_geometry(shape, crs=4326),
    "boundary.read of WKB": lambda shape: boundary.read(shapely.to_wkb(shape)),
    "boundary.read of WKT": lambda shape: boundary.read(shapely.to_wkt(shape)),
    "crs.transform_geometry 27700": lambda shape: crs.transform_geometry(shape, 27700),
    "crs.transform_geometry 4326": lambda shape: crs.transform_geometry(shape, 4326),
    "crs.transform_geometry 3857": lambda shape: crs.transform_geometry(shape, 3857, outside="nan"),
    "crs.geometry_from_national_grid": lambda shape: crs.geometry_from_national_grid(shape, 4326),
    "measure.area_m2": measure.area_m2,
    "measure.bearing": lambda shape: measure.bearing(shape, site(10, 5000)),
    "measure.distance_m": lambda shape: measure.distance_m(shape, site(10, 5000)),
    "measure.inscribed_radius_m": measure.inscribed_radius_m,
    "measure.length_m": measure.length_m,
    "measure.perimeter_m": measure.perimeter_m,
    "measure.require_national_grid": measure.require_national_grid,
    "relate.meets": lambda shape: relate.meets(shape, site()),
    "relate.near": lambda shape: relate.near(shape, site(), 10.0),
    "relate.overlap": lambda shape: relate.overlap(shape, site()),
    "relate.overlap_area_m2": lambda shape: relate.overlap_area_m2(shape, site()),
    "relate.overlap_radius_m": lambda shape: relate.overlap_radius_m(shape, site()),
    "relate.overlaps": lambda shape: relate.overlaps(site(), shape, 0.5),
    "relate.touches": lambda shape: relate.touches(shape, site(), 0.5),
    "relate.within": lambda shape: relate.within(shape, site(), 0.5),
    "relate.within the other way": lambda shape: relate.within(site(), shape, 0.5),
}


def _outcome(act: Callable[[], Any]) -> Any:
    """What came of it: a value, or the refusal. Anything else is raised and fails the test."""
    try:
        return act()
    except InputRefused as refusal:
        return refusal


def _refusal(data: bytes | str | dict[str, Any], **options: Any) -> InputRefused:
    with pytest.raises(InputRefused) as refusal:
        boundary.read(json.dumps(data) if isinstance(data, dict) else data, **options)
    return refusal.value


PAIRS = [
    (function, shape)
    for function in FUNCTIONS
    for shape in ALL_SHAPES
    if not (shape == "none" and function.startswith("boundary.read"))  # there is no WKB or WKT of nothing
]


@pytest.mark.parametrize(("function", "shape"), PAIRS)
def test_every_function_meets_every_shape(function: str, shape: str) -> None:
    """Each function answers or refuses each shape of the catalogue, and raises nothing else."""
    outcome = _outcome(lambda: FUNCTIONS[function](ALL_SHAPES[shape]))
    if isinstance(outcome, InputRefused):
        assert outcome.message.endswith((".", "!", "?"))
        assert "Traceback" not in outcome.message
    elif isinstance(outcome, Boundary):
        assert shape in PLAIN or shape in ("degrees", "web mercator")


def _collection_wkb(depth: int) -> bytes:
    return struct.pack("<BII", 1, 7, 1) * depth + shapely.to_wkb(site())


@pytest.mark.parametrize("depth", [5, 900, 90_000])
def test_g01_nested_collections_never_reach_the_library(depth: int) -> None:
    """Deeply nested collections (a hundred thousand crash shapely) are refused by depth in every format."""
    wkt = "GEOMETRYCOLLECTION(" * depth + "POINT(1 1)" + ")" * depth
    geojson = '{"type":"GeometryCollection","geometries":[' * depth + "]}" * depth
    brackets = '{"type":"Polygon","coordinates":' + "[" * depth + "]" * depth + "}"
    wkb = _collection_wkb(depth)
    for data in (wkt, wkb, wkb.hex(), geojson):
        assert _refusal(data).code in ("too_deep", "too_large")
    assert _refusal(brackets).code in ("too_deep", "not_geojson")
    assert _refusal(wkb[: 9 * depth]).code in ("too_deep", "not_a_polygon", "not_wkb")


def test_g01_depth_is_exact() -> None:
    """Four levels are looked at (and refused as a collection), five are refused as too deep."""
    for levels, code in ((4, "not_a_polygon"), (5, "too_deep")):
        geojson: dict[str, Any] = {"type": "Polygon", "coordinates": [RING]}
        for _ in range(levels - 1):
            geojson = {"type": "GeometryCollection", "geometries": [geojson]}
        assert _refusal(geojson).code == code
        assert _refusal(_collection_wkb(levels - 1)).code == code


@pytest.mark.parametrize("points", [101, 501, 3_999])
def test_g02_stars_are_refused_at_once_and_never_repaired(points: int) -> None:
    """A star that would keep make_valid busy for minutes is refused with a place."""
    refusal = _refusal(shapely.to_wkt(star(points)))
    assert refusal.code == "crosses_itself"
    assert refusal.at is not None
    assert refusal.message.startswith("The site boundary crosses itself near TQ ")


def comb(teeth: int) -> shapely.Polygon:
    """A valid comb of thin long teeth, 4 corners each."""
    tooth = [(0.0, 0.5), (0.0, 300.0), (0.05, 300.0), (0.05, 0.5)]
    corners = [(0.0, 0.0), *((x + 0.1 * n, y) for n in range(teeth) for x, y in tooth), (0.1 * teeth, 0.0)]
    return shapely.transform(shapely.Polygon(corners), lambda xy: np.add(xy, (440_000, 240_000)))


def test_g04_combs_are_refused_before_anything_is_laid_over_them() -> None:
    """A comb of 6,000 corners is valid and small in area, and is refused at the door of one and of many sites."""
    site = comb(1_500)
    assert shapely.is_valid(site)
    with pytest.raises(BoundaryRefused) as caught:
        boundary.from_geometry(site)
    assert caught.value.code == "too_complex"
    assert "m long" in caught.value.message
    made = np.empty(2, dtype=object)
    made[:] = [site, shapely.box(440_000, 240_000, 440_020, 240_030)]
    assert accept(made, 27700).good.tolist() == [1]


def test_g05_vertices_and_bytes_are_capped_before_building() -> None:
    """A ring of 10,001 points, and a body over 2 MB, are refused in every text format."""
    angles = np.linspace(0, 2 * math.pi, 10_002)
    ring = np.column_stack([E0 + 400 * np.cos(angles), N0 + 400 * np.sin(angles)])
    ring[-1] = ring[0]
    text = ",".join(f"{x:.3f} {y:.3f}" for x, y in ring)
    lines = "\n".join(f"{x:.3f},{y:.3f}" for x, y in ring[:-1])
    kml_ring = " ".join(f"{x},{y}" for x, y in ring)
    kml = (
        "<kml><Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{kml_ring}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>"
    )
    geojson = json.dumps({"type": "Polygon", "coordinates": [ring.tolist()]})
    wkb = struct.pack("<BIII", 1, 3, 1, len(ring)) + ring.astype("<f8").tobytes()
    for data in (f"POLYGON(({text}))", lines, kml, geojson, wkb):
        assert _refusal(data, crs=None).code == "too_many_vertices"
    assert isinstance(_refusal(b" " * 2_000_001), TooLarge)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400])
def test_g06_numbers_that_are_none_are_refused(number: str) -> None:
    """NaN, Infinity and overflow never become coordinates, in JSON, WKT, KML or WKB."""
    geojson = f'{{"type":"Polygon","coordinates":[[[{number},51],[0,51],[0,52],[{number},51]]]}}'
    assert _refusal(geojson).code == "json_number_out_of_range"
    assert _refusal(f"POLYGON(({number} 51,0 51,0 52,{number} 51))").code in ("not_wkt", "not_finite")
    for value in (math.nan, math.inf):
        ring = np.array([[value, N0], [E0, N0], [E0, N0 + 1], [value, N0]])
        assert _refusal(struct.pack("<BIII", 1, 3, 1, 4) + ring.tobytes()).code == "not_finite"


@settings(deadline=None, max_examples=50)
@given(st.floats(-6.0, 1.5), st.floats(50.2, 55.5))
def test_g07_swapped_axes_are_seen_anywhere_in_england(lon: float, lat: float) -> None:
    """Latitude before longitude is refused with the question, wherever in England it is."""
    ring = [[lat, lon], [lat + 0.01, lon], [lat + 0.01, lon + 0.01], [lat, lon]]
    refusal = _refusal({"type": "Polygon", "coordinates": [ring]})
    assert refusal.code == "axes_swapped"
    assert "Did you put latitude first?" in (refusal.hint or "")


@settings(deadline=None, max_examples=50)
@given(st.floats(85_000, 655_000), st.floats(6_000, 657_000))
def test_g08_the_wrong_system_is_guessed(east: float, north: float) -> None:
    """Grid numbers said to be degrees, and the reverse, are refused with what they look like."""
    ring = [[east, north], [east + 50, north], [east + 50, north + 50], [east, north]]
    refusal = _refusal({"type": "Polygon", "coordinates": [ring]})
    assert refusal.code == "wrong_crs"
    assert "EPSG:27700" in refusal.message
    degrees = crs.geometry_from_national_grid(shapely.Polygon(ring), 4326)[0]
    reverse = _refusal(shapely.to_wkt(degrees), crs=27700)
    assert reverse.code == "wrong_crs"
    assert "EPSG:4326" in reverse.message


@pytest.mark.parametrize(
    "place",
    [(0.0, 0.0), (-74.0, 40.7), (2.35, 48.85), (-6.26, 53.35), (-8.0, 52.0), (3.0, 54.0), (0.5, 91.0), (179.9, 51.5),
     (-180.0, 51.5), (0.0, -90.0), (-2.6, 49.2)],
)  # fmt: skip
def test_g09_and_g21_places_elsewhere_are_refused(place: tuple[float, float]) -> None:
    """Null island, other countries, Dublin, the Channel Islands, the open sea, poles, antimeridian, latitude 91."""
    x, y = place
    ring = [[x, y], [x + 0.01, y], [x + 0.01, y + 0.01], [x, y]]
    assert _refusal({"type": "Polygon", "coordinates": [ring]}).code in ("outside_great_britain", "outside_area_of_use")


@pytest.mark.parametrize("name", ["bow-tie", "hole outside", "hole crossing", "overlapping parts", "nested parts"])
def test_g12_g13_g14_faults_are_refused_and_never_repaired(name: str) -> None:
    """A repair would change the site (a hole outside would become a second part): it is refused with a place."""
    refusal = _refusal(shapely.to_wkb(NASTY[name]))
    assert isinstance(refusal, BoundaryRefused)
    assert refusal.at is not None
    assert "near TQ 33" in refusal.message


@pytest.mark.parametrize("kind", ["Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"])
def test_g16_empty_shapes_are_refused(kind: str) -> None:
    """Empty of each kind, as GeoJSON, WKT and WKB."""
    empty = shapely.from_wkt(f"{kind.upper()} EMPTY")
    for data in ({"type": kind, "coordinates": []}, empty.wkt, shapely.to_wkb(empty)):
        assert _refusal(data).code in ("empty", "not_a_polygon")
    assert _refusal({"type": "GeometryCollection", "geometries": []}).code == "not_a_polygon"
    assert _refusal("GEOMETRYCOLLECTION EMPTY").code == "not_a_polygon"


def test_g20_the_way_of_writing_does_not_matter() -> None:
    """Clockwise rings, 20 decimals, 1e-300 and -0.0 give the same site; a round trip is stable to 1 mm."""
    base = boundary.from_geometry(site())
    text = "POLYGON((533400.00000000000000000001 177900,533400 178000,533500 178000,533500 177900,533400 177900))"
    assert boundary.read(text).sha256 == base.sha256
    assert boundary.read(shapely.to_wkt(site().reverse(), rounding_precision=-1)).sha256 == base.sha256
    again = base
    for _ in range(5):
        degrees = crs.geometry_from_national_grid(again.geometry, 4326)[0]
        again = boundary.from_geometry(degrees, crs=4326)
    assert shapely.hausdorff_distance(again.geometry, base.geometry) < 0.001


@pytest.mark.parametrize("kind", ["CurvePolygon", "Tin", "Triangle", "PolyhedralSurface", "Sphere", "", None, 3, {}])
def test_g22_unknown_kinds_are_refused(kind: Any) -> None:
    """A kind of geometry that GeoJSON does not know is refused in words."""
    assert _refusal({"type": kind, "coordinates": [RING]}).code == "not_geojson"


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_g23_broken_wkb_is_refused(data: st.DataObject) -> None:
    """Any byte of good WKB changed, cut or added gives a boundary or a refusal and nothing else."""
    shape = data.draw(st.sampled_from([site(), PLAIN["with a hole"], PLAIN["two parts"], PLAIN["heights"]]))
    wkb = bytearray(shapely.to_wkb(shape, byte_order=data.draw(st.sampled_from([0, 1]))))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(wkb) - 1, 40)))
        wkb[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(wkb)))
    for given_bytes in (bytes(wkb), bytes(wkb[:cut]), bytes(wkb) + b"\0"):
        assert isinstance(_outcome(lambda raw=given_bytes: boundary.read(raw)), (Boundary, InputRefused))


def test_g23_lying_counts_cost_nothing() -> None:
    """Counts of rings or points that the bytes cannot hold are refused before memory is taken for them."""
    huge = 0xFFFFFFFF
    tracemalloc.start()
    for data in (
        struct.pack("<BIII", 1, 3, huge, huge),
        struct.pack("<BII", 1, 6, huge),
        struct.pack("<BII", 1, 3, 450_000) + struct.pack("<I", 0) * 450_000,
        shapely.to_wkb(site()) + b"trailing",
        struct.pack("<BIII", 1, 3, 1, 10_000),
        struct.pack("<BII", 2, 3, 1) + b"\0" * 20,
        struct.pack("<BII", 1, 9003, 1) + b"\0" * 20,
    ):
        assert isinstance(_outcome(lambda raw=data: boundary.read(raw)), InputRefused)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000


def test_g23_the_srid_inside_is_compared() -> None:
    """EWKB that names another system than was asked for, or parts in two systems, is refused."""
    ewkb = shapely.to_wkb(shapely.set_srid(site(), 27700), include_srid=True)
    assert _refusal(ewkb, crs=4326).code == "crs_contradiction"
    part = struct.pack("<BII", 1, 0x20000003, 4326) + shapely.to_wkb(site())[5:]
    assert _refusal(struct.pack("<BIII", 1, 0x20000006, 27700, 1) + part).code == "not_wkb"


def test_g25_noise_along_an_edge_is_a_touch() -> None:
    """A 5 cm overlap along a shared edge is not an overlap at a tolerance of half a metre, and 2 m is."""
    site_shape = site()
    noisy, real = site(100, 99.95), site(100, 98)
    assert relate.touches(site_shape, noisy, 0.5)
    assert not relate.overlaps(site_shape, noisy, 0.5)
    assert not relate.within(noisy, site_shape, 0.5)
    assert relate.overlaps(site_shape, real, 0.5)
    assert not relate.touches(site_shape, real, 0.5)


@pytest.mark.parametrize("code", [4326, 3857])
def test_g27_areas_are_only_taken_on_the_grid(code: int) -> None:
    """Degrees and Web Mercator (2.6 times too large in London) are refused by every measure."""
    elsewhere = crs.geometry_from_national_grid(site(), code)[0]
    for act in (measure.area_m2, measure.perimeter_m, measure.inscribed_radius_m, measure.require_national_grid):
        with pytest.raises(InputRefused) as refusal:
            act(elsewhere)
        assert refusal.value.code == "not_national_grid"
    assert float(shapely.area(elsewhere)) != pytest.approx(10_000, rel=0.5)


@pytest.mark.parametrize("text", ["TQ 3", "TQ3080X", "TQ 12345678901", "TI 30 80", "C 123 456", "TQ 30 80 90"])
def test_g28_bad_grid_references_are_refused(text: str) -> None:
    """At the door a bad reference is refused with its line."""
    refusal = _refusal(f"TQ 33400 77900\n{text}\nTQ 33500 78000")
    assert isinstance(refusal, GridReferenceRefused)
    assert refusal.message.startswith("Line 2: ")


def test_g30_properties_do_not_matter() -> None:
    """Megabyte names, __proto__, ten thousand properties and markup beside the geometry change nothing."""
    degrees = json.loads(shapely.to_geojson(crs.geometry_from_national_grid(site(), 4326)[0]))
    expected = boundary.from_geojson(degrees)
    for properties in (
        {"x" * 1_000_000: 1},
        {"__proto__": {"a": 1}, "constructor": None},
        {f"p{i}": i for i in range(10_000)},
        {"name": "<script>alert(1)</script>"},
        None,
    ):
        feature = {"type": "Feature", "properties": properties, "geometry": degrees}
        assert boundary.read(json.dumps(feature)) == expected


TEXT_STARTS = ["POLYGON", "MULTIPOLYGON((", "SRID=27700;POLYGON((", '{"type":"Polygon","coordinates":[', "<kml>"]
BINARY_STARTS = [b"SQLite format 3\0", b"PK\x03\x04", b"\x01\x03\0\0\0", b"\0\0\0\0\x06"]
TEXTS = st.tuples(st.sampled_from(TEXT_STARTS), st.text(' 0123456789.,-()[]{}":eE<>/TQpolygncrdtsy', max_size=100))
BINARIES = st.tuples(st.sampled_from(BINARY_STARTS), st.binary(max_size=200))


@settings(deadline=None, max_examples=400)
@given(st.binary(max_size=200) | st.text(max_size=200) | TEXTS.map("".join) | BINARIES.map(b"".join))
def test_anything_at_the_door_is_a_boundary_or_a_refusal(data: bytes | str) -> None:
    """Random bytes and text, and good beginnings with random ends: only a Boundary or an InputRefused comes out."""
    assert isinstance(_outcome(lambda: boundary.read(data)), (Boundary, InputRefused))


@settings(deadline=None, max_examples=200)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=5)
            | st.dictionaries(
                st.sampled_from(["type", "coordinates", "geometry", "features", "crs"]), inner, max_size=4
            )
        ),
        max_leaves=30,
    ),
    st.sampled_from(["Polygon", "MultiPolygon", "Feature", "FeatureCollection", "GeometryCollection"]),
)
def test_any_parsed_json_is_a_boundary_or_a_refusal(value: Any, kind: str) -> None:
    """Random values in the places of GeoJSON: only a Boundary or an InputRefused comes out."""
    for mapping in (
        {"type": kind, "coordinates": value, "features": value, "geometry": value, "geometries": value},
        {"type": kind, "coordinates": [[value, value]], "features": [value], "crs": value},
        value if isinstance(value, dict) else {},
    ):
        assert isinstance(_outcome(lambda data=mapping: boundary.from_geojson(data)), (Boundary, InputRefused))
