"""What is known of every place without any data: land or sea by squares of 100 km, and the national grid's lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis import gridref
from bopsgis.types import Point
from tiles.levels import Policy
from tiles.mvt import columns_of
from tiles.snapshot import LayerSource, Snapshot, in_memory
from tiles.style import base_style
from tiles.style.mapbox import zoom_of

__all__ = ["NAMES", "first_zoom", "snapshots"]

NAMES: Final = ("sea", "grid_100km", "grid_10km")
_BARE: Final = ("grid_1km", "notice")
"""Layers that are there only where there is no base map."""
_EAST_M, _NORTH_M = 700_000.0, 1_200_000.0
_SQUARE_M: Final = 100_000.0
_EDGE_M: Final = 100.0
_JOINT_M: Final = 10_000.0
"""Lines have a vertex so often: on a Mercator map the grid's lines are curves."""
_NOTICE: Final = "No base map is loaded here"


@cache
def snapshots(*, bare: bool) -> tuple[Snapshot, ...]:
    """The layers under a base map, or (`bare`) those that stand alone and say so."""
    wanted = (*NAMES, *_BARE) if bare else NAMES
    return tuple(in_memory(_LAYERS[name](name)) for name in wanted)


def first_zoom(layer: str) -> int:
    """The zoom of WebMercatorQuad from which the style draws something of a tile layer."""
    coarsest = [each.coarsest for each in base_style().layers if each.source == layer]
    if not coarsest or None in coarsest:
        return 0
    return math.floor(zoom_of(max(scale for scale in coarsest if scale), "WebMercatorQuad"))


def _sea(name: str) -> LayerSource:
    """Squares of 100 km without land."""
    shapes = [_box(x, y) for x, y in _squares() if not gridref.has_land(_middle(x, y))]
    return _layer(name, shapes, [None] * len(shapes))


def _lines(name: str) -> LayerSource:
    """Lines of the grid, each with the distance from the origin that is printed beside it."""
    step = {"grid_100km": 100_000.0, "grid_10km": 10_000.0, "grid_1km": 1_000.0}[name]
    eastings, northings = np.arange(0.0, _EAST_M + 1.0, step), np.arange(0.0, _NORTH_M + 1.0, step)
    up, across = np.arange(0.0, _NORTH_M + 1.0, _JOINT_M), np.arange(0.0, _EAST_M + 1.0, _JOINT_M)
    upright = [shapely.linestrings(np.full(len(up), easting), up) for easting in eastings]
    level = [shapely.linestrings(across, np.full(len(across), northing)) for northing in northings]
    names = [*(f"{easting / 1000:g} km east" for easting in eastings)]
    names += [f"{northing / 1000:g} km north" for northing in northings]
    return _layer(name, [*upright, *level], names)


def _notice(name: str) -> LayerSource:
    """The reason for an empty map, in the middle of every square of 10 km on land."""
    offsets = np.arange(_JOINT_M / 2, _SQUARE_M, _JOINT_M)
    places: list[NDArray[np.object_]] = []
    for x, y in _squares():
        if gridref.has_land(_middle(x, y)):
            east, north = np.meshgrid(x + offsets, y + offsets)
            places.append(shapely.points(east.ravel(), north.ravel()))
    shapes = list(np.concatenate(places))
    return _layer(name, shapes, [_NOTICE] * len(shapes))


_LAYERS: Final = {"sea": _sea, "grid_100km": _lines, "grid_10km": _lines, "grid_1km": _lines, "notice": _notice}


def _layer(name: str, shapes: list[shapely.Geometry], names: Sequence[str | None]) -> LayerSource:
    geometry = shapely.transform(np.array(shapes, dtype=object), _inside)
    policy = Policy(minzoom=first_zoom(name), style=("name",), cluster_below=0)
    ids = np.arange(1, len(shapes) + 1, dtype=np.uint64)
    return LayerSource(name, geometry, ids, columns_of({"name": names}), policy)


def _inside(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    """The grid's own edge drawn in a little: OSTN15, which leads to Mercator, does not reach it."""
    return np.clip(coordinates, _EDGE_M, [_EAST_M - _EDGE_M, _NORTH_M])


def _squares() -> list[tuple[float, float]]:
    """South-western corners of the squares of 100 km."""
    return [
        (float(x), float(y)) for y in np.arange(0.0, _NORTH_M, _SQUARE_M) for x in np.arange(0.0, _EAST_M, _SQUARE_M)
    ]


def _box(x: float, y: float) -> shapely.Polygon:
    """A square of 100 km with a vertex so often that it follows the grid's lines on a Mercator map too."""
    return shapely.segmentize(shapely.box(x, y, x + _SQUARE_M, y + _SQUARE_M), _JOINT_M)


def _middle(x: float, y: float) -> Point:
    return Point(x + _SQUARE_M / 2, y + _SQUARE_M / 2)
