"""A layer as it can be asked for in tiles: one version of it, whole."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from tiles.grid import Tile, TileMatrixSet
from tiles.snapshot import Answer, Edits, Snapshot, tile_of

__all__ = ["BASE_MAP", "CASES", "CONSTRAINTS", "OFFICERS", "Layer", "version_of"]

CONSTRAINTS, CASES, OFFICERS, BASE_MAP = "constraints", "cases", "officers", "basemap"
"""Names of the layers that are no dataset: all datasets together, public cases, officers' cases, the base map."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One version of a layer. Whoever holds one gets tiles of this version only."""

    name: str
    title: str
    description: str
    snapshots: tuple[Snapshot, ...]
    version: str
    credits: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    live: bool = False
    """It may change at any time, so that its tiles have to be asked for again."""
    private: bool = False
    """For officers of the council only."""
    shared: bool = True
    """Whether its tiles may be kept beyond this process's memory."""
    edits: Edits | None = field(default=None, repr=False)
    """What was merged into its one snapshot."""
    collection: bool = True
    """Whether it is a collection of OGC API - Features too."""
    stamps: Mapping[tuple[str, Tile], str] = field(default_factory=dict, repr=False)
    """Tiles, by matrix set, that edits have changed since `base`, and the version that last did."""
    base: str = ""
    """What all other tiles are of; the version where nothing is given."""

    def key(self, matrix_set: TileMatrixSet, tile: Tile) -> str:
        """Names everything that this tile depends on."""
        stamp = self.stamps.get((matrix_set.id, tile), self.base or self.version)
        return f"{self.name}/{stamp}/{matrix_set.id}/{tile[0]}/{tile[1]}/{tile[2]}"

    def draw(self, matrix_set: TileMatrixSet, tile: Tile) -> Answer:
        """Make the tile."""
        return tile_of(self.snapshots, matrix_set, *tile)

    @property
    def minzoom(self) -> int:
        """First zoom of WebMercatorQuad with anything to be seen."""
        return min((each.policy.minzoom for each in self.snapshots), default=0)


def version_of(parts: Mapping[str, str]) -> str:
    """A version of several layers together, from theirs."""
    told = "\n".join(f"{name} {version}" for name, version in parts.items())
    return hashlib.sha256(told.encode()).hexdigest()[:16]
