"""Layers described: as TileJSON 3.0, and as tilesets of OGC API - Tiles (OGC 20-057)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from api.layers.layer import CONSTRAINTS, Layer
from tiles.features import POINT_COUNT
from tiles.grid import MATRIX_SETS, WEB_MERCATOR, TileMatrixSet
from tiles.snapshot import Snapshot

__all__ = ["MAX_ZOOM", "address_of", "degrees", "matrix_set_link", "tile_json", "tileset", "tilesets"]

MAX_ZOOM: Final = {"WebMercatorQuad": 16, "NationalGrid": 13}
"""Finest zoom that clients are told of: beyond it they draw the same tile larger, exact to a few centimetres."""
_MEDIA: Final = "application/vnd.mapbox-vector-tile"
_CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_TYPES: Final = {"Boolean": "boolean", "Number": "number", "String": "string"}
_CREDITS: Final = 20

Json = dict[str, Any]


def address_of(layer: Layer, root: str) -> str:
    """Template of the addresses of a layer's tiles, without matrix set; with the version, where that stays."""
    name = layer.name if layer.live else f"{layer.name}@{layer.version}"
    return f"{root}/tiles/{name}/{{tileMatrixSet}}/{{z}}/{{x}}/{{y}}.mvt"


def degrees(layer: Layer) -> list[float] | None:
    """West, south, east and north of all that is drawn, in degrees; None where there is nothing."""
    box = _box(layer, WEB_MERCATOR)
    if box is None:
        return None
    west, south, east, north = box
    return [round(each, 6) for each in (_longitude(west), _latitude(south), _longitude(east), _latitude(north))]


def _box(layer: Layer, matrix_set: TileMatrixSet) -> tuple[float, float, float, float] | None:
    """West, south, east and north of all that is drawn, in the set's system."""
    found = [box for snapshot in layer.snapshots if (box := snapshot.bounds(matrix_set)) is not None]
    if not found:
        return None
    boxes = np.array(found)
    (west, south), (east, north) = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def _longitude(x: float) -> float:
    return x / WEB_MERCATOR.extent[2] * 180.0


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * y / WEB_MERCATOR.extent[3])))


def tile_json(layer: Layer, root: str) -> Json:
    """TileJSON 3.0, which knows WebMercatorQuad only; `root` is the address under which people reach the service."""
    finest = MAX_ZOOM[WEB_MERCATOR.id]
    document: Json = {
        "tilejson": "3.0.0",
        "name": layer.title,
        "description": layer.description,
        "version": "1.0.0",
        "scheme": "xyz",
        "tiles": [address_of(layer, root).replace("{tileMatrixSet}", WEB_MERCATOR.id)],
        "minzoom": layer.minzoom,
        "maxzoom": finest,
        "vector_layers": [
            {
                "id": snapshot.name,
                "fields": _fields(snapshot),
                "minzoom": snapshot.policy.minzoom,
                "maxzoom": finest,
            }
            for snapshot in layer.snapshots
        ],
        "data_version": layer.version,
    }
    if layer.credits:
        document["attribution"] = " ".join(layer.credits[:_CREDITS])
    if layer.licences:
        document["licence"] = "; ".join(layer.licences)
    if (box := degrees(layer)) is not None:
        document["bounds"] = box
        document["center"] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, max(layer.minzoom, 10)]
    return document


def _fields(snapshot: Snapshot) -> dict[str, str]:
    """Attributes in a layer's tiles and their types; of points that are counted from afar, their number too."""
    return snapshot.fields() | ({POINT_COUNT: "Number"} if snapshot.policy.cluster_below else {})


def _tiles_of(layer: Layer, root: str) -> str:
    """Where the tilesets of a layer are listed."""
    return f"{root}/ogc/tiles" if layer.name == CONSTRAINTS else f"{root}/ogc/collections/{layer.name}/tiles"


def matrix_set_link(matrix_set: TileMatrixSet, root: str) -> Json:
    """The link from a tileset to its tile matrix set."""
    return {
        "rel": "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme",
        "href": f"{root}/ogc/tileMatrixSets/{matrix_set.id}",
        "type": "application/json",
        "title": matrix_set.title,
    }


def tilesets(layer: Layer, root: str) -> Json:
    """The list of a layer's tilesets: one for each tile matrix set."""
    here = _tiles_of(layer, root)
    return {
        "links": [{"rel": "self", "href": here, "type": "application/json", "title": "This list"}],
        "tilesets": [_item(layer, matrix_set, root) for matrix_set in MATRIX_SETS.values()],
    }


def _item(layer: Layer, matrix_set: TileMatrixSet, root: str) -> Json:
    here = f"{_tiles_of(layer, root)}/{matrix_set.id}"
    return {
        "title": f"{layer.title}: {matrix_set.title}",
        "dataType": "vector",
        "crs": f"http://www.opengis.net/def/crs/EPSG/0/{matrix_set.crs}",
        "tileMatrixSetURI": matrix_set.well_known or f"{root}/ogc/tileMatrixSets/{matrix_set.id}",
        "links": [
            {"rel": "self", "href": here, "type": "application/json", "title": "This tileset"},
            matrix_set_link(matrix_set, root),
            {
                "rel": "item",
                "href": f"{here}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}",
                "type": _MEDIA,
                "templated": True,
                "title": "Tiles: zoom, row, column",
            },
        ],
    }


def tileset(layer: Layer, matrix_set: TileMatrixSet, root: str) -> Json:
    """A tileset: where its tiles are, which of them hold anything, and what stands in them."""
    document = _item(layer, matrix_set, root) | {
        "description": layer.description,
        "layers": [_described(snapshot.name, _fields(snapshot)) for snapshot in layer.snapshots],
        "tileMatrixSetLimits": _limits(layer, matrix_set),
    }
    document["layers"] = [
        each | {"minTileMatrix": str(matrix_set.zooms[0]), "maxTileMatrix": str(matrix_set.zooms[-1])}
        for each in document["layers"]
    ]
    if layer.credits:
        document["attribution"] = " ".join(layer.credits[:_CREDITS])
    if (box := degrees(layer)) is not None:
        document["boundingBox"] = {"lowerLeft": box[:2], "upperRight": box[2:], "crs": _CRS84}
    return document


def _described(name: str, fields: Mapping[str, str]) -> Json:
    properties = {field: {"type": _TYPES[kind]} for field, kind in fields.items()}
    return {"id": name, "dataType": "vector", "propertiesSchema": {"type": "object", "properties": properties}}


def _limits(layer: Layer, matrix_set: TileMatrixSet) -> Sequence[Json]:
    """Rows and columns between which anything is drawn, at each zoom."""
    box = _box(layer, matrix_set)
    if box is None:
        return []
    found = [matrix_set.covers(box, z) for z in matrix_set.zooms]
    return [
        {
            "tileMatrix": str(each.z),
            "minTileRow": each.rows[0],
            "maxTileRow": each.rows[-1],
            "minTileCol": each.columns[0],
            "maxTileCol": each.columns[-1],
        }
        for each in found
        if len(each)
    ]
