"""A plain map of a page of features, drawn by the server: shapes on white, north up."""

from __future__ import annotations

import base64

import numpy as np
import shapely

from api.features.collection import Batch
from constraints.render.drawing import Disc, Drawing, Outline, lines_of, rings_of
from constraints.render.svg import svg

__all__ = ["picture_uri"]

_WIDTH = 800
_HEIGHT = 500
_MARGIN = 20
_LEAST_SIDE_M = 50.0
_LINE = "#12433f"


def picture_uri(batch: Batch, title: str) -> str | None:
    """The map as a data address for an image; None where no feature has a shape."""
    shapes = batch.geometry[~(shapely.is_missing(batch.geometry) | shapely.is_empty(batch.geometry))]
    if not len(shapes):
        return None
    west, south, east, north = shapely.total_bounds(shapes)
    metres = max((east - west) / (_WIDTH - 2 * _MARGIN), (north - south) / (_HEIGHT - 2 * _MARGIN))
    metres = max(float(metres), _LEAST_SIDE_M / _HEIGHT)
    middle = np.array([(west + east) / 2, (south + north) / 2])
    # Drawn to half a pixel; for drawing only, so that a shape may lose small parts.
    drawn = shapely.simplify(shapes, metres / 2)
    pixels = shapely.transform(drawn, lambda xy: (xy - middle) / metres * [1, -1] + [_WIDTH / 2, _HEIGHT / 2])
    parts = [part for shape in pixels for part in _parts(shape)]
    text = f"{len(shapes)} features on the national grid. North is up."
    drawing = Drawing(_WIDTH, _HEIGHT, tuple(parts), title, text)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg(drawing).encode()).decode('ascii')}"


def _parts(shape: shapely.Geometry) -> list[Outline | Disc]:
    dimension = int(shapely.get_dimensions(shape))
    if dimension == 0:
        return [Disc(float(x), float(y), 4.0, _LINE, "#ffffff", 1.0) for x, y in shapely.get_coordinates(shape)]
    if dimension == 1:
        return [Outline(lines_of(shape), _LINE, 2.0)]
    return [Outline(rings_of(shape), _LINE, 1.5, fill=_LINE, opacity=0.2)]
