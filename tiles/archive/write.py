"""Writing an archive: clustered along the Hilbert curve, equal tiles kept once, in place at one stroke."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from isal import isal_zlib

from bopsgis.files import sync_folder
from tiles.archive.directory import Directory, Entry
from tiles.archive.header import HEADER_BYTES, Compression, Header, TileType
from tiles.archive.ids import tile_id, tile_place

__all__ = ["Placed", "write"]

Placed = tuple[int, int, int, bytes]
"""Zoom, column and row of a tile in WebMercatorQuad, and its bytes, not compressed."""

_FRONT_BYTES = 16_384
"""Header and root directory together: what a reader fetches first (PMTiles v3, section 3)."""
_LEAF_ENTRIES = 4_096
_GZIP_WBITS = 31
_LEVEL = 3
"""isal's strongest; it compresses as zlib's level 4 does, ten times as fast."""


def write(
    path: Path,
    tiles: Iterable[Placed],
    metadata: Mapping[str, Any],
    *,
    bounds: tuple[float, float, float, float] | None = None,
) -> Header:
    """Write vector tiles as a PMTiles v3 archive, whole or not at all; returns its header.

    Tiles may come in any order (in the order of their numbers they are not moved again); empty ones are left out;
    each is compressed with gzip. `metadata` becomes JSON; `bounds` are west, south, east and north in degrees,
    by default those of the tiles at the deepest zoom. Raises `ValueError` for a tile that cannot exist or comes
    twice.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=path.parent) as data:
        kept = _keep(tiles, data)
        directory = _directory(kept)
        part = path.with_name(path.name + ".part")
        try:
            with part.open("wb") as out:
                header = _assemble(out, directory, kept, data, _gzip(_json(metadata)), bounds)
                out.flush()
                os.fsync(out.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        sync_folder(path.parent)
    return header


def _json(metadata: Mapping[str, Any]) -> bytes:
    return json.dumps(metadata, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _gzip(data: bytes) -> bytes:
    return bytes(isal_zlib.compress(data, _LEVEL, _GZIP_WBITS))


@dataclass(slots=True)
class _Kept:
    """What has been put aside: for each tile its number and content, for each content where it lies."""

    tiles: dict[int, int] = field(default_factory=dict)
    contents: list[Entry] = field(default_factory=list)
    """Offset where it was put aside, length, offset in the archive."""
    clustered: bool = True


def _keep(tiles: Iterable[Placed], data: IO[bytes]) -> _Kept:
    kept, known = _Kept(), dict[bytes, int]()
    end, last = 0, -1
    for z, x, y, raw in tiles:
        if not raw:
            continue
        number = tile_id(z, x, y)
        if number in kept.tiles:
            raise ValueError(f"the tile {z}/{x}/{y} comes twice")
        digest = hashlib.blake2b(raw, digest_size=16).digest()
        if digest not in known:
            packed = _gzip(raw)
            data.write(packed)
            known[digest] = len(kept.contents)
            kept.contents.append((end, len(packed), end))
            end += len(packed)
        kept.tiles[number] = known[digest]
        kept.clustered &= number > last
        last = number
    if not kept.clustered:
        _cluster(kept)
    return kept


def _cluster(kept: _Kept) -> None:
    """Give contents their offsets in the order in which the tiles' numbers first ask for them."""
    kept.tiles = dict(sorted(kept.tiles.items()))
    end = 0
    for content in dict.fromkeys(kept.tiles.values()):
        place, length, _ = kept.contents[content]
        kept.contents[content] = (place, length, end)
        end += length


def _directory(kept: _Kept) -> Directory:
    directory = Directory([], [], [], [])
    before = -1
    for number, content in kept.tiles.items():
        if content == before and number == directory.tiles[-1] + directory.runs[-1]:
            directory.runs[-1] += 1
            continue
        _, length, offset = kept.contents[content]
        directory.tiles.append(number)
        directory.runs.append(1)
        directory.lengths.append(length)
        directory.offsets.append(offset)
        before = content
    return directory


def _split(directory: Directory) -> tuple[bytes, bytes]:
    """Root and leaves, compressed; the root fits behind the header, and leaves grow until it does."""
    root = _gzip(directory.to_bytes())
    entries = _LEAF_ENTRIES
    leaves = b""
    while HEADER_BYTES + len(root) > _FRONT_BYTES:
        root, leaves = _with_leaves(directory, entries)
        entries += entries // 4
    return root, leaves


def _with_leaves(directory: Directory, entries: int) -> tuple[bytes, bytes]:
    top, leaves = Directory([], [], [], []), bytearray()
    for first in range(0, len(directory.tiles), entries):
        part = slice(first, first + entries)
        leaf = Directory(directory.tiles[part], directory.runs[part], directory.lengths[part], directory.offsets[part])
        packed = _gzip(leaf.to_bytes())
        top.tiles.append(leaf.tiles[0])
        top.runs.append(0)
        top.lengths.append(len(packed))
        top.offsets.append(len(leaves))
        leaves += packed
    return _gzip(top.to_bytes()), bytes(leaves)


def _assemble(
    out: IO[bytes],
    directory: Directory,
    kept: _Kept,
    data: IO[bytes],
    metadata: bytes,
    bounds: tuple[float, float, float, float] | None,
) -> Header:
    root, leaves = _split(directory)
    lengths = (len(root), len(metadata), len(leaves), sum(length for _, length, _ in kept.contents))
    starts = list(itertools.accumulate(lengths, initial=HEADER_BYTES))
    zooms = [tile_place(number)[0] for number in (directory.tiles[:1] + directory.tiles[-1:])] or [0, 0]
    west, south, east, north = box = bounds or _bounds(list(kept.tiles), zooms[1])
    header = Header(
        root_offset=starts[0],
        root_length=lengths[0],
        metadata_offset=starts[1],
        metadata_length=lengths[1],
        leaves_offset=starts[2],
        leaves_length=lengths[2],
        data_offset=starts[3],
        data_length=lengths[3],
        addressed_tiles=len(kept.tiles),
        tile_entries=len(directory.tiles),
        tile_contents=len(kept.contents),
        clustered=True,
        internal_compression=Compression.GZIP,
        tile_compression=Compression.GZIP,
        tile_type=TileType.MVT,
        min_zoom=zooms[0],
        max_zoom=zooms[1],
        bounds=box,
        centre_zoom=zooms[0],
        centre=((west + east) / 2, (south + north) / 2),
    )
    for piece in (header.to_bytes(), root, metadata, leaves):
        out.write(piece)
    _copy(data, out, kept)
    return header


def _copy(data: IO[bytes], out: IO[bytes], kept: _Kept) -> None:
    if kept.clustered:
        data.seek(0)
        shutil.copyfileobj(data, out, 1 << 20)
        return
    for place, length, _ in sorted(kept.contents, key=lambda content: content[2]):
        data.seek(place)
        out.write(data.read(length))


def _bounds(numbers: Sequence[int], z: int) -> tuple[float, float, float, float]:
    """Degrees that the tiles of a zoom cover together."""
    places = [place for place in map(tile_place, numbers) if place[0] == z]
    if not places:
        return (-180.0, -85.0, 180.0, 85.0)
    across, down = [x for _, x, _ in places], [y for _, _, y in places]
    west, east = (column / 2**z * 360 - 180 for column in (min(across), max(across) + 1))
    north, south = (_latitude(row / 2**z) for row in (min(down), max(down) + 1))
    return (west, south, east, north)


def _latitude(share: float) -> float:
    """Latitude in degrees at a share of the way from the top of the square world to its bottom."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * share))))
