from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from support.serving import client_of

from api.basemap import overlays
from api.basemap.letters import Letters
from api.basemap.own_map import OwnMap
from api.core import assets
from bopsgis import crs
from constraints.catalogue import datasets
from tiles.grid import NATIONAL_GRID, WEB_MERCATOR, TileMatrixSet
from tiles.mvt.wire import fields_of
from tiles.style import base_style

ROOT = "/maps/vector/v1/vts"
CENTRE = (441_550.0, 244_950.0)
SETS = (NATIONAL_GRID, WEB_MERCATOR)
EMPTY: dict[str, Any] = {"features": []}


@pytest.fixture(scope="module")
def town(sample_town: Path) -> OwnMap:
    """The sample town's base map."""
    return OwnMap(sample_town / "base", "Thistleford")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> OwnMap:
    """A base map without any data."""
    return OwnMap(tmp_path_factory.mktemp("nothing") / "base", None)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, sample_town: Path) -> Iterator[TestClient]:
    """The service over the sample town, without a key."""
    home = tmp_path_factory.mktemp("home")
    (home / "sample-town").symlink_to(sample_town, target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("BOPSGIS_OS_KEY", raising=False)
        yield client_of(home)


def tile_at(grid: TileMatrixSet, z: int, place: tuple[float, float] = CENTRE) -> tuple[int, int, int]:
    """The tile of a zoom that holds a place in EPSG:27700."""
    x, y = (float(value[0]) for value in crs.from_national_grid([place[0]], [place[1]], grid.crs))
    return grid.covers((x, y, x + 0.001, y + 0.001), z).tiles()[0]


def decoded(data: bytes) -> dict[str, Any]:
    """A tile as a foreign decoder reads it, in tile units with y down."""
    read: dict[str, Any] = mapbox_vector_tile.decode(data, default_options={"y_coord_down": True})
    return read


@pytest.mark.parametrize("grid", SETS, ids=lambda grid: grid.id)
def test_every_layer_of_the_town_is_drawn_where_the_style_wants_it(town: OwnMap, grid: TileMatrixSet) -> None:
    """At some zoom in the middle of the town each tile layer that the style draws is there; tiles are not too large."""
    seen: set[str] = set()
    for z in grid.zooms:
        data = town.tile(grid, *tile_at(grid, z))
        assert len(data) < 500_000
        seen |= decoded(data).keys()
    wanted = {layer.source for layer in base_style().layers} - {"sea", "grid_1km", "notice"}
    assert wanted <= seen | {"sea"}


@pytest.mark.parametrize(("grid", "z"), [(NATIONAL_GRID, 9), (WEB_MERCATOR, 16)], ids=lambda value: str(value)[:8])
def test_buildings_and_plots_have_the_area_that_they_have(
    town: OwnMap, sample_town: Path, grid: TileMatrixSet, z: int
) -> None:
    """In every tile round the centre buildings and plots fill what they fill in the town, cut to the tile."""
    _, column, row = tile_at(grid, z)
    side = grid.tile_m(z)
    for name in ("buildings", "parcels"):
        frame = geopandas.read_file(sample_town / "base" / f"{name}.geojson")
        shapes = crs.geometry_from_national_grid(np.asarray(frame.geometry.array, dtype=object), grid.crs)
        for x, y in itertools.product((column - 1, column, column + 1), (row - 1, row, row + 1)):
            margin = side * 64 / 4096
            west, south, east, north = grid.bounds(z, x, y)
            box = shapely.box(west - margin, south - margin, east + margin, north + margin)
            expected = shapely.area(shapely.intersection(shapes, box)).sum()
            drawn = decoded(town.tile(grid, z, x, y)).get(name, EMPTY)["features"]
            found = sum(shapely.geometry.shape(each["geometry"]).area for each in drawn) * (side / 4096) ** 2
            assert found == pytest.approx(expected, rel=0.02, abs=side**2 / 1000), (name, x, y)


def test_plots_are_there_to_snap_to(town: OwnMap) -> None:
    """From zoom 15 on, where boundaries are drawn, tiles carry plots and buildings with corners to snap to."""
    for z in range(15, 19):
        layers = decoded(town.tile(WEB_MERCATOR, *tile_at(WEB_MERCATOR, z)))
        assert layers["parcels"]["features"]
        assert layers["buildings"]["features"]


@pytest.mark.parametrize("grid", SETS, ids=lambda grid: grid.id)
def test_without_data_there_is_a_grid_and_the_reason(bare: OwnMap, grid: TileMatrixSet) -> None:
    """Land and sea, lines of the grid down to 1 km with their distances, and a notice; all of it where it belongs."""
    seen: dict[str, set[str]] = {}
    for z in grid.zooms:
        for name, layer in decoded(bare.tile(grid, *tile_at(grid, z))).items():
            seen.setdefault(name, set()).update(each["properties"].get("name", "") for each in layer["features"])
    assert seen.keys() >= {"grid_100km", "grid_10km", "grid_1km", "notice"}
    assert seen["notice"] == {"No base map is loaded here"}
    assert "441 km east" in seen["grid_1km"]
    at_sea = decoded(bare.tile(NATIONAL_GRID, *tile_at(NATIONAL_GRID, 4, (650_000.0, 650_000.0))))
    assert "sea" in at_sea
    assert "sea" not in decoded(bare.tile(NATIONAL_GRID, *tile_at(NATIONAL_GRID, 4)))


def test_every_layer_in_a_tile_is_described(client: TestClient, town: OwnMap) -> None:
    """TileJSON names each tile layer and its fields."""
    about = client.get(ROOT, params={"srs": "3857"}).json()
    described = {layer["id"]: set(layer["fields"]) for layer in about["vector_layers"]}
    for z in (8, 13, 16):
        for name, layer in decoded(town.tile(WEB_MERCATOR, *tile_at(WEB_MERCATOR, z))).items():
            fields = {field for feature in layer["features"] for field in feature["properties"]}
            assert fields <= described[name]
    assert about["tilejson"] == "3.0.0"
    assert "invented" in about["attribution"]


def test_the_service_describes_both_grids(client: TestClient) -> None:
    """Without `srs` it is the national grid with its origin and resolutions, else Mercator; tiles are asked so."""
    grid = client.get(ROOT).json()["tileInfo"]
    assert (grid["origin"], grid["spatialReference"]["wkid"]) == ({"x": -238_375.0, "y": 1_376_256.0}, 27700)
    assert [lod["resolution"] for lod in grid["lods"]] == [896.0 / 2**z for z in range(14)]
    mercator = client.get(ROOT, params={"srs": "3857"}).json()
    assert mercator["tileInfo"]["spatialReference"]["latestWkid"] == 3857
    z, x, y = tile_at(WEB_MERCATOR, 16)
    path = mercator["tiles"][0].format(z=z, y=y, x=x)
    assert "buildings" in decoded(client.get(path).content)


def test_tiles_are_cached_by_clients(client: TestClient) -> None:
    """A tile has an ETag and a lifetime; asked again it is 304; one outside the grid is 404."""
    z, x, y = tile_at(NATIONAL_GRID, 9)
    first = client.get(f"{ROOT}/tile/{z}/{y}/{x}.pbf")
    assert first.headers["cache-control"] == "public, max-age=3600"
    assert first.headers["x-basemap"] == "own"
    tag = first.headers["etag"]
    for known in (tag, "*", f'"other", W/{tag}'):
        again = client.get(f"{ROOT}/tile/{z}/{y}/{x}.pbf", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
    for other in (tag[:-2] + '"', tag.strip('"'), f'"x{tag[1:]}'):
        assert client.get(f"{ROOT}/tile/{z}/{y}/{x}.pbf", headers={"If-None-Match": other}).status_code == 200
    assert client.get(f"{ROOT}/tile/0/7/0.pbf").status_code == 404
    assert client.get(f"{ROOT}/tile/14/0/0.pbf").status_code == 404


def test_styles_name_only_what_is_served(client: TestClient) -> None:
    """Fonts of the style have glyphs for names in Welsh too; pictures of the overlays lie on the sheet beside them."""
    style = client.get(f"{ROOT}/resources/styles", params={"srs": "3857"}).json()
    fonts = {layer["layout"]["text-font"][0] for layer in style["layers"] if layer["type"] == "symbol"}
    assert len(fonts) == 3
    for font, first in itertools.product(fonts, (0, 256, 8192)):
        path = style["glyphs"].format(fontstack=font, range=f"{first}-{first + 255}")
        assert len(client.get(path).content) > 1_000, path
    extra = client.get("/map/mapbox-overlays.json").json()
    index = client.get(f"{extra['sprite']['url']}@2x.json").json()
    used = {layer["paint"]["fill-pattern"] for layer in extra["layers"] if "fill-pattern" in layer["paint"]}
    assert {name.removeprefix("bopsgis:") for name in used} <= index.keys()
    assert client.get(f"{extra['sprite']['url']}@2x.png").headers["content-type"] == "image/png"


def test_every_dataset_and_status_has_its_rules(client: TestClient) -> None:
    """OpenLayers' rules cover each dataset of the catalogue by its own tile layer, and cases."""
    looks = client.get("/map/openlayers.json").json()
    layers = {rule["filter"][1][2] for rule in looks["constraints"]}
    assert layers == set(datasets())
    assert {rule["filter"][1][2] for rule in looks["cases"]} == {overlays.CASES}
    assert looks["grid"]["resolutions"][0] == 896.0


def test_letters_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of glyphs is kept: the second time it is read, not drawn; a letter has its place in it."""
    letters = Letters(assets.ensure() / "fonts", tmp_path)
    first = letters.glyphs(("Source Sans Pro Regular",), 256)
    assert len(list(tmp_path.iterdir())) == 1
    monkeypatch.setattr("api.basemap.letters.glyph_range", None)
    assert letters.glyphs(("Source Sans Pro Regular",), 256) == first
    ((_, _, _, stack),) = fields_of(memoryview(first))
    glyphs = [dict(_plain(part)) for number, _, _, part in fields_of(stack) if number == 3]
    codes = {glyph[1] for glyph in glyphs}
    assert {ord("ŵ"), ord("ŷ")} <= codes
    for glyph in glyphs:
        assert len(glyph.get(2, b"")) in {0, (glyph[3] + 6) * (glyph[4] + 6)}


def _plain(message: memoryview) -> Iterator[tuple[int, Any]]:
    for number, wire, value, content in fields_of(message):
        yield number, value if wire == 0 else bytes(content)
