"""Which tiles an edit changes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from bopsgis.types import BBox
from tiles.grid import EXTENT_BITS, Tile, TileMatrixSet
from tiles.levels import deepest, world_of
from tiles.levels.policy import CELL_UNITS
from tiles.snapshot.anchor import BUFFER

__all__ = ["dirty_tiles"]

_STEPS = 9
"""Places along each side of a box that are carried over: straight sides are bent on another map."""
_SLACK = 1
"""Tile units that rounding may move a point by."""


def dirty_tiles(
    matrix_set: TileMatrixSet, boxes: Iterable[BBox], zooms: Iterable[int], *, clusters: bool = False
) -> set[Tile]:
    """Tiles that may look different after an edit: those that the feature's boxes before and after reach.

    `clusters`: the layer has points that are gathered in squares at some of these zooms, so that an edit moves what
    stands for its neighbours. Raises `InputRefused` for boxes outside the area of tiles.
    """
    found: set[Tile] = set()
    levels = list(zooms)
    reach = BUFFER + _SLACK + (CELL_UNITS if clusters else 0)
    for box in boxes:
        world = world_of(_outline(box), matrix_set)
        low, high = world.min(axis=0), world.max(axis=0)
        for z in levels:
            bits = deepest(matrix_set) - z
            margin = reach << bits
            (west, north), (east, south) = (low - margin >> EXTENT_BITS + bits), (high + margin >> EXTENT_BITS + bits)
            columns, rows = matrix_set.size(z)
            across = range(max(int(west), 0), min(int(east), columns - 1) + 1)
            down = range(max(int(north), 0), min(int(south), rows - 1) + 1)
            found.update((z, x, y) for x in across for y in down)
    return found


def _outline(box: BBox) -> NDArray[np.float64]:
    x, y = np.linspace(box.west, box.east, _STEPS), np.linspace(box.south, box.north, _STEPS)
    sides = [(x, np.full(_STEPS, box.south)), (x, np.full(_STEPS, box.north))]
    sides += [(np.full(_STEPS, box.west), y), (np.full(_STEPS, box.east), y)]
    return np.concatenate([np.column_stack(side) for side in sides])
