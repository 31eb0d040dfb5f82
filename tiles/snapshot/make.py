"""Turning a layer into the arrays of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from tiles.features import POINT
from tiles.grid import NATIONAL_GRID, TileMatrixSet
from tiles.hilbert import hilbert_index
from tiles.levels.build import Level, full_level, level_at, low_zooms
from tiles.levels.shapes import Shapes, shapes_of
from tiles.levels.world import world_of
from tiles.mvt import Dictionary
from tiles.snapshot.source import LayerSource
from tiles.snapshot.table import Table, coded

__all__ = ["Levels", "dictionary_of", "geometry_levels", "make"]

_ORDER_BITS = 16
"""Features are kept along a Hilbert curve through 2^16 by 2^16 squares."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The geometry of a layer in one tile matrix set."""

    low: Mapping[int, Level]
    """By zoom."""
    full: Level

    def at(self, z: int) -> Level:
        """What a zoom is drawn from."""
        return self.low.get(z, self.full)


def make(layer: LayerSource, matrix_sets: Iterable[TileMatrixSet]) -> tuple[Table, dict[str, Levels]]:
    """Make the table and, by the name of the matrix set, the levels of a layer.

    Raises `InputRefused` where arrays do not fit together, or a place lies outside the area that tiles cover.
    """
    layer.check()
    order = _order(layer.geometry)
    names, places = tuple(layer.columns), dict[bytes, int]()
    codes = coded(layer.columns, names, order, places)
    table = Table(layer.ids[order].astype(np.uint64), names, codes, dictionary_of(places))
    shapes = shapes_of(layer.geometry[order])
    style = table.style(layer.policy.style)
    return table, {each.id: geometry_levels(shapes, style, each, layer) for each in matrix_sets}


def dictionary_of(places: Mapping[bytes, int]) -> Dictionary:
    """A dictionary of values that are encoded already, in their order."""
    starts = np.zeros(len(places) + 1, np.int64)
    np.cumsum([len(entry) for entry in places], out=starts[1:])
    return Dictionary(np.frombuffer(b"".join(places), np.uint8), starts)


def geometry_levels(shapes: Shapes, style: NDArray[np.int32], matrix_set: TileMatrixSet, layer: LayerSource) -> Levels:
    """All versions of the geometry, which is given in EPSG:27700; `style` are codes of the style attributes."""
    world = replace(shapes, coords=world_of(shapes.coords, matrix_set))
    points_only = bool((shapes.kind == POINT).all())
    zooms = low_zooms(matrix_set, layer.policy, points_only=points_only)
    low = {z: level_at(z, world, style, matrix_set, layer.policy) for z in zooms}
    return Levels(low, full_level(world, style, matrix_set))


def _order(geometry: NDArray[np.object_]) -> NDArray[np.int64]:
    """Features along the Hilbert curve, those without geometry last."""
    boxes = shapely.bounds(geometry)
    west, south, east, north = NATIONAL_GRID.extent
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    share = (np.nan_to_num(centre, nan=east) - (west, south)) / max(east - west, north - south)
    x, y = (np.clip(share, 0, 1) * ((1 << _ORDER_BITS) - 1)).astype(np.uint64).T
    return np.argsort(hilbert_index(x, y, _ORDER_BITS), kind="stable")
