"""A delivery as it was read, before anything is believed: what every reader hands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.errors import FormatRefused

__all__ = ["Declared", "Geometries", "RawTable", "UnreadableGeometry", "as_text", "object_array", "only", "refuse_file"]

Geometries = NDArray[np.object_]
"""(n,) object array of shapely geometries, None where a row has none."""


Remark = tuple[int, str, str]
"""(row counted from 1, code, sentence)."""


class UnreadableGeometry(ValueError):
    """One row's geometry cannot be read; the message is a sentence for people. Never leaves this package."""


@dataclass(frozen=True, slots=True)
class Declared:
    """The reference system that a file says it is in; `code` is an EPSG code, None where it says nothing."""

    code: int | None = None
    words: str = ""
    """Where the file says it, for example `its crs member` or `its .prj file`."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """Rows of a delivery: geometry in the file's own coordinates, all other columns as text.

    `geometry` and every column have one entry per row. `unreadable` maps a row's index (from 0) to a sentence,
    where a geometry was given but cannot be read; its `geometry` is None.
    """

    format: str
    layer: str
    geometry: Geometries
    columns: Mapping[str, Sequence[str]]
    declared: Declared = field(default_factory=Declared)
    unreadable: Mapping[int, str] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    notes: tuple[str, ...] = ()
    has_geometry_column: bool = True

    def __len__(self) -> int:
        return len(self.geometry)


def as_text(value: Any) -> str:
    """One value as text: whole numbers without a decimal point, lists with semicolons, nothing as ""."""
    if isinstance(value, float | np.floating):
        return _number_text(float(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ";".join(as_text(each) for each in value)
    return "" if value is None else str(value).strip()


def _number_text(value: float) -> str:
    if np.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def refuse_file(name: str, why: str, *, code: str | None = None, hint: str | None = None) -> FormatRefused:
    """The error for a whole delivery: which file, why, and what to do."""
    return FormatRefused(f"{name} cannot be read: {why}.", code=code, hint=hint)


def object_array(values: Sequence[shapely.Geometry | None]) -> Geometries:
    """An (n,) object array, also for one value and for none."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def only(geometry: Geometries, rows: NDArray[np.bool_]) -> Geometries:
    """A copy with None in every row that is not asked for."""
    result: Geometries = geometry.copy()
    result[~rows] = None
    return result
