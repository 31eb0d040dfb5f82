"""The fields of an act's form, as data: one template draws them and one function reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from api.core.page_forms import Answers
from api.maps.site_view import NAMES
from bopsgis.errors import InputRefused
from bopsgis.planning.fees import parse_pounds

__all__ = ["LONGEST_TEXT", "Field", "Kind", "Values", "in_boxes", "names_of", "read", "words_of"]

LONGEST_TEXT: Final = 20_000
_LONGEST_LINE: Final = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PARTS: Final = ("day", "month", "year")

Values = Mapping[str, Any]
"""Field name -> text, date, number, yes or no, or the options that were ticked."""


class Kind(StrEnum):
    """What a field takes."""

    LINE = "line"
    TEXT = "text"
    DAY = "day"
    WHOLE = "whole"
    MONEY = "money"
    """An amount in pounds, kept in pence."""
    RADIOS = "radios"
    SELECT = "select"
    TICK = "tick"
    TICKS = "ticks"
    FILE = "file"
    """A document: inspected, scanned and put into the storage."""
    SITE = "site"
    """A site boundary (`api.maps.site_field`), whose box is named as the field: `site`."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `ask` is the message where it must not be left empty; without one it may be."""

    name: str
    label: str
    kind: Kind = Kind.LINE
    ask: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """Value and words, for what is chosen."""
    longest: int = 0
    least: int = 0
    most: int = 0
    rows: int = 5

    @property
    def names(self) -> tuple[str, ...]:
        """The names that this field has in the form that is sent."""
        if self.kind is Kind.DAY:
            return tuple(f"{self.name}-{part}" for part in _PARTS)
        if self.kind is Kind.TICKS:
            return tuple(f"{self.name}-{value}" for value, _ in self.options)
        return NAMES.all if self.kind is Kind.SITE else (self.name,)


def names_of(fields: Sequence[Field]) -> tuple[str, ...]:
    """The names that a form with these fields may have."""
    return tuple(name for field in fields for name in field.names)


def read(fields: Sequence[Field], answers: Answers) -> dict[str, Any]:
    """What the form says, by field; what cannot be used is among the errors of `answers`."""
    return {field.name: _READERS[field.kind](field, answers) for field in fields}


def _line(field: Field, answers: Answers) -> str:
    given = answers.text(field.name, ask=field.ask, longest=field.longest or _LONGEST_LINE)
    if _CONTROL.search(given) or "\n" in given:
        answers.fault(field.name, f"{field.label} must be one line of text")
        return ""
    return given


def _text(field: Field, answers: Answers) -> str:
    given = answers.text(field.name, ask=field.ask, longest=field.longest or LONGEST_TEXT)
    if _CONTROL.search(given):
        answers.fault(field.name, f"{field.label} has characters in it that are not text")
        return ""
    return given


def _day(field: Field, answers: Answers) -> date | None:
    return answers.day(field.name, field.label, required=bool(field.ask))


def _whole(field: Field, answers: Answers) -> int | None:
    ask = field.ask or f"{field.label} must be a whole number"
    return answers.whole(field.name, ask=ask, least=field.least, most=field.most, required=bool(field.ask))


def _money(field: Field, answers: Answers) -> int | None:
    given = answers.text(field.name, ask=field.ask, longest=_LONGEST_LINE)
    if not given:
        return None
    try:
        return parse_pounds(given)
    except InputRefused as refusal:
        answers.fault(field.name, refusal.message)
        return None


def _choice(field: Field, answers: Answers) -> str:
    return answers.choice(field.name, [value for value, _ in field.options], ask=field.ask)


def _tick(field: Field, answers: Answers) -> bool:
    return field.name in answers.fields


def _ticks(field: Field, answers: Answers) -> tuple[str, ...]:
    ticked = answers.ticked(field.name, [value for value, _ in field.options])
    if field.ask and not ticked:
        answers.fault(field.name, field.ask)
    return ticked


def _file(_field: Field, _answers: Answers) -> None:
    """A file or a boundary is no field of text: the task takes it from the form."""


_READERS: Final[Mapping[Kind, Callable[[Field, Answers], Any]]] = {
    Kind.LINE: _line,
    Kind.TEXT: _text,
    Kind.DAY: _day,
    Kind.WHOLE: _whole,
    Kind.MONEY: _money,
    Kind.RADIOS: _choice,
    Kind.SELECT: _choice,
    Kind.TICK: _tick,
    Kind.TICKS: _ticks,
    Kind.FILE: _file,
    Kind.SITE: _file,
}


def in_boxes(fields: Sequence[Field], values: Values) -> dict[str, str]:
    """Values as the boxes of the form hold them: name -> text. What is not there, or no, has no box."""
    boxes: dict[str, str] = {}
    for field in fields:
        value = values.get(field.name)
        if isinstance(value, date):
            boxes |= {f"{field.name}-{part}": str(getattr(value, part)) for part in _PARTS}
        elif isinstance(value, tuple):
            boxes |= {f"{field.name}-{one}": "1" for one in value}
        elif value is True:
            boxes[field.name] = "1"
        elif value not in (None, False):
            boxes[field.name] = str(value)
    return boxes


def words_of(field: Field, boxes: Mapping[str, str]) -> str:
    """What the boxes of one field say, for people."""
    chosen = dict(field.options)
    if field.kind is Kind.DAY:
        return " ".join(boxes.get(name, "") for name in field.names).strip()
    if field.kind is Kind.TICKS:
        return ", ".join(words for value, words in field.options if f"{field.name}-{value}" in boxes)
    if field.kind is Kind.TICK:
        return "Yes" if field.name in boxes else "No"
    given = boxes.get(field.name, "")
    return chosen.get(given, given)
