"""CQL2 text (OGC 21-065r2, clause 7) to a filter: words one after another, and a descent that is bounded.

What is taken: comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, S_INTERSECTS, S_WITHIN, S_DWITHIN with shapes
in WKT or BBOX, T_AFTER, T_BEFORE, T_EQUALS, T_INTERSECTS and T_DURING with DATE, TIMESTAMP and INTERVAL.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import shapely
from shapely.geometry.base import BaseGeometry

from api.maps.cql2.building import SPATIAL, TEMPORAL, Builder, shown
from api.maps.cql2.syntax import Expression, Interval, Value, refused

__all__ = ["read_text"]

# Every alternative begins with another character or ends where it must, so no text is tried twice.
_WORD = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<quoted>"[^"]{1,100}")
    | (?P<number>[-+]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][-+]?[0-9]{1,2})?(?![A-Za-z0-9_.]))
    | (?P<name>[^\W\d][\w.]{0,99})
    | (?P<mark><>|<=|>=|[=<>(),])
    )""",
    re.VERBOSE,
)
_SHAPES = ("POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON")
_MAX_CHARACTERS = 50_000
_MAX_SHAPE_DEPTH = 4

WordKind = Literal["text", "quoted", "number", "name", "mark", "end"]


@dataclass(frozen=True, slots=True)
class _Word:
    """One word of the text, and where in it it lies."""

    kind: WordKind
    text: str
    start: int
    end: int

    def is_key(self, *names: str) -> bool:
        """True for one of these keywords, in any case."""
        return self.kind == "name" and self.text.upper() in names

    def is_mark(self, *marks: str) -> bool:
        """True for one of these signs."""
        return self.kind == "mark" and self.text in marks


def read_text(text: str, build: Builder) -> Expression:
    """The filter that a text says. Raises RequestRefused with what is wrong and where."""
    if len(text) > _MAX_CHARACTERS:
        raise refused(f"The filter has more than {_MAX_CHARACTERS:,} characters.", "filter_too_large")
    reader = _Reader(text, build)
    expression = reader.either(0)
    if reader.word.kind != "end":
        raise reader.unexpected()
    return expression


def _words(text: str) -> list[_Word]:
    found: list[_Word] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _WORD.match(text, at)
        if match is None or match.lastgroup is None:
            at += len(text[at:end]) - len(text[at:end].lstrip())
            raise refused(f"The filter cannot be read from character {at + 1} on: {shown(text[at : at + 10])}.")
        kind: WordKind = match.lastgroup  # type: ignore[assignment]  # the groups are named after the kinds
        found.append(_Word(kind, match[kind], match.start(kind), match.end()))
        at = match.end()
    return [*found, _Word("end", "", end, end)]


class _Reader:
    """Goes through the words once."""

    def __init__(self, text: str, build: Builder) -> None:
        self.text = text
        self.build = build
        self.words = _words(text)
        self.at = 0

    @property
    def word(self) -> _Word:
        """The word that comes next."""
        return self.words[self.at]

    def take(self) -> _Word:
        """The next word, done with."""
        word = self.words[self.at]
        self.at = min(self.at + 1, len(self.words) - 1)
        return word

    def unexpected(self) -> Exception:
        """The refusal of the next word where it stands."""
        what = "ends too early" if self.word.kind == "end" else f"has {shown(self.word.text)} where it does not fit"
        return refused(f"The filter {what} (character {self.word.start + 1}).")

    def mark(self, mark: str) -> None:
        """Take this sign, or refuse."""
        if not self.word.is_mark(mark):
            raise self.unexpected()
        self.take()

    def key(self, name: str) -> None:
        """Take this keyword, or refuse."""
        if not self.word.is_key(name):
            raise self.unexpected()
        self.take()

    def either(self, depth: int) -> Expression:
        """Parts with OR between."""
        parts = self._several("OR", lambda: self.both(depth))
        return parts[0] if len(parts) == 1 else self.build.any_of(parts)

    def both(self, depth: int) -> Expression:
        """Parts with AND between."""
        parts = self._several("AND", lambda: self.factor(depth))
        return parts[0] if len(parts) == 1 else self.build.all_of(parts)

    def _several(self, key: str, read: Callable[[], Expression]) -> list[Expression]:
        parts = [read()]
        while self.word.is_key(key):
            self.take()
            parts.append(read())
        return parts

    def factor(self, depth: int) -> Expression:
        """A part, one in brackets, or one that must not hold."""
        if self.word.is_key("NOT"):
            self.take()
            return self.build.negation(self.factor(self.build.deeper(depth)))
        if self.word.is_mark("("):
            self.take()
            inner = self.either(self.build.deeper(depth))
            self.mark(")")
            return inner
        return self.predicate()

    def predicate(self) -> Expression:
        """A function or a property with what is said of it."""
        following = self.words[min(self.at + 1, len(self.words) - 1)]
        if self.word.kind == "name" and following.is_mark("("):
            return self.function()
        name = self.name()
        if self.word.is_key("IS"):
            return self._is_null(name)
        negated = self.word.is_key("NOT")
        if negated:
            self.take()
        said = self._said_of(name, negated=negated)
        return self.build.negation(said) if negated else said

    def _said_of(self, name: str, *, negated: bool) -> Expression:
        word = self.take()
        if word.is_key("BETWEEN"):
            low = self.value()
            self.key("AND")
            return self.build.between(name, low, self.value())
        if word.is_key("LIKE"):
            pattern = self.value()
            if not isinstance(pattern, str):
                raise refused("LIKE is followed by a pattern in quotes.")
            return self.build.like(name, pattern)
        if word.is_key("IN"):
            return self.build.one_of(name, self._list())
        if word.kind == "mark" and word.text not in "()," and not negated:
            return self.build.comparison(name, word.text, self.value())
        if word.kind == "name":
            raise refused(f"The filter has an operator {shown(word.text)} that is not known.", "operator_unknown")
        self.at -= word.kind != "end"
        raise self.unexpected()

    def _is_null(self, name: str) -> Expression:
        self.take()
        negated = self.word.is_key("NOT")
        if negated:
            self.take()
        self.key("NULL")
        said = self.build.is_null(name)
        return self.build.negation(said) if negated else said

    def _list(self) -> list[Value]:
        self.mark("(")
        values = [self.value()]
        while self.word.is_mark(","):
            self.take()
            values.append(self.value())
        self.mark(")")
        return values

    def name(self) -> str:
        """The name of a property, in double quotes where it has other characters than letters and digits."""
        word = self.take()
        if word.kind == "quoted":
            return word.text[1:-1]
        if word.kind == "name":
            return word.text
        self.at -= word.kind != "end"
        raise self.unexpected()

    def value(self) -> Value:
        """A text, number, truth or date."""
        word = self.take()
        if word.kind == "text":
            return word.text[1:-1].replace("''", "'")
        if word.kind == "number":
            return float(word.text)
        if word.is_key("TRUE", "FALSE"):
            return word.text.upper() == "TRUE"
        if word.is_key("DATE", "TIMESTAMP"):
            return self._instant()
        self.at -= word.kind != "end"
        raise self.unexpected()

    def _instant(self) -> str:
        self.mark("(")
        text = self.value()
        self.mark(")")
        if not isinstance(text, str):
            raise refused("DATE and TIMESTAMP take a text in quotes.", "date_refused")
        return self.build.day(text)

    def function(self) -> Expression:
        """An operator that is written as a function."""
        operator = self.take().text.lower()
        self.mark("(")
        if operator in SPATIAL:
            made = self._spatial(operator)
        elif operator in TEMPORAL:
            name = self.name()
            self.mark(",")
            made = self.build.temporal(operator, name, self._interval())
        else:
            raise refused(f"The filter has an operator {shown(operator)} that is not known.", "operator_unknown")
        self.mark(")")
        return made

    def _spatial(self, operator: str) -> Expression:
        name = self.name()
        self.mark(",")
        shape = self._shape()
        return self.build.spatial(operator, name, shape, self._distance() if self.word.is_mark(",") else None)

    def _distance(self) -> float:
        self.take()
        distance = self.value()
        if not isinstance(distance, float):
            raise refused("A distance is a number of metres.")
        if self.word.is_mark(","):
            self.take()
            if self.take().text.strip("'\"").lower() not in ("m", "metre", "metres", "meter", "meters"):
                raise refused("Distances are in metres.")
        return distance

    def _shape(self) -> BaseGeometry:
        word = self.take()
        if word.is_key("BBOX", "ENVELOPE"):
            sides = [float(value) for value in self._list() if isinstance(value, float)]
            if len(sides) != 4 or not (sides[0] < sides[2] and sides[1] < sides[3]):
                raise refused("A BBOX has west, south, east and north.", "shape_refused")
            return shapely.box(*sides)
        if not word.is_key(*_SHAPES):
            raise refused(f"{shown(word.text)} is no shape that a filter takes.", "shape_refused")
        self._skip_brackets()
        try:
            shape: BaseGeometry = shapely.from_wkt(self.text[word.start : self.words[self.at - 1].end])
        except shapely.errors.GEOSException:
            raise refused("The shape in the filter is not well-known text.", "shape_refused") from None
        return shape

    def _skip_brackets(self) -> None:
        depth = 0
        while True:
            word = self.take()
            depth += word.is_mark("(") - word.is_mark(")")
            if word.kind not in ("number", "mark") or depth > _MAX_SHAPE_DEPTH:
                raise refused("The shape in the filter is not well-known text.", "shape_refused")
            if depth == 0:
                return

    def _interval(self) -> Interval:
        word = self.take()
        if word.is_key("DATE", "TIMESTAMP"):
            day = self._instant()
            return Interval(day, day)
        if not word.is_key("INTERVAL"):
            raise refused("An operator of time takes DATE('...'), TIMESTAMP('...') or INTERVAL('...','...').")
        ends = self._list()
        if len(ends) != 2 or not all(isinstance(end, str) for end in ends):
            raise refused("An INTERVAL has two ends in quotes; '..' is open.", "date_refused")
        return self.build.interval(str(ends[0]), str(ends[1]))
