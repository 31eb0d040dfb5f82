"""The first 127 bytes of an archive (PMTiles v3, section 3)."""

from __future__ import annotations

import struct
from dataclasses import astuple, dataclass
from enum import IntEnum

from bopsgis.errors import FormatRefused

__all__ = ["HEADER_BYTES", "Compression", "Header", "TileType"]

HEADER_BYTES = 127
_LAYOUT = struct.Struct("<7sB11Q6B4iB2i")
_MAGIC = b"PMTiles"
_VERSION = 3
_E7 = 10_000_000
_COUNTS = (
    "root_offset",
    "root_length",
    "metadata_offset",
    "metadata_length",
    "leaves_offset",
    "leaves_length",
    "data_offset",
    "data_length",
    "addressed_tiles",
    "tile_entries",
    "tile_contents",
)
"""Fields of 64 bits, in their order."""


class Compression(IntEnum):
    """How directories, metadata and tiles are compressed."""

    UNKNOWN = 0
    NONE = 1
    GZIP = 2
    BROTLI = 3
    ZSTD = 4


class TileType(IntEnum):
    """What the tiles are."""

    UNKNOWN = 0
    MVT = 1
    PNG = 2
    JPEG = 3
    WEBP = 4
    AVIF = 5
    MLT = 6


@dataclass(frozen=True, slots=True)
class Header:
    """Where things are in an archive, in bytes, and what they cover (degrees, longitude first)."""

    root_offset: int
    root_length: int
    metadata_offset: int
    metadata_length: int
    leaves_offset: int
    leaves_length: int
    data_offset: int
    data_length: int
    addressed_tiles: int
    tile_entries: int
    tile_contents: int
    clustered: bool
    internal_compression: int
    tile_compression: int
    tile_type: int
    min_zoom: int
    max_zoom: int
    bounds: tuple[float, float, float, float]
    """West, south, east, north."""
    centre_zoom: int
    centre: tuple[float, float]

    def to_bytes(self) -> bytes:
        """Write the header."""
        *numbers, bounds, centre_zoom, centre = astuple(self)
        west, south, east, north = (round(degrees * _E7) for degrees in bounds)
        lon, lat = (round(degrees * _E7) for degrees in centre)
        whole = (int(number) for number in numbers)
        return _LAYOUT.pack(_MAGIC, _VERSION, *whole, west, south, east, north, centre_zoom, lon, lat)

    @staticmethod
    def from_bytes(data: bytes, size: int) -> Header:
        """Read the header of a file of `size` bytes. Raises `FormatRefused` for anything but a PMTiles v3 archive."""
        if len(data) < HEADER_BYTES or data[:7] != _MAGIC:
            raise FormatRefused("This file is not a PMTiles archive.", code="not_pmtiles")
        _, version, *numbers = _LAYOUT.unpack(data[:HEADER_BYTES])
        if version != _VERSION:
            raise FormatRefused(f"This is a PMTiles archive of version {version}; version 3 is read.")
        west, south, east, north, centre_zoom, lon, lat = numbers[17:]
        header = Header(
            **dict(zip(_COUNTS, numbers[:11], strict=True)),
            clustered=bool(numbers[11]),
            internal_compression=numbers[12],
            tile_compression=numbers[13],
            tile_type=numbers[14],
            min_zoom=numbers[15],
            max_zoom=numbers[16],
            bounds=(west / _E7, south / _E7, east / _E7, north / _E7),
            centre_zoom=centre_zoom,
            centre=(lon / _E7, lat / _E7),
        )
        header._check(size)
        return header

    def _check(self, size: int) -> None:
        sections = (
            (self.root_offset, self.root_length),
            (self.metadata_offset, self.metadata_length),
            (self.leaves_offset, self.leaves_length),
            (self.data_offset, self.data_length),
        )
        if any(offset + length > size for offset, length in sections):
            raise FormatRefused("The PMTiles archive is cut short.", code="pmtiles_damaged")
        if self.internal_compression not in (Compression.NONE, Compression.GZIP):
            raise FormatRefused("The directories of the PMTiles archive are compressed in a way that is not read here.")
