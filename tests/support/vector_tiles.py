"""Other people's decoders of vector tiles, asked for the same plain description of a tile as ours."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest
import shapely
from support.front_end import node_modules
from support.tree import ROOT

from tiles.features import POLYGON
from tiles.mvt import Layer

__all__ = ["Described", "as_table", "described", "read_with_gdal", "read_with_javascript", "read_with_python"]

Described = dict[str, list[dict[str, Any]]]
"""Layers by name; of each feature the id, the properties and the geometry as shapely's."""


def described(layers: Iterable[Layer]) -> Described:
    """What our decoder found."""
    return {
        layer.name: [
            {"id": feature.id, "properties": dict(feature.properties), "geometry": shape}
            for feature, shape in zip(layer.features, layer.geometries(), strict=True)
        ]
        for layer in layers
    }


def read_with_javascript(tiles: Sequence[bytes]) -> list[Described]:
    """What @mapbox/vector-tile finds in each tile; the test is skipped where there is no Node.js."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    node_modules(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{at}.mvt" for at in range(len(tiles))]
        for path, tile in zip(paths, tiles, strict=True):
            path.write_bytes(tile)
        program = ROOT / "tests" / "support" / "vector_tile.mjs"
        done = subprocess.run([node, str(program), *map(str, paths)], capture_output=True, check=True)
    return [{layer["name"]: [_of_javascript(each) for each in layer["features"]] for layer in found}
            for found in json.loads(done.stdout)]  # fmt: skip


def _of_javascript(feature: dict[str, Any]) -> dict[str, Any]:
    parts = feature["parts"]
    if feature["kind"] == POLYGON:
        shape = _polygons(parts)
    elif len(parts) == 1 and feature["kind"] == 2:
        shape = shapely.LineString(parts[0])
    elif feature["kind"] == 2:
        shape = shapely.MultiLineString(parts)
    else:
        points = [part[0] for part in parts]
        shape = shapely.Point(points[0]) if len(points) == 1 else shapely.MultiPoint(points)
    return {"id": feature["id"], "properties": feature["properties"], "geometry": shape}


def _polygons(rings: list[list[list[int]]]) -> shapely.Geometry:
    """Rings of a tile to polygons: each that goes round as the first one does begins another."""
    shapes = [shapely.LinearRing(ring) for ring in rings]
    polygons: list[list[shapely.LinearRing]] = []
    for ring in shapes:
        if ring.is_ccw == shapes[0].is_ccw:
            polygons.append([])
        polygons[-1].append(ring)
    made = [shapely.Polygon(outer, holes) for outer, *holes in polygons]
    return made[0] if len(made) == 1 else shapely.MultiPolygon(made)


def read_with_python(tile: bytes) -> Described:
    """What mapbox-vector-tile finds."""
    found = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    return {
        name: [
            {
                "id": feature.get("id"),
                "properties": feature["properties"],
                "geometry": shapely.geometry.shape(feature["geometry"]),
            }
            for feature in layer["features"]
        ]
        for name, layer in found.items()
    }


def read_with_gdal(tile: bytes) -> Described:
    """What GDAL's driver finds: it turns the tile upside down, and properties that are absent are left out here."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tile.mvt"
        path.write_bytes(tile)
        return {str(name): _layer_of_gdal(path, str(name)) for name, _ in pyogrio.list_layers(path)}


def _layer_of_gdal(path: Path, name: str) -> list[dict[str, Any]]:
    meta, _, shapes, columns = pyogrio.raw.read(path, layer=name, CLIP="NO")
    rows = range(len(shapes))
    found = {str(key): column for key, column in zip(meta["fields"], columns, strict=True)}
    ids = found.pop("mvt_id", [None] * len(shapes))
    upright = shapely.transform(shapely.from_wkb(shapes), lambda xy: np.array([0, 4096]) + xy * (1, -1))
    return [
        {
            "id": None if _absent(ids[row]) else int(ids[row]),
            "properties": {key: column[row] for key, column in found.items() if not _absent(column[row])},
            "geometry": upright[row],
        }
        for row in rows
    ]


def as_table(tile: Described) -> Described:
    """The same as GDAL shows it, whose columns have one type each: texts and numbers in one column are all text."""
    return {name: _as_table(features) for name, features in tile.items()}


def _as_table(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kinds: dict[str, set[bool]] = {}
    for feature in features:
        for key, value in feature["properties"].items():
            kinds.setdefault(key, set()).add(isinstance(value, str))
    return [
        feature
        | {
            "properties": {
                key: str(value) if True in kinds[key] else value for key, value in feature["properties"].items()
            }
        }
        for feature in features
    ]


def _absent(value: Any) -> bool:
    return value is None or bool(value != value)  # noqa: PLR0124  # NaN is what differs from itself
