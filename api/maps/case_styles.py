"""How cases look on pages' maps: by how far they are, from the one table that tiles use as well."""

from __future__ import annotations

from functools import cache

from constraints.render.style import Style
from tiles.style import case_groups

__all__ = ["style_of"]


@cache
def style_of(status: str) -> Style:
    """The style of a case with this status."""
    group = next(group for group in case_groups() if status in group.statuses)
    return Style(group.id, group.label, group.line, tuple(group.dash), group.pattern)
