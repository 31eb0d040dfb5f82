"""Directories of an archive: which tile lies where (PMTiles v3, section 4.2)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bopsgis.errors import FormatRefused

__all__ = ["Directory", "Entry"]

Entry = tuple[int, int, int]
"""Offset, length in bytes, and run: for how many tiles it holds; a run of 0 is a directory below this one."""

Numbers = NDArray[np.int64]

_SEVEN_BITS = 7
_LONGEST = 9
"""Bytes of a number: 63 bits, so that nothing overflows a signed one."""


@dataclass(frozen=True, slots=True)
class Directory:
    """(n,) entries in the order of their tiles' numbers; offsets count from the beginning of their section."""

    tiles: list[int]
    runs: list[int]
    lengths: list[int]
    offsets: list[int]

    def find(self, tile: int) -> Entry | None:
        """What is said of a tile; None where there is nothing."""
        at = bisect_right(self.tiles, tile) - 1
        if at < 0:
            return None
        run = self.runs[at]
        if run and tile - self.tiles[at] >= run:
            return None
        return self.offsets[at], self.lengths[at], run

    def to_bytes(self) -> bytes:
        """Write the directory, not compressed."""
        offsets, lengths = np.array(self.offsets, np.int64), np.array(self.lengths, np.int64)
        follows = np.zeros(len(offsets), np.bool_)
        follows[1:] = offsets[1:] == offsets[:-1] + lengths[:-1]
        columns = (
            np.array([len(self.tiles)], np.int64),
            np.diff(np.array(self.tiles, np.int64), prepend=0),
            np.array(self.runs, np.int64),
            lengths,
            np.where(follows, 0, offsets + 1),
        )
        return _write_varints(np.concatenate(columns))

    @staticmethod
    def from_bytes(data: bytes) -> Directory:
        """Read a directory that is not compressed. Raises `FormatRefused`."""
        numbers = _read_varints(data)
        count = int(numbers[0]) if len(numbers) else 0
        if len(numbers) != 1 + 4 * count:
            raise FormatRefused("A directory of the PMTiles archive is damaged.", code="pmtiles_damaged")
        steps, runs, lengths, places = numbers[1:].reshape(4, count)
        offsets = _offsets(lengths, places)
        return Directory(np.cumsum(steps).tolist(), runs.tolist(), lengths.tolist(), offsets.tolist())


def _offsets(lengths: Numbers, places: Numbers) -> Numbers:
    """Where entries lie: 0 says right after the one before, any other number is the offset and one more."""
    if len(places) and places[0] == 0:
        raise FormatRefused("A directory of the PMTiles archive is damaged.", code="pmtiles_damaged")
    told = np.flatnonzero(places)
    ends = np.cumsum(lengths)
    begins = ends - lengths
    since = told[np.searchsorted(told, np.arange(len(places)), side="right") - 1] if len(told) else told
    offsets: Numbers = places[since] - 1 + begins - begins[since]
    return offsets


def _write_varints(numbers: Numbers) -> bytes:
    """Write (n,) numbers, none negative, seven bits to a byte, least first."""
    sizes = np.ones(len(numbers), np.int64)
    for size in range(1, _LONGEST):
        more = numbers >= 1 << _SEVEN_BITS * size
        if not more.any():
            break
        sizes += more
    ends = np.cumsum(sizes)
    out = np.empty(int(ends[-1]), np.uint8)
    for byte in range(int(sizes.max())):
        chosen = np.flatnonzero(sizes > byte)
        bits = (numbers[chosen] >> _SEVEN_BITS * byte) & 0x7F
        out[ends[chosen] - sizes[chosen] + byte] = bits | np.where(sizes[chosen] > byte + 1, 0x80, 0)
    return out.tobytes()


def _read_varints(data: bytes) -> Numbers:
    """Read all numbers. Raises `FormatRefused` where the last is cut short or one is over 63 bits."""
    raw = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(raw < 0x80) + 1
    begins = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
    if (len(ends) and ends[-1] != len(raw)) or (not len(ends) and len(raw)) or (ends - begins > _LONGEST).any():
        raise FormatRefused("A directory of the PMTiles archive is damaged.", code="pmtiles_damaged")
    within = np.arange(len(raw)) - np.repeat(begins, ends - begins)
    bits = (raw & 0x7F).astype(np.int64) << _SEVEN_BITS * within
    return np.add.reduceat(bits, begins) if len(begins) else np.empty(0, np.int64)
