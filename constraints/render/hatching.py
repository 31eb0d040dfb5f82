"""Patterns as lines and dots cut to a shape, so that every form of a picture shows the same ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from constraints.render.drawing import Disc, Outline, lines_of
from constraints.render.style import Style

__all__ = ["PATTERNS", "hatching"]

_GAP: Final = 9.0
"""Pixels between the lines of a pattern."""
_LINE_WIDTH: Final = 0.8
_DOT_RADIUS: Final = 1.2
_TICK: Final = 3.0
"""Half the length of the strokes of a plus."""

Box = tuple[float, float, float, float]


def hatching(shape: shapely.Geometry, style: Style) -> list[Outline | Disc]:
    """The style's pattern inside a polygonal shape in pixels."""
    bounds: Box = tuple(shapely.bounds(shape).tolist())
    pattern = PATTERNS[style.pattern](bounds)
    if not len(pattern):
        return []
    inside = shapely.intersection(shapely.union_all(pattern), shape)
    if style.pattern == "dots":
        places = shapely.get_coordinates(inside)
        return [Disc(float(x), float(y), _DOT_RADIUS, style.line) for x, y in places]
    return [Outline(lines_of(inside), line=style.line, width=_LINE_WIDTH)]


def _nothing(_box: Box) -> NDArray[np.object_]:
    return np.empty(0, dtype=object)


def _horizontal(box: Box) -> NDArray[np.object_]:
    west, top, east, bottom = box
    y = _steps(top, bottom)
    return _segments(np.full(len(y), west), y, np.full(len(y), east), y)


def _vertical(box: Box) -> NDArray[np.object_]:
    west, top, east, bottom = box
    x = _steps(west, east)
    return _segments(x, np.full(len(x), top), x, np.full(len(x), bottom))


def _diagonal(box: Box) -> NDArray[np.object_]:
    """Rising to the right."""
    west, top, east, bottom = box
    x = _steps(west + top, east + bottom, _GAP * np.sqrt(2.0))
    return _segments(x - top, np.full(len(x), top), x - bottom, np.full(len(x), bottom))


def _back_diagonal(box: Box) -> NDArray[np.object_]:
    """Falling to the right."""
    west, top, east, bottom = box
    x = _steps(west - bottom, east - top, _GAP * np.sqrt(2.0))
    return _segments(x + top, np.full(len(x), top), x + bottom, np.full(len(x), bottom))


def _cross(box: Box) -> NDArray[np.object_]:
    return np.concatenate([_diagonal(box), _back_diagonal(box)])


def _grid(box: Box) -> NDArray[np.object_]:
    return np.concatenate([_horizontal(box), _vertical(box)])


def _dots(box: Box) -> NDArray[np.object_]:
    x, y = _lattice(box)
    return np.asarray(shapely.points(x, y), dtype=object)


def _plus(box: Box) -> NDArray[np.object_]:
    x, y = _lattice(box, 1.5)
    return np.concatenate([_segments(x - _TICK, y, x + _TICK, y), _segments(x, y - _TICK, x, y + _TICK)])


def _zigzag(box: Box) -> NDArray[np.object_]:
    west, top, east, bottom = box
    x = _steps(west - _GAP, east + _GAP, _GAP / 2.0)
    if len(x) < 2:
        return _nothing(box)
    wave = np.where(np.round(x / (_GAP / 2.0)) % 2 == 0, 0.0, _GAP / 2.0)
    rows = _steps(top - _GAP, bottom + _GAP)
    return np.asarray(shapely.linestrings([np.column_stack([x, y + wave]) for y in rows]), dtype=object)


PATTERNS: Final[Mapping[str, Callable[[Box], NDArray[np.object_]]]] = {
    "back-diagonal": _back_diagonal,
    "cross": _cross,
    "diagonal": _diagonal,
    "dots": _dots,
    "grid": _grid,
    "horizontal": _horizontal,
    "none": _nothing,
    "plus": _plus,
    "vertical": _vertical,
    "zigzag": _zigzag,
}
"""Name of a pattern -> what it draws over a box in pixels."""


def _steps(first: float, last: float, gap: float = _GAP) -> NDArray[np.float64]:
    """Multiples of the gap between two numbers, so that neighbouring shapes have patterns that meet."""
    return np.arange(np.ceil(first / gap), np.floor(last / gap) + 1.0) * gap


def _lattice(box: Box, times: float = 1.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    west, top, east, bottom = box
    x, y = np.meshgrid(_steps(west, east, _GAP * times), _steps(top, bottom, _GAP * times))
    return x.ravel(), y.ravel()


def _segments(
    x: NDArray[np.float64], y: NDArray[np.float64], to_x: NDArray[np.float64], to_y: NDArray[np.float64]
) -> NDArray[np.object_]:
    ends = np.stack([np.column_stack([x, y]), np.column_stack([to_x, to_y])], axis=1)
    return np.asarray(shapely.linestrings(ends), dtype=object) if len(x) else np.empty(0, dtype=object)
