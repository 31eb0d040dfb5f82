"""Tiles over HTTP: what is in them, how they are kept, filtered and described."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mapbox_vector_tile
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support.tile_places import CENTRE, address_at, tile_at

from api.core.settings import Settings
from api.layers.layer import BASE_MAP, CONSTRAINTS
from api.layers.packed import Packed
from api.main import create_app
from constraints.catalogue import datasets
from tiles.grid import MATRIX_SETS, NATIONAL_GRID, WEB_MERCATOR, TileMatrixSet
from tiles.mvt import decode
from tiles.snapshot import Answer

SETS = (NATIONAL_GRID, WEB_MERCATOR)


def decoded(data: bytes) -> dict[str, Any]:
    """A tile as a foreign decoder reads it."""
    read: dict[str, Any] = mapbox_vector_tile.decode(data, default_options={"y_coord_down": True})
    return read


@pytest.mark.parametrize("grid", SETS, ids=lambda grid: grid.id)
def test_the_composite_has_a_layer_for_each_dataset_with_the_features_of_its_own_tiles(
    client: TestClient, service: FastAPI, grid: TileMatrixSet
) -> None:
    """In the middle of the town the tile of all constraints holds, dataset by dataset, what each one's tile holds."""
    z = 8 if grid is NATIONAL_GRID else 14
    together = decoded(client.get(address_at(CONSTRAINTS, z, grid=grid)).content)
    layers = service.state.tiles.editions.newest().layers
    assert set(together) <= set(layers) - {CONSTRAINTS}
    assert len(together) > 10
    for name in list(together)[:5]:
        alone = decoded(client.get(address_at(name, z, grid=grid)).content)
        assert [each["id"] for each in alone[name]["features"]] == [each["id"] for each in together[name]["features"]]


def test_ids_and_attributes_are_those_of_the_features_service(client: TestClient) -> None:
    """A feature in a tile has the number and the reference under which OGC API - Features has it."""
    layer = decoded(client.get(address_at("conservation-area", 14, grid=WEB_MERCATOR)).content)["conservation-area"]
    assert layer["features"]
    for each in layer["features"]:
        there = client.get(f"/ogc/collections/conservation-area/items/{each['id']}").json()["properties"]
        assert (there["reference"], there["name"]) == (each["properties"]["reference"], each["properties"]["name"])


def test_a_tile_is_open_tagged_and_not_sent_twice(client: TestClient) -> None:
    """Gzip or not, each has a strong tag of its own; whoever has it is told so; HEAD says the same without a body."""
    path = address_at(CONSTRAINTS, 9)
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    zipped = client.get(path, headers={"Accept-Encoding": "gzip;q=0.5"})
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert plain.content == zipped.content
    assert plain.headers["etag"] != zipped.headers["etag"]
    assert zipped.headers["etag"].startswith('"')
    assert int(zipped.headers["content-length"]) < len(plain.content)
    for answer in (plain, zipped):
        assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "ETag" in answer.headers["access-control-expose-headers"]
    again = client.get(path, headers={"If-None-Match": f'"other", W/{zipped.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == zipped.headers["etag"]
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == zipped.headers["etag"]


def test_what_is_refused_to_a_client_without_gzip_is_unpacked(client: TestClient) -> None:
    """`gzip;q=0` and another coding get the plain tile."""
    for accepted in ("gzip;q=0", "br", "gzip; q=0.0, identity"):
        answer = client.get(address_at(CONSTRAINTS, 9), headers={"Accept-Encoding": accepted})
        assert "content-encoding" not in answer.headers
        assert decode(answer.content)


def test_tile_json_leads_to_tiles_that_may_be_kept_for_ever(client: TestClient, service: FastAPI) -> None:
    """Its addresses name the version; what it says of layers and bounds is so; another version is not there."""
    told = client.get("/tiles/conservation-area/tilejson.json").json()
    assert told["tilejson"] == "3.0.0"
    (layer,) = told["vector_layers"]
    assert layer["fields"]["reference"] == "String"
    west, south, east, north = told["bounds"]
    assert -1.5 < west < east < -1.3
    assert 52 < south < north < 52.2
    assert told["attribution"]
    z, x, y = tile_at(WEB_MERCATOR, 14)
    path = told["tiles"][0].format(z=z, x=x, y=y)
    assert path.startswith("http://localhost/tiles/conservation-area@")
    answer = client.get(path)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.content == client.get(address_at("conservation-area", 14, grid=WEB_MERCATOR)).content
    assert {
        name for each in decoded(answer.content)["conservation-area"]["features"] for name in each["properties"]
    } <= set(layer["fields"])
    version = service.state.tiles.editions.newest().layers["conservation-area"].version
    assert client.get(path.replace(version, "0" * 16)).status_code == 404
    assert client.get("/tiles/officers/tilejson.json").status_code == 404


def test_ogc_api_tiles_has_the_same_tiles_with_the_row_first(client: TestClient) -> None:
    """From the landing page to a tile by links alone; limits hold the tile; both matrix sets are described."""
    landing = client.get("/ogc?f=json").json()
    by_rel = {each["rel"].rpartition("/")[2]: each["href"] for each in landing["links"]}
    sets = client.get(by_rel["tiling-schemes"]).json()["tileMatrixSets"]
    assert [each["id"] for each in sets] == list(MATRIX_SETS)
    conforms = client.get("/ogc/conformance?f=json").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core" in conforms
    collection = client.get("/ogc/collections/conservation-area?f=json").json()
    lists = [each["href"] for each in collection["links"] if each["rel"].endswith("tilesets-vector")]
    for start in (by_rel["tilesets-vector"], *lists):
        for item in client.get(start).json()["tilesets"]:
            links = {each["rel"].rpartition("/")[2]: each["href"] for each in item["links"]}
            described = client.get(links["self"]).json()
            grid = MATRIX_SETS[client.get(links["tiling-scheme"]).json()["id"]]
            limits = {each["tileMatrix"]: each for each in described["tileMatrixSetLimits"]}
            z, x, y = tile_at(grid, 8 if grid is NATIONAL_GRID else 14)
            assert limits[str(z)]["minTileRow"] <= y <= limits[str(z)]["maxTileRow"]
            assert limits[str(z)]["minTileCol"] <= x <= limits[str(z)]["maxTileCol"]
            path = links["item"].format(tileMatrix=z, tileRow=y, tileCol=x)
            name = "conservation-area" if "collections" in start else CONSTRAINTS
            assert client.get(path).content == client.get(address_at(name, z, grid=grid)).content != b""


def test_a_filter_leaves_what_fits(client: TestClient) -> None:
    """CQL2 as text and as JSON gives the features for which it holds; a filter that cannot be read is refused."""
    path = address_at("conservation-area", 8)
    all_of_them = decoded(client.get(path).content)["conservation-area"]["features"]
    wanted = all_of_them[0]["properties"]["reference"]
    as_json = json.dumps({"op": "=", "args": [{"property": "reference"}, wanted]})
    for parameters in ({"filter": f"reference = '{wanted}'"}, {"filter": as_json, "filter-lang": "cql2-json"}):
        found = decoded(client.get(path, params=parameters).content)["conservation-area"]["features"]
        assert [each["properties"]["reference"] for each in found] == [wanted]
    others = decoded(client.get(path, params={"filter": f"NOT reference = '{wanted}'"}).content)
    rest = others["conservation-area"]["features"] if others else []
    assert len(rest) == len(all_of_them) - 1
    assert client.get(path, params={"filter": "reference = 'nothing has this'"}).content == b""
    for bad in ("secret = 1", "S_INTERSECTS(geometry, POINT(0 0))", "reference =", "NOT " * 40 + "reference = 'x'"):
        assert client.get(path, params={"filter": bad}).status_code == 400, bad
    assert client.get(address_at(CONSTRAINTS, 8), params={"filter": "reference = 'x'"}).status_code == 400
    assert client.get(path, params={"limit": "5"}).status_code == 400
    assert client.get(f"{path}?filter=reference='a'&filter=reference='b'").status_code == 400


def test_a_tile_that_was_cut_says_so(service: FastAPI) -> None:
    """Where something was left out to keep a tile small, the headers say so and how much."""
    tiles = service.state.tiles
    layer = tiles.editions.newest().layers["flood-risk-zone"]
    tile = (0, 0, 0)
    tiles.memory.put(layer.key(WEB_MERCATOR, tile), Packed.of(Answer(b"\x1a\x00", ("1",), 0, 7, truncated=True)))
    answer = TestClient(service, base_url="http://localhost").get("/tiles/flood-risk-zone/WebMercatorQuad/0/0/0.mvt")
    assert (answer.headers["x-truncated"], answer.headers["x-dropped"]) == ("true", "7")
    assert answer.content == b"\x1a\x00"


def test_the_base_map_and_the_page_of_layers(client: TestClient, service: FastAPI) -> None:
    """The base map is a layer too; the page leads to each layer that is there, and the pages for developers to it."""
    drawn = decoded(client.get(address_at(BASE_MAP, 10)).content)
    assert {"buildings", "roads"} <= set(drawn)
    page = client.get("/tiles").text
    for name in (CONSTRAINTS, BASE_MAP, "cases"):
        assert f"/tiles/{name}/WebMercatorQuad/" in page
    for name in service.state.tiles.editions.newest().layers:
        assert f'href="/tiles/{name}/tilejson.json"' in page
    assert "/tiles/officers/" not in page
    for path in ("/", "/docs"):
        for there in ("/tiles", "/ogc"):
            assert f'href="{there}"' in client.get(path).text


def test_styles_for_maplibre_draw_what_the_tiles_hold(client: TestClient) -> None:
    """Of each source the overlays draw the layers that its TileJSON names, all of them and no other."""
    overlays = client.get("/map/mapbox-overlays.json").json()["layers"]
    for source in (CONSTRAINTS, "cases"):
        there = {layer["id"] for layer in client.get(f"/tiles/{source}/tilejson.json").json()["vector_layers"]}
        assert {layer["source-layer"] for layer in overlays if layer["source"] == source} == there


def test_many_threads_make_a_tile_once(service: FastAPI) -> None:
    """Forty threads that ask for one cold tile get the same bytes, drawn once."""
    tiles = service.state.tiles
    layer = tiles.editions.newest().layers[CONSTRAINTS]
    tile = tile_at(NATIONAL_GRID, 11, CENTRE)
    before = tiles.made
    with ThreadPoolExecutor(40) as pool:
        packed = list(pool.map(lambda _: tiles.tile(layer, NATIONAL_GRID, tile).result(), range(40)))
    assert len({each.digest for each in packed}) == 1
    assert tiles.made <= before + 1
    assert gzip.decompress(packed[0].gzipped) == layer.draw(NATIONAL_GRID, tile).data


def test_every_dataset_in_a_tile_is_in_the_catalogue(service: FastAPI) -> None:
    """Layers of datasets have the names that the style draws."""
    assert set(service.state.tiles.editions.newest().layers) - {CONSTRAINTS} <= set(datasets())


def test_a_server_that_stopped_can_be_started_again(service: FastAPI) -> None:
    """The same application serves tiles of every kind after it was stopped: threads, caches and layers begin anew."""
    paths = [address_at(name, 10) for name in (CONSTRAINTS, BASE_MAP, "cases")]
    filtered = f"{address_at('conservation-area', 8)}?filter=name IS NOT NULL"
    app = create_app(Settings(home=service.state.archives.folder.parent, council="a"))
    seen = []
    for _ in range(2):
        with TestClient(app, base_url="http://localhost") as client:
            answers = [client.get(path) for path in (*paths, filtered)]
            assert [answer.status_code for answer in answers] == [200] * 4
            seen.append([answer.content for answer in answers])
    assert seen[0][0]
    assert seen[0] == seen[1]
