"""A GeoTIFF surface (flood depth, slope) measured on a site, cell by cell.

Each cell counts with the exact area of the site inside it, not by its centre: a site smaller than a cell is
measured as truly as a large one. Only the cells round the site are read, at full resolution (never from
overviews) and in blocks, so that memory does not grow with the site. Values have the band's scale and offset
applied; a cell is without data where the file's nodata value or mask says so, or where its value is not finite,
and so is the part of a site that lies outside the surface.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from bopsgis.boundary import Boundary
from bopsgis.errors import FormatRefused, InputRefused, NotFound
from bopsgis.measure import require_national_grid
from constraints.model import RasterMeasure

__all__ = ["measure", "measure_many"]

_NATIONAL_GRIDS: Final = frozenset({27700, 7405})
"""EPSG:27700, and EPSG:7405, which is the same grid with heights above Newlyn added (lidar surfaces)."""
_BLOCK: Final = 1024
"""Cells along the side of a block that is read at once: 8 MB of values."""
_STEP_M: Final = 1e-4
"""Boundaries are kept to 0.1 mm: a strip no wider than that along the edge of a cell is rounding."""

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]


def measure(path: Path, site: Boundary, *, threshold: float, unit: str, band: int = 1) -> RasterMeasure:
    """What the surface says of one site; see `measure_many`."""
    (found,) = measure_many(path, [site.geometry], threshold=threshold, unit=unit, band=band)
    return found


def measure_many(
    path: Path, sites: Sequence[shapely.Geometry] | Geometries, *, threshold: float, unit: str, band: int = 1
) -> tuple[RasterMeasure, ...]:
    """Share over the threshold, maximum, area-weighted mean and share without data, for each of many sites.

    `path` is a GeoTIFF file in EPSG:27700 (or EPSG:7405), not rotated, north or south up. `sites` are valid
    polygons or multipolygons in EPSG:27700. A cell is over the threshold where its value is greater, not equal;
    shares are of the whole site's area, so that `share_over` cannot exceed `1 - nodata_share`. `unit` is the
    unit of the values and of `threshold`, handed on as it is; `cell_m` is the longer side of a cell.

    Raises `NotFound` for a file that is not there, `FormatRefused` for one that is not a readable GeoTIFF,
    `InputRefused` for one on another grid, rotated or without that band, and for sites without area.
    """
    areas = _check_sites(sites)
    with _opened(path, band) as surface:
        return tuple(
            _tally(surface, site, threshold).measure(area, threshold, unit, surface.cell_m)
            for site, area in zip(sites, areas.tolist(), strict=True)
        )


@dataclass(frozen=True, slots=True)
class _Surface:
    """An open band with a grid that has been checked; cell (row, column) has its corner at west, top."""

    file: Any
    band: int
    west: float
    top: float
    width_m: float
    height_m: float
    """Of one cell; negative where rows run southwards, as they mostly do."""

    @property
    def cell_m(self) -> float:
        return max(self.width_m, abs(self.height_m))

    def box(self, row: int, column: int, rows: int, columns: int) -> shapely.Polygon:
        """The rectangle of `rows` x `columns` cells that begins at this cell."""
        y, y_end = self.top + self.height_m * row, self.top + self.height_m * (row + rows)
        x, x_end = self.west + self.width_m * column, self.west + self.width_m * (column + columns)
        return shapely.box(x, min(y, y_end), x_end, max(y, y_end))

    def span(self, site: shapely.Geometry) -> tuple[int, int, int, int]:
        """First and end row, first and end column of the cells that a site's rectangle meets."""
        west, south, east, north = site.bounds
        first, last = sorted(((south - self.top) / self.height_m, (north - self.top) / self.height_m))
        return (
            max(0, int(np.floor(first))),
            min(self.file.height, int(np.ceil(last))),
            max(0, int(np.floor((west - self.west) / self.width_m))),
            min(self.file.width, int(np.ceil((east - self.west) / self.width_m))),
        )

    def values(self, row: int, column: int, rows: int, columns: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Values in their unit, and which of them are data; both (rows, columns)."""
        try:
            read = self.file.read(self.band, window=Window(column, row, columns, rows), masked=True)
        except RasterioError as fault:
            raise FormatRefused(
                f"The surface {Path(self.file.name).name} is damaged: it could not be read at the site.",
                code="raster_unreadable",
                hint="Fetch the file again.",
            ) from fault
        scale, offset = self.file.scales[self.band - 1], self.file.offsets[self.band - 1]
        values = np.asarray(read.data, dtype=np.float64) * scale + offset
        return values, ~np.ma.getmaskarray(read) & np.isfinite(values)


@dataclass(slots=True)
class _Tally:
    """Sums over the cells of one site, in square metres."""

    over_m2: float = 0.0
    data_m2: float = 0.0
    nodata_m2: float = 0.0
    weighted: float = 0.0
    maximum: float = field(default=-np.inf)

    def add(self, cover_m2: Floats, values: Floats, data: NDArray[np.bool_], threshold: float) -> None:
        """Count cells of which `cover_m2` lies in the site."""
        counted = data & (cover_m2 > 0.0)
        cover, value = cover_m2[counted], values[counted]
        self.nodata_m2 += float(cover_m2[~data].sum())
        self.data_m2 += float(cover.sum())
        self.over_m2 += float(cover[value > threshold].sum())
        self.weighted += float(np.dot(cover, value))
        self.maximum = max(self.maximum, float(value.max(initial=-np.inf)))

    def measure(self, area_m2: float, threshold: float, unit: str, cell_m: float) -> RasterMeasure:
        """The sums as shares of a site of this area."""
        known = self.data_m2 > 0.0
        return RasterMeasure(
            share_over=min(1.0, self.over_m2 / area_m2),
            threshold=threshold,
            maximum=self.maximum if known else None,
            mean=self.weighted / self.data_m2 if known else None,
            nodata_share=min(1.0, self.nodata_m2 / area_m2),
            unit=unit,
            cell_m=cell_m,
        )


def _check_sites(sites: Sequence[shapely.Geometry] | Geometries) -> Floats:
    array = np.asarray(sites, dtype=object)
    require_national_grid(array)
    areas: Floats = shapely.area(array)
    if not np.all(areas > 0.0):
        raise InputRefused("A surface can only be measured on sites that have an area.", code="site_without_area")
    return areas


@contextmanager
def _opened(path: Path, band: int) -> Iterator[_Surface]:
    if not Path(path).is_file():
        raise NotFound(f"There is no file {path}.", code="raster_missing")
    with warnings.catch_warnings():
        # A file without a place on earth is refused in plain words below.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            file = rasterio.open(path, driver="GTiff")
        except RasterioError as fault:
            raise FormatRefused(
                f"The file {Path(path).name} is not a readable GeoTIFF.", code="raster_unreadable"
            ) from fault
        with file:
            yield _checked(file, band)


def _checked(file: Any, band: int) -> _Surface:
    """The surface, if its grid and band can be used."""
    name = Path(file.name).name
    epsg = None if file.crs is None else file.crs.to_epsg()
    if epsg not in _NATIONAL_GRIDS:
        found = "says no coordinate system" if file.crs is None else f"is in {file.crs.to_string()[:60]}"
        raise InputRefused(
            f"The surface {name} {found}; it must be on the national grid (EPSG:27700).",
            code="raster_wrong_crs",
            hint="Warp it with gdalwarp -t_srs EPSG:27700 and the OSTN15 grid.",
        )
    transform = file.transform
    if transform.b != 0.0 or transform.d != 0.0 or transform.a <= 0.0:
        raise InputRefused(
            f"The surface {name} is rotated or mirrored against the national grid.",
            code="raster_rotated",
            hint="Warp it to an upright grid with gdalwarp.",
        )
    if not 1 <= band <= file.count:
        raise InputRefused(f"The surface {name} has {file.count} bands, so no band {band}.", code="raster_no_band")
    if np.dtype(file.dtypes[band - 1]).kind == "c":
        raise InputRefused(f"Band {band} of the surface {name} holds complex numbers.", code="raster_complex")
    return _Surface(file, band, transform.c, transform.f, transform.a, transform.e)


def _tally(surface: _Surface, site: shapely.Geometry, threshold: float) -> _Tally:
    """Go through the site's cells, block by block."""
    tally = _Tally()
    first_row, end_row, first_column, end_column = surface.span(site)
    for row in range(first_row, end_row, _BLOCK):
        for column in range(first_column, end_column, _BLOCK):
            rows, columns = min(_BLOCK, end_row - row), min(_BLOCK, end_column - column)
            cover = _cover(surface, site, row, column, rows, columns)
            if cover.any():
                tally.add(cover, *surface.values(row, column, rows, columns), threshold)
    tally.nodata_m2 += _outside_m2(surface, site)
    return tally


def _outside_m2(surface: _Surface, site: shapely.Geometry) -> float:
    """Area of the site that lies outside the surface, in square metres."""
    whole = surface.box(0, 0, surface.file.height, surface.file.width)
    if shapely.covers(whole, site):
        return 0.0
    outside = float(shapely.area(shapely.difference(site, whole)))
    return outside if outside > _STEP_M * float(shapely.length(site)) else 0.0


def _cover(surface: _Surface, site: shapely.Geometry, row: int, column: int, rows: int, columns: int) -> Floats:
    """Area of the site in each cell of a block, (rows, columns) in square metres.

    Each side of the site, cut where it crosses the edges of cells, takes from its own cell what lies to its
    right, and from every cell further right in the row the whole height that it climbs; summed round all rings
    this is the area inside, as in the rasterising of letters with exact cover.
    """
    sides = _sides(surface, shapely.intersection(site, surface.box(row, column, rows, columns)), row, column)
    sides = _cut(_cut(sides, axis=1, end=rows), axis=0, end=columns)
    climb = sides[:, 3] - sides[:, 1]
    middle_x, middle_y = (sides[:, 0] + sides[:, 2]) / 2, (sides[:, 1] + sides[:, 3]) / 2
    cell_x = np.clip(np.floor(middle_x), 0, columns - 1)
    cell = (np.clip(np.floor(middle_y), 0, rows - 1) * (columns + 1) + cell_x).astype(np.int64)
    share_left = middle_x - cell_x
    size = rows * (columns + 1)
    own = np.bincount(cell, climb * (1.0 - share_left), minlength=size)
    right = np.bincount(cell + 1, climb * share_left, minlength=size)
    share = np.cumsum((own + right).reshape(rows, columns + 1), axis=1)[:, :columns]
    # Outer rings run anticlockwise; rows that run southwards turn them over.
    cover: Floats = share * (-surface.height_m * surface.width_m)
    cover[cover <= _STEP_M * surface.cell_m] = 0.0
    return cover


def _sides(surface: _Surface, site: shapely.Geometry, row: int, column: int) -> Floats:
    """All sides of all rings, (n, 4) as x, y, x end, y end, counted in cells from the corner of a block."""
    parts = shapely.get_parts(shapely.get_parts(site))
    # Cutting along an edge can leave points and lines beside polygons; they have no area.
    rings = shapely.get_rings(shapely.orient_polygons(parts[shapely.get_dimensions(parts) == 2]))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    x = (points[:, 0] - surface.west) / surface.width_m - column
    y = (points[:, 1] - surface.top) / surface.height_m - row
    sides = np.column_stack([x[:-1], y[:-1], x[1:], y[1:]])
    same: Floats = sides[ring[:-1] == ring[1:]]
    return same


def _cut(sides: Floats, *, axis: int, end: int) -> Floats:
    """Sides cut at the whole numbers 0 to `end` of one axis, so that each piece lies between two of them."""
    start, stop = sides[:, axis], sides[:, axis + 2]
    first = np.ceil(np.clip(np.minimum(start, stop), 0, end))
    last = np.floor(np.clip(np.maximum(start, stop), 0, end))
    cuts = np.maximum(last - first + 1, 0).astype(np.int64)
    of = np.repeat(np.arange(len(sides)), cuts + 1)
    number = np.arange(len(of)) - np.repeat(np.cumsum(cuts + 1) - (cuts + 1), cuts + 1)
    rising = (stop >= start)[of]
    pieces = sides[of].copy()
    for place, at in ((0, number - 1), (2, number)):
        inner = np.flatnonzero((at >= 0) & (at < cuts[of]))
        side = of[inner]
        line = np.where(rising[inner], first[side] + at[inner], last[side] - at[inner])
        length = stop[side] - start[side]
        along = np.divide(line - start[side], length, out=np.zeros_like(line), where=length != 0.0)
        other = 1 - axis
        pieces[inner, place + axis] = line
        pieces[inner, place + other] = sides[side, other] + along * (sides[side, other + 2] - sides[side, other])
    return pieces
