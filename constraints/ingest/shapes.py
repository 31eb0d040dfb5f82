"""Geometry of one row from the notations that deliveries use: GeoJSON mappings, WKT and hexadecimal WKB.

Nesting is counted before GEOS sees anything: a collection nested some ten thousand deep ends the process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from constraints.ingest import wkbscan
from constraints.ingest.limits import LIMITS
from constraints.ingest.raw import Geometries, UnreadableGeometry, object_array

__all__ = ["from_mapping", "from_text", "from_wkb", "read_each"]

_T = TypeVar("_T")

_SRID: Final = re.compile(r"^\s*SRID\s*=\s*\d+\s*;\s*", re.IGNORECASE)
_HEX: Final = re.compile(r"^[0-9A-Fa-f]{18,}$")


def from_mapping(value: Any) -> shapely.Geometry | None:
    """The geometry of a GeoJSON geometry object (already parsed); None for null. Heights are dropped.

    Open rings are closed, as every GIS does; whether that is right shows when validity is checked.

    Raises:
        UnreadableGeometry: with a sentence that says what is wrong.
    """
    return None if value is None else _from_mapping(value, 0)


def from_text(text: str) -> shapely.Geometry | None:
    """The geometry of a WKT, EWKT or hexadecimal WKB text; None for an empty text.

    Raises:
        UnreadableGeometry: with a sentence that says what is wrong.
    """
    text = _SRID.sub("", text.strip(), count=1)
    if not text:
        return None
    if _HEX.match(text) and len(text) % 2 == 0:
        return from_wkb(bytes.fromhex(text))
    if text.upper().count("COLLECTION") > LIMITS.max_collection_depth:
        raise UnreadableGeometry("its geometry is a collection of too many collections")
    try:
        return shapely.force_2d(shapely.from_wkt(text))
    except (shapely.errors.GEOSException, ValueError) as error:
        raise UnreadableGeometry(f"its geometry is no well-known text ({_first_line(error)})") from error


def from_wkb(data: bytes | None) -> shapely.Geometry | None:
    """The geometry of WKB or EWKB bytes; None for none.

    Raises:
        UnreadableGeometry: with a sentence that says what is wrong.
    """
    if not data:
        return None
    if wkbscan.depth(data, LIMITS.max_collection_depth + 1) > LIMITS.max_collection_depth:
        raise UnreadableGeometry("its geometry is a collection of too many collections")
    try:
        return shapely.force_2d(shapely.from_wkb(data))
    except (shapely.errors.GEOSException, ValueError) as error:
        raise UnreadableGeometry(f"its geometry is no well-known binary ({_first_line(error)})") from error


def read_each(values: Iterable[_T], read: Callable[[_T], shapely.Geometry | None]) -> tuple[Geometries, dict[int, str]]:
    """(n,) geometries of many rows, and for each row that cannot be read its index (from 0) and a sentence."""
    geometries: list[shapely.Geometry | None] = []
    unreadable: dict[int, str] = {}
    for row, value in enumerate(values):
        try:
            geometries.append(read(value))
        except UnreadableGeometry as error:
            unreadable[row] = str(error)
            geometries.append(None)
    return object_array(geometries), unreadable


def _from_mapping(value: Any, depth: int) -> shapely.Geometry:
    if not isinstance(value, Mapping):
        raise UnreadableGeometry("its geometry is not an object")
    kind = value.get("type")
    if kind == "GeometryCollection":
        return _collection(value.get("geometries"), depth)
    make = _MAKERS.get(str(kind))
    if make is None:
        raise UnreadableGeometry(f"its geometry is of an unknown type, {str(kind)[:40]!r}")
    coordinates = value.get("coordinates")
    if not isinstance(coordinates, list):
        raise UnreadableGeometry("its geometry has no list of coordinates")
    try:
        with np.errstate(invalid="ignore"):  # a number that is none is found later, where its row is placed
            return make(coordinates)
    except (shapely.errors.GEOSException, ValueError, TypeError, OverflowError) as error:
        raise UnreadableGeometry(f"its {kind} has coordinates that make no shape ({_first_line(error)})") from error


def _collection(members: Any, depth: int) -> shapely.Geometry:
    if depth >= LIMITS.max_collection_depth:
        raise UnreadableGeometry("its geometry is a collection of too many collections")
    if not isinstance(members, list):
        raise UnreadableGeometry("its geometry collection has no list of geometries")
    return shapely.GeometryCollection([_from_mapping(each, depth + 1) for each in members if each is not None])


def _positions(coordinates: Sequence[Any]) -> NDArray[np.float64]:
    """(n, 2) array of x and y; rows of two, three or more numbers may be mixed."""
    if not coordinates:
        return np.empty((0, 2))
    try:
        array = np.asarray(coordinates, dtype=np.float64)
    except ValueError:
        array = np.asarray([position[:2] for position in coordinates], dtype=np.float64)
    if array.ndim != 2 or array.shape[1] < 2:
        raise ValueError("a list of positions was expected")
    return array[:, :2]


def _point(coordinates: Sequence[Any]) -> shapely.Geometry:
    return shapely.points(_positions([coordinates])[0]) if coordinates else shapely.Point()


def _line(coordinates: Sequence[Any]) -> shapely.Geometry:
    return shapely.LineString(_positions(coordinates))


def _polygon(rings: Sequence[Any]) -> shapely.Geometry:
    if not rings or not rings[0]:
        return shapely.Polygon()
    shell, *holes = (_positions(ring) for ring in rings if ring)
    return shapely.Polygon(shell, holes)


def _many(
    make: Callable[[Sequence[Any]], shapely.Geometry], gather: Callable[[list[shapely.Geometry]], shapely.Geometry]
) -> Callable[[Sequence[Any]], shapely.Geometry]:
    def made(parts: Sequence[Any]) -> shapely.Geometry:
        return gather([part for part in map(make, parts) if not part.is_empty])

    return made


_MAKERS: Final[Mapping[str, Callable[[Sequence[Any]], shapely.Geometry]]] = {
    "Point": _point,
    "LineString": _line,
    "Polygon": _polygon,
    "MultiPoint": _many(_point, shapely.MultiPoint),
    "MultiLineString": _many(_line, shapely.MultiLineString),
    "MultiPolygon": _many(_polygon, shapely.MultiPolygon),
}


def _first_line(error: Exception) -> str:
    return str(error).split("\n", maxsplit=1)[0][:120]
