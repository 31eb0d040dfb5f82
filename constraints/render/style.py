"""How each theme is drawn, read from one table (`style.json`): line, dash and pattern, never colour alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

__all__ = ["Style", "StyleTable", "style_table"]


@dataclass(frozen=True, slots=True)
class Style:
    """One theme. `dash` is in pixels, drawn and left out in turn; empty means a solid line."""

    id: str
    label: str
    line: str
    dash: tuple[float, ...]
    pattern: str


@dataclass(frozen=True, slots=True)
class StyleTable:
    """The whole table: colours are #rrggbb on the light `ground`."""

    ground: str
    site_line: str
    site_width: float
    themes: Mapping[str, Style]

    def of(self, theme: str) -> Style:
        """The style of a theme; the last of the table for one it does not know."""
        return self.themes.get(theme, list(self.themes.values())[-1])


@cache
def style_table() -> StyleTable:
    """The table, read once."""
    data = json.loads(files(__package__).joinpath("style.json").read_bytes())
    themes = {
        row["id"]: Style(row["id"], row["label"], row["line"], tuple(row["dash"]), row["pattern"])
        for row in data["themes"]
    }
    return StyleTable(data["ground"], data["site"]["line"], data["site"]["width"], MappingProxyType(themes))
