"""The base map as parts of a picture: what is under everything else, as much of it as can be told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import shapely

from api.maps.basemap import BaseMap
from constraints.render.drawing import Disc, Label, Outline, lines_of, rings_of
from constraints.render.ground import Ground
from tiles.style import base_style

__all__ = ["base_parts"]

_DETAIL_PIXELS_PER_M: Final = 0.35
"""From this scale the picture shows buildings and the edges of roads, below it only lines of roads."""
_MOST_SHAPES: Final = 1_200
"""Of one layer of the base map in a picture; a layer with more is left out: it would be a smudge."""
_FINEST_PIXELS: Final = 0.5
"""What is finer than this of the base map is not drawn: it could not be seen."""

_LOOKS: Final = {layer.id: layer for layer in base_style().layers}
_AREAS: Final[Mapping[str, str]] = {
    _LOOKS[name].source: _LOOKS[name].fill for name in ("green", "water", "carriageway", "buildings")
}
_LINES: Final[Mapping[str, tuple[str, float]]] = {
    "roads": (_LOOKS["road-local"].line, 3.0),
    "railway": (_LOOKS["railway"].casing, 1.5),
}

Parts = list[Outline | Disc | Label]


def base_parts(
    base: BaseMap, ground: Ground, *, most: int = _MOST_SHAPES, finest: float = _FINEST_PIXELS, line: str = "#b3ac9d"
) -> Parts:
    """The base map of a box. `most` shapes of a layer are drawn, or none; `finest` is the smallest detail in pixels."""
    detailed = ground.scale >= _DETAIL_PIXELS_PER_M
    parts: Parts = []
    for layer in base.layers:
        lines = layer in _LINES and not (layer == "roads" and detailed)
        areas = layer in _AREAS and (detailed or layer in {"green", "water"})
        found = base.shapes(layer, ground.ground, most) if lines or areas else ()
        shapes = shapely.simplify(ground.pixels(np.array(found, dtype=object)), finest)
        if areas:
            parts += [Outline(rings_of(shape), fill=_AREAS[layer], line=line, width=0.4) for shape in shapes]
        elif lines:
            colour, width = _LINES[layer]
            parts.append(Outline(lines_of(shapes), line=colour, width=width))
    return [part for part in parts if not isinstance(part, Outline) or part.paths]
