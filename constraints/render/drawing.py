"""What a picture is made of, in pixels from the top left: outlines, discs and words. No colour has a meaning alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Disc", "Drawing", "Label", "Outline", "lines_of", "rings_of"]

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outline:
    """Lines or rings, each (n, 2). With `fill` they are rings, filled where an odd number of them is around."""

    paths: tuple[Points, ...]
    line: str = ""
    width: float = 0.0
    dash: tuple[float, ...] = ()
    fill: str = ""
    opacity: float = 1.0
    """Of the fill."""


@dataclass(frozen=True, slots=True)
class Disc:
    """A filled circle with a line round it."""

    x: float
    y: float
    radius: float
    fill: str
    line: str = ""
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text; `y` is its baseline."""

    x: float
    y: float
    text: str
    size: float
    anchor: Literal["start", "middle", "end"] = "start"
    bold: bool = False
    colour: str = "#0b0c0c"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture: parts are drawn in order on a white ground. `title` and `description` are for those who hear it."""

    width: int
    height: int
    parts: tuple[Outline | Disc | Label, ...]
    title: str
    description: str


def rings_of(shape: shapely.Geometry) -> tuple[Points, ...]:
    """All rings of the polygons in a geometry."""
    parts = shapely.get_parts(shape)
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return tuple(shapely.get_coordinates(ring) for ring in shapely.get_rings(polygons))


def lines_of(shape: shapely.Geometry) -> tuple[Points, ...]:
    """All lines in a geometry; polygons and points are left out."""
    parts = shapely.get_parts(shape)
    lines = parts[
        np.isin(shapely.get_type_id(parts), (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING))
    ]
    return tuple(shapely.get_coordinates(line) for line in lines)
