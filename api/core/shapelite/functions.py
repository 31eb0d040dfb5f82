"""PostGIS's functions as Python functions over EWKB, for SQLite to call.

Only what the project's queries use. Left out on purpose: ST_Transform (all transformations go through
`bopsgis.crs`, so that both stores give OSTN15's answer) and ST_MakeValid (boundaries are never repaired).
NULL in gives NULL out, as in PostGIS; two geometries with different EPSG codes are an error, as there.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from typing import Any

import shapely

from api.core.shapelite.codec import bounds, dump, from_ewkt, from_wkb, load, prepared, srid_of

__all__ = ["FUNCTIONS", "UnionAggregate", "register"]

Blob = bytes | None


def _measure(function: Callable[[Any], Any]) -> Callable[[Blob], Any]:
    def measured(ewkb: Blob) -> Any:
        return None if ewkb is None else function(load(ewkb))

    return measured


def _construct(function: Callable[..., Any]) -> Callable[..., Blob]:
    def constructed(ewkb: Blob, *arguments: Any) -> Blob:
        return None if ewkb is None else dump(function(load(ewkb), *arguments), srid_of(ewkb))

    return constructed


def _same_srid(a: bytes, b: bytes) -> int:
    first, second = srid_of(a), srid_of(b)
    if first != second:
        raise ValueError(f"geometries in EPSG:{first} and EPSG:{second} cannot be compared")
    return first


def _relation(function: Callable[[bytes, bytes], bool]) -> Callable[[Blob, Blob], int | None]:
    def related(a: Blob, b: Blob) -> int | None:
        if a is None or b is None:
            return None
        _same_srid(a, b)
        return int(function(a, b))

    return related


def _symmetric(function: Callable[[Any, Any], Any]) -> Callable[[Blob, Blob], int | None]:
    # The second argument is usually the query's constant: preparing it serves every row.
    return _relation(lambda a, b: bool(function(prepared(b), load(a))))


def _overlay(function: Callable[[Any, Any], Any]) -> Callable[[Blob, Blob], Blob]:
    def overlaid(a: Blob, b: Blob) -> Blob:
        if a is None or b is None:
            return None
        return dump(function(load(a), load(b)), _same_srid(a, b))

    return overlaid


def _edge(index: int) -> Callable[[Blob], float | None]:
    def edge(ewkb: Blob) -> float | None:
        if ewkb is None:
            return None
        value = bounds(ewkb)[index]
        return None if math.isnan(value) else value

    return edge


def _from_text(wkt: str | None, srid: int | None = None) -> Blob:
    return from_ewkt(None if wkt is None else f"SRID={srid};{wkt}" if srid else wkt)


def _as_geojson(ewkb: Blob, digits: int = 9, *_options: int) -> str | None:
    if ewkb is None:
        return None
    rounded = shapely.set_precision(load(ewkb), 10.0 ** -int(digits), mode="pointwise")
    text: str = shapely.to_geojson(rounded)
    return text


def _distance(a: Blob, b: Blob) -> float | None:
    if a is None or b is None:
        return None
    _same_srid(a, b)
    return float(shapely.distance(load(a), load(b)))


def _within_distance(a: Blob, b: Blob, distance_m: float) -> int | None:
    if a is None or b is None:
        return None
    _same_srid(a, b)
    return int(shapely.dwithin(prepared(b), load(a), distance_m))


def _multi(geometry: Any) -> Any:
    if geometry.geom_type.startswith("Multi") or geometry.geom_type == "GeometryCollection":
        return geometry
    return getattr(shapely, f"Multi{geometry.geom_type}")([geometry])


def _envelope(west: float, south: float, east: float, north: float, srid: int = 0) -> bytes:
    return dump(shapely.box(west, south, east, north), int(srid))


def _point(x: float, y: float, srid: int = 0) -> bytes:
    return dump(shapely.Point(x, y), int(srid))


FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "ST_GeomFromEWKT": (1, from_ewkt),
    "ST_GeomFromText": (-1, _from_text),
    "ST_GeomFromWKB": (-1, from_wkb),
    "ST_GeomFromEWKB": (-1, from_wkb),
    "ST_AsEWKB": (1, lambda ewkb: ewkb),
    "ST_AsBinary": (1, _measure(shapely.to_wkb)),
    "ST_AsText": (1, _measure(lambda geometry: geometry.wkt)),
    "ST_AsGeoJSON": (-1, _as_geojson),
    "ST_SRID": (1, _measure(lambda geometry: int(shapely.get_srid(geometry)))),
    "ST_SetSRID": (2, lambda ewkb, srid: None if ewkb is None else dump(load(ewkb), int(srid))),
    "ST_Area": (1, _measure(lambda geometry: geometry.area)),
    "ST_Length": (1, _measure(lambda geometry: geometry.length)),
    "ST_NPoints": (1, _measure(lambda geometry: int(shapely.get_num_coordinates(geometry)))),
    "ST_IsValid": (1, _measure(lambda geometry: int(geometry.is_valid))),
    "ST_IsEmpty": (1, _measure(lambda geometry: int(geometry.is_empty))),
    "ST_GeometryType": (1, _measure(lambda geometry: f"ST_{geometry.geom_type}")),
    "ST_XMin": (1, _edge(0)),
    "ST_YMin": (1, _edge(1)),
    "ST_XMax": (1, _edge(2)),
    "ST_YMax": (1, _edge(3)),
    "ST_X": (1, _measure(lambda geometry: geometry.x)),
    "ST_Y": (1, _measure(lambda geometry: geometry.y)),
    "ST_Centroid": (1, _construct(shapely.centroid)),
    "ST_PointOnSurface": (1, _construct(shapely.point_on_surface)),
    "ST_Envelope": (1, _construct(shapely.envelope)),
    "ST_Buffer": (2, _construct(shapely.buffer)),
    "ST_Multi": (1, _construct(_multi)),
    "ST_MakeEnvelope": (-1, _envelope),
    "ST_MakePoint": (2, _point),
    "ST_Point": (-1, _point),
    "ST_Intersects": (2, _symmetric(shapely.intersects)),
    "ST_Disjoint": (2, _symmetric(shapely.disjoint)),
    "ST_Touches": (2, _symmetric(shapely.touches)),
    "ST_Overlaps": (2, _symmetric(shapely.overlaps)),
    "ST_Crosses": (2, _symmetric(shapely.crosses)),
    "ST_Equals": (2, _relation(lambda a, b: bool(shapely.equals(load(a), load(b))))),
    "ST_Within": (2, _relation(lambda a, b: bool(shapely.contains(prepared(b), load(a))))),
    "ST_CoveredBy": (2, _relation(lambda a, b: bool(shapely.covers(prepared(b), load(a))))),
    "ST_Contains": (2, _relation(lambda a, b: bool(shapely.contains(load(a), load(b))))),
    "ST_Covers": (2, _relation(lambda a, b: bool(shapely.covers(load(a), load(b))))),
    "ST_DWithin": (3, _within_distance),
    "ST_Distance": (2, _distance),
    "ST_Intersection": (2, _overlay(shapely.intersection)),
    "ST_Difference": (2, _overlay(shapely.difference)),
}


class UnionAggregate:
    """ST_Union over rows."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []

    def step(self, ewkb: Blob) -> None:
        """Take one row."""
        if ewkb is not None:
            if self.rows:
                _same_srid(self.rows[0], ewkb)
            self.rows.append(ewkb)

    def finalize(self) -> Blob:
        """The union of all rows, NULL where there was none."""
        if not self.rows:
            return None
        return dump(shapely.union_all([load(row) for row in self.rows]), srid_of(self.rows[0]))


def register(connection: sqlite3.Connection) -> None:
    """Give a SQLite connection all functions."""
    for name, (arguments, function) in FUNCTIONS.items():
        connection.create_function(name, arguments, function, deterministic=True)
    # typeshed wants an aggregate of integers; SQLite takes blobs as well.
    connection.create_aggregate("ST_Union", 1, UnionAggregate)  # type: ignore[arg-type]  # see above
