"""Flood zones, main river and the surface water depth grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import plan
import rasterio
import shapely
from deliver import Delivery
from rasterio import Affine
from records import WATER, Clerk, references
from shapely.geometry import LineString, Polygon
from shapes import Array, areas_of, rng_for, rounded, smooth_noise, spline
from town import Town

__all__ = ["DEPTH_FILE", "flood_depth", "flood_zone", "water"]

DEPTH_FILE = "surface-water-flood-depth.tif"
_CELL_M = 2.0
_DEPTH_BOX = (1200.0, 1000.0, 2600.0, 2000.0)
"""West, south, east, north of the modelled part of the town; local metres."""


def flood_zone(town: Town, level: int) -> shapely.Geometry:
    """Land reached by floods of level 3 (often) or 2 (seldom, and everything in 3), within the map."""
    rng = rng_for(town.seed, "flood")
    reach = {}
    for name, line, low, high in (("river", town.land.river, 26, 95), ("brook", town.land.brook, 7, 38)):
        count = int(line.length / 14)
        near = low + (high - low) * smooth_noise(count, max(8, count // 12), rng) ** 1.5
        far = near * (1.25 + 0.6 * smooth_noise(count, max(8, count // 16), rng)) + 6
        reach[name] = (line, count, near if level == 3 else far)
    parts = []
    for line, count, width in reach.values():
        centres = shapely.line_interpolate_point(line, np.linspace(0, line.length, count))
        discs = shapely.buffer(centres, width, quad_segs=5)
        parts.extend(shapely.convex_hull(shapely.union(discs[:-1], discs[1:])))
    shape = shapely.union_all(parts).intersection(town.land.extent)
    islands = _islands(town, rng_for(town.seed, "islands")) if level == 3 else []
    return rounded(shapely.union_all([shape]).difference(shapely.union_all(islands)).simplify(0.4))


def _islands(town: Town, rng: np.random.Generator) -> list[Polygon]:
    """Higher ground within the flood plain."""
    made = []
    for x, y in ((640, 1240), (1350, 1395), (2070, 1240), (2660, 1090), (3120, 1090)):
        at = town.here(x, y)
        turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        radius = 9 + 9 * smooth_noise(24, 6, rng)
        made.append(
            Polygon(np.round(np.column_stack([at.x + 2 * radius * np.cos(turn), at.y + radius * np.sin(turn)]), 2))
        )
    return made


def _flood_rows(town: Town, clerk: Clerk) -> list[Delivery]:
    three, two = flood_zone(town, 3), flood_zone(town, 2)
    seldom = two.difference(three)
    parts = [("3", part) for part in _pieces(three)] + [("2", part) for part in _pieces(seldom)]
    rows = [
        clerk.row(
            "flood-risk-zone",
            f"{number}/{level}",
            "",
            shape,
            flood_risk_level=level,
            flood_risk_type="Fluvial Models",
            entry_date="2026-09-30",
        )
        for number, (level, shape) in enumerate(parts, 1)
    ]
    x, y = _local(town, 2480, 1010)
    tie = Polygon([(x, y), (x + 46, y + 22), (x + 46, y), (x, y + 22)])
    crumbs = [shapely.box(x + 70 * k, y + 25 + 3 * k, x + 70 * k + 0.8, y + 25.7 + 3 * k) for k in (1, 2, 3)]
    first = len(rows) + 1
    odd = [
        clerk.row("flood-risk-zone", f"{number}/2", "", rounded(shape), flood_risk_level="2", entry_date="2026-09-30")
        for number, shape in enumerate([tie, *crumbs], first)
    ]
    rows.extend(odd)
    file = "flood-risk-zone.parquet"
    clerk.wart("invalid_bow_tie", file, references(odd[:1]), "A ring that crosses itself")
    clerk.wart("crumbs", file, references(odd[1:]), "Polygons smaller than 1 m2, left over from a model's grid")
    return [
        Delivery(
            "flood-risk-zone.parquet",
            "flood-risk-zone",
            "agency",
            WATER,
            "parquet",
            rows,
            epsg=27700,
            about="Zones 3 and 2; zone 2 leaves zone 3 out",
        )
    ]


def _pieces(shape: shapely.Geometry) -> list[Polygon]:
    """A long flood plain cut where its publisher's map sheets end, every kilometre."""
    made: list[Polygon] = []
    for k in range(4):
        sheet = shapely.box(
            plan.ORIGIN[0] + 1000 * k, plan.ORIGIN[1], plan.ORIGIN[0] + 1000 * (k + 1), plan.ORIGIN[1] + plan.SIZE[1]
        )
        made.extend(rounded(part) for part in areas_of(shape.intersection(sheet), 0.5))
    return made


def _local(town: Town, x: float, y: float) -> tuple[float, float]:
    at = town.here(x, y)
    return at.x, at.y


def water(town: Town, clerk: Clerk) -> list[Delivery]:
    """Flood zones and watercourses."""
    river = [clerk.row("main-river", "MR1", "River Thissel", rounded(town.land.river), start_date="")]
    river.append(
        clerk.row(
            "main-river",
            "MR2",
            "Ambermarsh Cut",
            LineString(spline([_local(town, 3700, 690), _local(town, 3780, 900), _local(town, 4000, 1010)], 20)),
        )
    )
    brook = [clerk.row("ordinary-watercourse", "OW1", "Abbey Brook", town.land.brook)]
    return [
        *_flood_rows(town, clerk),
        Delivery(
            "main-river.geojson",
            "main-river",
            "agency",
            WATER,
            "geojson",
            river,
            epsg=3857,
            about="Centre lines in Web Mercator, as some portals export them",
        ),
        Delivery(
            "ordinary-watercourse.gpkg",
            "ordinary-watercourse",
            "thistleford",
            plan.COUNCIL[1],
            "gpkg",
            brook,
            (plan.COUNCIL[0],),
            epsg=27700,
        ),
    ]


def _depths(town: Town) -> Array:
    """Depth in metres on the grid, north row first: along the brook and river, in hollows and down some streets."""
    west, south, east, north = _DEPTH_BOX
    xs = plan.ORIGIN[0] + np.arange(west + _CELL_M / 2, east, _CELL_M)
    ys = plan.ORIGIN[1] + np.arange(north - _CELL_M / 2, south, -_CELL_M)
    rng = rng_for(town.seed, "depth")
    x, y = np.meshgrid(xs, ys)
    ground_m = np.zeros_like(x)
    for _ in range(14):
        angle, length, phase = rng.uniform(0, 2 * np.pi), rng.uniform(90, 700), rng.uniform(0, 2 * np.pi)
        ground_m += length / 900 * np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / length + phase)
    wet = np.clip(-ground_m - 0.9, 0, None) * 0.55
    return np.asarray(np.round(np.minimum(wet, 1.8), 2))


def flood_depth(town: Town, path: Path) -> None:
    """Write the depth surface: 2 m cells, 0 where dry, nodata over buildings and outside the modelled part."""
    west, _, _, north = _DEPTH_BOX
    depth = _depths(town).astype(np.float32)
    box = shapely.box(*(plan.ORIGIN[k % 2] + value for k, value in enumerate(_DEPTH_BOX)))
    rows, columns = depth.shape
    x = plan.ORIGIN[0] + west + _CELL_M * (np.arange(columns) + 0.5)
    y = plan.ORIGIN[1] + north - _CELL_M * (np.arange(rows) + 0.5)
    model = box.buffer(-60).union(town.land.river.buffer(150).intersection(box))
    shapely.prepare(model)
    grid_x, grid_y = np.meshgrid(x, y)
    depth[~shapely.contains_xy(model, grid_x, grid_y)] = -9999
    profile = {
        "driver": "GTiff",
        "width": columns,
        "height": rows,
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:27700",
        "nodata": -9999.0,
        "transform": Affine(_CELL_M, 0, plan.ORIGIN[0] + west, 0, -_CELL_M, plan.ORIGIN[1] + north),
        "compress": "deflate",
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "predictor": 3,
    }
    with rasterio.open(path, "w", **profile) as file:
        file.write(depth, 1)
        file.set_band_description(1, "Depth of surface water, 1 in 100 years, metres")
