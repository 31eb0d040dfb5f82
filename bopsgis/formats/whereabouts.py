"""Which reference system a set of numbers can be in, judged from the numbers alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bopsgis import crs
from bopsgis.errors import BoundaryRefused

__all__ = ["guess", "refuse_misplaced"]

# west, south, east, north of Great Britain and its inshore waters; the three boxes have no number in common.
_BOXES = {
    crs.WGS84: (-9.0, 49.7, 2.2, 61.2),
    crs.NATIONAL_GRID: (1_000.0, 1_000.0, 700_000.0, 1_250_000.0),
    crs.WEB_MERCATOR: (-1_002_000.0, 6_375_000.0, 245_000.0, 8_670_000.0),
}
_NAMES = {
    crs.WGS84: "longitude and latitude",
    crs.ETRS89: "longitude and latitude",
    crs.NATIONAL_GRID: "national grid eastings and northings",
    crs.WEB_MERCATOR: "Web Mercator",
}


def guess(coordinates: NDArray[np.float64]) -> int | None:
    """The EPSG code whose Great Britain holds all of the (n, 2) coordinates (x, y order), or None."""
    for code, box in _BOXES.items():
        if _inside(coordinates, box):
            return code
    return None


def refuse_misplaced(coordinates: NDArray[np.float64], declared: int) -> None:
    """Refuse (n, 2) coordinates that are not in Great Britain when read as EPSG:`declared`; say what they look like.

    Raises:
        BoundaryRefused: with code `axes_swapped`, `wrong_crs` or `outside_great_britain`.
    """
    if _inside(coordinates, _BOXES[crs.WGS84 if declared == crs.ETRS89 else declared]):
        return
    if declared in (crs.WGS84, crs.ETRS89) and _inside(coordinates[:, ::-1], _BOXES[crs.WGS84]):
        raise BoundaryRefused(
            "The coordinates are not in Great Britain as they stand, but they are with the two numbers swapped.",
            code="axes_swapped",
            hint="Did you put latitude first? Longitude comes first, then latitude.",
        )
    looks_like = guess(coordinates)
    if looks_like is not None:
        raise _wrong_system(declared, f"{_NAMES[looks_like]} (EPSG:{looks_like})", f"EPSG:{looks_like}")
    if _inside(coordinates[:, ::-1], _BOXES[crs.WGS84]):
        raise _wrong_system(declared, "latitude and longitude", "EPSG:4326, with longitude first")
    raise BoundaryRefused(
        "The site boundary is not, or not all, in Great Britain.",
        code="outside_great_britain",
        hint="Check the coordinates: longitude comes before latitude, and easting before northing.",
    )


def _wrong_system(declared: int, looks_like: str, instead: str) -> BoundaryRefused:
    return BoundaryRefused(
        f"The coordinates are said to be {_NAMES[declared]} (EPSG:{declared}), but they look like {looks_like}.",
        code="wrong_crs",
        hint=f"Give them as {_NAMES[declared]}, or say that they are {instead}.",
    )


def _inside(coordinates: NDArray[np.float64], box: tuple[float, float, float, float]) -> bool:
    low, high = np.array(box[:2]), np.array(box[2:])
    return bool(((coordinates >= low) & (coordinates <= high)).all())
