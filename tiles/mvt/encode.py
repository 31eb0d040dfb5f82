"""Writing Mapbox Vector Tiles 2.1: whole layers at a time, and always the same bytes for the same features."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bopsgis.errors import InputRefused
from tiles.features import TileFeatures
from tiles.mvt.clean import checked, clean
from tiles.mvt.kernel import Kernel, compiled_for
from tiles.mvt.mend import mended
from tiles.mvt.stream import features_stream
from tiles.mvt.tags import Tags, tags_of
from tiles.mvt.wire import field, varint

__all__ = ["EXTENT", "encode_layer", "encode_tile"]

EXTENT = 4096
"""Tile units along the side of a tile."""
_NAME = 1
_LAYER, _EXTENT = b"\x1a", b"\x28"
_UINT32_END = 1 << 32
_VERSION_2 = b"\x78\x02"


def encode_layer(
    name: str,
    features: TileFeatures,
    *,
    extent: int = EXTENT,
    strict: bool = False,
    known: bool = False,
    kernel: Kernel = "auto",
) -> bytes:
    """Encode one layer of a tile, ready to be put beside others (see `encode_tile`).

    Points that repeat the one before, lines of one point and rings without area are dropped, rings are wound as
    the specification says, and features that nothing is left of are skipped; a layer without features is `b""`.
    `strict` also mends polygons that rounding to tile units made touch or cross themselves (see `mended`), which
    takes longer than encoding does. `known`: whoever made the arrays answers for them, as `checked` leaves them.
    Values that no feature uses are left out.

    The bytes depend on the arguments only: not on the kernel, nor on the processor.

    Raises InputRefused where the arrays do not fit together, coordinates lie 2^30 or more from the corner, a value
    is not one that a tile can hold, or the extent is no width.
    """
    if not 0 < extent < _UINT32_END:
        raise InputRefused(f"A tile is at least one unit wide and at most {_UINT32_END - 1}, and not {extent}.")
    if not known:
        features = checked(features)
    if strict:
        features = mended(features)
    compiled = compiled_for(len(features.coords), kernel)
    written, tags = _by_numpy(features) if compiled is None else compiled.features_bytes(features)
    if tags is None:
        return b""
    content = (_VERSION_2, field(_NAME, name.encode()), written, tags.keys, tags.values, _EXTENT, varint(extent))
    return b"".join((_LAYER, varint(sum(map(len, content))), *content))


def _by_numpy(features: TileFeatures) -> tuple[bytes | memoryview, Tags | None]:
    cleaned = clean(features)
    if not len(cleaned.feature):
        return b"", None
    rows = np.unique(cleaned.feature)
    tags = tags_of(features.columns, rows)
    return features_stream(features, rows, cleaned, tags), tags


def encode_tile(layers: Iterable[bytes]) -> bytes:
    """Put encoded layers into one tile. Their names must differ; empty ones leave no trace."""
    return b"".join(layers)
