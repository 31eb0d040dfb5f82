"""Land parcels: house plots, special land, fields and leftovers made into one map without gaps or overlaps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import plan
import shapely
from blocks import Roads
from plots import Plot
from shapely.geometry import LineString, Point, Polygon
from shapes import Objects, areas_of, rng_for, rounded
from streets import Ground

__all__ = ["Fabric", "Parcel", "fabric"]

_GRID_M = 0.01
_SIMPLE_M = 0.22


@dataclass(frozen=True, slots=True)
class Parcel:
    """One piece of land; parcels do not overlap, and neighbours share their boundary point by point."""

    key: str
    """`XTH-00001` and so on"""
    shape: Polygon
    kind: str
    """`plot`, `amenity`, `field`, `wood`, `railway` or the kind of the plan's special land"""
    name: str
    plot: Plot | None


@dataclass(frozen=True, slots=True)
class Fabric:
    """The ground of the whole map, each point of it in one place only."""

    parcels: list[Parcel]
    highway: shapely.Geometry
    water: shapely.Geometry


@dataclass(frozen=True, slots=True)
class _Piece:
    shape: Polygon
    kind: str
    name: str = ""
    plot: Plot | None = None


def _hedges(seed: int) -> list[Polygon]:
    """The country cut into four-sided fields: long wavering hedges from south to north, cross hedges between them."""
    rng = rng_for(seed, "fields")
    west, south, _, north = plan.EXTENT
    xs = west - 400 + np.cumsum(rng.uniform(190, 300, 24))
    ys = np.arange(south - 700, north + 701, 50.0)
    phases = rng.uniform(0, 0.9, len(xs)) + 0.4 * np.arange(len(xs))
    long = [np.column_stack([x + 32 * np.sin(ys / 390 + p), ys]) for x, p in zip(xs, phases, strict=True)]
    lines = [LineString(xy) for xy in long]
    for left, right in pairwise(long):
        for y in south - 650 + np.cumsum(rng.uniform(150, 310, 21)):
            slope = rng.uniform(-35, 35)
            x0, x1 = np.interp([y, y + slope], ys, left[:, 0])[0], np.interp([y, y + slope], ys, right[:, 0])[1]
            lines.append(LineString([(x0 - 2, y), (x1 + 2, y + slope)]))
    cut = shapely.union_all(rounded(np.array(lines, dtype=object)), grid_size=0.01)
    return list(shapely.get_parts(shapely.polygonize(shapely.get_parts(cut))))


def _fields(seed: int, rural: list[Polygon]) -> list[_Piece]:
    """Open country cut into fields, some of them woods."""
    special = [(name, kind, Point(plan.ORIGIN[0] + x, plan.ORIGIN[1] + y)) for name, kind, (x, y) in plan.COUNTRYSIDE]
    pieces: list[_Piece] = []
    cells = _hedges(seed)
    for area in rural:
        shapely.prepare(area)
        for cell in cells:
            if not area.intersects(cell):
                continue
            name, kind = next(((n, k) for n, k, at in special if cell.contains(at)), ("", "field"))
            pieces.extend(_Piece(part, kind, name) for part in areas_of(cell.intersection(area), 0.5))
    return pieces


def _narrow(shape: Polygon) -> bool:
    return bool(shape.area < 140 or (shape.area < 20_000 and shape.buffer(-3.0).is_empty))


def _open_country(shape: Polygon, town: Polygon) -> bool:
    return bool(shape.area > 25_000 or (shape.area > 9_000 and shape.difference(town).area > 0.4 * shape.area))


def _shared_out(slivers: list[Polygon], pieces: list[_Piece]) -> list[_Piece]:
    """The pieces with every sliver joined to the piece that it shares most boundary with."""
    tree = shapely.STRtree([piece.shape for piece in pieces])
    gains: dict[int, list[Polygon]] = {}
    kept = []
    for sliver in slivers:
        near = np.sort(tree.query(sliver.buffer(0.05), predicate="intersects"))
        if len(near) == 0:
            kept.append(_Piece(sliver, "amenity"))
            continue
        edge = sliver.buffer(0.05)
        shared = [edge.intersection(pieces[i].shape).area for i in near]
        gains.setdefault(int(near[int(np.argmax(shared))]), []).append(sliver)
    for number, parts in gains.items():
        piece = pieces[number]
        joined = shapely.union_all([piece.shape, *parts], grid_size=_GRID_M)
        largest = max(areas_of(joined), key=lambda part: part.area)
        pieces[number] = _Piece(largest, piece.kind, piece.name, piece.plot)
    return pieces + kept


def _pieces(seed: int, land: Ground, roads: Roads, plots: list[Plot], left: list[Polygon]) -> list[_Piece]:
    """Every piece of land with its use, not yet fitted to each other."""
    pieces = [_Piece(plot.shape, "plot", "", plot) for plot in plots]
    town = land.edge.buffer(40)
    rural = [part for part in left if _open_country(part, town)]
    slivers = []
    for part in left:
        if _narrow(part):
            slivers.append(part)
        elif not _open_country(part, town):
            pieces.append(_Piece(part, "amenity"))
    country = _fields(seed, rural)
    pieces.extend(piece for piece in country if piece.shape.area >= 1500 and not _narrow(piece.shape))
    slivers.extend(piece.shape for piece in country if piece.shape.area < 1500 or _narrow(piece.shape))
    for item, shape in land.reserved:
        kept = shape.difference(shapely.union(roads.highway, land.water))
        if item.kind != "station":
            pieces.append(_Piece(max(areas_of(kept), key=lambda part: part.area), item.kind, item.name))
    track = areas_of(land.railway_land.difference(shapely.union(roads.highway, land.water)), 50)
    pieces.extend(_Piece(part, "railway", "Railway") for part in track)
    return _shared_out(slivers, pieces)


def _fitted(shapes: Objects) -> list[shapely.Geometry]:
    """The shapes made to share their boundaries exactly, on a grid of 1 cm, with needless points dropped."""
    lines = shapely.union_all(shapely.boundary(shapes), grid_size=_GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.point_on_surface(faces)
    asked, found = shapely.STRtree(shapes).query(inside, predicate="within")
    first = np.full(len(faces), -1)
    first[asked[::-1]] = found[::-1]
    members: list[list[Polygon]] = [[] for _ in shapes]
    for face, owner in zip(faces, first, strict=True):
        if owner >= 0:
            members[owner].append(face)
    joined = np.array([shapely.coverage_union_all(group) for group in members], dtype=object)
    filled = ~shapely.is_empty(joined)
    joined[filled] = shapely.coverage_simplify(joined[filled], _SIMPLE_M)
    return list(joined)


def fabric(seed: int, land: Ground, roads: Roads, plots: list[Plot], left: list[Polygon]) -> Fabric:
    """Parcels, highway and water that fit together without gap or overlap."""
    pieces = _pieces(seed, land, roads, plots, left)
    shapes = np.array(
        [roads.highway, land.water.difference(roads.highway), *(piece.shape for piece in pieces)], dtype=object
    )
    fitted = _fitted(shapes)
    parcels: list[Parcel] = []
    for piece, shape in zip(pieces, fitted[2:], strict=True):
        for part in areas_of(shape, 4.0):
            plot = piece.plot if part.area > 0.5 * piece.shape.area else None
            kind = piece.kind if plot or piece.kind != "plot" else "amenity"
            parcels.append(Parcel(f"XTH-{len(parcels) + 1:05d}", part, kind, piece.name, plot))
    return Fabric(parcels=parcels, highway=fitted[0], water=fitted[1])
