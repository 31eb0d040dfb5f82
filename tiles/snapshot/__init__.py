"""Layers as tiles are made from them: immutable versions in memory-mapped files, small edits merged on the way out."""

from __future__ import annotations

from tiles.snapshot.composite import tile_of
from tiles.snapshot.delta import Edits
from tiles.snapshot.dirty import dirty_tiles
from tiles.snapshot.ladder import Answer
from tiles.snapshot.source import LayerSource
from tiles.snapshot.store import build, in_memory, open_snapshot, verify
from tiles.snapshot.view import Snapshot

__all__ = [
    "Answer",
    "Edits",
    "LayerSource",
    "Snapshot",
    "build",
    "dirty_tiles",
    "in_memory",
    "open_snapshot",
    "tile_of",
    "verify",
]
