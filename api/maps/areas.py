"""Boxes and shapes that a request gives, brought to the national grid; and the names of coordinate systems.

A straight line in longitude and latitude is a curve on the national grid: edges are divided first, so that a box
of degrees selects what lies in it to about a centimetre.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from bopsgis import crs
from bopsgis.errors import InputRefused
from bopsgis.ostn15 import EAST_LIMIT_M, NORTH_LIMIT_M

__all__ = ["CRS84", "CRS_URIS", "NATIONAL_GRID_URI", "crs_of_uri", "read_box", "shape_to_grid"]

CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
"""Longitude before latitude, in degrees."""
NATIONAL_GRID_URI: Final = "http://www.opengis.net/def/crs/EPSG/0/27700"
"""Easting before northing, in metres."""
CRS_URIS: Final[Mapping[str, int]] = {CRS84: crs.WGS84, NATIONAL_GRID_URI: crs.NATIONAL_GRID}
"""Systems that requests may name, and the code under which `bopsgis.crs` has x before y."""

_SHORT: Final[Mapping[str, str]] = {
    "crs84": CRS84,
    "ogc:crs84": CRS84,
    "[ogc:crs84]": CRS84,
    "epsg:27700": NATIONAL_GRID_URI,
    "[epsg:27700]": NATIONAL_GRID_URI,
    "27700": NATIONAL_GRID_URI,
}
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,15}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][-+]?[0-9]{1,2})?", re.ASCII)
_STEP_DEGREES = 0.005
_STEPS = 2_000
_WORLD_DEGREES = (-180.0, -90.0, 180.0, 90.0)
_FARTHEST_M = 10_000_000.0
_MARGIN_M = 1_000.0


def crs_of_uri(name: str, parameter: str) -> str:
    """The URI of a coordinate system that a request names, in full or as `EPSG:27700`. Raises InputRefused."""
    uri = name if name in CRS_URIS else _SHORT.get(name.strip().lower())
    if uri is None:
        raise InputRefused(
            f"{parameter} names a coordinate system that is not offered.",
            code="crs_not_offered",
            hint=f"Use {CRS84} or {NATIONAL_GRID_URI}.",
        )
    return uri


def read_box(text: str, uri: str) -> BaseGeometry | None:
    """The area of a box `west,south,east,north` in the system `uri`, on the national grid; None for no limit.

    Six numbers are a box with heights, which are left out: nothing here has any. A box that holds the whole
    national grid is no limit. Raises InputRefused for anything that is not a box with an area.
    """
    west, south, east, north = _sides(text)
    low_x, low_y, high_x, high_y = _WORLD_DEGREES if uri == CRS84 else (-_FARTHEST_M,) * 2 + (_FARTHEST_M,) * 2
    if not (low_x <= west and east <= high_x and low_y <= south and north <= high_y):
        raise InputRefused("The box reaches outside its coordinate system.", code="bbox_refused", hint=_ORDER)
    if not (west < east and south < north):
        raise InputRefused("The box is empty or the wrong way round.", code="bbox_refused", hint=_ORDER)
    box = shapely.box(west, south, east, north)
    if uri == NATIONAL_GRID_URI:
        return box
    if shapely.contains(box, _grid_in_degrees()):
        return None
    turned = shapely.box(south, west, north, east)
    if not shapely.intersects(box, _grid_in_degrees()) and shapely.intersects(turned, _grid_in_degrees()):
        raise InputRefused("The box has latitude before longitude.", code="bbox_refused", hint=_ORDER)
    return shape_to_grid(box, uri)


_ORDER = "Give west, south, east and north (in degrees: longitude before latitude), as numbers with commas between."


def shape_to_grid(shape: BaseGeometry, uri: str) -> BaseGeometry:
    """A valid shape in the system `uri` on the national grid, its edges divided so that they stay where they are.

    What lies off the grid is cut off; the shape may become empty.
    """
    if uri == NATIONAL_GRID_URI:
        return shape
    inside = shapely.intersection(shape, _grid_in_degrees())
    if inside.is_empty:
        return shapely.Polygon()
    longest = max(inside.bounds[2] - inside.bounds[0], inside.bounds[3] - inside.bounds[1])
    divided = shapely.segmentize(inside, max(_STEP_DEGREES, longest / _STEPS))
    moved: BaseGeometry = crs.transform_geometry(divided, CRS_URIS[uri], outside="nan")[0] or shapely.Polygon()
    return moved


def _sides(text: str) -> tuple[float, float, float, float]:
    parts = text.split(",")
    if len(parts) not in (4, 6) or not all(_NUMBER.fullmatch(part.strip()) for part in parts):
        raise InputRefused("The box is not four numbers with commas between.", code="bbox_refused", hint=_ORDER)
    numbers = [float(part) for part in parts]
    if len(numbers) == 6:
        return numbers[0], numbers[1], numbers[3], numbers[4]
    return numbers[0], numbers[1], numbers[2], numbers[3]


@cache
def _grid_in_degrees() -> BaseGeometry:
    """The area of OSTN15 in longitude and latitude, a kilometre of sea inside its edge."""
    ring = shapely.segmentize(
        shapely.box(_MARGIN_M, _MARGIN_M, EAST_LIMIT_M - _MARGIN_M, NORTH_LIMIT_M - _MARGIN_M), 10_000.0
    )
    x, y = shapely.get_coordinates(ring).T
    lon, lat = crs.from_national_grid(x, y, crs.WGS84)
    area: BaseGeometry = shapely.Polygon(np.column_stack([lon, lat]))
    shapely.prepare(area)
    return area
