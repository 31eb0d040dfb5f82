"""The features of a layer as bytes, written by numpy: one row of numbers, and one pass that makes varints of it.

This is the reference. `compiled` writes the same bytes, sooner.

Every feature is a run of numbers: its header and length, its id, its tags, its kind, its geometry (Mapbox Vector
Tile 2.1, section 4.2 and 4.3). Lengths are not known before the numbers in them are counted out in bytes, so
they are nought at first and set between the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bopsgis.ragged import ranges
from tiles.features import POINT, POLYGON, TileFeatures
from tiles.mvt.clean import Cleaned
from tiles.mvt.ragged import starts_of
from tiles.mvt.tags import Tags

__all__ = [
    "CLOSE_PATH",
    "FEATURE",
    "GEOMETRY",
    "ID",
    "KIND",
    "LINE_TO",
    "MOVE_TO",
    "TAGS",
    "features_stream",
]

MOVE_TO, LINE_TO, CLOSE_PATH = 1, 2, 7
"""Commands; the count of repetitions stands three bits higher (4.3.1)."""
FEATURE, ID, TAGS, KIND, GEOMETRY = 0x12, 0x08, 0x12, 0x18, 0x22
"""Numbers and wire types of the field of a layer that holds a feature, and of the fields of a feature."""

_Numbers = NDArray[Any]
"""uint32, or uint64 where an id needs it."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where in the row of numbers the parts of each feature begin. Arrays of (f,)."""

    feature: NDArray[np.int64]
    """The header of the feature; its length follows."""
    tags: NDArray[np.int64]
    """The header of the tags, where `tagged`; their length follows."""
    tag_count: NDArray[np.int64]
    """Numbers of tags: two for each value."""
    kind: NDArray[np.int64]
    """The header of the kind; the kind, the header of the geometry and its length follow."""
    geometry: NDArray[np.int64]
    end: NDArray[np.int64]


def features_stream(features: TileFeatures, rows: NDArray[np.int64], cleaned: Cleaned, tags: Tags) -> bytes:
    """Encode these features of a layer: `rows` are the numbers of those that have a part in `cleaned`, ascending."""
    ints = _geometry_sizes(features.kind[cleaned.feature], cleaned.counts)
    part_starts = np.searchsorted(cleaned.feature, rows)
    layout = _laid_out(features, np.add.reduceat(ints, part_starts), tags)
    wide = features.ids is not None and int(features.ids[rows].max()) >= 1 << 32
    numbers: _Numbers = np.empty(int(layout.end[-1]), np.uint64 if wide else np.uint32)
    numbers[layout.feature] = FEATURE
    if features.ids is not None:
        numbers[layout.feature + 2] = ID
        numbers[layout.feature + 3] = features.ids[rows]
    numbers[layout.kind] = KIND
    numbers[layout.kind + 1] = features.kind[rows]
    numbers[layout.kind + 2] = GEOMETRY
    _write_tags(numbers, layout, tags)
    _write_geometry(numbers, layout, features.kind[cleaned.feature], cleaned, part_starts, ints)
    return _as_varints(numbers, layout)


def _geometry_sizes(kind: NDArray[np.uint8], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers that each part takes: its coordinates, its commands, and ClosePath for a ring."""
    sizes: NDArray[np.int64] = 2 * counts + np.where(kind == POINT, 1, 2) + (kind == POLYGON)
    return sizes


def _laid_out(features: TileFeatures, geometry_sizes: NDArray[np.int64], tags: Tags) -> _Layout:
    tag_count = 2 * (tags.places >= 0).sum(axis=0, dtype=np.int64)
    head = 2 if features.ids is None else 4
    tag_size = np.where(tag_count > 0, tag_count + 2, 0)
    starts = starts_of(head + tag_size + 4 + geometry_sizes)
    begin, end = starts[:-1], starts[1:]
    return _Layout(begin, begin + head, tag_count, begin + head + tag_size, end - geometry_sizes, end)


def _write_tags(numbers: _Numbers, layout: _Layout, tags: Tags) -> None:
    tagged = layout.tag_count > 0
    numbers[layout.tags[tagged]] = TAGS
    present = tags.places.T >= 0
    pairs = np.empty((*present.shape, 2), np.uint32)
    pairs[..., 0] = np.arange(present.shape[1])
    pairs[..., 1] = tags.places.T
    numbers[ranges(layout.tags + 2, layout.tag_count)] = pairs[present].ravel()


def _write_geometry(
    numbers: _Numbers,
    layout: _Layout,
    kind: NDArray[np.uint8],
    cleaned: Cleaned,
    part_starts: NDArray[np.int64],
    ints: NDArray[np.int64],
) -> None:
    numbers[ranges(layout.geometry, layout.end - layout.geometry)] = 0
    counts, first = cleaned.counts, starts_of(cleaned.counts)[:-1]
    part_ends = np.append(part_starts[1:], len(counts))
    # A part stands as far from its feature's geometry as the parts before it are long.
    ahead = starts_of(ints)[:-1]
    base = ahead + np.repeat(layout.geometry - ahead[part_starts], part_ends - part_starts)
    point = kind == POINT
    numbers[base] = np.where(point, counts << 3 | MOVE_TO, 1 << 3 | MOVE_TO)
    drawn = ~point
    numbers[base[drawn] + 3] = counts[drawn] - 1 << 3 | LINE_TO
    ring = kind == POLYGON
    numbers[base[ring] + ints[ring] - 1] = 1 << 3 | CLOSE_PATH
    steps = cleaned.coords.copy()
    steps[1:] -= cleaned.coords[:-1]
    steps[first[part_starts]] = cleaned.coords[first[part_starts]]
    zigzag = (steps << 1 ^ steps >> 31).view(np.uint32)
    along = np.arange(len(steps)) - np.repeat(first, counts)
    place = np.repeat(base + 1, counts) + 2 * along + ((along > 0) & np.repeat(drawn, counts))
    numbers[place] = zigzag[:, 0]
    numbers[place + 1] = zigzag[:, 1]


def _as_varints(numbers: _Numbers, layout: _Layout) -> bytes:
    """Set the lengths, then write all numbers as varints."""
    tagged = layout.tag_count > 0
    lengths = (layout.feature + 1, layout.tags[tagged] + 1, layout.kind + 3)
    for place in lengths:
        numbers[place] = 0
    sizes = _varint_sizes(numbers)
    at = starts_of(sizes)
    tag_bytes = (at[layout.tags + 2 + layout.tag_count] - at[layout.tags + 2])[tagged]
    geometry_bytes = at[layout.end] - at[layout.geometry]
    numbers[lengths[1]], sizes[lengths[1]] = tag_bytes, _varint_sizes(tag_bytes)
    numbers[lengths[2]], sizes[lengths[2]] = geometry_bytes, _varint_sizes(geometry_bytes)
    # Sizes of lengths have been one byte in `at` so far; what they take beyond that belongs to the feature.
    feature_bytes = at[layout.end] - at[layout.feature + 2] + _varint_sizes(geometry_bytes) - 1
    feature_bytes[tagged] += _varint_sizes(tag_bytes) - 1
    numbers[lengths[0]], sizes[lengths[0]] = feature_bytes, _varint_sizes(feature_bytes)
    return _written(numbers, sizes)


def _varint_sizes(numbers: _Numbers) -> NDArray[np.int64]:
    """Bytes that each number takes as a varint."""
    sizes = np.ones(len(numbers), np.int64)
    largest = int(numbers.max(initial=0))
    for bits in range(7, largest.bit_length(), 7):
        sizes += numbers >= 1 << bits
    return sizes


def _written(numbers: _Numbers, sizes: NDArray[np.int64]) -> bytes:
    at = starts_of(sizes)
    out = np.empty(int(at[-1]), np.uint8)
    place, rest, left = at[:-1], numbers, sizes
    while True:
        last = left == 1
        out[place] = (rest & 127).astype(np.uint8) | np.where(last, 0, 128).astype(np.uint8)
        if last.all():
            return out.tobytes()
        more = np.flatnonzero(~last)
        place, rest, left = place[more] + 1, rest[more] >> 7, left[more] - 1
