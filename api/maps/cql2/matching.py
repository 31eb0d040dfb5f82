"""Which of many features a filter holds for, vectorised over the columns of their attributes.

Three answers are kept apart, as in SQL: yes, no, and neither where nothing is recorded. Only yes selects, and NOT
turns yes and no round.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any as Anything
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

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
    Spatial,
)

__all__ = ["Column", "Features", "lies", "like", "matches"]

Mask = NDArray[np.bool_]

_OPERATORS: Final[Mapping[str, Callable[[Anything, Anything], Anything]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One attribute of n features: a code for each, -1 where nothing is recorded, into the (k,) values."""

    codes: NDArray[np.int32]
    values: NDArray[np.object_]

    @staticmethod
    def of(values: list[Anything]) -> Column:
        """The column of n values, None where nothing is recorded."""
        known: dict[Anything, int] = {}
        codes = [-1 if value is None else known.setdefault(value, len(known)) for value in values]
        distinct = np.empty(len(known), object)
        distinct[:] = list(known)
        return Column(np.array(codes, np.int32), distinct)


@dataclass(frozen=True, slots=True)
class Features:
    """What a filter is asked of: n boxes (n, 4), columns by name, and how to read the shapes of some by index."""

    boxes: NDArray[np.float64]
    columns: Mapping[str, Column]
    shapes: Callable[[NDArray[np.int64]], NDArray[np.object_]]


@dataclass(frozen=True, slots=True)
class _Truth:
    """For each feature whether it holds, and whether it does not; neither where that is not known."""

    yes: Mask
    no: Mask


def matches(features: Features, expression: Expression) -> Mask:
    """For each of n features whether the filter holds."""
    return _truth(features, expression).yes


def lies(features: Features, candidates: Mask, where: Spatial) -> Mask:
    """Which of the candidates lie to a shape as asked. Shapes are read only where boxes do not settle it."""
    shape = where.shape
    if shape.is_empty:
        return np.zeros_like(candidates)
    west, south, east, north = shape.bounds
    reach = where.distance_m
    boxes = features.boxes
    near = candidates & (boxes[:, 0] <= east + reach) & (boxes[:, 2] >= west - reach)
    near &= (boxes[:, 1] <= north + reach) & (boxes[:, 3] >= south - reach)
    number = np.flatnonzero(near)
    shapely.prepare(shape)
    # Wholly inside: each of the three questions is answered by the box alone.
    solid = (boxes[number, 2] > boxes[number, 0]) & (boxes[number, 3] > boxes[number, 1])
    held = solid & shapely.contains_properly(shape, shapely.box(*boxes[number].T))
    found = np.zeros_like(candidates)
    found[number[held]] = True
    doubtful = number[~held]
    found[doubtful[_exactly(where, features.shapes(doubtful))]] = True
    return found


def _exactly(where: Spatial, shapes: NDArray[np.object_]) -> Mask:
    relation: dict[str, Callable[[BaseGeometry, NDArray[np.object_]], Mask]] = {
        "intersects": shapely.intersects,
        "within": shapely.contains,
        "dwithin": lambda shape, others: shapely.dwithin(shape, others, where.distance_m),
    }
    return relation[where.operator](where.shape, shapes)


def _truth(features: Features, expression: Expression) -> _Truth:
    if isinstance(expression, Negation):
        inner = _truth(features, expression.part)
        return _Truth(inner.no, inner.yes)
    if isinstance(expression, All | Any):
        parts = [_truth(features, part) for part in expression.parts]
        yes, no = np.stack([part.yes for part in parts]), np.stack([part.no for part in parts])
        if isinstance(expression, All):
            return _Truth(np.logical_and.reduce(yes), np.logical_or.reduce(no))
        return _Truth(np.logical_or.reduce(yes), np.logical_and.reduce(no))
    if isinstance(expression, Spatial):
        everything = np.ones(len(features.boxes), np.bool_)
        yes = lies(features, everything, expression)
        return _Truth(yes, ~yes)
    column = features.columns[expression.property]
    if isinstance(expression, IsNull):
        return _Truth(column.codes < 0, column.codes >= 0)
    return _taken(column, _of_values(column.values, expression))


def _taken(column: Column, holds: Mask) -> _Truth:
    """From what holds for the distinct values to what holds for the features."""
    known = column.codes >= 0
    if not len(holds):
        return _Truth(known, known)
    yes = known & holds[column.codes]
    return _Truth(yes, known & ~yes)


def _of_values(values: NDArray[np.object_], leaf: Comparison | Between | OneOf | Like) -> Mask:
    if isinstance(leaf, Comparison):
        return np.asarray(_OPERATORS[leaf.operator](values, leaf.value), dtype=np.bool_)
    if isinstance(leaf, Between):
        return np.asarray((values >= leaf.low) & (values <= leaf.high), dtype=np.bool_)
    if isinstance(leaf, OneOf):
        wanted = frozenset(leaf.values)
        return np.array([value in wanted for value in values], np.bool_)
    return np.array([like(str(value), leaf) for value in values], np.bool_)


def like(text: str, pattern: Like) -> bool:
    """Whether a text fits. Takes each part at the first place it can: there is nothing to go back to."""
    first, *others = [_part(part) for part in pattern.parts]
    if not others:
        return first.fullmatch(text) is not None
    *middle, last = others
    begins = first.match(text)
    if begins is None:
        return False
    at = begins.end()
    for part in middle:
        found = part.search(text, at)
        if found is None:
            return False
        at = found.end()
    rest = len(text) - len(pattern.parts[-1])
    return rest >= at and last.fullmatch(text, rest) is not None


def _part(part: tuple[tuple[str, bool], ...]) -> re.Pattern[str]:
    """A run of ordinary characters and of `_`: always as long as it is, so that it is tried once at each place."""
    return re.compile("".join("." if wild else re.escape(character) for character, wild in part), re.DOTALL)
