"""PMTiles version 3: a pyramid of tiles in one file that can be read a few bytes at a time."""

from __future__ import annotations

from tiles.archive.header import Compression, Header
from tiles.archive.ids import tile_id, tile_place
from tiles.archive.read import Archive, open_archive
from tiles.archive.write import Placed, write

__all__ = ["Archive", "Compression", "Header", "Placed", "open_archive", "tile_id", "tile_place", "write"]
