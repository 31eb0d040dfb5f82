"""Where tiles of the sample town lie."""

from __future__ import annotations

from bopsgis import crs
from tiles.grid import NATIONAL_GRID, Tile, TileMatrixSet

__all__ = ["CENTRE", "MILL_LANE", "address_at", "tile_at"]

CENTRE = (441_550.0, 244_950.0)
"""In the middle of the sample town, EPSG:27700."""
MILL_LANE = (440_010.0, 240_015.0)
"""In the site of `1 Mill Lane` of `support.registers`."""


def tile_at(grid: TileMatrixSet, z: int, place: tuple[float, float] = CENTRE) -> Tile:
    """The tile of a zoom that holds a place in EPSG:27700."""
    x, y = (float(value[0]) for value in crs.from_national_grid([place[0]], [place[1]], grid.crs))
    return grid.covers((x, y, x + 0.001, y + 0.001), z).tiles()[0]


def address_at(layer: str, z: int, place: tuple[float, float] = CENTRE, grid: TileMatrixSet = NATIONAL_GRID) -> str:
    """Where the tile of a layer is to be had."""
    _, x, y = tile_at(grid, z, place)
    return f"/tiles/{layer}/{grid.id}/{z}/{x}/{y}.mvt"
