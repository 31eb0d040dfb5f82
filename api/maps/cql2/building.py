"""Leaves and branches of a filter, checked as they are made: names, kinds of values, sizes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import shapely
from shapely.geometry.base import BaseGeometry

from api.maps.areas import shape_to_grid
from api.maps.cql2.syntax import (
    GEOMETRY,
    MAX_DEPTH,
    MAX_LIKE_CHARACTERS,
    MAX_NODES,
    MAX_WILDCARDS,
    All,
    Any,
    Between,
    Comparison,
    Expression,
    Interval,
    IsNull,
    Like,
    Negation,
    OneOf,
    Property,
    Spatial,
    Value,
    refused,
)

__all__ = ["COMPARISONS", "SPATIAL", "TEMPORAL", "Builder", "shown"]

COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")
SPATIAL = {"s_intersects": "intersects", "s_within": "within", "s_dwithin": "dwithin"}
TEMPORAL = ("t_after", "t_before", "t_equals", "t_intersects", "t_during")
MAX_VERTICES = 2_000
MAX_DISTANCE_M = 50_000.0
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T[0-9:.]{5,20}(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII)
_KINDS = {"text": "text", "number": "a number", "date": "a date such as 2026-01-31", "boolean": "true or false"}


def shown(text: str) -> str:
    """A piece of somebody's text as it may be repeated in a message."""
    return repr(text[:40].encode("ascii", "backslashreplace").decode("ascii"))


def _given(day: str | None, operator: str) -> str:
    if day is None:
        raise refused(f"{operator.upper()} cannot be asked with this interval.", "date_refused")
    return day


@dataclass(slots=True)
class Builder:
    """Makes the parts of one filter over these properties; `crs` is the URI of its shapes' system."""

    properties: Mapping[str, Property]
    crs: str
    nodes: int = field(default=0, init=False)

    def comparison(self, name: str, operator: str, value: Value) -> Expression:
        """A property beside a value."""
        self._count()
        known = next((each for each in COMPARISONS if each == operator), None)
        if known is None:
            raise refused(f"The filter has an operator {shown(operator)} that is not known.", "operator_unknown")
        return Comparison(name, known, self._value(name, value))  # type: ignore[arg-type]  # one of COMPARISONS

    def between(self, name: str, low: Value, high: Value) -> Expression:
        """A range."""
        self._count()
        return Between(name, self._value(name, low), self._value(name, high))

    def one_of(self, name: str, values: Sequence[Value]) -> Expression:
        """A list of values; each counts as a node."""
        self._count(1 + len(values))
        return OneOf(name, tuple(self._value(name, value) for value in values))

    def is_null(self, name: str) -> Expression:
        """Nothing recorded."""
        self._count()
        self._property(name)
        return IsNull(name)

    def like(self, name: str, pattern: str) -> Expression:
        r"""A pattern with `%` for anything and `_` for one character; `\` before either makes it an ordinary one."""
        self._count()
        if self._property(name).kind != "text":
            raise refused(f"LIKE needs a property of text; {name} is not.")
        if len(pattern) > MAX_LIKE_CHARACTERS:
            raise refused(f"A pattern may have up to {MAX_LIKE_CHARACTERS} characters.")
        parts: list[list[tuple[str, bool]]] = [[]]
        characters = iter(pattern)
        for character in characters:
            if character == "\\":
                parts[-1].append((next(characters, "\\"), False))
            elif character == "%":
                parts.append([])
            else:
                parts[-1].append((character, character == "_"))
        if len(parts) - 1 > MAX_WILDCARDS:
            raise refused(f"A pattern may have up to {MAX_WILDCARDS} of %.")
        return Like(name, tuple(tuple(part) for part in parts))

    def spatial(self, operator: str, name: str, shape: BaseGeometry, distance_m: float | None = None) -> Expression:
        """How the feature's shape lies to another, which is given in the filter's system."""
        self._count()
        if name != GEOMETRY:
            raise refused(f"{operator.upper()} takes the property {GEOMETRY}, not {shown(name)}.", "property_unknown")
        if (operator == "s_dwithin") != (distance_m is not None):
            raise refused("S_DWITHIN takes a distance in metres, and nothing else does.")
        if distance_m is not None and not 0.0 <= distance_m <= MAX_DISTANCE_M:
            raise refused(f"A distance may be up to {MAX_DISTANCE_M:,.0f} metres.")
        return Spatial(SPATIAL[operator], self._shape(shape), distance_m or 0.0)  # type: ignore[arg-type]  # its values

    def temporal(self, operator: str, name: str, interval: Interval) -> Expression:
        """How a date lies to an instant or interval, said in comparisons."""
        if self._property(name).kind != "date":
            raise refused(f"{operator.upper()} needs a property that is a date; {name} is not.")
        start, end = interval.start, interval.end
        if operator == "t_equals":
            return self.comparison(name, "=", _given(start if start == end else None, operator))
        if operator == "t_after":
            return self.comparison(name, ">", _given(end, operator))
        if operator == "t_before":
            return self.comparison(name, "<", _given(start, operator))
        low, high = (">=", "<=") if operator == "t_intersects" else (">", "<")
        ends = ((low, start), (high, end))
        parts = [self.comparison(name, sign, day) for sign, day in ends if day is not None]
        return self.all_of(parts) if parts else self.negation(self.is_null(name))

    def all_of(self, parts: Sequence[Expression]) -> Expression:
        """AND."""
        self._count()
        return All(tuple(parts))

    def any_of(self, parts: Sequence[Expression]) -> Expression:
        """OR."""
        self._count()
        return Any(tuple(parts))

    def negation(self, part: Expression) -> Expression:
        """NOT."""
        self._count()
        return Negation(part)

    def deeper(self, depth: int) -> int:
        """One level further down. Raises where that is one too many."""
        if depth >= MAX_DEPTH:
            raise refused(f"The filter is nested more than {MAX_DEPTH} deep.", "filter_too_deep")
        return depth + 1

    @staticmethod
    def day(text: str) -> str:
        """A date, or the date of an instant. Raises for what the calendar does not have."""
        instant = _INSTANT.fullmatch(text)
        day = instant[1] if instant else text
        try:
            # Python reads other forms of dates too, which are refused with those that no calendar has.
            known = _DAY.fullmatch(day) and date.fromisoformat(day)
        except ValueError:
            known = None
        if not known:
            raise refused(f"{shown(text)} is no date: write 2026-01-31.", "date_refused")
        return known.isoformat()

    def interval(self, start: str, end: str) -> Interval:
        """From one date to another; `..` is open."""
        first = None if start in ("..", "") else self.day(start)
        last = None if end in ("..", "") else self.day(end)
        if first is not None and last is not None and first > last:
            raise refused("The interval ends before it begins.", "date_refused")
        return Interval(first, last)

    def _count(self, more: int = 1) -> None:
        self.nodes += more
        if self.nodes > MAX_NODES:
            raise refused(f"The filter has more than {MAX_NODES} parts.", "filter_too_large")

    def _property(self, name: str) -> Property:
        known = self.properties.get(name)
        if known is None or not known.queryable:
            raise refused(
                f"There is no property {shown(name)} to ask by.", "property_unknown", "The queryables list them."
            )
        return known

    def _value(self, name: str, value: Value) -> Value:
        kind = self._property(name).kind
        if kind == "date" and isinstance(value, str):
            return self.day(value)
        fits = {"text": str, "number": float, "boolean": bool}.get(kind)
        if fits is None or type(value) is not fits:
            raise refused(f"{name} is compared with {_KINDS[kind]}.", "value_refused")
        return value

    def _shape(self, shape: BaseGeometry) -> BaseGeometry:
        if shape.is_empty or shapely.get_num_coordinates(shape) > MAX_VERTICES:
            raise refused(f"A shape in a filter has 1 to {MAX_VERTICES:,} points.", "shape_refused")
        if not shape.is_valid:
            raise refused("The shape in the filter crosses itself or has too few points.", "shape_refused")
        return shape_to_grid(shape, self.crs)
