"""Ordnance Survey grid references: `TQ 334 779` to a square on the national grid (EPSG:27700) and back.

A grid reference names a square, not a point: `TQ 334 779` is the 100 m square whose south-west corner is
(533400, 177900). Source: Ordnance Survey, "A guide to coordinate systems in Great Britain", section 7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bopsgis.errors import GridReferenceRefused
from bopsgis.types import BBox, Point

__all__ = ["LAND_SQUARES", "GridSquare", "format", "format_many", "has_land", "parse", "parse_point"]

_LAND = {
    "H": "PTUWXYZ",
    "N": "ABCDFGHJKLMNORSTUWXYZ",
    "O": "V",
    "S": "CDEHJKMNOPRSTUVWXYZ",
    "T": "AFGLMQRV",
}
LAND_SQUARES = frozenset(first + second for first, seconds in _LAND.items() for second in seconds)
"""The 100 km squares of the national grid that hold land of Great Britain or the Isle of Man."""

_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
_SQUARE_M = 100_000
_MAX_DIGITS = 10
_LETTERED = re.compile(r"([A-Z]\s?[A-Z]?)\s*([0-9][0-9\s]*)?")
_NUMBERS = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,12})?)\s*(?:,\s*|\s+)([0-9]{1,7}(?:\.[0-9]{1,12})?)")
_HINT = "Write two letters and an even number of figures, such as TQ 3341 7790."


@dataclass(frozen=True, slots=True)
class GridSquare:
    """A square on the national grid (EPSG:27700): its south-west corner and side, in metres."""

    easting: float
    northing: float
    side_m: float

    @property
    def south_west(self) -> Point:
        """The corner that the reference names."""
        return Point(self.easting, self.northing)

    @property
    def centre(self) -> Point:
        """The middle of the square."""
        return Point(self.easting + self.side_m / 2, self.northing + self.side_m / 2)

    @property
    def bbox(self) -> BBox:
        """The square as a rectangle."""
        return BBox(self.easting, self.northing, self.easting + self.side_m, self.northing + self.side_m)


def parse(text: str) -> GridSquare:
    """The square that a grid reference names: two letters and 0, 2, 4, 6, 8 or 10 figures, in any case and spacing.

    Raises:
        GridReferenceRefused: it is not a reference on the national grid of Great Britain.

    >>> parse("tq 334 779")
    GridSquare(easting=533400.0, northing=177900.0, side_m=100.0)
    """
    cleaned = text.strip().upper()
    match = _LETTERED.fullmatch(cleaned) if cleaned.isascii() and len(cleaned) <= 64 else None
    if match is None:
        raise GridReferenceRefused(f"“{_shown(text)}” is not a grid reference.", hint=_HINT)
    letters, digits = re.sub(r"\s", "", match.group(1)), re.sub(r"\s", "", match.group(2) or "")
    _check_letters(letters, digits, text)
    groups = (match.group(2) or "").split()
    if len(groups) == 2 and len(groups[0]) != len(groups[1]):
        raise GridReferenceRefused(
            f"“{_shown(text)}” has {len(groups[0])} figures east and {len(groups[1])} north; they must match.",
            code="uneven_figures",
            hint=_HINT,
        )
    return _square(letters, digits)


def parse_point(text: str) -> Point:
    """The place that a grid reference or an `easting, northing` pair in metres (EPSG:27700) names.

    A reference stands for the south-west corner of its square, as Ordnance Survey counts.

    Raises:
        GridReferenceRefused: it is neither.

    >>> parse_point("533412.5, 177901")
    Point(easting=533412.5, northing=177901.0)
    """
    numbers = _NUMBERS.fullmatch(text.strip()) if text.isascii() else None
    if numbers is None:
        return parse(text).south_west
    point = Point(float(numbers.group(1)), float(numbers.group(2)))
    if not has_land(point):
        raise GridReferenceRefused(
            f"“{_shown(text)}” is not a place in Great Britain.",
            code="outside_great_britain",
            hint="Give easting then northing in metres, such as 533412, 177901.",
        )
    return point


def format(point: Point, digits: int = 10) -> str:  # noqa: A001 -- gridref.format reads best beside gridref.parse
    """The grid reference of the square that holds `point`, with 0, 2, 4, 6, 8 or 10 figures.

    Raises:
        GridReferenceRefused: the point is not on the national grid.

    >>> format(Point(533412.7, 177901.2))
    'TQ 33412 77901'
    """
    return str(format_many(np.array([point.easting]), np.array([point.northing]), digits)[0])


def format_many(easting: ArrayLike, northing: ArrayLike, digits: int = 10) -> NDArray[np.str_]:
    """Grid references of (n,) eastings and northings (EPSG:27700, metres) as an (n,) array of text; see `format`."""
    if digits not in range(0, _MAX_DIGITS + 1, 2):
        raise ValueError(f"digits must be 0, 2, 4, 6, 8 or 10, not {digits}")
    # A whole number of micrometres first, so that 533399.9999999999 is not written as the square before.
    east = np.round(np.asarray(easting, dtype=np.float64), 6)
    north = np.round(np.asarray(northing, dtype=np.float64), 6)
    if not ((east >= 0) & (east < 7 * _SQUARE_M) & (north >= 0) & (north < 13 * _SQUARE_M)).all():
        raise GridReferenceRefused("A place lies outside the national grid.", code="outside_great_britain")
    column, row = (east // _SQUARE_M).astype(np.int64), (north // _SQUARE_M).astype(np.int64)
    squares = _SQUARE_NAMES[column, row]
    if digits == 0:
        return squares
    half = digits // 2
    side = _SQUARE_M // 10**half
    east_figures = ((east % _SQUARE_M) // side).astype(np.int64)
    north_figures = ((north % _SQUARE_M) // side).astype(np.int64)
    names = [
        f"{square} {e:0{half}d} {n:0{half}d}"
        for square, e, n in zip(
            squares.ravel().tolist(), east_figures.ravel().tolist(), north_figures.ravel().tolist(), strict=True
        )
    ]
    return np.array(names, dtype=np.str_).reshape(squares.shape)


def has_land(point: Point) -> bool:
    """Whether the 100 km square that holds `point` has land of Great Britain in it."""
    if not (0 <= point.easting < 7 * _SQUARE_M and 0 <= point.northing < 13 * _SQUARE_M):
        return False
    return str(_SQUARE_NAMES[int(point.easting // _SQUARE_M), int(point.northing // _SQUARE_M)]) in LAND_SQUARES


def _name_of(column: int, row: int) -> str:
    """The two letters of a 100 km square counted from the grid's false origin, which is the corner of SV."""
    east, north = column + 10, row + 5
    first = _LETTERS[(4 - north // 5) * 5 + east // 5]
    return first + _LETTERS[(4 - north % 5) * 5 + east % 5]


_SQUARE_NAMES = np.array([[_name_of(column, row) for row in range(13)] for column in range(7)], dtype=np.str_)
_CORNERS = {
    str(_SQUARE_NAMES[column, row]): (column * _SQUARE_M, row * _SQUARE_M) for column in range(7) for row in range(13)
}


def _check_letters(letters: str, digits: str, text: str) -> None:
    if "I" in letters:
        raise GridReferenceRefused(
            f"“{_shown(text)}” has the letter I, which grid references do not use.", code="letter_i", hint=_HINT
        )
    if len(letters) == 1:
        raise GridReferenceRefused(
            f"“{_shown(text)}” looks like an Irish grid reference; only Great Britain's grid can be used.",
            code="irish_grid",
            hint=_HINT,
        )
    if letters not in LAND_SQUARES:
        raise GridReferenceRefused(
            f"“{_shown(text)}” is not in Great Britain: there is no land in a square {letters}.",
            code="outside_great_britain",
            hint=_HINT,
        )
    if len(digits) > _MAX_DIGITS or len(digits) % 2:
        raise GridReferenceRefused(
            f"“{_shown(text)}” has {len(digits)} figures; it needs 2, 4, 6, 8 or 10.", code="uneven_figures", hint=_HINT
        )


def _square(letters: str, digits: str) -> GridSquare:
    half = len(digits) // 2
    side = _SQUARE_M // 10**half
    east, north = _CORNERS[letters]
    if half:
        east, north = east + int(digits[:half]) * side, north + int(digits[half:]) * side
    return GridSquare(float(east), float(north), float(side))


def _shown(text: str) -> str:
    """What was typed, short and printable, for a message."""
    printable = "".join(c for c in text.strip() if c.isprintable())
    return printable if len(printable) <= 40 else printable[:40] + "…"
