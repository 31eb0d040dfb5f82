"""Road areas and the blocks of land between them. Coordinates are EPSG:27700 metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Point, Polygon
from shapes import areas_of, rounded
from streets import Ground, Street

__all__ = ["Roads", "blocks", "road_areas", "turning_heads"]

_CORNER_M = 4.0
_HEAD_M = 8.5


@dataclass(frozen=True, slots=True)
class Roads:
    """Where the streets lie on the ground."""

    highway: shapely.Geometry
    """Everything between garden walls: carriageway, pavements and verges."""
    carriageway: shapely.Geometry


def turning_heads(streets: list[Street], extent: Polygon) -> list[Point]:
    """The ends of local streets that meet no other street, where vehicles turn."""
    lines = np.array([street.line for street in streets], dtype=object)
    tree = shapely.STRtree(lines)
    inside = extent.buffer(-30)
    heads = []
    for number, street in enumerate(streets):
        for at in (Point(street.line.coords[0]), Point(street.line.coords[-1])):
            others = tree.query(at, predicate="dwithin", distance=4.0)
            if street.rank >= 2 and (others == number).all() and inside.contains(at):
                heads.append(at)
    return heads


def road_areas(streets: list[Street], land: Ground) -> Roads:
    """Streets widened to what they take up, with rounded corners at junctions."""
    lines = np.array([street.line for street in streets], dtype=object)
    widths = np.array([street.width_m for street in streets])
    ways = np.array([street.carriageway_m for street in streets])
    heads = np.array(turning_heads(streets, land.extent), dtype=object)
    full = [
        *shapely.buffer(lines, widths / 2, quad_segs=4),
        *shapely.buffer(heads, _HEAD_M, quad_segs=6),
        land.market_place,
    ]
    driven = [*shapely.buffer(lines, ways / 2, quad_segs=4), *shapely.buffer(heads, _HEAD_M - 2, quad_segs=6)]
    highway = _softened(shapely.union_all(full), _CORNER_M)
    carriageway = _softened(shapely.union_all(driven), _CORNER_M + 1.5)
    highway = highway.intersection(land.extent)
    return Roads(highway=rounded(highway), carriageway=rounded(carriageway.intersection(highway)))


def _softened(area: shapely.Geometry, radius_m: float) -> shapely.Geometry:
    """The area with its inner corners filled to a curve, as kerbs are."""
    return area.buffer(radius_m, quad_segs=4).buffer(-radius_m, quad_segs=4).simplify(0.05)


def blocks(land: Ground, roads: Roads) -> list[Polygon]:
    """The land between roads, water, railway and special land, largest openings included."""
    taken = [roads.highway, land.water, land.railway_land, *(shape for _, shape in land.reserved)]
    return areas_of(land.extent.difference(shapely.union_all(taken)), 25.0)
