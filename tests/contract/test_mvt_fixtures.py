"""Our decoder and encoder against the fixtures that the makers of the format publish (npm: @mapbox/mvt-fixtures)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from support.front_end import node_modules
from support.tree import ROOT
from support.vector_tiles import Described, as_table, described, read_with_gdal, read_with_javascript, read_with_python

from bopsgis.errors import FormatRefused
from tiles.features import Column, TileFeatures, Value
from tiles.mvt import Layer, decode, encode_layer, encode_tile

CONTRADICTED = {"016": "003", "057": "051"}
"""Fixtures that are called valid though another one, called invalid, says the same: no decoder can follow both.

003 and 016 are the same bytes: a feature without a kind of geometry, which a feature MUST have (4.2). 051 and 057
hold the same command, half a thousand million points of which one is there. We refuse all four.
"""
WITHOUT_GEOMETRY = {"001", "016", "025", "039"}
"""Valid ones that hold no geometry of a known kind, so there is nothing to encode."""
BEYOND_32_BITS = {"049", "050"}
"""Valid ones whose coordinates no int32 holds: they can be read, and no encoder has a reason to write them."""
REAL_TILES_A_FOLDER, REAL_BYTES = 3, 150_000


@pytest.fixture(scope="module")
def package() -> Path:
    """The npm package, fetched once."""
    return node_modules(ROOT) / "@mapbox" / "mvt-fixtures"


@pytest.fixture(scope="module")
def fixtures(package: Path) -> Mapping[str, Path]:
    """Folders of all fixtures by their numbers."""
    return {folder.name: folder for folder in sorted((package / "fixtures").iterdir())}


def valid(folder: Path) -> bool:
    """Whether version 2 of the specification allows this tile."""
    return bool(json.loads((folder / "info.json").read_text())["validity"]["v2"])


def tile(folder: Path) -> bytes:
    """The fixture itself."""
    return (folder / "tile.mvt").read_bytes()


def source(folder: Path) -> list[dict[str, Any]]:
    """What the tile was made of: its layers, with geometry as commands and properties as tags."""
    layers: list[dict[str, Any]] = json.loads((folder / "tile.json").read_text()).get("layers", [])
    return layers


def strictly(data: bytes) -> tuple[Layer, ...] | None:
    """What strict reading finds, None where it refuses."""
    try:
        return decode(data)
    except FormatRefused:
        return None


def test_each_fixture_is_read_or_refused_as_it_says(fixtures: Mapping[str, Path]):
    """All 74 fixtures: valid ones are read and others refused, but for two that are contradicted."""
    wrong = {number for number, folder in fixtures.items() if (strictly(tile(folder)) is not None) != valid(folder)}
    assert len(fixtures) == 74
    assert wrong == CONTRADICTED.keys()


def test_the_fixtures_contradict_themselves_twice(fixtures: Mapping[str, Path]):
    """003 and 016 are the same bytes, 051 and 057 have the same count too many: one of each pair is called valid."""
    assert tile(fixtures["003"]) == tile(fixtures["016"])
    counts = [source(fixtures[number])[0]["features"][0]["geometry"][0] for number in ("051", "057")]
    assert counts[0] == counts[1]
    assert all(valid(fixtures[one]) and not valid(fixtures[other]) for one, other in CONTRADICTED.items())


def test_lenient_reading_takes_every_fixture(fixtures: Mapping[str, Path]):
    """No fixture, however broken, stops lenient reading, and of valid ones it finds what strict reading finds."""
    for number, folder in fixtures.items():
        found = decode(tile(folder), strict=False)
        if valid(folder) and number not in CONTRADICTED:
            assert _comparable(found) == _comparable(decode(tile(folder))), number
    assert len(decode(tile(fixtures["057"]), strict=False)[0].features) == 1


def test_what_is_read_is_what_the_tile_was_made_of(fixtures: Mapping[str, Path]):
    """Names, extents, ids, kinds, values and coordinates are those of each fixture's own description."""
    compared = 0
    for number, folder in fixtures.items():
        if not valid(folder) or number in CONTRADICTED:
            continue
        layers = decode(tile(folder))
        for layer, made_of in zip(layers, source(folder), strict=True):
            assert (layer.name, layer.extent) == (made_of["name"], made_of.get("extent", 4096)), number
            for feature, drawn in zip(layer.features, made_of["features"], strict=True):
                assert (feature.id, feature.kind) == (drawn.get("id"), drawn["type"]), number
                assert dict(feature.properties) == pytest.approx(_properties(made_of, drawn)), number
                points = [tuple(point) for part in feature.parts for point in part.tolist()]
                assert points == (_points(drawn["geometry"]) if feature.kind else []), number
                compared += 1
    assert compared > 60


def test_foreign_decoders_read_what_we_encode(fixtures: Mapping[str, Path]):
    """Every valid fixture, encoded by us from its description, is the same to three decoders that are not ours."""
    left_out = CONTRADICTED.keys() | WITHOUT_GEOMETRY | BEYOND_32_BITS
    made_of = {
        number: source(folder) for number, folder in fixtures.items() if valid(folder) and number not in left_out
    }
    written = {number: encode_tile(map(_encoded, layers)) for number, layers in made_of.items()}
    by_javascript = dict(zip(written, read_with_javascript(list(written.values())), strict=True))
    assert len(written) == sum(map(valid, fixtures.values())) - len(left_out)
    for number, data in written.items():
        wanted = described(decode(tile(fixtures[number])))
        for found in (described(decode(data)), read_with_python(data), by_javascript[number]):
            _assert_same(found, wanted, number)
        _assert_same(read_with_gdal(data), as_table(wanted), number)


def test_real_tiles_come_back_the_same(package: Path):
    """Tiles of real maps: read strictly, written and read again they are equal, and @mapbox/vector-tile agrees."""
    folders = sorted((package / "real-world").iterdir())
    paths = [path for folder in folders for path in _small(folder)[:REAL_TILES_A_FOLDER]]
    tiles = [_unpacked(path) for path in paths]
    assert len(folders) == 9
    assert len(tiles) > 20
    written = []
    for path, data in zip(paths, tiles, strict=True):
        layers = decode(data)
        written.append(
            encode_tile(encode_layer(each.name, each.tile_features(), extent=each.extent) for each in layers)
        )
        assert _comparable(decode(written[-1])) == _comparable(_not_empty(layers)), path
    for path, before, after in zip(paths, read_with_javascript(tiles), read_with_javascript(written), strict=True):
        _assert_same(after, {name: features for name, features in before.items() if features}, path.name)


def _small(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.stat().st_size < REAL_BYTES]


def _unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def _not_empty(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    return tuple(layer for layer in layers if layer.features)


def _comparable(layers: tuple[Layer, ...]) -> list[Any]:
    """All that a reader of a tile sees, in plain lists; versions differ, since we write 2 only."""
    return [
        (
            layer.name,
            layer.extent,
            [
                (each.id, each.kind, [part.tolist() for part in each.parts], each.exterior, dict(each.properties))
                for each in layer.features
            ],
        )
        for layer in layers
    ]


def _properties(layer: Mapping[str, Any], feature: Mapping[str, Any]) -> dict[str, Any]:
    tags = feature["tags"]
    pairs = zip(tags[::2], tags[1::2], strict=True)
    return {layer["keys"][key]: _values(layer)[value] for key, value in pairs}


def _parts(numbers: list[int]) -> list[list[tuple[int, int]]]:
    """Commands of valid geometry to its parts: a MoveTo of one point begins one."""
    parts: list[list[tuple[int, int]]] = []
    x = y = at = 0
    while at < len(numbers):
        command, count = numbers[at] & 7, numbers[at] >> 3
        at += 1
        if command == 1:
            parts.append([])
        for _ in range(0 if command == 7 else count):
            x += numbers[at] >> 1 ^ -(numbers[at] & 1)
            y += numbers[at + 1] >> 1 ^ -(numbers[at + 1] & 1)
            parts[-1].append((x, y))
            at += 2
    return parts


def _points(numbers: list[int]) -> list[tuple[int, int]]:
    return [point for part in _parts(numbers) for point in part]


def _encoded(layer: Mapping[str, Any]) -> bytes:
    """The layer that a fixture describes, written by us."""
    features = layer["features"]
    parts = [_parts(feature["geometry"]) for feature in features]
    rings = [ring for rings in parts for ring in rings]
    ids = [feature.get("id") for feature in features]
    return encode_layer(
        layer["name"],
        TileFeatures(
            kind=np.array([feature["type"] for feature in features], np.uint8),
            ids=None if None in ids else np.array(ids, np.uint64),
            parts=np.cumsum([0, *map(len, parts)]),
            offsets=np.cumsum([0, *map(len, rings)]),
            exterior=np.array(
                [
                    feature["type"] == 3 and (at == 0 or _goes_as(rings[0], ring))
                    for feature, rings in zip(features, parts, strict=True)
                    for at, ring in enumerate(rings)
                ]
            ),
            coords=np.array([point for ring in rings for point in ring], np.int32),
            columns=_columns(layer),
        ),
        extent=layer.get("extent", 4096),
    )


def _goes_as(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> bool:
    return shapely.LinearRing(one).is_ccw == shapely.LinearRing(other).is_ccw


def _values(layer: Mapping[str, Any]) -> tuple[Value, ...]:
    """The layer's values in the types that they are said to have (one of the texts is written as a number)."""
    kinds = {"string_value": str, "int_value": np.int64, "uint_value": np.uint64, "float_value": np.float32}
    return tuple(kinds.get(kind, lambda same: same)(value) for each in layer["values"] for kind, value in each.items())


def _columns(layer: Mapping[str, Any]) -> dict[str, Column]:
    """The layer's tags as they stand: one list of values for all keys, each in its own type."""
    values = _values(layer)
    codes = np.full((len(layer["keys"]), len(layer["features"])), -1, np.int32)
    for row, feature in enumerate(layer["features"]):
        codes[feature["tags"][::2], row] = feature["tags"][1::2]
    return {key: Column(codes[at], values) for at, key in enumerate(layer["keys"])}


def _assert_same(found: Described, wanted: Described, where: str) -> None:
    assert found.keys() == wanted.keys(), where
    for name, features in wanted.items():
        assert len(found[name]) == len(features), where
        for one, other in zip(found[name], features, strict=True):
            assert (one["id"] or None) == (other["id"] or None), where  # mapbox-vector-tile calls a missing id 0
            assert one["properties"] == pytest.approx(other["properties"]), where
            assert shapely.equals(one["geometry"], other["geometry"]) or one["geometry"] == other["geometry"], where
