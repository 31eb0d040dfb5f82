"""A filter as a condition of a database query: values are bound, columns come from a table of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any as Anything

from geoalchemy2 import functions as spatial
from geoalchemy2.shape import from_shape
from sqlalchemy import ColumnElement, String, and_, collate, false, not_, or_
from sqlalchemy.sql.elements import KeyedColumnElement

from api.maps.cql2.syntax import (
    All,
    Any,
    Between,
    Comparison,
    Expression,
    IsNull,
    Like,
    Negation,
    OneOf,
    Property,
    Spatial,
    Value,
)

__all__ = ["Target", "condition"]

Condition = ColumnElement[bool]


class Target:
    """The columns that a filter's properties mean, with the column of shapes, on one of the two stores."""

    def __init__(
        self,
        columns: Mapping[str, Anything],
        properties: Mapping[str, Property],
        shape: Anything,
        *,
        postgresql: bool,
    ) -> None:
        self.columns = columns
        self.properties = properties
        self.shape = shape
        self.postgresql = postgresql

    def column(self, name: str) -> Anything:
        """The column of a property; text compares by its characters' numbers on both stores."""
        column: KeyedColumnElement[Anything] = self.columns[name]
        if self.postgresql and isinstance(column.type, String):
            return collate(column, "C")
        return column

    def value(self, name: str, value: Value) -> Anything:
        """A value as the column has it."""
        return date.fromisoformat(str(value)) if self.properties[name].kind == "date" else value


def condition(expression: Expression, target: Target) -> Condition:
    """The condition for a filter to hold; not for it to be unknown, and NOT of unknown does not hold either."""
    return _condition(expression, target, holds=True)


def _condition(expression: Expression, target: Target, *, holds: bool) -> Condition:
    if isinstance(expression, Negation):
        return _condition(expression.part, target, holds=not holds)
    if isinstance(expression, All | Any):
        parts = [_condition(part, target, holds=holds) for part in expression.parts]
        return and_(*parts) if isinstance(expression, All) is holds else or_(*parts)
    if isinstance(expression, Spatial):
        return _spatial(expression, target, holds=holds)
    column = target.columns[expression.property]
    if isinstance(expression, IsNull):
        return column.is_(None) if holds else column.is_not(None)  # type: ignore[no-any-return]  # columns are untyped
    said = _said(expression, target)
    return said if holds else not_(said)


def _spatial(expression: Spatial, target: Target, *, holds: bool) -> Condition:
    there = target.shape.is_not(None)
    if expression.shape.is_empty:
        return false() if holds else there
    shape = from_shape(expression.shape, srid=27700, extended=True)
    relations: Mapping[str, Anything] = {"intersects": spatial.ST_Intersects, "within": spatial.ST_Within}
    if expression.operator == "dwithin":
        said: Anything = spatial.ST_DWithin(target.shape, shape, expression.distance_m)
    else:
        said = relations[expression.operator](target.shape, shape)
    return and_(there, said if holds else not_(said))


def _said(leaf: Comparison | Between | OneOf | Like, target: Target) -> Condition:
    column = target.column(leaf.property)
    if isinstance(leaf, Comparison):
        operator = {"<>": "!="}.get(leaf.operator, leaf.operator)
        compared: Condition = column.op(operator, is_comparison=True)(target.value(leaf.property, leaf.value))
        return compared
    if isinstance(leaf, Between):
        between: Condition = column.between(
            target.value(leaf.property, leaf.low), target.value(leaf.property, leaf.high)
        )
        return between
    if isinstance(leaf, OneOf):
        listed: Condition = column.in_([target.value(leaf.property, value) for value in leaf.values])
        return listed
    fits: Condition = column.like(_like(leaf), escape="\\") if target.postgresql else column.op("GLOB")(_glob(leaf))
    return fits


def _like(leaf: Like) -> str:
    return _pattern(leaf, "%", "_", r"([%_\\])", r"\\\1")


def _glob(leaf: Like) -> str:
    """The same for SQLite, whose LIKE does not tell capital from small letters."""
    return _pattern(leaf, "*", "?", r"([*?\[])", r"[\1]")


def _pattern(leaf: Like, anything: str, one: str, special: str, quoted: str) -> str:
    parts = (
        "".join(one if wild else re.sub(special, quoted, character) for character, wild in part) for part in leaf.parts
    )
    return anything.join(parts)
