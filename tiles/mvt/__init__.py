"""Mapbox Vector Tiles 2.1: features to bytes, and bytes to features.

`encode_layer` writes whole layers at a time with numpy, or with compiled code that writes the same bytes.
"""

from __future__ import annotations

from tiles.mvt.encode import EXTENT, encode_layer, encode_tile
from tiles.mvt.kernel import Kernel, prepare
from tiles.mvt.values import Dictionary, columns_of

__all__ = ["EXTENT", "Dictionary", "Kernel", "columns_of", "encode_layer", "encode_tile", "prepare"]
