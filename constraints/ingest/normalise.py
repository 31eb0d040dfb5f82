"""From rows as delivered to records as the store keeps them, with every row accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.types import BBox
from constraints.catalogue import Dataset
from constraints.ingest.circles import drawn_round_points
from constraints.ingest.fields import find
from constraints.ingest.limits import LIMITS, IngestLimits
from constraints.ingest.placing import Placed, place
from constraints.ingest.raw import RawTable, Remark, refuse_file
from constraints.ingest.records import Told, read_told
from constraints.ingest.repair import Repaired, repair
from constraints.progress import Progress, silent
from constraints.source import Account, Coverage, Records, UnlocatedRecord

__all__ = ["Normalised", "Terms", "normalise"]

_POINTS: Final = (0, 4)
_FINEST_M: Final = 1e-4
"""Repeats are compared with coordinates rounded to a tenth of a millimetre."""


class _Fate(Enum):
    KEPT = 0
    UNLOCATED = 1
    DUPLICATE = 2
    REFUSED = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """What is known about a delivery besides its bytes."""

    dataset: Dataset
    retrieved: date
    coverage: Coverage
    crs: int | None = None
    columns: Mapping[str, str] | None = None
    council: str | None = None
    """The council that rows belong to which name none themselves."""
    limits: IngestLimits = LIMITS


@dataclass(frozen=True, slots=True)
class Normalised:
    """A delivery ready to be kept."""

    records: Records
    unlocated: tuple[UnlocatedRecord, ...]
    account: Account
    source_crs: int
    transform: str
    transform_accuracy_m: float
    notes: tuple[str, ...]


def normalise(table: RawTable, terms: Terms, progress: Progress = silent) -> Normalised:
    """Brings a delivery to the national grid, repairs it, reads its dates and counts every row.

    Raises:
        FormatRefused: the delivery as a whole cannot be used: no place in Great Britain, an unknown reference
            system, or no column with a geometry where the dataset needs one.
        InputRefused: a column was named that is not there.
    """
    rows = len(table)
    found = find(table.columns, terms.dataset.attributes, terms.columns)
    told = read_told(found, rows, terms.retrieved)
    _require_geometry(table, terms.dataset, told)
    progress("Placing on the national grid", 0, rows)
    placed = place(table.geometry, table.declared, terms.crs, table.layer)
    progress("Placing on the national grid", rows, rows)
    mended = repair(
        placed.geometry, limits=terms.limits, told=lambda done, total: progress("Repairing geometry", done, total)
    )
    sorting = _Sorting(table, terms, told, placed, mended)
    sorting.sort()
    return sorting.normalised()


def _require_geometry(table: RawTable, dataset: Dataset, told: Told) -> None:
    """A table without any place in it is a mistake, unless its rows say by UPRN or address where they apply."""
    elsewhere = any(told.uprns) or bool(told.by_address.any())
    if not table.has_geometry_column and dataset.geometry != "none" and not elsewhere:
        raise refuse_file(
            table.layer,
            f"it has no column with geometry or coordinates, and {dataset.plural.lower()} need a place",
            code="no_geometry_column",
            hint=f"Name it with columns: geometry, or easting and northing. It has: {', '.join(table.columns)}.",
        )


class _Sorting:
    """Decides the fate of every row of one delivery."""

    def __init__(self, table: RawTable, terms: Terms, told: Told, placed: Placed, mended: Repaired) -> None:
        self.table, self.terms, self.told, self.placed, self.mended = table, terms, told, placed, mended
        self.fate = np.full(len(table), _Fate.KEPT, dtype=object)
        self.unlocated: list[UnlocatedRecord] = []
        self.remarks: list[Remark] = [*table.remarks, *told.remarks, *placed.remarks]
        geometry = mended.geometry
        self.point_like: NDArray[np.bool_] = np.isin(shapely.get_type_id(geometry), _POINTS) | drawn_round_points(
            geometry, told.was_a_point
        )

    def sort(self) -> None:
        """Sets each row's fate, in the order of the delivery."""
        self._refuse_other_datasets()
        self._refuse_nothings()
        for row in np.flatnonzero(self.fate == _Fate.KEPT).tolist():
            self._place_or_not(row)
        self._drop_repeats()
        self._remark_on_kept()

    def normalised(self) -> Normalised:
        """The sorted delivery as values."""
        kept = np.flatnonzero(self.fate == _Fate.KEPT)
        return Normalised(
            records=self._records(kept),
            unlocated=tuple(self.unlocated),
            account=self._account(kept),
            source_crs=self.placed.source_crs,
            transform=self.placed.transform.name,
            transform_accuracy_m=self.placed.transform.accuracy_m,
            notes=(*self.table.notes, *self.placed.notes),
        )

    def _refuse(self, row: int, code: str, sentence: str) -> None:
        self.fate[row] = _Fate.REFUSED
        self.remarks.append((row + 1, code, sentence))

    def _refuse_other_datasets(self) -> None:
        """Files of planning.data.gov.uk may mix datasets; where none is ours, the column means something else."""
        slug = self.terms.dataset.slug
        if slug not in self.told.dataset:
            return
        for row, named in enumerate(self.told.dataset):
            if named not in {"", slug}:
                self._refuse(row, "other_dataset", f"The row says that it belongs to the dataset {named[:60]!r}.")

    def _refuse_nothings(self) -> None:
        """Rows in which every column is empty."""
        empty = shapely.is_missing(self.table.geometry)
        for row in np.flatnonzero(empty & (self.fate == _Fate.KEPT)).tolist():
            said = any(values[row] for values in self.table.columns.values())
            if not said and row not in self.table.unreadable:
                self._refuse(row, "empty_row", "The row is empty.")

    def _place_or_not(self, row: int) -> None:
        geometry = self.mended.geometry[row]
        if self.placed.abroad[row]:
            self._refuse(row, "outside_great_britain", "The row lies outside Great Britain and the national grid.")
        elif row in self.table.unreadable:
            self._unlocate(row, "unrepairable_geometry", f"The row cannot be placed: {self.table.unreadable[row]}.")
        elif self.placed.lost[row]:
            sentence = "The row cannot be placed: its coordinates cannot be right."
            self._unlocate(row, "unrepairable_geometry", sentence, self.placed.boxes.get(row))
        elif row in self.mended.problem:
            box = _box(self.placed.geometry[row])
            self._unlocate(row, "unrepairable_geometry", self.mended.problem[row], box)
        elif geometry is None:
            self._unlocate_without_geometry(row)
        elif shapely.is_empty(geometry):
            self._unlocate(row, "empty_geometry", "The row's geometry is empty.")

    def _unlocate_without_geometry(self, row: int) -> None:
        if self.told.uprns[row]:
            count = len(self.told.uprns[row])
            self._unlocate(row, "uprn_only", f"The row names its land by UPRN only ({count}), without a geometry.")
        elif self.told.by_address[row]:
            self._unlocate(row, "address_only", "The row names its land by address only, without a geometry.")
        else:
            self._unlocate(row, "no_geometry", "The row has no geometry.")

    def _unlocate(self, row: int, reason: str, sentence: str, box: BBox | None = None) -> None:
        told, council = self.told, self.terms.council
        self.fate[row] = _Fate.UNLOCATED
        self.unlocated.append(
            UnlocatedRecord(
                row=row + 1,
                reference=told.reference[row],
                name=told.name[row],
                reason=reason,
                sentence=sentence,
                councils=told.councils(row, self.terms.coverage.councils) or ((council,) if council else ()),
                uprns=told.uprns[row],
                box=box,
                start_date=_day(told.start_date[row]),
                end_date=_day(told.end_date[row]),
            )
        )
        self.remarks.append((row + 1, reason, sentence))

    def _drop_repeats(self) -> None:
        """Of rows alike in everything the first is kept; only rows with equal bounds are compared in full."""
        geometry = self.mended.geometry
        bounds, corners = shapely.bounds(geometry), shapely.get_num_coordinates(geometry)
        alike: dict[Any, list[int]] = {}
        for row in np.flatnonzero(self.fate == _Fate.KEPT).tolist():
            key = (self.told.reference[row], self.told.name[row], int(corners[row]), bounds[row].tobytes())
            alike.setdefault(key, []).append(row)
        for rows in alike.values():
            if len(rows) > 1:
                self._compare(rows)

    def _compare(self, rows: Sequence[int]) -> None:
        told = self.told
        plain = shapely.normalize(shapely.set_precision(self.mended.geometry[rows], _FINEST_M, mode="pointwise"))
        first: dict[Any, int] = {}
        for row, shape in zip(rows, shapely.to_wkb(plain), strict=True):
            dates = (str(told.start_date[row]), str(told.end_date[row]))
            earlier = first.setdefault((dates, tuple(sorted(told.attributes[row].items())), shape), row)
            if earlier != row:
                self.fate[row] = _Fate.DUPLICATE
                self.remarks.append((row + 1, "duplicate", f"The row repeats row {earlier + 1} in everything."))

    def _remark_on_kept(self) -> None:
        kept = self.fate == _Fate.KEPT
        for row in np.flatnonzero(kept):
            done = self.mended.repair[row]
            if done is not None:
                change = done.area_after_m2 - done.area_before_m2
                code = "repaired_flagged" if done.flagged else "repaired"
                self.remarks.append((int(row) + 1, code, f"{done.reason}: repaired, area changed by {change:.2f} m2."))
        for row in np.flatnonzero(kept & self.mended.dropped):
            sentence = "The row mixes kinds of geometry: only the parts of the highest dimension were kept."
            self.remarks.append((int(row) + 1, "parts_left_out", sentence))
        if self.terms.dataset.geometry == "polygon":
            lines = kept & np.isin(shapely.get_type_id(self.mended.geometry), (1, 5))
            for row in np.flatnonzero(lines):
                self.remarks.append((int(row) + 1, "line_for_area", "The row is a line where areas are usual."))

    def _records(self, kept: NDArray[np.int64]) -> Records:
        told = self.told
        rows: Sequence[int] = kept.tolist()
        return Records(
            geometry=self.mended.geometry[kept],
            reference=[told.reference[row] for row in rows],
            name=[told.name[row] for row in rows],
            entity=[told.entity[row] for row in rows],
            attributes=[told.attributes[row] for row in rows],
            entry_date=told.entry_date[kept],
            start_date=told.start_date[kept],
            end_date=told.end_date[kept],
            repair=[self.mended.repair[row] for row in rows],
            row=kept.astype(np.int64) + 1,
            point_like=self.point_like[kept],
        )

    def _account(self, kept: NDArray[np.int64]) -> Account:
        retrieved = np.datetime64(self.terms.retrieved, "D")
        repairs = [done for row in kept if (done := self.mended.repair[row]) is not None]
        reasons = [record.reason for record in self.unlocated]
        order = sorted(self.remarks, key=lambda remark: remark[0])
        return Account(
            rows_in=len(self.table),
            kept=len(kept),
            unlocated=len(self.unlocated),
            duplicates=int((self.fate == _Fate.DUPLICATE).sum()),
            refused=int((self.fate == _Fate.REFUSED).sum()),
            repaired=len(repairs),
            repaired_flagged=sum(done.flagged for done in repairs),
            no_geometry=len(reasons) - reasons.count("unrepairable_geometry"),
            ended=int((self.told.end_date[kept] <= retrieved).sum()),
            future=int((self.told.start_date[kept] > retrieved).sum()),
            point_like=int(self.point_like[kept].sum()),
            remarks=tuple(order),
        )


def _day(value: np.datetime64) -> date | None:
    found: date | None = value.astype("datetime64[D]").item()
    return found


def _box(geometry: shapely.Geometry | None) -> BBox | None:
    if geometry is None or shapely.is_empty(geometry):
        return None
    west, south, east, north = (float(each) for each in shapely.bounds(geometry))
    return BBox(west, south, east, north)
