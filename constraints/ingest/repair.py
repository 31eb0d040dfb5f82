"""Makes published geometry valid, and says what that did. Boundaries that people draw are never repaired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from constraints.ingest.limits import LIMITS, IngestLimits
from constraints.ingest.raw import Geometries
from constraints.source import Repair

__all__ = ["METHOD", "Repaired", "crossings", "repair"]

METHOD: Final = "make_valid(method=structure, keep_collapsed=False)"
"""The linework method may keep lobes that are doubly covered: 93 m2 more on a real Article 4 area."""

_FLAG_M2: Final = 1.0
_FLAG_SHARE: Final = 0.001
_SEGMENTS_AT_ONCE: Final = 512
_MOST_PASSES: Final = 3
_POINTS, _LINES, _AREAS = (0, 4), (1, 2, 5), (3, 6)
_COLLECTION: Final = 7

_GATHER: Final = (
    (shapely.multipolygons, _AREAS),
    (shapely.multilinestrings, _LINES),
    (shapely.multipoints, _POINTS),
)


@dataclass(frozen=True, slots=True)
class Repaired:
    """Valid geometries in EPSG:27700, one entry per row.

    `geometry` is None where nothing usable was left; `problem` then says why in a sentence. `dropped` is true
    where parts of a lower dimension (a line beside an area) were left out.
    """

    geometry: Geometries
    repair: list[Repair | None]
    problem: dict[int, str]
    dropped: NDArray[np.bool_]


def repair(
    geometry: Geometries, *, limits: IngestLimits = LIMITS, told: Callable[[int, int], None] | None = None
) -> Repaired:
    """Repairs what is invalid; valid areas are handed on untouched.

    `geometry` is (n,) in EPSG:27700 with finite coordinates and no heights; None and empty stay as they are.
    Of each row the parts of the highest dimension are kept. `told` hears (done, total) of the rows repaired.
    """
    result, dropped = _highest_dimension(geometry)
    repairs: list[Repair | None] = [None] * len(geometry)
    problem: dict[int, str] = {}
    invalid = np.flatnonzero(~shapely.is_missing(result) & ~shapely.is_valid(result))
    for done, row in enumerate(invalid, start=1):
        outcome = _repaired(result[row], limits)
        if isinstance(outcome, str):
            result[row], problem[int(row)] = None, outcome
        else:
            result[row], repairs[row] = outcome
        if told is not None:
            told(done, len(invalid))
    return Repaired(result, repairs, problem, dropped)


def crossings(geometry: shapely.Geometry, most: int) -> int:
    """How many pairs of segments of a geometry meet, neighbours left out; counting stops above `most`."""
    starts, ends = _segments(geometry)
    if not len(starts):
        return 0
    lines = shapely.linestrings(np.stack([starts, ends], axis=1))
    tree = shapely.STRtree(lines)
    met = -len(lines) * 3  # each segment meets itself and its two neighbours
    for first in range(0, len(lines), _SEGMENTS_AT_ONCE):
        met += tree.query(lines[first : first + _SEGMENTS_AT_ONCE], predicate="intersects").shape[1]
        if met > 2 * most:
            break
    return max(met, 0) // 2


def _segments(geometry: shapely.Geometry) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rings = shapely.get_rings(shapely.get_parts(geometry))
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[1:] == ring[:-1]
    return coordinates[:-1][joined], coordinates[1:][joined]


def _repaired(geometry: shapely.Geometry, limits: IngestLimits) -> tuple[shapely.Geometry, Repair] | str:
    """The repaired geometry with what was done, or a sentence saying why it cannot be repaired."""
    reason = str(shapely.is_valid_reason(geometry))
    if shapely.get_type_id(geometry) not in _AREAS:
        return f"The geometry is not valid ({reason}) and is no area that could be repaired."
    if crossings(geometry, limits.max_crossings) > limits.max_crossings:
        return f"The geometry crosses itself more than {limits.max_crossings:,} times: it was not repaired."
    try:
        area, passes = _made_valid(geometry)
    except shapely.errors.GEOSException as error:
        return f"The geometry ({reason}) could not be repaired: {str(error)[:100]}."
    if area is None or shapely.is_empty(area) or shapely.get_type_id(area) not in _AREAS:
        return f"The geometry ({reason}) has no area once it is repaired."
    if not shapely.is_valid(area):
        return f"The geometry ({reason}) is still not valid after {passes} repairs."
    before, after = float(shapely.area(geometry)), float(shapely.area(area))
    flagged = abs(after - before) > max(_FLAG_M2, _FLAG_SHARE * before)
    method = METHOD if passes == 1 else f"{METHOD}, {passes} times"
    return area, Repair(method, reason, before, after, flagged)


def _made_valid(geometry: shapely.Geometry) -> tuple[shapely.Geometry, int]:
    """The areas of the repaired geometry, and how many passes that took.

    A crossing rounded to the nearest double can cross its neighbours anew: of 40 real invalid areas, one (a
    tree preservation order in Bath) needed a second pass.
    """
    for passes in range(1, _MOST_PASSES + 1):
        made = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
        geometry = _highest_dimension(np.array([made], dtype=object))[0][0]
        if shapely.is_valid(geometry):
            return geometry, passes
    return geometry, _MOST_PASSES


def _highest_dimension(geometry: Geometries) -> tuple[Geometries, NDArray[np.bool_]]:
    """Geometries with only the parts of their highest dimension, and which rows lost something by it."""
    result = geometry.copy()
    dropped = np.zeros(len(geometry), dtype=np.bool_)
    parts, owner = shapely.get_parts(geometry, return_index=True)
    mixed = shapely.get_type_id(geometry) == _COLLECTION
    mixed[owner[shapely.is_empty(parts)]] = True  # an empty part makes an area that is no use and yet valid
    for row in np.flatnonzero(mixed):
        parts = _flat(geometry[row])
        kinds = shapely.get_type_id(parts)
        for make, wanted in _GATHER:
            chosen = parts[np.isin(kinds, wanted)]
            if len(chosen):
                dropped[row] = len(chosen) < len(parts)
                result[row] = chosen[0] if len(chosen) == 1 else make(chosen)
                break
    return result, dropped


def _flat(geometry: shapely.Geometry) -> Geometries:
    """The simple parts of a geometry, collections within collections opened, empty ones left out."""
    parts = shapely.get_parts(np.atleast_1d(geometry))
    while np.isin(shapely.get_type_id(parts), (4, 5, 6, _COLLECTION)).any():
        parts = shapely.get_parts(parts)
    flat: Geometries = parts[~shapely.is_empty(parts)]
    return flat
