"""What every reader hands to `bopsgis.boundary`: bare rings of numbers, before any geometry library sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bopsgis.errors import BoundaryRefused, TooLarge
from bopsgis.formats.limits import Limits

__all__ = ["Outline", "Polygon", "Ring", "refuse_counts", "refuse_kind"]

Ring = NDArray[np.float64]
"""(n, 2) coordinates, x before y, in the outline's own system."""

Polygon = tuple[Ring, ...]
"""The outer ring and then the holes."""

_KINDS = {
    "point": "These are points",
    "multipoint": "These are points",
    "linestring": "These are lines",
    "multilinestring": "These are lines",
    "linearring": "These are lines",
    "geometrycollection": "This is a collection of shapes",
}


@dataclass(frozen=True, slots=True)
class Outline:
    """A site as it was given: one or more polygons.

    `crs` is the EPSG code that the file declares, or None where its format has no way to say; `crs_assumed` tells
    that the format's own rule (and not the file) gave it. `notes` are sentences for the person who gave it.
    """

    polygons: tuple[Polygon, ...]
    source_format: str
    crs: int | None = None
    crs_assumed: bool = False
    notes: tuple[str, ...] = ()


def refuse_counts(parts: int, vertices: int, limits: Limits) -> None:
    """Refuse more polygons or more positions than `limits` allow; readers call it before they build arrays."""
    if parts > limits.max_parts:
        raise TooLarge(
            f"The site boundary has {parts:,} separate parts; at most {limits.max_parts:,} can be used.",
            code="too_many_parts",
        )
    if vertices > limits.max_vertices:
        raise TooLarge(
            f"The site boundary has {vertices:,} points; at most {limits.max_vertices:,} can be used.",
            code="too_many_vertices",
            hint="Simplify the boundary and give it again.",
        )


def refuse_kind(kind: str) -> BoundaryRefused:
    """The refusal for geometry of another kind than polygons; `kind` is the format's own word, in any case."""
    what = _KINDS.get(kind.lower(), "This kind of shape cannot be used")
    return BoundaryRefused(
        f"{what}; a site boundary must be one or more polygons with straight sides.",
        code="not_a_polygon",
        hint="Draw the outline of the site as a closed area.",
    )
