"""The open store: everything mapped into memory, nothing built, records read only when they are asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bopsgis.errors import NotFound, StoreDamaged
from constraints.source import Account, Repair, SourceInfo, UnlocatedRecord
from constraints.store.arrays import StoreArrays
from constraints.store.encode import account_from_json, info_from_json, repair_from_json, unlocated_from_json
from constraints.store.manifest import Manifest, check_sizes, current_version, read_manifest, version_folder

__all__ = ["Feature", "SourceEntry", "Store", "open_store"]


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One source in the store."""

    id: str
    info: SourceInfo
    account: Account


@dataclass(frozen=True, slots=True)
class Feature:
    """One designation as its publisher recorded it. Metres and square metres, EPSG:27700."""

    id: int
    """Number in this version of the store."""
    dataset: str
    source: SourceEntry
    row: int
    reference: str
    name: str
    entity: str
    attributes: Mapping[str, str]
    entry_date: date | None
    start_date: date | None
    end_date: date | None
    repair: Repair | None
    point_like: bool
    area_m2: float
    length_m: float


class Store:
    """One version of a constraint store, open for reading; made by `open_store`."""

    def __init__(self, root: Path, manifest: Manifest) -> None:
        folder = version_folder(root, manifest.version)
        self.path = root
        self.manifest = manifest
        self.version = manifest.version
        self.datasets = manifest.datasets
        self.arrays = StoreArrays.load(folder)
        self.sources = _read_sources(folder)
        self._unlocated_json = (folder / "unlocated.json").read_bytes()

    def __len__(self) -> int:
        return self.manifest.features

    @property
    def feature_dataset(self) -> NDArray[np.uint16]:
        """(n,) index of each feature's dataset in `datasets`."""
        return self.arrays.feature_dataset

    @cached_property
    def _unlocated(self) -> list[list[UnlocatedRecord]]:
        return [[unlocated_from_json(value) for value in records] for records in json.loads(self._unlocated_json)]

    def unlocated(self, dataset: str) -> tuple[tuple[SourceEntry, UnlocatedRecord], ...]:
        """Records of a dataset that apply to land but could not be placed on the map."""
        return tuple(
            (source, record)
            for source, records in zip(self.sources, self._unlocated, strict=True)
            if source.info.dataset == dataset
            for record in records
        )

    def feature(self, number: int) -> Feature:
        """Read one feature's record. Raises `NotFound`."""
        if not 0 <= number < len(self):
            raise NotFound(f"The store has no feature {number}.", code="feature_not_found")
        arrays = self.arrays
        line = arrays.records[arrays.record_end[number] : arrays.record_end[number + 1]]
        record: dict[str, Any] = json.loads(line.tobytes())
        return Feature(
            id=int(number),
            dataset=self.datasets[arrays.feature_dataset[number]],
            source=self.sources[arrays.feature_source[number]],
            row=record["row"],
            reference=record["reference"],
            name=record["name"],
            entity=record["entity"],
            attributes=record["attributes"],
            entry_date=_day(record["entry_date"]),
            start_date=_day(record["start_date"]),
            end_date=_day(record["end_date"]),
            repair=repair_from_json(record["repair"]),
            point_like=bool(arrays.feature_point_like[number]),
            area_m2=float(arrays.feature_area[number]),
            length_m=float(arrays.feature_length[number]),
        )

    def feature_geometry(self, numbers: NDArray[np.integer[Any]]) -> NDArray[np.object_]:
        """Exact geometries of (k,) features as a (k,) array of shapely geometries in EPSG:27700."""
        return self.arrays.geometry(numbers)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _read_sources(folder: Path) -> tuple[SourceEntry, ...]:
    try:
        values = json.loads((folder / "sources.json").read_bytes())
        return tuple(
            SourceEntry(value["id"], info_from_json(value["info"]), account_from_json(value["account"]))
            for value in values
        )
    except (ValueError, KeyError, TypeError) as error:
        raise StoreDamaged(f"The store's list of sources cannot be read: {error}.") from error


def open_store(root: Path) -> Store:
    """Open the current version of the store in `root`.

    Sizes of all files are checked here, their contents by `verify`. The store may be replaced while it is
    open: this version stays readable. Raises `StoreMissing` or `StoreDamaged`.
    """
    version = current_version(root)
    try:
        return _open(root, version)
    except StoreDamaged:
        # The version may have been replaced between reading its name and opening its files.
        newer = current_version(root)
        if newer == version:
            raise
        return _open(root, newer)


def _open(root: Path, version: str) -> Store:
    folder = version_folder(root, version)
    if not folder.is_dir():
        raise StoreDamaged(f"The store's version {version} is missing.")
    manifest = read_manifest(folder)
    check_sizes(folder, manifest)
    try:
        return Store(root, manifest)
    except FileNotFoundError as error:
        raise StoreDamaged(f"The store's file {error.filename} is missing.") from error
