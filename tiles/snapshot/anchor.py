"""Large shapes cut down to the surroundings of a tile, kept for the tiles below it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from tiles.clip import reduced
from tiles.features import POINT
from tiles.grid import EXTENT_BITS, Tile
from tiles.levels import Level, Shapes

__all__ = ["BUFFER", "LARGE", "STEP", "Anchors", "Surroundings", "surroundings"]

BUFFER = 64
"""Tile units around a tile that are drawn with it, so that lines and symbols meet at the seam."""
LARGE = 256
"""Shapes with more points than this are worth cutting down."""
STEP = 3
"""Zooms between a tile and the one below whose large shapes are cut down from its."""
_KEPT_POINTS = 4_000_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Large shapes of a level where they come near a tile: the same inside its buffered box, less outside."""

    entries: NDArray[np.int64]
    """Their numbers in the level, ascending."""
    shapes: Shapes
    """In the level's units."""

    def of(self, entries: NDArray[np.int64]) -> Shapes:
        """Some of them, by their numbers in the level, all of which must be there."""
        return self.shapes.take(np.searchsorted(self.entries, entries))


def surroundings(level: Level, tile: Tile, above: Surroundings | None) -> Surroundings:
    """Cut large shapes down to a tile, from those of a tile above it where they are given."""
    z, x, y = tile
    bits = level.zoom - z
    side, margin = 1 << EXTENT_BITS + bits, BUFFER << bits
    west, north = x * side, y * side
    entries = level.tree.meeting((west - margin, north - margin, west + side + margin, north + side + margin))
    entries = entries[(level.shapes.vertices(entries) > LARGE) & (level.shapes.kind[entries] != POINT)]
    shapes = level.shapes.take(entries) if above is None else above.of(entries)
    corner = np.array([west, north])
    less = reduced(replace(shapes, coords=shapes.coords.astype(np.int64) - corner), -margin, side + margin)
    return Surroundings(entries, replace(less, coords=less.coords + corner))


class Anchors:
    """Surroundings of tiles, the latest ones kept, shared by threads."""

    def __init__(self, most_points: int = _KEPT_POINTS) -> None:
        self._kept: OrderedDict[Hashable, Surroundings] = OrderedDict()
        self._points, self._most = 0, most_points
        self._lock = Lock()

    def above(self, key: str, level: Level, tile: Tile, first: int) -> Surroundings:
        """Surroundings of the tile that lies one to `STEP` zooms above a tile, at zoom first - 1, first + 2, ..."""
        z, x, y = tile
        up = (z - first) % STEP + 1
        parent = (z - up, x >> up, y >> up)
        with self._lock:
            found = self._kept.get((key, parent))
            if found is not None:
                self._kept.move_to_end((key, parent))
                return found
        higher = self.above(key, level, parent, first) if parent[0] >= first else None
        made = surroundings(level, parent, higher)
        self._keep((key, parent), made)
        return made

    def _keep(self, key: Hashable, made: Surroundings) -> None:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._points += len(made.shapes.coords)
            while self._points > self._most and len(self._kept) > 1:
                self._points -= len(self._kept.popitem(last=False)[1].shapes.coords)
