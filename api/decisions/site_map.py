"""The map on a decision notice: the site boundary at a true scale, on A4."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis import gridref
from bopsgis.errors import GridReferenceRefused
from bopsgis.types import BBox, Point
from constraints.render.drawing import Disc, Drawing, Label, Outline, rings_of
from constraints.render.map_furniture import north_arrow, scale_bar
from constraints.render.svg import svg

__all__ = ["SIDE_MM", "SiteMap", "site_map"]

SIDE_MM: Final = 160.0
"""The map is a square of this side; it fits an upright A4 page with its margins."""

_PIXELS_PER_MM: Final = 4.0
_SIDE: Final = SIDE_MM * _PIXELS_PER_MM
_SCALES: Final = (1250, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 10_000_000)
_ROOM: Final = 0.9
"""The site takes up at most this part of the map."""
_INK: Final = "#0b0c0c"
_SITE: Final = "#d4351c"
_GRID: Final = "#b1b4b6"

Parts = list[Outline | Disc | Label]


@dataclass(frozen=True, slots=True)
class SiteMap:
    """A map as SVG, a square to be shown `SIDE_MM` wide; then 1 mm on paper is `scale` mm on the ground."""

    svg: str
    scale: int
    caption: str
    description: str
    """For those who cannot see it."""


def site_map(site: shapely.Geometry) -> SiteMap:
    """Draw a site (EPSG:27700 metres) at 1:1250, or at the next smaller usual scale that it fits in."""
    west, south, east, north = (float(value) for value in shapely.bounds(site))
    scale = _scale(max(east - west, north - south))
    pixels_per_m = _PIXELS_PER_MM * 1000.0 / scale
    half_m = _SIDE / pixels_per_m / 2.0
    middle = Point((west + east) / 2.0, (south + north) / 2.0)
    ground = BBox(middle.easting - half_m, middle.northing - half_m, middle.easting + half_m, middle.northing + half_m)

    def to_pixels(places: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([places[:, 0] - ground.west, ground.north - places[:, 1]]) * pixels_per_m

    rings = rings_of(shapely.transform(site, to_pixels))
    frame = (0.0, 0.0, _SIDE, _SIDE)
    area = float(shapely.area(site))
    description = (
        f"The site boundary, {area:,.0f} square metres, as a thick red line, at 1:{scale:,}. Grid north is up."
    )
    parts: Parts = [
        *_grid(ground, pixels_per_m),
        Outline(rings, fill=_SITE, opacity=0.08),
        Outline(rings, line=_SITE, width=3.0),
        Outline((_corners(),), line=_INK, width=1.0),
        *scale_bar(frame, pixels_per_m),
        *north_arrow(frame),
    ]
    drawing = Drawing(int(_SIDE), int(_SIDE), tuple(parts), "Site map", description)
    caption = f"Scale 1:{scale:,} when printed on A4 at full size. Centre of the map: {_reference(middle)}."
    return SiteMap(svg(drawing, ids="site-map"), scale, caption, description)


def _scale(extent_m: float) -> int:
    return next((one for one in _SCALES if extent_m * 1000.0 / one <= _ROOM * SIDE_MM), _SCALES[-1])


def _grid(ground: BBox, pixels_per_m: float) -> Parts:
    """Lines of the national grid, four or so each way, with their eastings and northings in metres."""
    step = _grid_step(ground.east - ground.west)
    parts: Parts = []
    for easting in np.arange(math.ceil(ground.west / step) * step, ground.east, step).tolist():
        x = (easting - ground.west) * pixels_per_m
        parts.append(_line(x, 0.0, x, _SIDE))
        if 40.0 < x < _SIDE - 80.0:
            parts.append(Label(x, 12.0, f"{easting:.0f}", 10.0, anchor="middle"))
    for northing in np.arange(math.ceil(ground.south / step) * step, ground.north, step).tolist():
        y = (ground.north - northing) * pixels_per_m
        parts.append(_line(0.0, y, _SIDE, y))
        if 30.0 < y < _SIDE - 60.0:
            parts.append(Label(4.0, y - 3.0, f"{northing:.0f}", 10.0))
    return parts


def _grid_step(side_m: float) -> float:
    power = 10.0 ** math.floor(math.log10(side_m / 4.0))
    # A side that is a hair under a power of ten rounds up to it in the logarithm: the power itself will do then.
    return max((times * power for times in (1.0, 2.0, 5.0) if times * power <= side_m / 4.0), default=power)


def _line(x1: float, y1: float, x2: float, y2: float) -> Outline:
    return Outline((np.array([[x1, y1], [x2, y2]]),), line=_GRID, width=0.7)


def _corners() -> NDArray[np.float64]:
    return np.array([[0.0, 0.0], [_SIDE, 0.0], [_SIDE, _SIDE], [0.0, _SIDE], [0.0, 0.0]])


def _reference(middle: Point) -> str:
    try:
        return gridref.format(middle)
    except GridReferenceRefused:
        return f"{middle.easting:.0f}, {middle.northing:.0f}"
