"""Counts how deeply well-known binary is nested, without building it: GEOS recurses without a limit."""

from __future__ import annotations

import struct
from typing import Final

__all__ = ["depth"]

_POINT, _LINE, _POLYGON, _LAST_COLLECTION = 1, 2, 3, 7
_COUNT_BYTES: Final = 4
_EWKB_Z, _EWKB_M, _EWKB_SRID = 0x80000000, 0x40000000, 0x20000000


def depth(data: bytes, most: int) -> int:
    """How many multi-part geometries and collections are nested in one another: 0 for a plain polygon.

    Counting stops at `most`. Data that ends early or is of another kind counts as far as it could be
    followed: the real reader says what is wrong with it.
    """
    try:
        return _depth(data, 0, most)[0]
    except (struct.error, IndexError):
        return 0


def _depth(data: bytes, position: int, most: int) -> tuple[int, int]:
    """(depth, position after the geometry that starts at `position`)."""
    order = "<" if data[position] == 1 else ">"
    (word,) = struct.unpack_from(f"{order}I", data, position + 1)
    kind, width = _kind(word)
    position += 5 + (_COUNT_BYTES if word & _EWKB_SRID else 0)
    if kind == _POINT:
        return 0, position + width
    (count,) = struct.unpack_from(f"{order}I", data, position)
    position += _COUNT_BYTES
    if kind == _LINE:
        return 0, position + count * width
    if kind == _POLYGON:
        return 0, _after_rings(data, position, order, count, width)
    deepest = 0
    if kind > _LAST_COLLECTION or most <= 1:
        return 1, position
    for _ in range(count):
        inner, position = _depth(data, position, most - 1)
        deepest = max(deepest, inner)
        if deepest >= most - 1:
            break
    return deepest + 1, position


def _after_rings(data: bytes, position: int, order: str, rings: int, width: int) -> int:
    for _ in range(rings):
        (points,) = struct.unpack_from(f"{order}I", data, position)
        position += _COUNT_BYTES + points * width
    return position


def _kind(word: int) -> tuple[int, int]:
    """(simple type number, bytes per position) from a WKB type word, ISO or EWKB."""
    iso = word & 0x0FFFFFFF
    extra = bool(word & _EWKB_Z) + bool(word & _EWKB_M) + (0, 1, 1, 2)[min(iso // 1000, 3)]
    return iso % 1000, 8 * (2 + extra)
