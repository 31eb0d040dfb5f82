"""Well-known binary (OGC 06-103r4, ISO 13249-3) and PostGIS's EWKB to bare rings, walked by hand.

Counts are checked against the bytes that are there before anything is read, so a lying count costs nothing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from bopsgis.errors import FormatRefused, TooLarge
from bopsgis.formats.limits import Limits
from bopsgis.formats.outline import Outline, Polygon, Ring, refuse_counts, refuse_kind

__all__ = ["is_wkb", "parse"]

_Z, _M, _SRID = 0x80000000, 0x40000000, 0x20000000
_POLYGON, _MULTIPOLYGON, _COLLECTION = 3, 6, 7
_NAMES = {
    1: "Point",
    2: "LineString",
    4: "MultiPoint",
    5: "MultiLineString",
    7: "GeometryCollection",
}
_HEIGHTS_NOTE = "Heights in the coordinates were left out."


@dataclass(frozen=True, slots=True)
class _Header:
    order: str
    kind: int
    dimensions: int
    srid: int | None


class _Cursor:
    """A place in the bytes that never moves past their end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise FormatRefused("The well-known binary (WKB) is cut short or its counts are wrong.", code="not_wkb")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, order: str) -> int:
        return int(struct.unpack(order + "I", self.take(4))[0])


def is_wkb(data: bytes) -> bool:
    """Whether bytes begin like WKB: a byte order and a geometry type that exists."""
    if len(data) < 9 or data[0] not in (0, 1):
        return False
    kind = int.from_bytes(data[1:5], "little" if data[0] else "big") & ~(_Z | _M | _SRID)
    return 1 <= kind % 1000 <= 17 and kind < 4000


def parse(data: bytes, *, limits: Limits) -> Outline:
    """The site in WKB or EWKB. The system is the SRID if there is one, else unknown.

    Raises:
        InputRefused: with the fault in words.
    """
    cursor = _Cursor(data)
    header = _header(cursor)
    if header.kind == _COLLECTION:
        _refuse_depth(data, limits)
    if header.kind not in (_POLYGON, _MULTIPOLYGON):
        raise refuse_kind(_NAMES.get(header.kind, "unknown"))
    polygons = (_polygon(cursor, header, limits),) if header.kind == _POLYGON else _parts(cursor, header, limits)
    if cursor.left:
        raise FormatRefused("The well-known binary (WKB) has bytes after its end.", code="not_wkb")
    notes = (_HEIGHTS_NOTE,) if header.dimensions > 2 else ()
    return Outline(polygons, "EWKB" if header.srid else "WKB", header.srid, notes=notes)


def _header(cursor: _Cursor) -> _Header:
    mark = cursor.take(1)[0]
    if mark not in (0, 1):
        raise FormatRefused("The well-known binary (WKB) has no byte order that exists.", code="not_wkb")
    order = "<" if mark else ">"
    raw = cursor.number(order)
    iso = (raw & 0x0FFFFFFF) // 1000
    if iso > 3:
        raise FormatRefused("The well-known binary (WKB) has a type that does not exist.", code="not_wkb")
    has_z, has_m = bool(raw & _Z) or iso in (1, 3), bool(raw & _M) or iso in (2, 3)
    srid = cursor.number(order) if raw & _SRID else None
    return _Header(order, (raw & 0x0FFFFFFF) % 1000, 2 + has_z + has_m, srid or None)


def _parts(cursor: _Cursor, header: _Header, limits: Limits) -> tuple[Polygon, ...]:
    count = cursor.number(header.order)
    refuse_counts(count, 0, limits)
    polygons = []
    for _ in range(count):
        part = _header(cursor)
        if part.kind != _POLYGON:
            raise FormatRefused("The well-known binary (WKB) has a part that is not a polygon.", code="not_wkb")
        if part.srid not in (None, header.srid):
            raise FormatRefused("The well-known binary (WKB) has parts in different systems.", code="not_wkb")
        polygons.append(_polygon(cursor, part, limits))
    return tuple(polygons)


def _polygon(cursor: _Cursor, header: _Header, limits: Limits) -> Polygon:
    rings: list[Ring] = []
    total = 0
    for _ in range(cursor.number(header.order)):
        count = cursor.number(header.order)
        total += max(count, 1)
        refuse_counts(1, total, limits)
        raw = cursor.take(count * header.dimensions * 8)
        numbers = np.frombuffer(raw, dtype=header.order + "f8").astype(np.float64)
        rings.append(numbers.reshape(count, header.dimensions)[:, :2].copy())
    return tuple(rings)


def _refuse_depth(data: bytes, limits: Limits) -> None:
    """Follow the first member of each collection inward, in a loop and never by recursion."""
    cursor, depth = _Cursor(data), 1
    header = _header(cursor)
    while header.kind == _COLLECTION and cursor.number(header.order) and cursor.left:
        depth += 1
        if depth > limits.max_depth:
            raise TooLarge(f"The shapes are nested more than {limits.max_depth} deep.", code="too_deep")
        header = _header(cursor)
