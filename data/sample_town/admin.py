"""Councils, wards and parishes. Coordinates are EPSG:27700 metres."""

from __future__ import annotations

from dataclasses import dataclass

import plan
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapes import areas_of, rounded, spline, spline_ring
from streets import Ground, Street

__all__ = ["Area", "Authorities", "authorities"]

_BEYOND_M = 1500.0
"""How far the two councils' land reaches beyond the map."""


@dataclass(frozen=True, slots=True)
class Area:
    """An administrative area."""

    code: str
    name: str
    shape: Polygon
    council: str


@dataclass(frozen=True, slots=True)
class Authorities:
    """The two councils (Thistleford first), their wards and parishes."""

    councils: list[Area]
    wards: list[Area]
    parishes: list[Area]

    @property
    def council(self) -> Polygon:
        """Thistleford's land."""
        return self.councils[0].shape


def _at(points: tuple[plan.XY, ...]) -> list[plan.XY]:
    return [(plan.ORIGIN[0] + x, plan.ORIGIN[1] + y) for x, y in points]


def _whole() -> Polygon:
    west, south, east, north = plan.EXTENT
    beyond = _BEYOND_M
    ring = [
        (west - beyond, south + 300),
        (west - beyond + 250, north - 700),
        (west - 600, north + beyond - 300),
        (west + 900, north + beyond),
        (east - 900, north + beyond - 150),
        (east + beyond - 300, north + 500),
        (east + beyond, south + 900),
        (east + 700, south - beyond + 200),
        (west + 2100, south - beyond),
        (west - 500, south - beyond + 350),
    ]
    return rounded(spline_ring(ring, 60))


def _split(whole: Polygon, lines: list[LineString]) -> list[Polygon]:
    cut = shapely.union_all([whole.exterior, *lines], grid_size=0.01)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(cut)))
    return areas_of(shapely.GeometryCollection([f for f in faces if whole.contains(f.representative_point())]), 1000)


def _with(faces: list[Polygon], x: float, y: float) -> Polygon:
    at = Point(plan.ORIGIN[0] + x, plan.ORIGIN[1] + y)
    return next(face for face in faces if face.contains(at))


def _extended(line: LineString, far_m: float = 4000.0) -> LineString:
    """A line carried on straight at both ends."""
    xy = shapely.get_coordinates(line)
    first = xy[0] + (xy[0] - xy[1]) / max(1e-9, float(shapely.points(xy[0]).distance(shapely.points(xy[1])))) * far_m
    last = (
        xy[-1] + (xy[-1] - xy[-2]) / max(1e-9, float(shapely.points(xy[-1]).distance(shapely.points(xy[-2])))) * far_m
    )
    return rounded(LineString([first, *xy, last]))


def authorities(land: Ground, streets: list[Street]) -> Authorities:
    """The border follows field edges and cuts through the eastern estates; wards follow river and main road."""
    whole = _whole()
    border = _extended(LineString(spline(_at(plan.BORDER), 30)))
    ours = _with(_split(whole, [border]), 1000, 1500)
    theirs = _with(_split(whole, [border]), 3900, 1500)
    main_road = shapely.line_merge(shapely.union_all([s.line for s in streets if s.road_class == "A"]))
    walls = shapely.union_all(
        [s.line for s in streets if "Walls" in s.name or s.name in {"Tanner's Row", "Priory Row", "Maltings Lane"}]
    )
    faces = _split(ours, [_extended(land.river), _extended(main_road), *shapely.get_parts(walls)])
    core = shapely.union_all([_with(faces, *at) for at in ((1650, 1650), (2000, 1650))], grid_size=0.01)
    home, other = plan.COUNCIL[0], plan.NEIGHBOUR[0]
    wards = [
        Area("X05009001", "Old Town", core, home),
        Area("X05009002", "Wickham and Westgate", _with(faces, 1000, 2000), home),
        Area("X05009003", "Abbey and Eastfield", _with(faces, 2600, 2000), home),
        Area("X05009004", "Railway Town and Long Ham", _with(faces, 1500, 800), home),
        Area("X05009005", "Wharf and Southdown", _with(faces, 2600, 700), home),
        Area("X05009101", "Ambermarsh West", theirs, other),
    ]
    parishes = _parishes(ours, theirs)
    return Authorities(
        [Area(home, plan.COUNCIL[1], ours, home), Area(other, plan.NEIGHBOUR[1], theirs, other)], wards, parishes
    )


def _parishes(ours: Polygon, theirs: Polygon) -> list[Area]:
    """Two parishes: the fields west of the town, and all of the neighbour's land. The town itself has none."""
    edge = LineString(_at(((380, 6000), (420, 2900), (300, 2300), (290, 1500), (330, 900), (700, 300), (760, -3000))))
    west = _with(_split(ours, [edge]), 100, 2000)
    return [
        Area("X04009001", "Wickham Lodge", west, plan.COUNCIL[0]),
        Area("X04009002", "Nether Ambermarsh", theirs, plan.NEIGHBOUR[0]),
    ]
