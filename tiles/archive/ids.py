"""Numbers of tiles in an archive: zoom after zoom, each along its Hilbert curve (PMTiles v3, section 4.1)."""

from __future__ import annotations

__all__ = ["MAX_ZOOM", "first_id", "tile_id", "tile_place"]

MAX_ZOOM = 26
"""Deepest zoom that is read and written: its numbers still fit into the (signed) 64 bits of every reader."""


def first_id(z: int) -> int:
    """Number of the first tile of a zoom: how many tiles there are above it."""
    return ((1 << 2 * z) - 1) // 3


def tile_id(z: int, x: int, y: int) -> int:
    """Number of one tile. Raises `ValueError` for a tile that does not exist."""
    if not 0 <= z <= MAX_ZOOM or not 0 <= x < 1 << z or not 0 <= y < 1 << z:
        raise ValueError(f"there is no tile {z}/{x}/{y}")
    number, square = first_id(z), 1 << z >> 1
    while square:
        right, down = x & square, y & square
        number += ((3 * right) ^ down) * square
        if not down:
            if right:
                x, y = square - 1 - (x & (square - 1)), square - 1 - (y & (square - 1))
            x, y = y, x
        square >>= 1
    return number


def tile_place(number: int) -> tuple[int, int, int]:
    """Zoom, column and row of the tile with a number."""
    z = ((3 * number + 1).bit_length() - 1) // 2
    rest, x, y, square = number - first_id(z), 0, 0, 1
    while square < 1 << z:
        right = rest >> 1 & 1
        down = (rest ^ right) & 1
        if not down:
            if right:
                x, y = square - 1 - x, square - 1 - y
            x, y = y, x
        x += right * square
        y += down * square
        rest >>= 2
        square <<= 1
    return z, x, y
