"""Reading an archive: mapped into memory, its directories decoded once."""

from __future__ import annotations

import hashlib
import json
import mmap
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any

from bopsgis.errors import FormatRefused, NotFound
from tiles.archive.directory import Directory
from tiles.archive.header import HEADER_BYTES, Compression, Header
from tiles.archive.ids import tile_id, tile_place

__all__ = ["Archive", "open_archive"]

_DEPTH = 4
"""Directories below directories: the specification advises one level, and readers go down three."""
_KEPT = 256
"""Decoded leaf directories that are kept."""
_MOST_BYTES = 64 << 20
"""Of one directory or of the metadata, decompressed: more is taken for an attack."""
_GZIP_WBITS = 31


class Archive:
    """A PMTiles v3 archive. Threads may share one; a file that is replaced stays readable until it is closed."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as stream:
                self._bytes = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError as error:
            raise NotFound(f"There is no archive {path.name}.") from error
        except ValueError as error:  # mmap's word for an empty file
            raise FormatRefused("This file is not a PMTiles archive.", code="not_pmtiles") from error
        self.header = Header.from_bytes(self._bytes[:HEADER_BYTES], len(self._bytes))
        self._root = self._directory(self.header.root_offset, self.header.root_length)
        self._leaves: OrderedDict[tuple[int, int], Directory] = OrderedDict()
        self._lock = Lock()
        self.metadata: Mapping[str, Any] = MappingProxyType(self._read_metadata())
        front = self._bytes[: self.header.metadata_offset + self.header.metadata_length]
        self.version: str = hashlib.sha256(front + len(self._bytes).to_bytes(8, "little")).hexdigest()[:16]
        """Changes with the tiles that the archive was made of; for ETags."""

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self._bytes)

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """One tile as it is stored, compressed as `header.tile_compression` says; None where there is none.

        Raises `ValueError` for a tile that cannot exist, `FormatRefused` where the archive is damaged.
        """
        if not self.header.min_zoom <= z <= self.header.max_zoom:
            return None
        number, directory = tile_id(z, x, y), self._root
        for _ in range(_DEPTH):
            entry = directory.find(number)
            if entry is None:
                return None
            offset, length, run = entry
            if run:
                return self._tile_at(offset, length)
            directory = self._leaf(offset, length)
        raise FormatRefused("The directories of the PMTiles archive are nested too deep.", code="pmtiles_damaged")

    def places(self) -> Iterator[tuple[int, int, int]]:
        """Zoom, column and row of every tile, in the order of the archive."""
        yield from self._places(self._root, _DEPTH)

    def slice(self, start: int, stop: int) -> bytes:
        """Bytes `start` to `stop` (not included) of the file, for range requests; less where the file ends."""
        return self._bytes[max(start, 0) : max(stop, 0)]

    def close(self) -> None:
        """Let go of the file."""
        self._bytes.close()

    def _places(self, directory: Directory, depth: int) -> Iterator[tuple[int, int, int]]:
        if not depth:
            raise FormatRefused("The directories of the PMTiles archive are nested too deep.", code="pmtiles_damaged")
        rows = zip(directory.tiles, directory.runs, directory.offsets, directory.lengths, strict=True)
        for first, run, offset, length in rows:
            if run:
                yield from (tile_place(number) for number in range(first, first + run))
            else:
                yield from self._places(self._leaf(offset, length), depth - 1)

    def _tile_at(self, offset: int, length: int) -> bytes:
        start = self.header.data_offset + offset
        if offset + length > self.header.data_length:
            raise FormatRefused("A tile of the PMTiles archive lies outside it.", code="pmtiles_damaged")
        return self._bytes[start : start + length]

    def _leaf(self, offset: int, length: int) -> Directory:
        key = (offset, length)
        with self._lock:
            if key in self._leaves:
                self._leaves.move_to_end(key)
                return self._leaves[key]
        if offset + length > self.header.leaves_length:
            raise FormatRefused("A directory of the PMTiles archive lies outside it.", code="pmtiles_damaged")
        leaf = self._directory(self.header.leaves_offset + offset, length)
        with self._lock:
            self._leaves[key] = leaf
            while len(self._leaves) > _KEPT:
                self._leaves.popitem(last=False)
        return leaf

    def _directory(self, offset: int, length: int) -> Directory:
        return Directory.from_bytes(self._inflated(offset, length))

    def _read_metadata(self) -> dict[str, Any]:
        raw = self._inflated(self.header.metadata_offset, self.header.metadata_length)
        try:
            told = json.loads(raw or b"{}")
        except ValueError as error:
            raise FormatRefused("The metadata of the PMTiles archive are damaged.", code="pmtiles_damaged") from error
        if not isinstance(told, dict):
            raise FormatRefused("The metadata of the PMTiles archive are damaged.", code="pmtiles_damaged")
        return told

    def _inflated(self, offset: int, length: int) -> bytes:
        raw = self._bytes[offset : offset + length]
        if self.header.internal_compression == Compression.NONE or not raw:
            return raw
        stream = zlib.decompressobj(wbits=_GZIP_WBITS)
        try:
            data = stream.decompress(raw, _MOST_BYTES)
        except zlib.error as error:
            raise FormatRefused("A directory of the PMTiles archive is damaged.", code="pmtiles_damaged") from error
        if not stream.eof:
            raise FormatRefused("A directory of the PMTiles archive is damaged.", code="pmtiles_damaged")
        return data


def open_archive(path: Path) -> Archive:
    """Open an archive. Raises `NotFound`, or `FormatRefused` where it is not a PMTiles v3 archive or damaged."""
    return Archive(path)
