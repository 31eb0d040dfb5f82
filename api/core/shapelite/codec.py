"""Geometries between SQL and shapely: EWKB in the database, hex or EWKT from the client."""

from __future__ import annotations

import re
import sqlite3
from functools import lru_cache
from typing import Any

import shapely
from geoalchemy2.elements import WKBElement, WKTElement

__all__ = ["bounds", "dump", "from_ewkt", "from_wkb", "load", "prepared", "srid_of"]

_EWKT = re.compile(r"\s*(?:SRID\s*=\s*(?P<srid>\d+)\s*;)?(?P<wkt>.*)", re.DOTALL | re.IGNORECASE)
_HEX = re.compile(r"[0-9A-Fa-f]+")


@lru_cache(maxsize=4096)
def load(ewkb: bytes) -> Any:
    """The shapely geometry of stored bytes; parsed once while it is in use."""
    return shapely.from_wkb(ewkb)


@lru_cache(maxsize=512)
def prepared(ewkb: bytes) -> Any:
    """A prepared geometry of its own: preparing changes the object, and `load` shares its objects."""
    geometry = shapely.from_wkb(ewkb)
    shapely.prepare(geometry)
    return geometry


@lru_cache(maxsize=4096)
def bounds(ewkb: bytes) -> tuple[float, float, float, float]:
    """West, south, east, north; NaN for an empty geometry. One parse for the four edges of a row."""
    west, south, east, north = shapely.bounds(shapely.from_wkb(ewkb)).tolist()
    return west, south, east, north


def srid_of(ewkb: bytes) -> int:
    """The EPSG code that the bytes carry, 0 for none."""
    return int(shapely.get_srid(load(ewkb)))


def dump(geometry: Any, srid: int = 0) -> bytes:
    """EWKB of a geometry with the EPSG code it is given."""
    ewkb: bytes = shapely.to_wkb(shapely.set_srid(geometry, srid), include_srid=True)
    return ewkb


def from_ewkt(value: str | bytes | memoryview | None) -> bytes | None:
    """EWKB from EWKT, from the hex of EWKB or from EWKB itself: GeoAlchemy2 binds all three."""
    if value is None or isinstance(value, bytes | memoryview):
        return None if value is None else bytes(value)
    if _HEX.fullmatch(value):
        return bytes.fromhex(value)
    match = _EWKT.fullmatch(value)
    if match is None:
        raise ValueError("not EWKT")
    return dump(shapely.from_wkt(match["wkt"]), int(match["srid"] or 0))


def from_wkb(value: str | bytes | None, srid: int | None = None) -> bytes | None:
    """EWKB from WKB or its hex, with the EPSG code set where one is given."""
    if value is None:
        return None
    raw = bytes.fromhex(value) if isinstance(value, str) else bytes(value)
    return raw if srid is None else dump(shapely.from_wkb(raw), int(srid))


def _bind_wkb(element: WKBElement) -> str | bytes:
    if element.extended:
        return str(element.desc)
    return dump(shapely.from_wkb(bytes(element.data)), max(element.srid, 0))


def _bind_wkt(element: WKTElement) -> str:
    return str(element.data) if element.extended else f"SRID={max(element.srid, 0)};{element.data}"


# sqlite3 knows adapters per process only; GeoAlchemy2's elements reach it as they are.
sqlite3.register_adapter(WKBElement, _bind_wkb)
sqlite3.register_adapter(WKTElement, _bind_wkt)
