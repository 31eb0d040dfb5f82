"""What one delivery of a dataset is, between reading it (ingest) and keeping it (store).

A *source* is one delivery (file) of one dataset by one publisher. A dataset may have many sources: four TPO
files of one council, a council's copy and Historic England's copy of the conservation areas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from bopsgis.types import BBox

__all__ = ["Account", "Coverage", "Records", "Repair", "SourceInfo", "UnlocatedRecord"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """For which councils a source is complete, as declared by whoever added it.

    `everywhere` is for national datasets (all of England). Where neither `everywhere` nor a council is
    given, no absence can ever be stated from this source. Councils are compared as text.
    """

    councils: tuple[str, ...] = ()
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Where a source came from and how it was read."""

    dataset: str
    name: str
    """Unique within its dataset; adding the same name again replaces the source."""
    publisher: str
    licence: str
    attribution: str
    retrieved: date
    """The day the publisher's copy was taken: age and staleness count from it."""
    coverage: Coverage
    file_name: str
    sha256: str
    """Of the delivered bytes."""
    source_crs: int
    """EPSG code found for the delivery."""
    transform: str
    """How coordinates came to EPSG:27700, for example `OSTN15` or `none`."""
    transform_accuracy_m: float
    tolerance_m: float | None = None
    """Accuracy of this delivery where it is known to differ from the catalogue's; metres."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done to make a published geometry valid."""

    method: str
    reason: str
    area_before_m2: float
    area_after_m2: float
    flagged: bool
    """True where the area changed by more than the larger of 1 m2 and 0.1 %."""


@dataclass(frozen=True, slots=True)
class Records:
    """The rows of a source that can be placed on the map, column by column; all columns have length n.

    `geometry`: (n,) array of valid shapely Point, MultiPoint, LineString, MultiLineString, Polygon or
    MultiPolygon in EPSG:27700. Dates are datetime64[D], NaT where unknown. A row that is ended or in the
    future at `retrieved` is kept: the date asked decides.
    """

    geometry: NDArray[np.object_]
    reference: list[str]
    name: list[str]
    entity: list[str]
    attributes: list[Mapping[str, str]]
    entry_date: NDArray[np.datetime64]
    start_date: NDArray[np.datetime64]
    end_date: NDArray[np.datetime64]
    repair: list[Repair | None]
    row: NDArray[np.int64]
    """Row number in the delivery, counted from 1."""
    point_like: NDArray[np.bool_]
    """True for a point, and for a circle that a publisher drew round a point: it has no extent of its own."""

    def __len__(self) -> int:
        return len(self.geometry)


@dataclass(frozen=True, slots=True)
class UnlocatedRecord:
    """A row that applies to land but cannot be placed: it forbids "absent" wherever it could apply."""

    row: int
    reference: str
    name: str
    reason: str
    """`no_geometry`, `empty_geometry`, `unrepairable_geometry`, `uprn_only` or `address_only`."""
    sentence: str
    councils: tuple[str, ...] = ()
    """Where it could apply; empty means anywhere in the source's coverage."""
    uprns: tuple[str, ...] = ()
    box: BBox | None = None
    start_date: date | None = None
    end_date: date | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What became of every row of a delivery.

    `rows_in == kept + unlocated + duplicates + refused`; the other counts are of kept rows.
    """

    rows_in: int
    kept: int
    unlocated: int
    duplicates: int
    """Exact repeats of an earlier row (same reference, dates and geometry): not kept twice."""
    refused: int
    """Rows that cannot belong to the dataset at all; each has an entry in `remarks`."""
    repaired: int
    repaired_flagged: int
    no_geometry: int
    ended: int
    future: int
    point_like: int
    remarks: tuple[tuple[int, str, str], ...] = field(default=())
    """(row, code, sentence) for each row about which there is something to say."""

    def balanced(self) -> bool:
        """True where every row is accounted for."""
        return self.rows_in == self.kept + self.unlocated + self.duplicates + self.refused
