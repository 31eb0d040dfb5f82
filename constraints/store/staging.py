"""Deliveries as they wait to be packed: normalised, checksummed, one folder each, listed in one index."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.errors import NotFound, StoreDamaged, StoreError
from bopsgis.files import exclusive, load_array, replace_text, save_array, sha256_of, sync_folder, write_bytes
from constraints.source import Account, Records, SourceInfo, UnlocatedRecord
from constraints.store.encode import DAY_MAX, DAY_MIN, days_with_unknown, record_lines, to_json

__all__ = ["StagedSource", "drop_unlisted", "remove_source", "staged_ids", "staged_sources", "write_source"]

SOURCES = "sources"
INDEX = "INDEX.json"
_FILES = ("about.json", "records.jsonl", "wkb.npy", "wkb_end.npy", "days.npy", "point_like.npy")
_FARTHEST_M = 1e7
"""No coordinate on the national grid is near this; one beyond it is a fault of whoever made the records."""


@dataclass(frozen=True, slots=True)
class StagedSource:
    """One staged delivery, mapped from its folder; n records in the order of the delivery."""

    id: str
    about: dict[str, Any]
    """`info`, `account` and `unlocated` as JSON values."""
    lines: list[bytes]
    wkb: NDArray[np.uint8]
    wkb_end: NDArray[np.int64]
    days: NDArray[np.int32]
    """(n, 2) start and end as day numbers."""
    point_like: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.lines)


def write_source(
    root: Path, info: SourceInfo, records: Records, unlocated: Sequence[UnlocatedRecord], account: Account
) -> str:
    """Stage a normalised delivery and return its id; `build` makes it part of the store.

    A source of the same dataset and name is replaced at the next build. Raises `StoreError` where the
    records are not what `Records` promises (column lengths, geometry types, finite EPSG:27700 coordinates)
    or another process is changing the store.
    """
    _check(records)
    with exclusive(root):
        folder = root / SOURCES
        folder.mkdir(exist_ok=True)
        fresh = folder / ".new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        _write_files(fresh, info, records, unlocated, account)
        source_id = f"{_safe(info.dataset)}--{_safe(info.name)}--{_digest(fresh)[:8]}"
        shutil.rmtree(folder / source_id, ignore_errors=True)
        fresh.rename(folder / source_id)
        sync_folder(folder)
        listed = _read_index(root)
        listed[_key(info.dataset, info.name)] = source_id
        _write_index(root, listed)
    return source_id


def remove_source(root: Path, dataset: str, name: str) -> None:
    """Take a source off the list; it leaves the store at the next build. Raises `NotFound`."""
    with exclusive(root):
        listed = _read_index(root)
        if listed.pop(_key(dataset, name), None) is None:
            raise NotFound(f"The store has no source {name!r} of the dataset {dataset!r}.", code="source_not_found")
        _write_index(root, listed)


def staged_ids(root: Path) -> list[str]:
    """Ids of all staged sources in a fixed order: by dataset, then by name."""
    return [source_id for _, source_id in sorted(_read_index(root).items())]


def staged_sources(root: Path) -> Iterator[StagedSource]:
    """Every staged source in a fixed order (dataset, then name), one at a time. Raises `StoreDamaged`."""
    for source_id in staged_ids(root):
        yield _read_source(root / SOURCES / source_id)


def drop_unlisted(root: Path) -> None:
    """Remove the folders of replaced and removed sources."""
    kept = set(_read_index(root).values())
    for folder in sorted((root / SOURCES).glob("*")):
        if folder.is_dir() and folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _check(records: Records) -> None:
    columns = {name: len(getattr(records, name)) for name in records.__slots__}
    if len(set(columns.values())) > 1:
        raise StoreError(f"The columns of a source differ in length: {columns}.", code="records_uneven")
    kinds = shapely.get_type_id(records.geometry)
    if not np.isin(kinds, (0, 1, 3, 4, 5, 6)).all() or shapely.is_empty(records.geometry).any():
        raise StoreError("Records may hold only points, lines and areas that are not empty.", code="records_type")
    bounds = shapely.bounds(records.geometry)
    if not (np.abs(bounds) < _FARTHEST_M).all():
        raise StoreError("A record lies outside every place on the national grid.", code="records_place")


def _write_files(
    folder: Path, info: SourceInfo, records: Records, unlocated: Sequence[UnlocatedRecord], account: Account
) -> None:
    about = {"info": asdict(info), "account": asdict(account), "unlocated": [asdict(record) for record in unlocated]}
    write_bytes(folder / "about.json", to_json(about))
    write_bytes(folder / "records.jsonl", b"".join(line + b"\n" for line in record_lines(records)))
    blobs = shapely.to_wkb(shapely.force_2d(records.geometry), byte_order=1).tolist()
    save_array(folder / "wkb.npy", np.frombuffer(b"".join(blobs), np.uint8))
    save_array(folder / "wkb_end.npy", np.cumsum([len(blob) for blob in blobs], dtype=np.int64))
    days = (days_with_unknown(records.start_date, DAY_MIN), days_with_unknown(records.end_date, DAY_MAX))
    save_array(folder / "days.npy", np.stack(days, axis=1))
    save_array(folder / "point_like.npy", records.point_like.astype(np.bool_))
    sums = {name: sha256_of(folder / name) for name in _FILES}
    write_bytes(folder / "sums.json", to_json(sums))


def _read_source(folder: Path) -> StagedSource:
    try:
        sums = json.loads((folder / "sums.json").read_bytes())
        wrong = [name for name in _FILES if sha256_of(folder / name) != sums[name]]
    except (OSError, ValueError, KeyError) as error:
        raise StoreDamaged(f"The staged source {folder.name} cannot be read: {error}.") from error
    if wrong:
        raise StoreDamaged(f"The staged source {folder.name} does not match its checksums: {', '.join(wrong)}.")
    return StagedSource(
        id=folder.name,
        about=json.loads((folder / "about.json").read_bytes()),
        lines=(folder / "records.jsonl").read_bytes().splitlines(),
        wkb=load_array(folder / "wkb.npy"),
        wkb_end=load_array(folder / "wkb_end.npy"),
        days=load_array(folder / "days.npy"),
        point_like=load_array(folder / "point_like.npy"),
    )


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / "sums.json").read_bytes()).hexdigest()


def _safe(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "unnamed"


def _key(dataset: str, name: str) -> str:
    return f"{dataset}\n{name}"


def _read_index(root: Path) -> dict[str, str]:
    path = root / SOURCES / INDEX
    if not path.exists():
        return {}
    try:
        listed: dict[str, str] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StoreDamaged(f"The list of sources {path.name} cannot be read: {error}.") from error
    return listed


def _write_index(root: Path, listed: dict[str, str]) -> None:
    replace_text(root / SOURCES / INDEX, to_json(listed).decode("ascii"))
