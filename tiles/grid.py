"""The two tile matrix sets that tiles are cut in, with arithmetic of our own for the hot path.

`NATIONAL_GRID` is Ordnance Survey's grid for EPSG:27700: origin -238375, 1376256, 896 m a pixel at zoom 0, halved
at each zoom, 256 pixels a tile, zooms 0 to 13. Zoom 0 has five columns and seven rows, which hold Great Britain, so
it is not 2^z tiles wide. `WEB_MERCATOR` is WebMercatorQuad of OGC 17-083r4 (EPSG:3857), zooms 0 to 20.

Tiles are numbered as everybody's are: x from the left, y from the top.

**World units** are whole numbers that a matrix set is divided into, finer than the tile units of its last zoom, so
that a coordinate of any tile is a shift and a subtraction, and the same on every processor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bopsgis.errors import InputRefused, NotFound

__all__ = [
    "EXTENT_BITS",
    "MATRIX_SETS",
    "NATIONAL_GRID",
    "WEB_MERCATOR",
    "Tile",
    "TileMatrixSet",
    "TileRange",
    "matrix_set",
]

Tile = tuple[int, int, int]
"""Zoom, column from the left, row from the top."""

EXTENT_BITS = 12
"""A tile is 2^12 = 4096 tile units wide."""
_PIXEL_M = 0.00028
"""Side of the standard rendering pixel, metres (OGC 17-083r4, 6.1.1)."""


@dataclass(frozen=True, slots=True)
class TileRange:
    """The tiles of one zoom that cover a box."""

    z: int
    columns: range
    rows: range

    def __len__(self) -> int:
        return len(self.columns) * len(self.rows)

    def tiles(self) -> list[Tile]:
        """All of them, row by row from the top."""
        return [(self.z, x, y) for y in self.rows for x in self.columns]


@dataclass(frozen=True, slots=True)
class TileMatrixSet:
    """A pyramid of tiles of one coordinate system, whose tiles halve in size from zoom to zoom."""

    id: str
    """As it stands in addresses."""
    title: str
    crs: int
    """EPSG code; coordinates are metres, easting first."""
    origin: tuple[float, float]
    """Top left corner of the first tile of every zoom."""
    pixel_m: float
    """Side of a pixel at zoom 0, in units of the coordinate system."""
    first_size: tuple[int, int]
    """Columns and rows at zoom 0."""
    zooms: range
    world_bits: int
    """A tile of zoom 0 is 2^world_bits world units wide."""
    well_known: str | None = None
    """Address of the definition that the world knows this set by, where there is one."""

    tile_px = 256

    def size(self, z: int) -> tuple[int, int]:
        """Columns and rows at a zoom. Raises NotFound where there is no such zoom."""
        if z not in self.zooms:
            raise NotFound(f"{self.id} has the zooms {self.zooms[0]} to {self.zooms[-1]}, and not {z}.")
        columns, rows = self.first_size
        return columns << z, rows << z

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Columns and rows at every zoom."""
        return tuple(self.size(z) for z in self.zooms)

    def tile_m(self, z: int) -> float:
        """Side of a tile in units of the coordinate system: exact, since it is only ever halved."""
        return self.pixel_m * self.tile_px / (1 << z)

    def contains(self, z: int, x: int, y: int) -> bool:
        """Whether there is such a tile."""
        if z not in self.zooms:
            return False
        columns, rows = self.size(z)
        return 0 <= x < columns and 0 <= y < rows

    def require(self, z: int, x: int, y: int) -> Tile:
        """The tile, where there is one. Raises NotFound otherwise."""
        columns, rows = self.size(z)
        if not self.contains(z, x, y):
            raise NotFound(f"{self.id} has {columns} by {rows} tiles at zoom {z}: none at column {x}, row {y}.")
        return z, x, y

    def bounds(self, z: int, x: int, y: int) -> tuple[float, float, float, float]:
        """West, south, east and north of a tile. Raises NotFound where there is no such tile."""
        self.require(z, x, y)
        side = self.tile_m(z)
        west, north = self.origin
        return west + x * side, north - (y + 1) * side, west + (x + 1) * side, north - y * side

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the whole set."""
        west, north = self.origin
        columns, rows = self.first_size
        side = self.tile_m(0)
        return west, north - rows * side, west + columns * side, north

    def covers(self, bbox: tuple[float, float, float, float], z: int) -> TileRange:
        """The tiles of a zoom that a box (west, south, east, north) meets in more than an edge; none outside the set.

        A box without width or height is taken for what lies just right of and below it.
        Raises NotFound where there is no such zoom, InputRefused where the box is no box.
        """
        west, south, east, north = bbox
        if not (west <= east and south <= north):
            raise InputRefused("A box is west, south, east and north, in this order.")
        columns, rows = self.size(z)
        side, (left, top) = self.tile_m(z), self.origin
        return TileRange(
            z, _covered(west - left, east - left, side, columns), _covered(top - north, top - south, side, rows)
        )

    def parent(self, z: int, x: int, y: int) -> Tile | None:
        """The tile of the zoom above that holds this one; None at the first zoom. Raises NotFound as `require`."""
        self.require(z, x, y)
        return None if z == self.zooms[0] else (z - 1, x >> 1, y >> 1)

    def children(self, z: int, x: int, y: int) -> tuple[Tile, ...]:
        """The four tiles of the zoom below; none at the last zoom. Raises NotFound as `require`."""
        self.require(z, x, y)
        if z == self.zooms[-1]:
            return ()
        return tuple((z + 1, 2 * x + right, 2 * y + down) for down in (0, 1) for right in (0, 1))

    def unit_bits(self, z: int) -> int:
        """A tile unit of this zoom (4096 to a tile) is 2^unit_bits world units wide."""
        return self.world_bits - z - EXTENT_BITS

    def to_world(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """(n, 2) places in the coordinate system to world units, x to the right and y down, rounded."""
        per_unit = (1 << self.world_bits) / self.tile_m(0)
        steps = (xy - self.origin) * (per_unit, -per_unit)
        return np.rint(steps).astype(np.int64)

    def from_world(self, world: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n, 2) world units to places in the coordinate system."""
        unit = self.tile_m(0) / (1 << self.world_bits)
        return np.asarray(world * (unit, -unit) + self.origin, np.float64)

    def to_tile(self, world: NDArray[np.integer[Any]], z: int, x: int, y: int) -> NDArray[np.int32]:
        """(n, 2) world units to tile units of a tile, rounded half up; for places at most 2^31 away."""
        bits = self.unit_bits(z)
        corner = (x << EXTENT_BITS, y << EXTENT_BITS)
        half = 1 << bits >> 1
        return ((world.astype(np.int64) + half >> bits) - corner).astype(np.int32)

    def document(self) -> dict[str, Any]:
        """The set as a JSON document of OGC Two Dimensional Tile Matrix Set 2.0 (17-083r4)."""
        document = {
            "id": self.id,
            "title": self.title,
            "crs": f"http://www.opengis.net/def/crs/EPSG/0/{self.crs}",
            "orderedAxes": ["E", "N"] if self.crs == 27700 else ["X", "Y"],
            "tileMatrices": [self._matrix(z) for z in self.zooms],
        }
        if self.well_known is not None:
            document |= {"uri": self.well_known, "wellKnownScaleSet": f"{_WELL_KNOWN_SCALES}/GoogleMapsCompatible"}
        return document

    def _matrix(self, z: int) -> Mapping[str, Any]:
        columns, rows = self.size(z)
        cell = self.pixel_m / (1 << z)
        return {
            "id": str(z),
            "scaleDenominator": cell / _PIXEL_M,
            "cellSize": cell,
            "cornerOfOrigin": "topLeft",
            "pointOfOrigin": list(self.origin),
            "tileWidth": self.tile_px,
            "tileHeight": self.tile_px,
            "matrixWidth": columns,
            "matrixHeight": rows,
        }


def _covered(low: float, high: float, side: float, count: int) -> range:
    """Places of the tiles that reach from low to high along one axis."""
    first = int(low // side)
    last = max(first, int(-(-high // side)) - 1)
    return range(min(max(first, 0), count), min(max(last + 1, 0), count))


_WELL_KNOWN_SCALES = "http://www.opengis.net/def/wkss/OGC/1.0"
_HALF_WORLD_M = pi * 6_378_137.0
"""Half the equator of the sphere of Web Mercator."""

NATIONAL_GRID = TileMatrixSet(
    id="NationalGrid",
    title="Ordnance Survey's grid for Great Britain (EPSG:27700)",
    crs=27700,
    origin=(-238375.0, 1376256.0),
    pixel_m=896.0,
    first_size=(5, 7),
    zooms=range(14),
    world_bits=28,
)
WEB_MERCATOR = TileMatrixSet(
    id="WebMercatorQuad",
    title="Google Maps compatible for the world (EPSG:3857)",
    crs=3857,
    origin=(-_HALF_WORLD_M, _HALF_WORLD_M),
    pixel_m=2 * _HALF_WORLD_M / TileMatrixSet.tile_px,
    first_size=(1, 1),
    zooms=range(21),
    world_bits=32,
    well_known="http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad",
)
MATRIX_SETS = {each.id: each for each in (NATIONAL_GRID, WEB_MERCATOR)}
"""By their ids."""


def matrix_set(id_: str) -> TileMatrixSet:
    """The set of this id. Raises NotFound where there is none."""
    if id_ not in MATRIX_SETS:
        raise NotFound(f"There is no tile matrix set {id_!r}.", hint=f"There are {' and '.join(MATRIX_SETS)}.")
    return MATRIX_SETS[id_]
