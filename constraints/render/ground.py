"""Ground to picture: where metres lie in pixels, how a shape is drawn there, and where its number goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.types import BBox
from constraints.render.drawing import Disc, Label, Outline, lines_of, rings_of
from constraints.render.hatching import hatching
from constraints.render.style import Style

__all__ = ["Ground", "badges", "symbol"]

_BADGE: Final = 10.0
_ROOM: Final = 2.6 * _BADGE
"""Badges keep this far apart where the shape gives them room."""
_GRID_STEP: Final = 32.0
_BESIDE: Final = np.array([[14.0, -12.0], [-14.0, -12.0], [14.0, 14.0], [-14.0, 14.0]])
"""Where the badge of a point may stand, beside it."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A box of the national grid (EPSG:27700) in a picture: its top left corner and its scale, in pixels a metre."""

    ground: BBox
    left: float
    top: float
    scale: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, top, east, bottom in pixels."""
        width, height = self.ground.east - self.ground.west, self.ground.north - self.ground.south
        return self.left, self.top, self.left + width * self.scale, self.top + height * self.scale

    def pixels(self, shape: shapely.Geometry) -> shapely.Geometry:
        """A shape in EPSG:27700 cut to the map, in pixels."""
        ground = self.ground
        cut = shapely.intersection(shape, shapely.box(ground.west, ground.south, ground.east, ground.north))
        return shapely.transform(cut, self._to_pixels)

    def _to_pixels(self, coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        x = self.left + (coordinates[:, 0] - self.ground.west) * self.scale
        y = self.top + (self.ground.north - coordinates[:, 1]) * self.scale
        return np.column_stack([x, y])


def symbol(shape: shapely.Geometry, style: Style) -> list[Outline | Disc | Label]:
    """Tint, pattern and outline of an area in pixels; a line; or a ringed dot for each point."""
    if shape.is_empty:
        return []
    dimension = int(shapely.get_dimensions(shape))
    if dimension == 0:
        places = shapely.get_coordinates(shape)
        return [Disc(float(x), float(y), 5.0, "#ffffff", style.line, 2.5) for x, y in places]
    if dimension == 1:
        return [Outline(lines_of(shape), line=style.line, width=3.0, dash=style.dash)]
    rings = rings_of(shape)
    return [
        Outline(rings, fill=style.line, opacity=0.10),
        *hatching(shape, style),
        Outline(rings, line=style.line, width=2.0, dash=style.dash),
    ]


def badges(numbered: Sequence[tuple[int, shapely.Geometry, Style]]) -> list[Disc | Label]:
    """The number of each shape, on it and out of the way of the others; none for an empty shape."""
    placed = np.empty((0, 2))
    parts: list[Disc | Label] = []
    for number, shape, style in numbered:
        if shape.is_empty:
            continue
        x, y = _place(_candidates(shape), placed)
        placed = np.vstack([placed, [x, y]])
        parts.append(Disc(x, y, _BADGE, "#ffffff", style.line, 1.5))
        parts.append(Label(x, y + 4.0, str(number), 11.0, anchor="middle", bold=True))
    return parts


def _candidates(shape: shapely.Geometry) -> NDArray[np.float64]:
    """Places for a badge: the middle first, then others on the shape."""
    dimension = int(shapely.get_dimensions(shape))
    if dimension == 0:
        point: NDArray[np.float64] = shapely.get_coordinates(shape)[:1]
        return np.asarray(point + _BESIDE, dtype=np.float64)
    if dimension == 1:
        longest = max(shapely.get_parts(shape), key=shapely.length)
        places = shapely.line_interpolate_point(longest, [0.5, 0.25, 0.75, 0.1, 0.9], normalized=True)
        return np.asarray(shapely.get_coordinates(places), dtype=np.float64)
    middle = shapely.get_coordinates(shapely.point_on_surface(shape))
    west, top, east, bottom = shapely.bounds(shape)
    x, y = np.meshgrid(np.arange(west + _BADGE, east, _GRID_STEP), np.arange(top + _BADGE, bottom, _GRID_STEP))
    lattice = np.column_stack([x.ravel(), y.ravel()])
    return np.vstack([middle, lattice[shapely.contains_xy(shape, lattice[:, 0], lattice[:, 1])]])


def _place(candidates: NDArray[np.float64], placed: NDArray[np.float64]) -> tuple[float, float]:
    if not len(placed):
        return float(candidates[0, 0]), float(candidates[0, 1])
    gaps = np.linalg.norm(candidates[:, None, :] - placed[None, :, :], axis=2).min(axis=1)
    free = np.flatnonzero(gaps >= _ROOM)
    best = int(free[0]) if len(free) else int(np.argmax(gaps))
    return float(candidates[best, 0]), float(candidates[best, 1])
