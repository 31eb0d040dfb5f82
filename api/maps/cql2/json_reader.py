"""CQL2 JSON (OGC 21-065r2, clause 8) to the same filter as CQL2 text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from api.maps.cql2.building import COMPARISONS, MAX_VERTICES, SPATIAL, TEMPORAL, Builder, shown
from api.maps.cql2.syntax import Expression, Interval, Value, refused
from bopsgis.errors import FormatRefused, TooLarge
from bopsgis.formats import strict_json

__all__ = ["read_json"]

_MAX_BYTES = 100_000
_MAX_JSON_DEPTH = 40
_SHAPES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")


def read_json(text: str, build: Builder) -> Expression:
    """The filter that a JSON text says. Raises RequestRefused with what is wrong."""
    try:
        value = strict_json.loads(text.encode(), max_bytes=_MAX_BYTES, max_depth=_MAX_JSON_DEPTH)
    except TooLarge as error:
        code = "filter_too_deep" if error.code == "too_deep" else "filter_too_large"
        raise refused(error.message, code) from None
    except FormatRefused as error:
        raise refused(f"The filter is not JSON. {error.message}") from None
    return _expression(value, build, 0)


def _expression(value: Any, build: Builder, depth: int) -> Expression:
    operator, arguments = _operation(value)
    if operator in ("and", "or"):
        deeper = build.deeper(depth)
        parts = [_expression(each, build, deeper) for each in _bounded(arguments)]
        if len(parts) < 2:
            raise refused(f"“{operator}” needs two parts or more.")
        return build.all_of(parts) if operator == "and" else build.any_of(parts)
    if operator == "not":
        (part,) = _exactly(operator, arguments, 1)
        return build.negation(_expression(part, build, build.deeper(depth)))
    return _leaf(operator, arguments, build)


def _leaf(operator: str, arguments: Sequence[Any], build: Builder) -> Expression:
    if operator in COMPARISONS:
        name, value = _exactly(operator, arguments, 2)
        return build.comparison(_name(name), operator, _value(value, build))
    if operator in SPATIAL:
        return _spatial(operator, arguments, build)
    if operator in TEMPORAL:
        name, when = _exactly(operator, arguments, 2)
        return build.temporal(operator, _name(name), _interval(when, build))
    return _special(operator, arguments, build)


def _special(operator: str, arguments: Sequence[Any], build: Builder) -> Expression:
    if operator == "isNull":
        (name,) = _exactly(operator, arguments, 1)
        return build.is_null(_name(name))
    if operator == "between":
        name, low, high = _exactly(operator, arguments, 3)
        return build.between(_name(name), _value(low, build), _value(high, build))
    if operator == "in":
        name, values = _exactly(operator, arguments, 2)
        if not isinstance(values, list):
            raise refused("“in” takes a list of values.")
        return build.one_of(_name(name), [_value(value, build) for value in _bounded(values)])
    if operator == "like":
        name, pattern = _exactly(operator, arguments, 2)
        if not isinstance(pattern, str):
            raise refused("“like” takes a pattern.")
        return build.like(_name(name), pattern)
    raise refused(f"The filter has an operator {shown(operator)} that is not known.", "operator_unknown")


def _operation(value: Any) -> tuple[str, Sequence[Any]]:
    if not isinstance(value, dict) or set(value) != {"op", "args"}:
        raise refused("Each part of the filter is an object with “op” and “args”.")
    operator, arguments = value["op"], value["args"]
    if not isinstance(operator, str) or not isinstance(arguments, list):
        raise refused("“op” is a text and “args” a list.")
    return operator, arguments


def _exactly(operator: str, arguments: Sequence[Any], count: int) -> Sequence[Any]:
    if len(arguments) != count:
        raise refused(f"“{operator}” takes {count} arguments.")
    return arguments


def _bounded(values: Sequence[Any]) -> Sequence[Any]:
    if len(values) > 100:
        raise refused("The filter has more than 100 parts.", "filter_too_large")
    return values


def _name(value: Any) -> str:
    if not isinstance(value, dict) or set(value) != {"property"} or not isinstance(value["property"], str):
        raise refused("The first argument names a property.")
    name: str = value["property"]
    return name


def _value(value: Any, build: Builder) -> Value:
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, dict):
        return _day(value, build)
    raise refused("A value is a text, a number, true, false or a date.", "value_refused")


def _day(value: Mapping[str, Any], build: Builder) -> str:
    text = value.get("date", value.get("timestamp"))
    if len(value) != 1 or not isinstance(text, str):
        raise refused("A date is written {“date”: “2026-01-31”}.", "date_refused")
    return build.day(text)


def _interval(value: Any, build: Builder) -> Interval:
    if not isinstance(value, dict):
        raise refused("An operator of time takes a date or an interval.", "date_refused")
    if "interval" not in value:
        day = _day(value, build)
        return Interval(day, day)
    ends = value["interval"]
    if not isinstance(ends, list) or len(ends) != 2:
        raise refused("An interval has two ends.", "date_refused")
    texts = [end if isinstance(end, str) else _day(end, build) if isinstance(end, dict) else "" for end in ends]
    return build.interval(*texts)


def _spatial(operator: str, arguments: Sequence[Any], build: Builder) -> Expression:
    count = 3 if operator == "s_dwithin" else 2
    name, shape, *rest = _exactly(operator, arguments, count)
    distance = _value(rest[0], build) if rest else None
    if distance is not None and type(distance) is not float:
        raise refused("A distance is a number of metres.")
    return build.spatial(operator, _name(name), _shape(shape), distance)


def _shape(value: Any) -> BaseGeometry:
    if isinstance(value, dict) and set(value) == {"bbox"}:
        return _box(value["bbox"])
    if not isinstance(value, dict) or set(value) != {"type", "coordinates"} or value["type"] not in _SHAPES:
        raise refused("A shape is a GeoJSON geometry.", "shape_refused")
    text = json.dumps(value)
    if text.count(",") > 3 * MAX_VERTICES:
        raise refused(f"A shape in a filter has 1 to {MAX_VERTICES:,} points.", "shape_refused")
    try:
        shape: BaseGeometry = shapely.from_geojson(text)
    except shapely.errors.GEOSException:
        raise refused("The shape in the filter is not a GeoJSON geometry.", "shape_refused") from None
    return shape


def _box(sides: Any) -> BaseGeometry:
    if not isinstance(sides, list) or len(sides) != 4 or not all(type(side) in (int, float) for side in sides):
        raise refused("A bbox has west, south, east and north.", "shape_refused")
    west, south, east, north = sides
    if not (west < east and south < north):
        raise refused("A bbox has west, south, east and north.", "shape_refused")
    return shapely.box(west, south, east, north)
