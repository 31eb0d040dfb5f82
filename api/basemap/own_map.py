"""Tiles of our own base map: the layers of the base map folder, over land, sea and the lines of the national grid.

The layers are made ready in memory when the first tile is asked for. Where there is no base map the grid alone is
drawn, with the reason written on it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np

from api.basemap import ground
from api.maps.basemap import LAYERS
from tiles.grid import TileMatrixSet
from tiles.levels import Policy
from tiles.mvt import columns_of
from tiles.snapshot import LayerSource, Snapshot, in_memory, tile_of

__all__ = ["OwnMap", "layer_of"]

_FIELDS: Final = ("class", "kind", "label", "name")
"""Columns that the style draws by; others stay at home."""


class OwnMap:
    """Tiles from the layers in the folder `base` (`<layer>.geojson`, EPSG:27700). May be used by several threads."""

    def __init__(self, base: Path, town: str | None) -> None:
        self.town = town if base.is_dir() else None
        self._base = base
        self._lock = threading.Lock()
        self._opened: tuple[Snapshot, ...] | None = None

    def tile(self, grid: TileMatrixSet, z: int, x: int, y: int) -> bytes:
        """The tile, uncompressed; empty where nothing is drawn. The layers are made ready at the first call."""
        return tile_of(self.load(), grid, z, x, y).data

    def layers(self) -> list[dict[str, Any]]:
        """The tile layers as TileJSON 3.0 describes them."""
        names = [*ground.NAMES, *(path.stem for path in self._files)]
        return [
            {"id": name, "fields": dict.fromkeys(_FIELDS, "String"), "minzoom": ground.first_zoom(name)}
            for name in names
        ]

    def load(self) -> tuple[Snapshot, ...]:
        """Make the layers ready, once."""
        with self._lock:
            if self._opened is None:
                made = (in_memory(layer_of(file)) for file in self._files)
                self._opened = (*ground.snapshots(bare=not self._files), *made)
            return self._opened

    @cached_property
    def _files(self) -> tuple[Path, ...]:
        files = (self._base / f"{name}.geojson" for name in LAYERS)
        return tuple(file for file in files if file.is_file())


def layer_of(file: Path) -> LayerSource:
    """One layer from its file: features are numbered from 1 in the file's order."""
    frame = geopandas.read_file(file)
    columns = {name: _texts(frame[name]) for name in _FIELDS if name in frame.columns}
    fields = columns_of(columns)
    policy = Policy(minzoom=ground.first_zoom(file.stem), style=tuple(sorted(fields)), cluster_below=0)
    geometry = np.asarray(frame.geometry.array, dtype=object)
    return LayerSource(file.stem, geometry, np.arange(1, len(frame) + 1, dtype=np.uint64), fields, policy)


def _texts(values: Sequence[object]) -> list[str | None]:
    return [value if isinstance(value, str) and value else None for value in values]
