"""Figures and places in the words people use: `98.7 %`, `1,220 m²`, `12.4 m`, `north-east`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

__all__ = ["and_list", "area", "compass", "day", "length", "lower_first", "metres", "percent", "upper_first"]

_LETTERS: Final = {"N": "north", "E": "east", "S": "south", "W": "west"}


def percent(share: float) -> str:
    """A share from 0 to 1 as a percentage that never rounds a part to nothing or to the whole.

    >>> percent(0.9866), percent(0.00001), percent(0.99999), percent(1.0)
    ('98.7 %', 'less than 0.1 %', 'more than 99.9 %', '100 %')
    """
    if share <= 0.0:
        return "0 %"
    if share >= 1.0:
        return "100 %"
    if share < 0.001:
        return "less than 0.1 %"
    if share > 0.999:
        return "more than 99.9 %"
    return f"{share * 100:.1f} %"


def area(area_m2: float) -> str:
    """An area in square metres, with as many digits as it can bear.

    >>> area(0.931), area(1219.84), area(0.004)
    ('0.9 m²', '1,220 m²', 'less than 0.1 m²')
    """
    if area_m2 <= 0.0:
        return "0 m²"
    if area_m2 < 0.05:
        return "less than 0.1 m²"
    return f"{area_m2:.1f} m²" if area_m2 < 100.0 else f"{area_m2:,.0f} m²"


def metres(distance_m: float) -> str:
    """A distance in metres: to a decimetre below a kilometre, to a metre above.

    >>> metres(12.44), metres(0.02), metres(50.0), metres(1234.5)
    ('12.4 m', '0.02 m', '50 m', '1,234 m')
    """
    if distance_m >= 1000.0:
        return f"{distance_m:,.0f} m"
    if 0.0 < distance_m < 0.005:
        return "less than 0.01 m"
    digits = 2 if distance_m < 0.995 else 1
    text = f"{distance_m:.{digits}f}"
    return f"{text.rstrip('0').rstrip('.')} m"


def length(length_m: float) -> str:
    """A length along a line; the same words as a distance."""
    return metres(length_m)


def compass(bearing: str) -> str:
    """A compass point in words.

    >>> compass("NE"), compass("NNE"), compass("W"), compass("")
    ('north-east', 'north-north-east', 'west', '')
    """
    words = [_LETTERS[letter] for letter in bearing if letter in _LETTERS]
    return "-".join(words)


def day(value: date) -> str:
    """A date as GOV.UK writes it.

    >>> day(date(2026, 1, 31))
    '31 January 2026'
    """
    return f"{value.day} {value:%B %Y}"


def and_list(items: Sequence[str]) -> str:
    """Items in a sentence.

    >>> and_list(["Bath", "Bristol", "Wells"])
    'Bath, Bristol and Wells'
    """
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def lower_first(text: str) -> str:
    """The text as it stands inside a sentence; an abbreviation keeps its capitals.

    >>> lower_first("Conservation area"), lower_first("TPO zone"), lower_first("")
    ('conservation area', 'TPO zone', '')
    """
    if len(text) > 1 and text[1].isupper():
        return text
    return text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """The text as it starts a sentence."""
    return text[:1].upper() + text[1:]
