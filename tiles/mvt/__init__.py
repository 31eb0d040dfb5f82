"""Mapbox Vector Tiles 2.1: features to bytes, and bytes to features.

`encode_layer` writes whole layers at a time with numpy, or with compiled code that writes the same bytes; `decode`
reads strictly or leniently.
"""

from __future__ import annotations

from tiles.mvt.decode import decode
from tiles.mvt.encode import EXTENT, encode_layer, encode_tile
from tiles.mvt.kernel import Kernel, prepare
from tiles.mvt.layer import Feature, Layer
from tiles.mvt.shapes import geometries_of
from tiles.mvt.values import Dictionary, columns_of

__all__ = [
    "EXTENT",
    "Dictionary",
    "Feature",
    "Kernel",
    "Layer",
    "columns_of",
    "decode",
    "encode_layer",
    "encode_tile",
    "geometries_of",
    "prepare",
]
