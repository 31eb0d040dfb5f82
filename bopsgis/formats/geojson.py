"""GeoJSON (RFC 7946) to bare rings, with the legacy `crs` member where it names a system that we accept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bopsgis import crs as systems
from bopsgis.errors import BoundaryRefused, FormatRefused, TooLarge
from bopsgis.formats import strict_json
from bopsgis.formats.limits import Limits
from bopsgis.formats.outline import Outline, Polygon, Ring, refuse_counts, refuse_kind

__all__ = ["outline_of", "parse"]

_FORMAT = "GeoJSON"
_POLYGONS = ("Polygon", "MultiPolygon")
_OTHER_KINDS = ("Point", "MultiPoint", "LineString", "MultiLineString")
_CRS84 = re.compile(r"urn:ogc:def:crs:OGC:(1\.3)?:CRS84|OGC:CRS84", re.ASCII)
_EPSG = re.compile(r"(?:urn:ogc:def:crs:EPSG:[0-9.]{0,10}:|EPSG:)([0-9]{1,6})", re.ASCII)
_HEIGHTS_NOTE = "Heights in the coordinates were left out."


def parse(data: bytes, *, limits: Limits) -> Outline:
    """The site in a GeoJSON text given as bytes; strict about JSON as well as GeoJSON.

    Raises:
        InputRefused: with the fault in words.
    """
    value = strict_json.loads(data, max_bytes=limits.max_bytes, max_depth=limits.max_json_depth)
    if not isinstance(value, dict):
        raise FormatRefused("The JSON is not GeoJSON: it is not an object.", code="not_geojson")
    return outline_of(value, limits=limits)


def outline_of(data: Mapping[str, Any], *, limits: Limits) -> Outline:
    """The site in a parsed GeoJSON object; without a `crs` member it is in longitude and latitude (RFC 7946).

    Raises:
        InputRefused: with the fault in words.
    """
    declared = _declared_crs(data)
    geometry, notes = _geometry_of(data)
    polygons, has_heights = _polygons_of(geometry, limits)
    if has_heights:
        notes = (*notes, _HEIGHTS_NOTE)
    return Outline(polygons, _FORMAT, declared or systems.WGS84, declared is None, notes)


def _declared_crs(data: Mapping[str, Any]) -> int | None:
    if data.get("crs") is None:
        return None
    member = data["crs"]
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(name, str) and _CRS84.fullmatch(name):
        return systems.WGS84
    match = _EPSG.fullmatch(name) if isinstance(name, str) else None
    if match is not None and int(match[1]) in (systems.WGS84, systems.NATIONAL_GRID):
        return int(match[1])
    shown = name[:60] if isinstance(name, str) else "something that cannot be read"
    raise BoundaryRefused(
        f"The GeoJSON names its coordinate system as {shown}.",
        code="crs_not_supported",
        hint="Use EPSG:4326 (longitude and latitude) or EPSG:27700 (national grid).",
    )


def _geometry_of(data: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The one polygonal geometry, out of a Feature or FeatureCollection if need be, and notes."""
    if data.get("type") == "Feature":
        return _geometry_member(data), ()
    if data.get("type") != "FeatureCollection":
        return data, ()
    features = data.get("features")
    if not isinstance(features, list) or not all(isinstance(f, dict) and f.get("type") == "Feature" for f in features):
        raise FormatRefused("The GeoJSON's list of features is missing or is not one.", code="not_geojson")
    if len(features) == 1:
        return _geometry_member(features[0]), ()
    sites = [f for f in features if isinstance(f.get("geometry"), dict) and f["geometry"].get("type") in _POLYGONS]
    if len(sites) != 1:
        raise BoundaryRefused(
            f"The file has {len(features):,} features, {len(sites):,} of them areas; a site boundary is one.",
            code="not_one_site",
            hint="Give one feature; a site in several parts is one MultiPolygon.",
        )
    return _geometry_member(sites[0]), (f"{len(features) - 1:,} features that are not areas were left out.",)


def _geometry_member(feature: Mapping[str, Any]) -> Mapping[str, Any]:
    geometry = feature.get("geometry")
    if geometry is None:
        raise BoundaryRefused("The feature has no geometry.", code="empty", hint="Draw the outline of the site.")
    if not isinstance(geometry, dict):
        raise FormatRefused("The feature's geometry is not an object.", code="not_geojson")
    return geometry


def _polygons_of(geometry: Mapping[str, Any], limits: Limits) -> tuple[tuple[Polygon, ...], bool]:
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        _refuse_depth(geometry, limits)
    if kind in ("GeometryCollection", *_OTHER_KINDS):
        raise refuse_kind(str(kind))
    if kind not in _POLYGONS:
        raise FormatRefused("The GeoJSON has no type that RFC 7946 knows.", code="not_geojson")
    members = _list(geometry.get("coordinates"))
    polygons = [_list(polygon) for polygon in (members if kind == "MultiPolygon" else [members])]
    rings = [_list(ring) for polygon in polygons for ring in polygon]
    refuse_counts(len(polygons), sum(len(ring) for ring in rings), limits)
    has_heights = any(isinstance(position, list) and len(position) == 3 for ring in rings for position in ring)
    return tuple(tuple(_ring(ring) for ring in polygon) for polygon in polygons), has_heights


def _list(value: object) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise FormatRefused("The GeoJSON's coordinates are not nested as its type needs.", code="not_geojson")
    return list(value)


def _ring(positions: Sequence[Any]) -> Ring:
    return np.array([_position(position) for position in positions], dtype=np.float64).reshape(-1, 2)


def _position(position: object) -> tuple[float, float]:
    if not isinstance(position, (list, tuple)) or len(position) not in (2, 3):
        raise FormatRefused("A position in the GeoJSON is not two or three numbers.", code="not_geojson")
    if not all(type(number) in (int, float) for number in position):
        raise FormatRefused("A position in the GeoJSON has something that is not a number.", code="not_geojson")
    try:
        return float(position[0]), float(position[1])
    except OverflowError as error:
        raise BoundaryRefused("A coordinate is not an ordinary number.", code="not_finite") from error


def _refuse_depth(geometry: Mapping[str, Any], limits: Limits) -> None:
    """Refuse collections in collections beyond the limit, level by level and never by recursion."""
    level: list[Any] = [geometry]
    depth = 0
    while level:
        depth += 1
        if depth > limits.max_depth:
            raise TooLarge(f"The shapes are nested more than {limits.max_depth} deep.", code="too_deep")
        members = [shape.get("geometries") for shape in level if isinstance(shape, dict)]
        level = [shape for shapes in members if isinstance(shapes, list) for shape in shapes]
