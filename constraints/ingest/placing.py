"""Brings a delivery to the national grid. The numbers decide what they are; the file's word is checked.

Every row is looked at: councils deliver files in the national grid beside files in Web Mercator, files with
the axes swapped, and single rows that differ from the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis import crs
from bopsgis.errors import FormatRefused
from bopsgis.types import BBox
from constraints.ingest.england import shares_in_england
from constraints.ingest.raw import Declared, Geometries, Remark, only

__all__ = ["Placed", "place"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_UNKNOWN: Final = 0
_SWAPPED: Final = -1
"""A system's code times this: the same system with the second axis first."""

_WORDS: Final[Mapping[int, str]] = {
    crs.WGS84: "longitude and latitude (EPSG:4326)",
    crs.NATIONAL_GRID: "the national grid (EPSG:27700)",
    crs.WEB_MERCATOR: "Web Mercator (EPSG:3857)",
}
# west, south, east, north of Great Britain and its waters in each system. The three do not overlap, so the
# numbers alone tell the systems apart. The core holds a row's middle, the margin all of it.
_CORE: Final[Mapping[int, tuple[float, float, float, float]]] = {
    crs.WGS84: (-9.0, 49.0, 3.0, 61.5),
    crs.NATIONAL_GRID: (0.0, 0.0, 700_000.0, 1_300_000.0),
    crs.WEB_MERCATOR: (-1_002_000.0, 6_274_000.0, 334_000.0, 8_740_000.0),
}
_MARGIN: Final[Mapping[int, tuple[float, float, float, float]]] = {
    crs.WGS84: (-15.0, 45.0, 10.0, 65.0),
    crs.NATIONAL_GRID: (-300_000.0, -200_000.0, 1_000_000.0, 1_600_000.0),
    crs.WEB_MERCATOR: (-1_670_000.0, 5_621_000.0, 1_114_000.0, 9_640_000.0),
}
_TRIED: Final = (
    (crs.WGS84, 1),
    (crs.NATIONAL_GRID, 1),
    (crs.WEB_MERCATOR, 1),
    (crs.WGS84, _SWAPPED),
    (crs.WEB_MERCATOR, _SWAPPED),
)
_GRID_ORIGIN_M: Final = 1_000.0
"""Nearer than this to the grid's false origin, numbers are degrees, zeros or rubbish."""


_SWAP_SURE: Final = (0.01, 0.99)
"""Eastings and northings are swapped where less than this share of rows is in England as given, and more turned."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Geometries in EPSG:27700 and what was found out about each row; the arrays have length n.

    `geometry` is None where a row has none, is `lost` (its coordinates cannot be right) or `abroad` (it lies
    in another country or far at sea); an empty geometry stays empty. `boxes` has bounds on the grid for lost
    rows of which some coordinates are right, by index from 0.
    """

    geometry: Geometries
    lost: Flags
    abroad: Flags
    boxes: Mapping[int, BBox]
    source_crs: int
    transform: crs.TransformNote
    notes: tuple[str, ...]
    remarks: tuple[Remark, ...]


def place(geometry: Geometries, declared: Declared, said: int | None, name: str) -> Placed:
    """Transforms a delivery's geometries (None allowed) to the national grid; heights must be gone.

    `said` is the EPSG code that the operator gave; it is believed only if the numbers allow it. `name` is the
    file's, for messages.

    Raises:
        FormatRefused: no row lies in Great Britain in any known system, the operator's code is contradicted
            by the numbers, or the file names a system that is not read (and the operator gave none).
        InputRefused: the operator's code is not supported.
    """
    expected = _expected(declared, said, name)
    given = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    systems, near = _systems(geometry, given & _all_finite(geometry))
    main = _main_system(systems, given, expected, name)
    if main is None:
        return _nothing_to_place(geometry, expected.code or crs.NATIONAL_GRID)
    if main == crs.NATIONAL_GRID and _grid_is_swapped(geometry[systems == crs.NATIONAL_GRID]):
        systems = np.where(systems == crs.NATIONAL_GRID, _SWAPPED * crs.NATIONAL_GRID, systems)
        main = _SWAPPED * crs.NATIONAL_GRID
    on_grid = _on_grid(geometry, systems)
    gone = given & shapely.is_missing(on_grid)
    beyond = gone & (systems != _UNKNOWN)
    abroad = gone & ((near & (systems == _UNKNOWN)) | (beyond & _none_reached(geometry, systems, beyond)))
    lost = gone & ~abroad
    return Placed(
        geometry=on_grid,
        lost=lost,
        abroad=abroad,
        boxes=_boxes(geometry, lost, main),
        source_crs=abs(main),
        transform=_worst_note(systems),
        notes=_notes(systems, main, expected),
        remarks=tuple(_remarks(systems, main)),
    )


def _expected(declared: Declared, said: int | None, name: str) -> Declared:
    """What the operator or else the file says, `words` telling which."""
    if said is not None:
        crs.note_for(said)
        return Declared(crs.WGS84 if said == crs.ETRS89 else said, "")
    if declared.code is not None and declared.code not in _CORE:
        system = f"EPSG:{declared.code}" if declared.code else "a reference system without an EPSG code"
        raise FormatRefused(
            f"{name} cannot be placed: {declared.words} names {system}, which is not read.",
            code="crs_not_supported",
            hint="Convert it to EPSG:27700, or say which of 27700, 4326 and 3857 it really is.",
        )
    return declared


def _nothing_to_place(geometry: Geometries, code: int) -> Placed:
    none = np.zeros(len(geometry), dtype=np.bool_)
    return Placed(geometry.copy(), none, none, {}, code, crs.note_for(code), (), ())


def _all_finite(geometry: Geometries) -> Flags:
    coordinates, row = shapely.get_coordinates(geometry, return_index=True)
    finite = np.ones(len(geometry), dtype=np.bool_)
    finite[row[~np.isfinite(coordinates).all(axis=1)]] = False
    return finite


def _systems(geometry: Geometries, finite: Flags) -> tuple[NDArray[np.int64], Flags]:
    """For each row the one system that its numbers fit (0 for none), and whether it is at least near Britain."""
    bounds = shapely.bounds(only(geometry, finite))
    found = np.full(len(geometry), _UNKNOWN, dtype=np.int64)
    near = np.zeros(len(geometry), dtype=np.bool_)
    for code, sign in _TRIED:
        turned = bounds if sign == 1 else bounds[:, [1, 0, 3, 2]]
        within = _within(turned, _MARGIN[code])
        if code == crs.NATIONAL_GRID:
            within &= np.abs(turned).max(axis=1) > _GRID_ORIGIN_M
        middle = turned[:, [0, 1, 0, 1]] / 2 + turned[:, [2, 3, 2, 3]] / 2
        found[within & _within(middle, _CORE[code]) & (found == _UNKNOWN)] = sign * code
        near |= within & (sign == 1)
    return found, near


def _within(bounds: Floats, box: tuple[float, float, float, float]) -> Flags:
    west, south, east, north = box
    inside: Flags = (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    return inside


def _main_system(systems: NDArray[np.int64], given: Flags, expected: Declared, name: str) -> int | None:
    """The system of most rows, negative with swapped axes; None where no row has a geometry."""
    if not given.any():
        return None
    codes, counts = np.unique(systems[systems != _UNKNOWN], return_counts=True)
    if not len(codes):
        raise FormatRefused(
            f"{name} cannot be placed: none of its {int(given.sum()):,} geometries lies in or near Great Britain in "
            f"{', '.join(_WORDS.values())}.",
            code="outside_great_britain",
            hint="Is it another country's, or in a local grid?",
        )
    main = int(codes[np.argmax(counts)])
    if not expected.words and expected.code not in (None, abs(main)):
        raise FormatRefused(
            f"{name} was said to be in {_WORDS[expected.code]}, but {int(counts.max()):,} of {int(given.sum()):,} "
            f"rows hold {_WORDS[abs(main)]}.",
            code="crs_contradicted",
            hint="Leave the reference system out, and the numbers decide.",
        )
    return main


def _notes(systems: NDArray[np.int64], main: int, expected: Declared) -> tuple[str, ...]:
    share = f"{int((systems == main).sum()):,} of {len(systems):,} rows"
    notes = []
    if expected.code not in (None, abs(main)):
        claim = _WORDS[expected.code]
        notes.append(f"{expected.words} says {claim}, but {share} hold {_WORDS[abs(main)]}: the numbers were believed.")
    if main < 0:
        notes.append(f"{share} have their axes swapped; they were turned round.")
    return tuple(notes)


def _grid_is_swapped(geometry: Geometries) -> bool:
    bounds = shapely.bounds(geometry)
    as_given, turned = shares_in_england((bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2)
    return as_given < _SWAP_SURE[0] and turned > _SWAP_SURE[1]


def _on_grid(geometry: Geometries, systems: NDArray[np.int64]) -> Geometries:
    """Geometries on the grid; None where the system is not known or OSTN15 does not reach all of a row."""
    result: Geometries = np.full(len(geometry), None, dtype=object)
    empty = shapely.is_empty(geometry)
    result[empty] = geometry[empty]
    for code in np.unique(systems[systems != _UNKNOWN]):
        rows = np.flatnonzero(systems == code)
        east, north, index = _grid_coordinates(geometry[rows], int(code))
        reached = np.ones(len(rows), dtype=np.bool_)
        reached[index[np.isnan(east)]] = False
        result[rows[reached]] = shapely.set_coordinates(
            geometry[rows[reached]].copy(), np.column_stack([east, north])[reached[index]]
        )
    return result


def _grid_coordinates(geometry: Geometries, code: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Easting and northing of every vertex (NaN beyond OSTN15), and the row that each belongs to."""
    coordinates, index = shapely.get_coordinates(geometry, return_index=True)
    x, y = coordinates.T if code > 0 else coordinates.T[::-1]
    east, north = crs.to_national_grid(x, y, abs(code), outside="nan")
    return east, north, index


def _none_reached(geometry: Geometries, systems: NDArray[np.int64], asked: Flags) -> Flags:
    """Among the rows asked: those of which OSTN15 reaches no vertex at all."""
    result = np.zeros(len(geometry), dtype=np.bool_)
    for row in np.flatnonzero(asked):
        east, _, _ = _grid_coordinates(geometry[[row]], int(systems[row]))
        result[row] = bool(np.isnan(east).all())
    return result


def _boxes(geometry: Geometries, lost: Flags, main: int) -> dict[int, BBox]:
    """Bounds on the grid of what is right in a lost row, so that it blocks an answer only where it could lie."""
    boxes = {}
    for row in np.flatnonzero(lost):
        coordinates = shapely.get_coordinates(geometry[row])
        x, y = coordinates.T if main > 0 else coordinates.T[::-1]
        west, south, east, north = _CORE[abs(main)]
        right = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        eastings, northings = crs.to_national_grid(x[right], y[right], abs(main), outside="nan")
        if right.mean() > 0.5 and not np.isnan(eastings).any():
            boxes[int(row)] = BBox(
                float(eastings.min()), float(northings.min()), float(eastings.max()), float(northings.max())
            )
    return boxes


def _worst_note(systems: NDArray[np.int64]) -> crs.TransformNote:
    used = {abs(int(code)) for code in np.unique(systems) if code != _UNKNOWN}
    return max((crs.note_for(code) for code in sorted(used)), key=lambda note: note.accuracy_m)


def _remarks(systems: NDArray[np.int64], main: int) -> list[Remark]:
    """One remark for each row that stands in another system than most."""
    remarks = []
    for row in np.flatnonzero((systems != main) & (systems != _UNKNOWN)):
        code = int(systems[row])
        how = " with the axes swapped" if code < 0 else ""
        sentence = f"The row is in {_WORDS[abs(code)]}{how}, unlike most of the delivery; it was read as such."
        remarks.append((int(row) + 1, "crs_differs", sentence))
    return remarks
