"""Small stores with designations planted where a test wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import shapely

from constraints.source import Account, Coverage, Records, SourceInfo, UnlocatedRecord
from constraints.store import Store, build, open_store, write_source

__all__ = ["AS_AT", "EVERYWHERE", "Delivery", "Planted", "plant"]

AS_AT = date(2026, 6, 1)
EVERYWHERE = Coverage(everywhere=True)


@dataclass(frozen=True)
class Planted:
    """One record, in EPSG:27700."""

    geometry: shapely.Geometry
    reference: str = ""
    name: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    start: date | None = None
    end: date | None = None
    circle: bool = False


@dataclass(frozen=True)
class Delivery:
    """One source of one dataset."""

    dataset: str
    records: Sequence[Planted] = ()
    coverage: Coverage = EVERYWHERE
    name: str = "test"
    publisher: str = "Testshire Council"
    retrieved: date = AS_AT
    tolerance_m: float | None = None
    unlocated: Sequence[UnlocatedRecord] = ()
    rows_lost: int = 0


def plant(root: Path, *deliveries: Delivery) -> Store:
    """A store in `root` with these deliveries and nothing else."""
    for delivery in deliveries:
        write_source(root, _info(delivery), _records(delivery.records), delivery.unlocated, _account(delivery))
    build(root)
    return open_store(root)


def _info(delivery: Delivery) -> SourceInfo:
    return SourceInfo(
        dataset=delivery.dataset,
        name=delivery.name,
        publisher=delivery.publisher,
        licence="Open Government Licence v3.0",
        attribution="© Crown copyright and database right",
        retrieved=delivery.retrieved,
        coverage=delivery.coverage,
        file_name=f"{delivery.dataset}.geojson",
        sha256="0123456789abcdef" * 4,
        source_crs=27700,
        transform="none",
        transform_accuracy_m=0.0,
        tolerance_m=delivery.tolerance_m,
    )


def _records(planted: Sequence[Planted]) -> Records:
    geometry = np.empty(len(planted), dtype=object)
    geometry[:] = [record.geometry for record in planted]
    points = shapely.get_dimensions(geometry) == 0
    return Records(
        geometry=geometry,
        reference=[record.reference for record in planted],
        name=[record.name for record in planted],
        entity=["" for _ in planted],
        attributes=[record.attributes for record in planted],
        entry_date=_days([None for _ in planted]),
        start_date=_days([record.start for record in planted]),
        end_date=_days([record.end for record in planted]),
        repair=[None for _ in planted],
        row=np.arange(1, len(planted) + 1),
        point_like=points | np.array([record.circle for record in planted], dtype=np.bool_),
    )


def _days(values: Sequence[date | None]) -> np.ndarray:
    return np.array([np.datetime64("NaT") if value is None else np.datetime64(value) for value in values], "M8[D]")


def _account(delivery: Delivery) -> Account:
    kept, unlocated = len(delivery.records), len(delivery.unlocated)
    rows_in = kept + unlocated + delivery.rows_lost
    return Account(rows_in, kept, unlocated, 0, 0, 0, 0, unlocated, 0, 0, 0)
