"""Our own base map as the Ordnance Survey's addresses describe theirs: style, and description of the service."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from api.basemap.attribution import Attribution
from api.basemap.rewriting import SOURCE, Addresses, tilejson
from tiles.grid import NATIONAL_GRID, WEB_MERCATOR, TileMatrixSet
from tiles.style import base_style, mapbox_style
from tiles.style.mapbox import MatrixSet, base_layers

__all__ = ["FINEST", "fallback_layers", "matrix_set_of", "own_metadata", "own_style"]

Json = dict[str, Any]

FINEST: Final = {3857: 16, 27700: 13}
"""Zoom of the finest tiles that clients are told of; beyond it they draw the same tiles larger, to the centimetre."""
_SCALE_OF_A_METRE: Final = 96.0 / 0.0254
"""Scale denominator of one metre a pixel at 96 dots an inch, which is how Esri's clients count."""


def matrix_set_of(srs: int) -> TileMatrixSet:
    """The matrix set of an `srs`, 3857 or 27700."""
    return WEB_MERCATOR if srs == 3857 else NATIONAL_GRID


def own_style(addresses: Addresses, attribution: Attribution) -> bytes:
    """The style of our own base map."""
    style = mapbox_style(
        base_style(),
        _named(addresses.srs),
        sources={SOURCE: addresses.source(attribution, FINEST[addresses.srs])},
        base_source=SOURCE,
        sprite=addresses.sprite,
        glyphs=addresses.glyphs,
    )
    return json.dumps(style, ensure_ascii=False, separators=(",", ":")).encode()


def fallback_layers(srs: int) -> list[Json]:
    """Our layers for the end of another style: they show something only where a tile is one of ours."""
    return base_layers(base_style(), _named(srs), SOURCE)


def own_metadata(addresses: Addresses, attribution: Attribution, layers: Sequence[Json]) -> bytes:
    """The description of the service: what Esri's clients look for, and TileJSON 3.0 beside it."""
    grid = matrix_set_of(addresses.srs)
    west, south, east, north = grid.extent
    reference = {"wkid": 102100 if addresses.srs == 3857 else 27700, "latestWkid": addresses.srs}
    extent = {"xmin": west, "ymin": south, "xmax": east, "ymax": north, "spatialReference": reference}
    lods = [
        {"level": z, "resolution": grid.pixel_m / 2**z, "scale": grid.pixel_m / 2**z * _SCALE_OF_A_METRE}
        for z in grid.zooms
    ]
    written = {
        "currentVersion": 10.81,
        "name": "bopsgis base map",
        "fullExtent": extent,
        "initialExtent": extent,
        "minScale": lods[0]["scale"],
        "maxScale": lods[-1]["scale"],
        "minLOD": 0,
        "maxLOD": grid.zooms[-1],
        "tileInfo": {
            "rows": grid.tile_px,
            "cols": grid.tile_px,
            "dpi": 96,
            "format": "pbf",
            "origin": {"x": grid.origin[0], "y": grid.origin[1]},
            "spatialReference": reference,
            "lods": lods,
        },
        "resourceInfo": {"styleVersion": 8, "tileCompression": "gzip"},
        **tilejson(addresses, attribution, FINEST[addresses.srs], layers),
    }
    return json.dumps(written, ensure_ascii=False).encode()


def _named(srs: int) -> MatrixSet:
    return "WebMercatorQuad" if srs == 3857 else "NationalGrid"
