"""What people send to tiles who want to break them (list of faults: groups M and J)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support.tile_places import address_at, tile_at

from api.core.settings import Settings
from api.layers.layer import CONSTRAINTS
from api.main import create_app
from tiles.grid import MATRIX_SETS, NATIONAL_GRID, WEB_MERCATOR
from tiles.mvt import decode

MOST_BYTES = 500_000


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, sample_home: Path) -> Iterator[FastAPI]:
    """The whole application over the sample town."""
    home = tmp_path_factory.mktemp("home")
    for name in ("store", "sample-town"):
        (home / name).symlink_to(sample_home / name, target_is_directory=True)
    (home / "cases.db").write_bytes(migrated_file.read_bytes())
    made = create_app(Settings(home=home, council="a"))
    yield made
    made.state.tiles.close()
    made.state.database.dispose()


@pytest.fixture(scope="module")
def client(app: FastAPI) -> TestClient:
    """Somebody who asks."""
    return TestClient(app, base_url="http://localhost")


def untouched(app: FastAPI) -> tuple[int, int]:
    """What would be different if work had been done."""
    return app.state.tiles.made, app.state.tiles.memory.bytes


@pytest.mark.parametrize("grid", MATRIX_SETS.values(), ids=lambda grid: grid.id)
def test_m01_tiles_outside_the_set_are_not_there(app: FastAPI, client: TestClient, grid: Any) -> None:
    """M01: a zoom beyond the last, a column or row beyond the edge, whatever its size: 404, and no work is done."""
    before = untouched(app)
    deepest = grid.zooms[-1]
    columns, rows = grid.size(deepest)
    places = [(32, 0, 0), (31, 2**31 - 1, 0), (deepest + 1, 0, 0), (deepest, columns, 0), (deepest, 0, rows)]
    for z, x, y in places:
        for path in (f"/tiles/{CONSTRAINTS}/{grid.id}/{z}/{x}/{y}.mvt", f"/ogc/tiles/{grid.id}/{z}/{y}/{x}"):
            assert client.get(path).status_code == 404, path
    edge = client.get(f"/tiles/{CONSTRAINTS}/{grid.id}/{deepest}/{columns - 1}/{rows - 1}.mvt")
    assert (edge.status_code, edge.content) == (200, b"")
    assert untouched(app)[0] <= before[0] + 1


@pytest.mark.parametrize(
    "number",
    ["99999999999999999999999", "-1", "1_0", "+1", "%2B1", "01", "1.0", "1e1", "0x1", "%D9%A1", "", " 1", "1%00"],
)
def test_j12_only_digits_are_numbers(app: FastAPI, client: TestClient, number: str) -> None:
    """J12: what Python would take for a number, and an address should not."""
    before = untouched(app)
    for path in (f"WebMercatorQuad/{number}/0/0", f"WebMercatorQuad/0/{number}/0", f"WebMercatorQuad/0/0/{number}"):
        assert client.get(f"/tiles/{CONSTRAINTS}/{path}.mvt").status_code in (400, 404)
        assert client.get(f"/ogc/tiles/{path}").status_code in (400, 404)
    assert untouched(app) == before


def test_m03_an_empty_tile_is_a_tile_and_a_dense_one_is_small(client: TestClient) -> None:
    """M03: nothing drawn is 200 without bytes, to be kept like any other; the fullest tiles are below 500 kB."""
    empty = client.get(f"/tiles/{CONSTRAINTS}/WebMercatorQuad/10/0/0.mvt")
    assert (empty.status_code, empty.content) == (200, b"")
    assert "content-encoding" not in empty.headers
    assert empty.headers["cache-control"] == "public, max-age=300"
    tag = {"If-None-Match": empty.headers["etag"]}
    assert client.get(f"/tiles/{CONSTRAINTS}/WebMercatorQuad/10/0/0.mvt", headers=tag).status_code == 304
    for layer in (CONSTRAINTS, "basemap"):
        for grid in (NATIONAL_GRID, WEB_MERCATOR):
            for z in (6, 8, 10, 12):
                assert len(client.get(address_at(layer, z, grid=grid)).content) < MOST_BYTES


def test_m04_ids_are_the_same_in_all_tiles(client: TestClient) -> None:
    """M04: a designation has one id and one reference at every zoom and in both matrix sets."""
    known: dict[int, Any] = {}
    for grid, zooms in ((NATIONAL_GRID, (8, 9, 10)), (WEB_MERCATOR, (13, 14, 15))):
        for z in zooms:
            data = client.get(address_at("conservation-area", z, grid=grid)).content
            for feature in (each for layer in decode(data) for each in layer.features):
                assert feature.id is not None
                reference = dict(feature.properties).get("reference")
                if reference is not None:
                    assert known.setdefault(feature.id, reference) == reference
    assert known


def test_m05_five_hundred_clients_and_one_cold_tile(app: FastAPI) -> None:
    """M05: all get the same answer, and the tile is drawn once."""
    path = address_at(CONSTRAINTS, 9)
    app.state.tiles.editions.newest()
    before = app.state.tiles.made

    async def stampede() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as many:
            return await asyncio.gather(*(many.get(path) for _ in range(500)))

    with ThreadPoolExecutor(1) as aside:  # this thread may have a loop that runs
        answers = aside.submit(lambda: asyncio.run(stampede())).result()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert app.state.tiles.made == before + 1


@pytest.mark.parametrize(
    "layer",
    [
        "nothing",
        "%2e%2e",
        "..%2fcases",
        "%2e%2e%2fofficers",
        "constraints'--",
        "constraints;DROP TABLE",
        'cases"',
        "CONSTRAINTS",
        "constraints%00",
        "a" * 500,
        "constraints@",
        "constraints@0000000000000000",
    ],
)
def test_m06_a_layer_is_a_name_we_know(app: FastAPI, client: TestClient, layer: str) -> None:
    """M06: no path, no quotes, no SQL: what is not the name of a layer is not there, and nothing is looked up."""
    app.state.tiles.editions.newest()
    before = untouched(app)
    for path in (f"/tiles/{layer}/WebMercatorQuad/0/0/0.mvt", f"/ogc/collections/{layer}/tiles/WebMercatorQuad/0/0/0"):
        assert client.get(path).status_code in (400, 404), path
    for path in (f"/archives/{layer}.pmtiles", f"/tiles/{layer}/tilejson.json"):
        assert client.get(path).status_code in (400, 404), path
    assert untouched(app) == before


def test_m06_an_archive_is_a_file_of_its_folder(app: FastAPI, client: TestClient) -> None:
    """M06: what is no archive is not served, whatever its name."""
    folder = app.state.archives.folder
    folder.mkdir(exist_ok=True)
    (folder / "text.pmtiles").write_text("this is no archive")
    (folder / "empty.pmtiles").write_bytes(b"")
    (folder.parent / "outside.pmtiles").write_bytes(b"PMTiles")
    for name in ("text", "empty", "../outside", "%2e%2e/outside", "outside", "../cases.db%00"):
        assert client.get(f"/archives/{name}.pmtiles").status_code in (400, 404), name


def test_m10_other_sites_may_read_what_is_public_and_nothing_else(client: TestClient) -> None:
    """M10: CORS for public GET only; no answer allows credentials, no other method, no other host."""
    away = {"Origin": "https://evil.example"}
    for path in (address_at(CONSTRAINTS, 8), "/tiles/constraints/tilejson.json", "/ogc/tiles"):
        answer = client.get(path, headers=away)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
    officers = client.get(address_at("officers", 8), headers=away)
    assert officers.status_code == 401
    assert "access-control-allow-origin" not in officers.headers
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert client.request(method, address_at(CONSTRAINTS, 8), headers=away).status_code in (403, 404, 405)
    assert client.get(address_at(CONSTRAINTS, 8), headers={"Host": "evil.example"}).status_code == 400
    many = {f"X-{number}": "a" for number in range(200)}
    assert client.get(address_at(CONSTRAINTS, 8), headers=many).status_code == 431


def test_a_tile_below_the_town_is_where_it_should_be(client: TestClient) -> None:
    """Rows and columns are not mixed up: the tile with row and column exchanged is another."""
    z, x, y = tile_at(WEB_MERCATOR, 12)
    assert client.get(f"/tiles/{CONSTRAINTS}/WebMercatorQuad/{z}/{x}/{y}.mvt").content
    assert client.get(f"/tiles/{CONSTRAINTS}/WebMercatorQuad/{z}/{y}/{x}.mvt").content == b""
