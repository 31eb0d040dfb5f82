"""What is laid over the base map: datasets in the style of their theme, and cases by where they stand."""

from __future__ import annotations

from functools import cache
from typing import Final

from constraints.catalogue import datasets
from constraints.render.style import style_table
from tiles.style import Symbol, Themed, case_groups, several_cases
from tiles.style.sprites import Sheet, sprite_sheet

__all__ = ["CASES", "case_overlays", "constraint_overlays", "sheet", "symbols"]

CASES: Final = "cases"
"""Name of the tile layer of cases."""


def symbols() -> tuple[Symbol, ...]:
    """Themes of constraints as the report draws them, then groups of cases, and several cases together."""
    return (*style_table().themes.values(), *case_groups(), several_cases())


def constraint_overlays() -> tuple[Themed, ...]:
    """One for each dataset, whose tile layer has its name, in the catalogue's order."""
    table = style_table()
    return tuple(Themed(f"constraint-{slug}", slug, table.of(dataset.theme)) for slug, dataset in datasets().items())


def case_overlays() -> tuple[Themed, ...]:
    """One for each group of statuses, and one for points that stand for cases of several statuses."""
    several = several_cases()
    groups = (Themed(group.id, CASES, group, {"status": group.statuses}) for group in case_groups())
    return (*groups, Themed(several.id, CASES, several, without="status"))


@cache
def sheet(ratio: int) -> Sheet:
    """The sprite sheet of all symbols; `ratio` is 1 or 2."""
    return sprite_sheet(symbols(), ratio)
