"""A filter as a tree of values (OGC 21-065r2, CQL2): what it may say, and how large it may grow.

The readers of CQL2 text and CQL2 JSON make the same tree, and both the store of designations and the database of
cases answer it. Nothing of what a person wrote goes anywhere but into a value at a leaf.

The readers are our own. The libraries for CQL2 (pygeofilter, cql2) read all of the language to any depth, so that
what is refused, in which words and where reading stops would still have to be written, after the fact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from shapely.geometry.base import BaseGeometry

from api.core.problems import RequestRefused

__all__ = [
    "GEOMETRY",
    "MAX_DEPTH",
    "MAX_LIKE_CHARACTERS",
    "MAX_NODES",
    "MAX_WILDCARDS",
    "All",
    "Any",
    "Between",
    "Comparison",
    "Expression",
    "Interval",
    "IsNull",
    "Kind",
    "Like",
    "Negation",
    "OneOf",
    "Property",
    "Spatial",
    "Value",
    "refused",
]

MAX_DEPTH: Final = 8
MAX_NODES: Final = 100
MAX_LIKE_CHARACTERS: Final = 200
MAX_WILDCARDS: Final = 10
"""Of `%` in one pattern: each one more multiplies what a pattern may cost to try."""
GEOMETRY: Final = "geometry"
"""The name by which filters call a feature's shape."""

Kind = Literal["text", "number", "date", "boolean"]
Value = str | float | bool
"""A date is its text, `2026-01-31`: dates in this form sort as they follow each other."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a collection's features."""

    kind: Kind
    description: str
    queryable: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """A property beside a value of its kind."""

    property: str
    operator: Literal["=", "<>", "<", ">", "<=", ">="]
    value: Value


@dataclass(frozen=True, slots=True)
class Between:
    """From `low` to `high`, both included."""

    property: str
    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any of these values."""

    property: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Like:
    """Text that fits a pattern, letter case told apart.

    Each part is a run of characters, each taken literally (False) or standing for any one (True); between two
    members of `parts` there may be anything.
    """

    property: str
    parts: tuple[tuple[tuple[str, bool], ...], ...]


@dataclass(frozen=True, slots=True)
class IsNull:
    """Nothing is recorded."""

    property: str


@dataclass(frozen=True, slots=True)
class Spatial:
    """How the feature's shape lies to another, which is on the national grid (EPSG:27700).

    `distance_m` is for `dwithin` only.
    """

    operator: Literal["intersects", "within", "dwithin"]
    shape: BaseGeometry
    distance_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` to `end`, both included, as text `2026-01-31`; None is open."""

    start: str | None
    end: str | None


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """The part does not hold; where nothing is recorded that could tell, this does not hold either."""

    part: Expression


Expression = Comparison | Between | OneOf | Like | IsNull | Spatial | All | Any | Negation


def refused(sentence: str, code: str = "filter_refused", hint: str | None = None) -> RequestRefused:
    """The refusal of a filter or a parameter: 400, as OGC API - Features wants it."""
    return RequestRefused(sentence, code=code, hint=hint)
