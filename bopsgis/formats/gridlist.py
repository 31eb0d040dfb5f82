"""A list of grid references, or of `easting, northing` pairs, that goes round a site."""

from __future__ import annotations

import re

import numpy as np

from bopsgis import crs as systems
from bopsgis import gridref
from bopsgis.errors import BoundaryRefused, GridReferenceRefused
from bopsgis.formats.limits import Limits
from bopsgis.formats.outline import Outline, refuse_counts
from bopsgis.types import Point

__all__ = ["parse"]

_BREAK = re.compile(r"[\r\n;]+")
_COARSEST_M = 10.0


def parse(text: str, *, limits: Limits) -> Outline:
    """The site whose corners are listed, one a line (or parted by semicolons); the last joins up with the first.

    A grid reference stands for the south-west corner of its square and must have 8 or 10 figures.

    Raises:
        InputRefused: with the line that cannot be read.
    """
    lines = [line.strip(" \t,") for line in _BREAK.split(text)]
    lines = [line for line in lines if line]
    refuse_counts(1, len(lines), limits)
    corners = [_corner(number, line) for number, line in enumerate(lines, start=1)]
    if len(corners) < 3:
        raise BoundaryRefused(
            f"There {'is' if len(corners) == 1 else 'are'} only {len(corners)} of the corners of the site.",
            code="too_few_points",
            hint="List three or more corners in order, or give one place and a radius in metres.",
        )
    if corners[0] != corners[-1]:
        corners.append(corners[0])
    ring = np.array([(corner.easting, corner.northing) for corner in corners], dtype=np.float64)
    notes = ("Grid references were taken as the south-west corners of their squares.",) if _has_letters(text) else ()
    return Outline(((ring,),), "grid references", systems.NATIONAL_GRID, notes=notes)


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _corner(number: int, line: str) -> Point:
    try:
        if not _has_letters(line):
            return gridref.parse_point(line)
        square = gridref.parse(line)
    except GridReferenceRefused as error:
        raise GridReferenceRefused(f"Line {number}: {error.message}", code=error.code, hint=error.hint) from error
    if square.side_m > _COARSEST_M:
        raise GridReferenceRefused(
            f"Line {number}: “{line[:40]}” names a square of {square.side_m:,.0f} m, too coarse for a boundary.",
            code="too_coarse",
            hint="Give 8 or 10 figures, such as TQ 3341 7790.",
        )
    return square.south_west
