from __future__ import annotations

import json
from typing import Any

import pytest
import shapely
from support.shapes import E0, N0, PLAIN, site

from bopsgis import boundary, crs
from bopsgis.errors import InputRefused

GRID_WKT = "POLYGON((533400 177900,533500 177900,533500 178000,533400 178000,533400 177900))"
DEGREES = crs.geometry_from_national_grid(site(), 4326)[0]
RING = [[E0, N0], [E0 + 100, N0], [E0 + 100, N0 + 100], [E0, N0 + 100], [E0, N0]]
PIN = {"type": "Point", "coordinates": [-0.08, 51.48]}
GRID_CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}


def _refusal(data: bytes | str | dict[str, Any], **options: Any) -> InputRefused:
    with pytest.raises(InputRefused) as refusal:
        boundary.read(json.dumps(data) if isinstance(data, dict) else data, **options)
    return refusal.value


def _polygon(*rings: Any, **members: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings), **members}


def _feature(geometry: Any, **members: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {}, "geometry": geometry, **members}


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("kind", ["wkt", "ewkt", "wkb", "wkb big-endian", "hex", "ewkb", "geojson"])
def test_every_text_and_binary_form_gives_the_same_site(name: str, kind: str) -> None:
    """WKT, EWKT, WKB (both byte orders, hex), EWKB and GeoJSON of one shape give one hash."""
    shape = shapely.set_srid(PLAIN[name], 27700)
    geojson = json.loads(shapely.to_geojson(shapely.force_2d(shape)))
    written: dict[str, bytes | str] = {
        "wkt": shapely.to_wkt(shape, rounding_precision=-1),
        "ewkt": "srid=27700;" + shapely.to_wkt(shape, rounding_precision=-1).lower(),
        "wkb": shapely.to_wkb(shape),
        "wkb big-endian": shapely.to_wkb(shape, byte_order=0, flavor="iso"),
        "hex": shapely.to_wkb(shape, hex=True).lower(),
        "ewkb": shapely.to_wkb(shape, include_srid=True),
        "geojson": json.dumps({**geojson, "crs": GRID_CRS}),
    }
    made = boundary.read(written[kind])
    assert made.sha256 == boundary.from_geometry(PLAIN[name]).sha256
    assert made.source_crs == 27700


def test_text_without_a_system_is_recognised_and_says_so() -> None:
    """Bare WKT has no system: the numbers tell it, and a note says which was taken."""
    for code in (27700, 4326, 3857):
        made = boundary.read(crs.geometry_from_national_grid(site(), code)[0].wkt)
        assert made.source_crs == code
        assert f"EPSG:{code}" in made.notes[0]
        assert made.area_m2 == pytest.approx(10_000, abs=0.5)


def test_a_stated_system_wins_and_must_fit() -> None:
    """crs= decides for bare text; a file that says otherwise, or numbers that do not fit, are refused."""
    assert boundary.read(GRID_WKT, crs=27700).notes == ()
    assert _refusal(GRID_WKT, crs=4326).code == "wrong_crs"
    assert _refusal(f"SRID=27700;{GRID_WKT}", crs=4326).code == "crs_contradiction"
    assert _refusal(f"SRID=2154;{GRID_WKT}").code == "crs_not_supported"
    assert _refusal(GRID_WKT, crs=2154).code == "crs_not_supported"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("POLYGON EMPTY", "empty"),
        ("MULTIPOLYGON(EMPTY)", "not_wkt"),
        ("POINT(533400 177900)", "not_a_polygon"),
        ("POINT EMPTY", "not_a_polygon"),
        ("LINESTRING(533400 177900,533500 177900)", "not_a_polygon"),
        (f"GEOMETRYCOLLECTION({GRID_WKT})", "not_a_polygon"),
        ("CURVEPOLYGON(CIRCULARSTRING(0 0,4 0,4 4,0 4,0 0))", "not_a_polygon"),
        ("TIN(((0 0 0,0 1 0,1 1 0,0 0 0)))", "not_a_polygon"),
        ("POLYGON((533400 177900,533500 177900,533500 178000))", "not_closed"),
        ("POLYGON((533400 177900,533500 177900,533400 177900))", "too_few_points"),
        ("POLYGON((533400 177900))", "too_few_points"),
        ("POLYGON(())", "not_wkt"),
        ("POLYGON((533400 177900,533500", "not_wkt"),
        ("POLYGON(533400 177900,533500 177900)", "not_wkt"),
        ("POLYGON((533400,177900))", "not_wkt"),
        ("POLYGON((5_3 1_7,5 1,5 2,5_3 1_7))", "not_wkt"),
        ("POLYGON((nan nan,1 1,2 2,nan nan))", "not_wkt"),
        ("POLYGON((1e999 1,1 1,2 2,1e999 1))", "not_finite"),
        ("POLYGON((1 2 3 4 5,1 1,2 2,1 2))", "not_wkt"),
        (GRID_WKT + ";DROP TABLE sites", "not_wkt"),
    ],
)
def test_wkt_that_is_no_site_is_refused(text: str, code: str) -> None:
    """Other kinds, open rings, broken brackets and numbers that are none each have their code."""
    assert _refusal(text).code == code


def test_wkt_dimensions_are_dropped_with_a_note() -> None:
    """Z, M and ZM are left out, however they are written."""
    for tag in (" Z", "Z", " M", " z ", ""):
        text = f"POLYGON{tag}((533400 177900 5,533500 177900 5,533500 178000 5,533400 177900 5))"
        assert "Heights" in boundary.read(text).notes[0]
    assert boundary.read("POLYGON ZM((533400 177900 5 6,533500 177900 5 6,533500 178000 5 6,533400 177900 5 6))").notes


@pytest.mark.parametrize(
    "name", ["EPSG:27700", "urn:ogc:def:crs:EPSG::27700", "urn:ogc:def:crs:EPSG:8.8:27700", "EPSG:4326",
             "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326"]
)  # fmt: skip
def test_the_legacy_crs_member_is_honoured_for_two_systems(name: str) -> None:
    """27700, 4326 and CRS84 in GeoJSON's legacy member are obeyed."""
    shape = site() if "27700" in name else DEGREES
    data = {**json.loads(shapely.to_geojson(shape)), "crs": {"type": "name", "properties": {"name": name}}}
    assert boundary.read(json.dumps(data)).area_m2 == pytest.approx(10_000, abs=0.5)


@pytest.mark.parametrize(
    "member",
    [
        {"type": "name", "properties": {"name": "EPSG:3857"}},
        {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}},
        {"type": "link", "properties": {"href": "https://example.org/crs"}},
        {"type": "name", "properties": {"name": 27700}},
        {"type": "name"},
        "EPSG:27700",
        27700,
        [],
    ],
)
def test_any_other_crs_member_is_refused(member: Any) -> None:
    """Web Mercator, links, and members that cannot be read are refused (G10)."""
    assert _refusal(_polygon(RING, crs=member)).code == "crs_not_supported"


def test_a_feature_and_a_collection_of_one_are_a_site() -> None:
    """A Feature, a collection of one, and a collection with one area beside points are taken; the last is noted."""
    area = json.loads(shapely.to_geojson(DEGREES))
    pin = _feature(PIN)
    alone = boundary.read(json.dumps(_feature(area)))
    assert boundary.from_geojson({"type": "FeatureCollection", "features": [_feature(area)]}) == alone
    noted = boundary.from_geojson({"type": "FeatureCollection", "features": [pin, _feature(area), _feature(None)]})
    assert noted.notes == ("2 features that are not areas were left out.",)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"type": "FeatureCollection", "features": []}, "not_one_site"),
        ({"type": "FeatureCollection", "features": [_feature(_polygon(RING))] * 2}, "not_one_site"),
        ({"type": "FeatureCollection", "features": [_feature(_polygon())] * 10_000}, "not_one_site"),
        ({"type": "FeatureCollection", "features": [_feature(PIN)]}, "not_a_polygon"),
        ({"type": "FeatureCollection"}, "not_geojson"),
        ({"type": "FeatureCollection", "features": [1]}, "not_geojson"),
        ({"type": "FeatureCollection", "features": [_polygon(RING)]}, "not_geojson"),
        (_feature(None), "empty"),
        (_feature(5), "not_geojson"),
        ({"type": "Feature"}, "empty"),
        ({}, "not_geojson"),
        ({"type": ["Polygon"]}, "not_geojson"),
        ({"type": "Polygon"}, "not_geojson"),
        ({"type": "CurvePolygon", "coordinates": []}, "not_geojson"),
        ({"type": "Point", "coordinates": [0, 51]}, "not_a_polygon"),
        ({"type": "GeometryCollection", "geometries": [_polygon(RING)]}, "not_a_polygon"),
        ({"type": "MultiPolygon", "coordinates": []}, "empty"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "empty"),
        ({"type": "MultiPolygon", "coordinates": [[RING], []]}, "empty"),
        (_polygon(), "empty"),
        (_polygon([]), "empty"),
        (_polygon(RING, []), "too_few_points"),
        (_polygon(RING[:4]), "not_closed"),
        (_polygon([*RING[:4], [E0, N0 + 1e-9]]), "not_closed"),
        (_polygon(RING[:2]), "too_few_points"),
        (_polygon(["12"]), "not_geojson"),
        (_polygon("12"), "not_geojson"),
        (_polygon({"0": RING}), "not_geojson"),
        ({"type": "Polygon", "coordinates": RING}, "not_geojson"),
        ({"type": "MultiPolygon", "coordinates": [RING]}, "not_geojson"),
        (_polygon([["1", "2"], ["3", "4"], ["5", "6"], ["1", "2"]]), "not_geojson"),
        (_polygon([[True, 2], [3, 4], [5, 6], [True, 2]]), "not_geojson"),
        (_polygon([[None, 2], [3, 4], [5, 6], [None, 2]]), "not_geojson"),
        (_polygon([[1], [3, 4], [5, 6], [1]]), "not_geojson"),
        (_polygon([[1, 2, 3, 4, 5]] * 4), "not_geojson"),
        (_polygon([[1, 2, 3, 4]] * 4), "not_geojson"),
    ],
)  # fmt: skip
def test_geojson_that_is_no_site_is_refused(data: dict[str, Any], code: str) -> None:
    """Nulls, other kinds, open rings, strings and booleans as numbers, wrong nesting: each has its code."""
    assert _refusal(data, crs=27700).code == code


def test_mixed_heights_are_dropped_with_a_note() -> None:
    """Positions with and without heights in one ring are read as flat, and the note says so (G18)."""
    ring = [[E0, N0], [E0 + 100, N0, 7], [E0 + 100, N0 + 100], [E0, N0]]
    made = boundary.read(json.dumps(_polygon(ring)), crs=27700)
    assert made.notes == ("Heights in the coordinates were left out.",)
    assert not made.geometry.has_z


def test_numbers_that_python_cannot_hold_are_refused() -> None:
    """A mapping made in Python with an integer beyond a float is refused and not an error."""
    ring = [[10**400, N0], [E0, N0], [E0, N0 + 1], [10**400, N0]]
    with pytest.raises(InputRefused) as refusal:
        boundary.from_geojson(_polygon(ring))
    assert refusal.value.code == "not_finite"


@pytest.mark.parametrize(
    "text",
    [
        "TQ 33400 77900\nTQ 33500 77900\nTQ 33500 78000\nTQ 33400 78000",
        "tq3340077900;tq3350077900;tq3350078000;tq3340078000;tq3340077900",
        "533400,177900\r\n533500,177900\r\n533500,178000\r\n533400,178000\r\n",
        "\n  533400.0 177900 \n\n533500\t177900\n533500 178000,\n533400 178000\n",
    ],
)
def test_lists_of_places_are_a_ring(text: str) -> None:
    """Grid references or pairs of metres, one a line or parted by semicolons, closed or not, are one site."""
    made = boundary.read(text)
    assert made.geometry.equals(site())
    assert made.source_format == "grid references"


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("TQ 33400 77900", "too_few_points", "only 1"),
        ("TQ 33400 77900\nTQ 33500 77900", "too_few_points", "only 2"),
        ("TQ 33400 77900\nrubbish\nTQ 33500 78000", "grid_reference_refused", "Line 2"),
        ("TQ 334 779\nTQ 335 779\nTQ 335 780", "too_coarse", "square of 100 m"),
        ("51.48,-0.08\n51.48,-0.07\n51.49,-0.07", "grid_reference_refused", "Line 1"),
        ("TQ 33400 77900\nTQ 33500 78000\nTQ 33500 77900\nTQ 33400 78000", "crosses_itself", "TQ 33450 77950"),
    ],
)
def test_lists_that_are_no_ring_are_refused(text: str, code: str, words: str) -> None:
    """Too few corners, a line that cannot be read, squares too coarse and crossings are named."""
    refusal = _refusal(text)
    assert refusal.code == code
    assert words in refusal.message
