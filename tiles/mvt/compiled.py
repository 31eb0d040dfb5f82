"""The encoder compiled by numba: the same bytes as `clean` and `stream` write, in two passes over the features.

All arithmetic is on whole numbers, so there is nothing that a processor could round otherwise. Compiled code is
kept on disk and runs without Python's lock, so threads can share the work. Import this only through `kernel`:
numba takes a second to load.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tiles.features import LINE, POINT, POLYGON, TileFeatures
from tiles.mvt.stream import CLOSE_PATH, FEATURE, GEOMETRY, ID, KIND, LINE_TO, MOVE_TO, TAGS
from tiles.mvt.tags import Tags, tags_of
from tiles.mvt.values import Dictionary

__all__ = ["features_bytes", "read_only"]

_POINT_BYTES = 10
"""Most that a point takes: two varints of 32 bits."""
_PART_BYTES = 12
"""Most that the commands of a part take."""
_HEADER_BYTES = 32
"""Most that a feature takes besides its tags and geometry: three headers and lengths, id and kind."""


@njit(cache=True, nogil=True, inline="always")
def _put(out: Any, at: Any, value: Any) -> Any:
    """Write a varint; return where the next thing goes."""
    while value > 127:
        out[at] = value & 127 | 128
        value >>= 7
        at += 1
    out[at] = value
    return at + 1


@njit(cache=True, nogil=True, inline="always")
def _size(value: Any) -> Any:
    """Bytes that a number takes as a varint."""
    size = 1
    while value > 127:
        value >>= 7
        size += 1
    return size


@njit(cache=True, nogil=True)
def _fresh(coords: Any, begin: Any, end: Any, ring: Any, x: Any, y: Any) -> Any:
    """As `clean._without_repeats`, for one part: points into x and y, and how many they are."""
    n = 0
    for k in range(begin, end):
        px, py = np.int64(coords[k, 0]), np.int64(coords[k, 1])
        if n == 0 or px != x[n - 1] or py != y[n - 1]:
            x[n], y[n] = px, py
            n += 1
    if ring and n > 1 and x[n - 1] == x[0] and y[n - 1] == y[0]:
        n -= 1
    return n


@njit(cache=True, nogil=True)
def _doubled_area(x: Any, y: Any, n: Any) -> Any:
    """As `clean.doubled_areas`, for one ring."""
    area = np.int64(0)
    last = n - 1
    for k in range(n):
        area += x[last] * y[k] - x[k] * y[last]
        last = k
    return area


@njit(cache=True, nogil=True)
def _put_part(out: Any, at: Any, kind: Any, x: Any, y: Any, n: Any, turned: Any, cursor: Any) -> Any:
    """Write the commands of one part; return where the next thing goes."""
    at = _put(out, at, (n if kind == POINT else 1) << 3 | MOVE_TO)
    cx, cy = cursor[0], cursor[1]
    for i in range(n):
        k = n - 1 - i if turned else i
        if i == 1 and kind != POINT:
            at = _put(out, at, (n - 1) << 3 | LINE_TO)
        dx, dy = x[k] - cx, y[k] - cy
        cx, cy = x[k], y[k]
        at = _put(out, at, dx << 1 ^ dx >> 63)
        at = _put(out, at, dy << 1 ^ dy >> 63)
    cursor[0], cursor[1] = cx, cy
    if kind == POLYGON:
        at = _put(out, at, 1 << 3 | CLOSE_PATH)
    return at


@njit(cache=True, nogil=True)
def _geometries(kinds: Any, parts: Any, offsets: Any, exterior: Any, coords: Any, out: Any, ends: Any) -> None:
    """Write the geometry of all features, one after another; `ends` gets where each of them ends."""
    longest = 0
    for part in range(len(offsets) - 1):
        longest = max(longest, offsets[part + 1] - offsets[part])
    x, y, cursor = np.empty(longest, np.int64), np.empty(longest, np.int64), np.zeros(2, np.int64)
    at = 0
    for feature in range(len(kinds)):
        kind = kinds[feature]
        cursor[:] = 0
        outer_kept = False
        for part in range(parts[feature], parts[feature + 1]):
            outer = exterior[part]
            if kind == POLYGON and not outer and not outer_kept:
                continue
            n = _fresh(coords, offsets[part], offsets[part + 1], kind == POLYGON, x, y)
            area = _doubled_area(x, y, n) if kind == POLYGON else 0
            kept = area != 0 if kind == POLYGON else n >= (2 if kind == LINE else 1)
            if outer:
                outer_kept = kept
            if kept:
                at = _put_part(out, at, kind, x, y, n, kind == POLYGON and (area > 0) != outer, cursor)
        ends[feature] = at


@njit(cache=True, nogil=True)
def _tag_bytes(places: Any, row: Any) -> Any:
    size = 0
    for key in range(len(places)):
        if places[key, row] >= 0:
            size += _size(key) + _size(places[key, row])
    return size


@njit(cache=True, nogil=True)
def _features(rows: Any, kinds: Any, ids: Any, places: Any, geometry: Any, ends: Any, out: Any) -> Any:
    """Write the features whose numbers are `rows`; return how many bytes they take."""
    at = 0
    for row in range(len(rows)):
        feature = rows[row]
        begin = ends[feature - 1] if feature else 0
        drawn = ends[feature] - begin
        tagged = _tag_bytes(places, row)
        size = 3 + _size(drawn) + drawn
        if len(ids):
            size += 1 + _size(ids[feature])
        if tagged:
            size += 1 + _size(tagged) + tagged
        out[at] = FEATURE
        at = _put(out, at + 1, size)
        if len(ids):
            out[at] = ID
            at = _put(out, at + 1, ids[feature])
        if tagged:
            out[at] = TAGS
            at = _put(out, at + 1, tagged)
            for key in range(len(places)):
                if places[key, row] >= 0:
                    at = _put(out, _put(out, at, key), places[key, row])
        out[at], out[at + 1], out[at + 2] = KIND, kinds[feature], GEOMETRY
        at = _put(out, at + 3, drawn)
        out[at : at + drawn] = geometry[begin : begin + drawn]
        at += drawn
    return at


@njit(cache=True, nogil=True)
def _join(encoded: Any, starts: Any, places: Any, out: Any) -> None:
    """Copy runs of bytes to one another's ends."""
    at = i = 0
    while i < len(places):
        begin = starts[places[i]]
        # Neighbours in the dictionary are copied together.
        while i + 1 < len(places) and places[i + 1] == places[i] + 1:
            i += 1
        end = starts[places[i] + 1]
        out[at : at + end - begin] = encoded[begin:end]
        at += end - begin
        i += 1


def joined(dictionary: Dictionary, places: NDArray[np.int64]) -> bytes:
    """As `tags.joined`."""
    starts, encoded = (read_only(np.asarray(array)) for array in (dictionary.starts, dictionary.encoded))
    out = np.empty(int((starts[places + 1] - starts[places]).sum()), np.uint8)
    _join(encoded, starts, places, out)
    return out.tobytes()


def features_bytes(features: TileFeatures) -> tuple[memoryview, Tags | None]:
    """Clean and encode `checked` features; no tags where none is left."""
    kinds, parts, offsets, exterior, coords = (
        read_only(array)
        for array in (features.kind, features.parts, features.offsets, features.exterior, features.coords)
    )
    geometry = np.empty(_POINT_BYTES * len(coords) + _PART_BYTES * len(exterior), np.uint8)
    limits = np.zeros(len(kinds) + 1, np.int64)
    ends = limits[1:]
    _geometries(kinds, parts, offsets, exterior, coords, geometry, ends)
    rows = np.flatnonzero(ends != limits[:-1])
    if not len(rows):
        return memoryview(b""), None
    tags = tags_of(features.columns, rows, joined)
    ids = read_only(np.empty(0, np.uint64) if features.ids is None else features.ids)
    out = np.empty(int(ends[-1]) + len(rows) * (_HEADER_BYTES + _POINT_BYTES * len(tags.places)), np.uint8)
    size = _features(rows, kinds, ids, np.ascontiguousarray(tags.places), geometry, ends, out)
    return out[:size].data, tags


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view that cannot be written to: numba would compile once more for the arrays of a file mapped into memory."""
    view = array.view()
    view.flags.writeable = False
    return view
