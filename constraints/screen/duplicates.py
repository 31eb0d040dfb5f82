"""One designation, two publishers: the council's conservation area and Historic England's copy of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely

__all__ = ["Copy", "group_copies"]

_ALIKE: Final = 0.8
"""Shared share of two shapes (intersection over union) from which they show one thing. Copies of the same
conservation areas measured in one borough reach 0.93 to 1.0, older copies 0.65 to 0.96."""
_SAME_POINT_M: Final = 25.0
"""Two points or lines of one name or reference this close show one thing."""
_LIST_ENTRY_DIGITS: Final = 7
_REMEMBERED: Final = 100_000
"""Pairs of features that are remembered for a store."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What is compared of one record."""

    feature: int
    source: str
    reference: str
    name: str
    list_entry: str
    """Number in the National Heritage List, where the record has one."""
    area_m2: float
    """0 for points and lines."""

    @classmethod
    def of(cls, *, feature: int, source: str, reference: str, name: str, listed: str, area_m2: float) -> Copy:
        """A record's texts, normalised; `listed` is its own attribute for the list entry, or empty."""
        plain = _plain(reference)
        entry = _plain(listed) or (plain if plain.isdigit() and len(plain) == _LIST_ENTRY_DIGITS else "")
        return cls(feature, source, plain, _plain(name), entry, area_m2)


def group_copies(
    copies: Sequence[Copy], geometry: Callable[[int], Any], compared: dict[tuple[int, int], bool]
) -> list[list[int]]:
    """Indices into `copies`, grouped: each group is one designation, in the order of its first record.

    Records of one source are never each other's copies. `geometry` gives a feature's shape (EPSG:27700) and
    is asked only where texts already agree; `compared` remembers what came of it for pairs of features.
    """
    groups: list[list[int]] = []
    for index, copy in enumerate(copies):
        home = next((group for group in groups if _belongs(copy, [copies[i] for i in group], geometry, compared)), None)
        if home is None:
            groups.append([index])
        else:
            home.append(index)
    return groups


def _belongs(
    copy: Copy, group: Sequence[Copy], geometry: Callable[[int], Any], compared: dict[tuple[int, int], bool]
) -> bool:
    if any(other.source == copy.source for other in group):
        return False
    for other in group:
        pair = (min(copy.feature, other.feature), max(copy.feature, other.feature))
        if pair not in compared:
            if len(compared) >= _REMEMBERED:
                compared.clear()
            compared[pair] = _same(copy, other, geometry)
        if compared[pair]:
            return True
    return False


def _same(one: Copy, other: Copy, geometry: Callable[[int], Any]) -> bool:
    if one.list_entry and one.list_entry == other.list_entry:
        return True
    same_text = (one.reference and one.reference == other.reference) or (one.name and one.name == other.name)
    if not same_text:
        return False
    if one.area_m2 > 0.0 and other.area_m2 > 0.0:
        return _shared(one, other, geometry) > _ALIKE
    return bool(shapely.distance(geometry(one.feature), geometry(other.feature)) <= _SAME_POINT_M)


def _shared(one: Copy, other: Copy, geometry: Callable[[int], Any]) -> float:
    small, large = sorted((one.area_m2, other.area_m2))
    if small <= _ALIKE * large:
        return 0.0
    both = float(shapely.area(shapely.intersection(geometry(one.feature), geometry(other.feature))))
    return both / (one.area_m2 + other.area_m2 - both)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
