"""Stores made of synthetic datasets, for benchmarks and tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from constraints.source import Account, Coverage, Records, SourceInfo
from constraints.store import build, write_source

__all__ = ["account_of", "info_of", "make_store", "records_of"]


def records_of(geometry: NDArray[np.object_]) -> Records:
    """Records with nothing but a geometry and a reference."""
    n = len(geometry)
    unknown = np.full(n, "NaT", "datetime64[D]")
    return Records(
        geometry=geometry,
        reference=[f"{i:06d}" for i in range(n)],
        name=[f"Designation {i}" for i in range(n)],
        entity=[""] * n,
        attributes=[{} for _ in range(n)],
        entry_date=unknown,
        start_date=unknown.copy(),
        end_date=unknown.copy(),
        repair=[None] * n,
        row=np.arange(1, n + 1),
        point_like=np.zeros(n, np.bool_),
    )


def info_of(slug: str) -> SourceInfo:
    """Provenance of a made-up source that covers all of England."""
    return SourceInfo(
        dataset=slug,
        name="synthetic",
        publisher="none",
        licence="none",
        attribution="none",
        retrieved=date(2026, 11, 22),
        coverage=Coverage(everywhere=True),
        file_name=f"{slug}.gpkg",
        sha256="0" * 64,
        source_crs=27700,
        transform="none",
        transform_accuracy_m=0.0,
    )


def account_of(n: int) -> Account:
    """Account of n rows, all kept."""
    return Account(
        rows_in=n, kept=n, unlocated=0, duplicates=0, refused=0, repaired=0, repaired_flagged=0,
        no_geometry=0, ended=0, future=0, point_like=0,
    )  # fmt: skip


def make_store(root: Path, datasets: Mapping[str, NDArray[np.object_]]) -> None:
    """Stage every dataset as one source that covers all of England, and build the store."""
    for slug, geometry in datasets.items():
        write_source(root, info_of(slug), records_of(geometry), [], account_of(len(geometry)))
    build(root)
