"""What becomes one layer of one tile: ragged integer geometry and coded attributes, with no object for a feature.

It is the value that whoever gathers features (a snapshot, a list of cases) hands to whoever writes bytes (`mvt`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LINE", "POINT", "POINT_COUNT", "POLYGON", "Column", "TileFeatures", "Value"]

POINT, LINE, POLYGON = 1, 2, 3
"""Kinds of geometry, numbered as Mapbox Vector Tile 2.1 numbers them (4.3.4)."""
POINT_COUNT = "point_count"
"""Attribute of a point that stands for several: how many."""

Value = bool | int | float | str | np.float32 | np.int64 | np.uint64
"""An attribute's value. The type is kept: `np.float32` is written as float, `float` as double, `np.int64` as int,
`np.uint64` as uint, and an `int` (-2^63 to 2^64 - 1) in the shortest of the three ways to write a whole number."""


@dataclass(frozen=True, slots=True)
class Column:
    """One attribute of all features of a layer: a dictionary of values and a code for each feature.

    Features may use as few of the values as they like; only those in use are written. Where many tiles share one
    dictionary, give `tiles.mvt.Dictionary` as `values`: its values are encoded once, not once for each tile.
    """

    codes: NDArray[np.int32]
    """(n,) place in `values`, -1 where the feature has none."""
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class TileFeatures:
    """What becomes one layer of one tile: geometry in tile units (y down, extent 4096), ragged."""

    kind: NDArray[np.uint8]
    """(n,) POINT, LINE or POLYGON."""
    ids: NDArray[np.uint64] | None
    """(n,) or None: features without ids."""
    parts: NDArray[np.int64]
    """(n + 1,) feature i owns parts[i]:parts[i + 1]. A feature of points has one part with all its points."""
    offsets: NDArray[np.int64]
    """(m + 1,) part j owns coords[offsets[j]:offsets[j + 1]]. Rings are not closed; a closed one does no harm."""
    exterior: NDArray[np.bool_]
    """(m,) the part begins a polygon; False for a hole of the polygon before it, and for points and lines."""
    coords: NDArray[np.int32]
    """(k, 2) x to the right and y down, in tile units."""
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.kind)
