"""What is laid over the base map: which features of which tile layer look like which symbol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tiles.style.document import Symbol

__all__ = [
    "AREA_OPACITY",
    "AREA_WIDTH",
    "COUNT_RADIUS",
    "COUNT_SIZE",
    "LINE_WIDTH",
    "POINT_RADIUS",
    "POINT_WIDTH",
    "Themed",
]

AREA_WIDTH = 2.0
"""Pixels of an area's outline: as in the picture of a report."""
AREA_OPACITY = 0.10
"""Of the tint of an area."""
LINE_WIDTH = 3.0
POINT_RADIUS = 5.0
POINT_WIDTH = 2.5
COUNT_RADIUS = 11.0
COUNT_SIZE = 12.0
"""Pixels of the number in such a point."""


@dataclass(frozen=True, slots=True)
class Themed:
    """Features of one layer of the tiles that are drawn as `symbol`.

    `where` names the values that a property may have; empty means every feature. `id` keeps the style's own layers
    apart, so it is not used twice in one style.
    """

    id: str
    source_layer: str
    symbol: Symbol
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    without: str = ""
    """A property that a feature must not have: points of one square that differ in it have none."""
