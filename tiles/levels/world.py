"""From the national grid to the world units of a tile matrix set, and how large its tiles are on the ground."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bopsgis import crs
from bopsgis.errors import InputRefused
from tiles.grid import EXTENT_BITS, NATIONAL_GRID, WEB_MERCATOR, TileMatrixSet

__all__ = ["deepest", "like", "world_of"]

_LIKE: Mapping[str, int] = MappingProxyType({WEB_MERCATOR.id: 0, NATIONAL_GRID.id: 7})
"""What to add to a zoom of a set for the zoom of WebMercatorQuad with tiles about as large on the ground in England."""
_WORLD = 1 << 32
"""World units are kept in 32 bits."""


def like(matrix_set: TileMatrixSet, z: int) -> int:
    """The zoom of WebMercatorQuad whose tiles are about as large, in England, as those of this zoom of a set."""
    return z + _LIKE[matrix_set.id]


def deepest(matrix_set: TileMatrixSet) -> int:
    """The zoom whose tile units are the world units."""
    return matrix_set.world_bits - EXTENT_BITS


def world_of(coordinates: NDArray[np.float64], matrix_set: TileMatrixSet) -> NDArray[np.int64]:
    """World units of (n, 2) eastings and northings (EPSG:27700).

    Raises `InputRefused` for places outside the set, or outside the area of OSTN15 where that is needed.
    """
    x, y = crs.from_national_grid(coordinates[:, 0], coordinates[:, 1], matrix_set.crs)
    world = matrix_set.to_world(np.column_stack([x, y]))
    if len(world) and not (world.min() >= 0 and world.max() < _WORLD):
        raise InputRefused("A place lies outside the area that the tiles cover.", code="outside_area_of_use")
    return world
