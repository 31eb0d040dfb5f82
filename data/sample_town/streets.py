"""The street network: main roads from the plan, and local streets that fill each district in the way of its age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import plan
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import substring
from shapes import Array, areas_of, lines_of, rng_for, rounded, spline, spline_ring, waves

__all__ = ["ERAS", "Era", "Ground", "Street", "footpaths", "ground", "network", "with_names"]


@dataclass(frozen=True, slots=True)
class Era:
    """How a district of one age is laid out; all lengths in metres."""

    depth_m: float
    plot_m: float
    street_m: float
    """Full width of a local street, from garden wall to garden wall."""
    carriageway_m: float
    cross_m: float
    """Distance between cross streets."""
    closes: bool = False
    """True where streets end in turning heads between the cross streets."""


ERAS: dict[str, Era] = {
    "core": Era(46, 8.2, 7.5, 4.5, 0),
    "victorian": Era(29, 7.8, 10.5, 6.2, 170),
    "interwar": Era(42, 13.5, 13.0, 6.4, 210),
    "postwar": Era(32, 12.4, 10.5, 5.6, 250, closes=True),
    "modern": Era(28, 11.2, 9.0, 5.2, 225, closes=True),
    "industrial": Era(75, 62.0, 13.0, 7.5, 260),
}


@dataclass(frozen=True, slots=True)
class Street:
    """One named street."""

    line: LineString
    name: str
    road_class: str
    """`A`, `B`, `unclassified` or `footpath`"""
    ref: str
    width_m: float
    carriageway_m: float
    district: str
    rank: int
    """0 A road, 1 B road, 2 other main road, 3 old lane, 4 local street, 5 cross street without plots, 6 footpath."""
    usrn: str = ""

    @property
    def fronted(self) -> bool:
        """True where plots face this street."""
        return self.rank <= 4


@dataclass(frozen=True, slots=True)
class Ground:
    """What is there before anything is built: all in EPSG:27700."""

    river: LineString
    brook: LineString
    railway: LineString
    water: shapely.Geometry
    railway_land: Polygon
    edge: Polygon
    extent: Polygon
    reserved: tuple[tuple[plan.Reserved, Polygon], ...]
    market_place: Polygon


def _here(points: Sequence[plan.XY]) -> list[plan.XY]:
    return [(plan.ORIGIN[0] + x, plan.ORIGIN[1] + y) for x, y in points]


def ground(seed: int) -> Ground:
    """The river, the brook, the railway and the special land of the plan, drawn on the national grid."""
    rng = rng_for(seed, "ground")
    extent = shapely.box(*plan.EXTENT)
    river = LineString(spline(_here(plan.RIVER), 12))
    brook = rounded(LineString(waves(spline(_here(plan.BROOK), 8), 5, 130, float(rng.uniform(0, 6)))))
    brook = rounded(LineString([*brook.coords, _across(brook.coords[-1], river)]))
    railway = LineString(spline(_here(plan.RAILWAY), 15))
    station = next(item for item in plan.RESERVED if item.kind == "station")
    railway_land = shapely.union(railway.buffer(11, quad_segs=4, cap_style="flat"), Polygon(_here(station.points)))
    reserved = tuple((item, rounded(Polygon(_here(item.points)))) for item in plan.RESERVED)
    return Ground(
        river=river,
        brook=brook,
        railway=railway,
        water=rounded(shapely.intersection(_river_banks(river, rng).union(brook.buffer(1.8, quad_segs=3)), extent)),
        railway_land=rounded(shapely.intersection(railway_land, extent)),
        edge=rounded(spline_ring(_here(plan.TOWN_EDGE), 25)),
        extent=extent,
        reserved=reserved,
        market_place=Polygon(_here(plan.MARKET_PLACE)),
    )


def _across(end: tuple[float, ...], river: LineString) -> tuple[float, float]:
    """A point just beyond a river's middle, seen from the mouth of a brook."""
    mouth = Point(end)
    middle = river.interpolate(river.project(mouth))
    gap = max(mouth.distance(middle), 0.1)
    return middle.x + 3 * (middle.x - mouth.x) / gap, middle.y + 3 * (middle.y - mouth.y) / gap


def _river_banks(river: LineString, rng: np.random.Generator) -> Polygon:
    """The river's surface: 15 to 25 m wide, wider downstream."""
    at = np.arange(0, river.length, 20.0)
    centres = shapely.line_interpolate_point(river, at)
    widths = 7.5 + 4.0 * at / river.length + rng.uniform(-0.9, 0.9, len(at))
    discs = shapely.buffer(centres, widths, quad_segs=6)
    hulls = shapely.convex_hull(shapely.union(discs[:-1], discs[1:]))
    return shapely.union_all(hulls).simplify(0.3)


def _arterials() -> list[Street]:
    """Main roads, cut into their named sections."""
    widths = {"A": (15.0, 9.0, 0), "B": (13.5, 7.6, 1), "unclassified": (12.0, 6.6, 2)}
    streets = []
    for road in plan.ARTERIALS:
        line = LineString(spline(_here(road.points), 10))
        width, carriageway, rank = widths[road.road_class]
        start = 0.0
        for name, end in road.sections:
            part = rounded(substring(line, start, end, normalized=True))
            old_wall = name in {
                "West Walls",
                "Tanner's Row",
                "North Walls",
                "East Walls",
                "Priory Row",
                "Maltings Lane",
            }
            size = (8.5, 5.5) if old_wall else (width, carriageway)
            streets.append(Street(part, name, road.road_class, road.ref, *size, "", 3 if old_wall else rank))
            start = end
    for name, points in plan.CORE_LANES:
        line = rounded(LineString(_here(points)))
        streets.append(Street(line, name, "unclassified", "", 7.5, 4.2, "core", 3))
    return streets


def _faces(land: Ground, arterials: list[Street]) -> dict[str, Polygon]:
    """The face of the map in which each district lies, keyed by district."""
    lines = [street.line for street in arterials if street.district != "core"]
    divides = [LineString(_here(points)) for points in plan.DIVIDES]
    cuts = shapely.union_all(
        [*lines, *divides, land.river, land.brook, land.railway, land.edge.exterior, land.extent.exterior]
    )
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(cuts)))
    places = {district.key: Point(*_here([district.at])[0]) for district in plan.DISTRICTS}
    return {key: next(face for face in faces if face.contains(at)) for key, at in places.items()}


def _free_ground(face: Polygon, land: Ground) -> Polygon:
    """The part of a face where streets may go: away from water, railway and special land."""
    kept_clear = [
        land.river.buffer(48),
        land.brook.buffer(20),
        land.railway.buffer(42),
        *(shape.buffer(9, join_style="mitre") for _, shape in land.reserved),
    ]
    free = face.difference(shapely.union_all(kept_clear))
    return max(areas_of(free), key=lambda part: part.area)


def _grid(face: Polygon, district: plan.District, phase: float) -> tuple[list[LineString], list[LineString]]:
    """Long streets and cross streets over a face, before clipping."""
    era = ERAS[district.era]
    spacing = 2 * era.depth_m + era.street_m
    middle = np.array(face.centroid.coords[0])
    reach = 0.75 * float(np.hypot(face.bounds[2] - face.bounds[0], face.bounds[3] - face.bounds[1]))
    angle = np.radians(district.angle)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])

    def placed(xy: Array) -> LineString:
        return LineString(np.round(waves(xy, district.amplitude_m, 420, phase) @ turn + middle, 2))

    along = np.arange(-reach, reach + 1, 12.0)
    levels = np.arange(-reach, reach, spacing) + district.shift
    crossings = np.arange(-reach, reach, era.cross_m) + phase * 10
    cross = [placed(np.column_stack([np.full_like(along, x), along])) for x in crossings]
    if not era.closes:
        return [placed(np.column_stack([along, np.full_like(along, y)])) for y in levels], cross
    long = []
    for i, x in enumerate(crossings[:-1]):
        gap = era.depth_m * 0.9
        for j, y in enumerate(levels):
            middle_x = x + era.cross_m * (0.5 + 0.13 * np.sin(3.1 * i + 2.3 * j + phase))
            for low, high in ((x, middle_x - gap), (middle_x + gap, x + era.cross_m)):
                xs = np.linspace(low, high, 10)
                long.append(placed(np.column_stack([xs, np.full_like(xs, y)])))
    return long, cross


def _crescents(face: Polygon, district: plan.District, phase: float) -> tuple[list[LineString], list[LineString]]:
    """Rings and spokes about a middle, before clipping."""
    era = ERAS[district.era]
    middle = np.array(_here([district.centre or (0, 0)])[0])
    corners = np.asarray(face.exterior.coords) - middle
    reach = float(np.hypot(corners[:, 0], corners[:, 1]).max())
    spacing = 2 * era.depth_m + era.street_m
    turn = np.linspace(0, 2 * np.pi, 181)
    ring = np.column_stack([np.cos(turn), np.sin(turn)])
    radii = np.arange(spacing * 0.75, reach, spacing)
    rings = [LineString(np.round(ring * radius + middle, 2)) for radius in radii]
    spokes = []
    for inner, outer in pairwise(radii):
        count = max(3, int(2 * np.pi * inner / era.cross_m))
        for k in range(count):
            angle = 2 * np.pi * (k + 0.5 * (int(inner / spacing) % 2)) / count + phase
            out = np.array([np.cos(angle), np.sin(angle)])
            spokes.append(LineString(np.round([out * inner + middle, out * outer + middle], 2)))
    return rings, spokes


def _clipped(
    lines: list[LineString], free: Polygon, mains: shapely.Geometry, depth_m: float, shortest: float
) -> list[LineString]:
    """Pattern lines inside the free ground, without the stretches that would run close beside a main road."""
    near = mains.buffer(depth_m * 1.15, quad_segs=4)
    kept = []
    for line in lines:
        for piece in lines_of(line.intersection(free), shortest):
            beside = [part for part in lines_of(piece.intersection(near)) if part.length > depth_m * 2.2]
            rest = piece.difference(shapely.union_all([part.buffer(0.5) for part in beside])) if beside else piece
            kept.extend(lines_of(rest, shortest))
    return kept


def _district_streets(
    district: plan.District, face: Polygon, land: Ground, mains: shapely.Geometry, phase: float
) -> list[Street]:
    """The local streets of one district, not yet named."""
    era = ERAS[district.era]
    free = _free_ground(face, land)
    maker = _crescents if district.centre else _grid
    long, cross = maker(face, district, phase)
    made: list[Street] = []
    for rank, lines, shortest in ((4, long, 42.0), (5, cross, 42.0)):
        kept = _clipped(lines, free, mains, era.depth_m, shortest)
        size = (era.street_m, era.carriageway_m)
        made.extend(Street(rounded(line), "", "unclassified", "", *size, district.key, rank) for line in kept)
    return made


def _connected(streets: list[Street]) -> list[Street]:
    """The streets that can be reached from the first one."""
    lines = np.array([street.line.buffer(0.3) for street in streets], dtype=object)
    left, right = shapely.STRtree(lines).query(lines, predicate="intersects")
    reached = np.zeros(len(streets), dtype=bool)
    reached[0] = True
    while True:
        grown = reached.copy()
        grown[right[reached[left]]] = True
        if (grown == reached).all():
            return [street for street, keep in zip(streets, reached, strict=True) if keep]
        reached = grown


def network(seed: int, land: Ground) -> tuple[list[Street], dict[str, Polygon]]:
    """All streets, without names for the local ones, and the face of the map of each district."""
    arterials = _arterials()
    faces = _faces(land, arterials)
    mains = shapely.union_all([street.line for street in arterials])
    rng = rng_for(seed, "streets")
    streets = list(arterials)
    for district in plan.DISTRICTS:
        phase = float(np.round(rng.uniform(0, 2 * np.pi), 3))
        if district.era in ERAS and district.era != "core":
            streets.extend(_district_streets(district, faces[district.key], land, mains, phase))
    return _connected(streets), faces


def footpaths() -> list[Street]:
    """The plan's paths, each with its name."""
    return [
        Street(LineString(spline(_here(points), 12)), name, "footpath", "", 2.0, 2.0, "", 6)
        for name, points in plan.PATHS
    ]


def with_names(streets: list[Street], names: Sequence[str]) -> list[Street]:
    """The streets with a name and a USRN each."""
    return [
        replace(street, name=name, usrn=str(99_400_000 + number))
        for number, (street, name) in enumerate(zip(streets, names, strict=True), 1)
    ]
