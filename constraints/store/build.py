"""Packing all staged sources into one new version of the store, swapped in at one stroke."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.errors import StoreMissing
from bopsgis.files import exclusive, replace_text, save_array, sync_folder, write_bytes
from bopsgis.ragged import ranges
from constraints.progress import Progress, silent
from constraints.store.arrays import PIECE
from constraints.store.cut import KIND_FULL, MAX_EDGES, Pieces, cut, join_pieces
from constraints.store.encode import to_json
from constraints.store.grid import group_limits, register, z_order
from constraints.store.manifest import (
    CURRENT,
    FORMAT,
    Manifest,
    current_version,
    describe_files,
    problems_in,
    version_folder,
    write_manifest,
)
from constraints.store.staging import StagedSource, drop_unlisted, staged_ids, staged_sources

__all__ = ["build"]


def build(root: Path, progress: Progress | None = None, *, max_edges: int = MAX_EDGES) -> str:
    """Pack every staged source into a version and make it the current one; returns the version's name.

    The name follows from the contents, so the same sources give the same version, byte for byte. Readers
    that have the old version open keep it. If this is interrupted, the old version stays the current one.
    `max_edges` is the number of edges over which a feature is cut. Raises `StoreError` (`store_busy`) where
    another process is changing the store, `StoreDamaged` where a staged source is.
    """
    say = progress or silent
    with exclusive(root):
        version = _version_name(root, max_edges)
        folder = version_folder(root, version)
        if not folder.is_dir() or problems_in(folder):
            fresh = version_folder(root, ".new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True)
            _pack(root, fresh, version, max_edges, say)
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)
            sync_folder(folder.parent)
        if _current_or_none(root) != version:
            replace_text(root / CURRENT, version + "\n")
        _remove_old(root, version)
        drop_unlisted(root)
    return version


def _version_name(root: Path, max_edges: int) -> str:
    what = {"format": FORMAT, "max_edges": max_edges, "sources": staged_ids(root)}
    return hashlib.sha256(to_json(what)).hexdigest()[:16]


def _current_or_none(root: Path) -> str | None:
    try:
        return current_version(root)
    except StoreMissing:
        return None


def _remove_old(root: Path, version: str) -> None:
    for folder in (root / "versions").iterdir():
        if folder.name != version:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class _Features:
    """Columns of the features table, source by source."""

    source: list[NDArray[Any]] = field(default_factory=list)
    dataset: list[NDArray[Any]] = field(default_factory=list)
    days: list[NDArray[Any]] = field(default_factory=list)
    point_like: list[NDArray[Any]] = field(default_factory=list)
    box: list[NDArray[Any]] = field(default_factory=list)
    area: list[NDArray[Any]] = field(default_factory=list)
    length: list[NDArray[Any]] = field(default_factory=list)
    wkb_size: list[NDArray[Any]] = field(default_factory=list)
    record_size: list[NDArray[Any]] = field(default_factory=list)
    pieces: list[Pieces] = field(default_factory=list)
    total: int = 0


def _pack(root: Path, folder: Path, version: str, max_edges: int, say: Progress) -> None:
    table = _Features()
    about: list[dict[str, Any]] = []
    ids = staged_ids(root)
    datasets: list[str] = []
    with (folder / "wkb.bin").open("wb") as wkb, (folder / "records.bin").open("wb") as lines:
        for number, source in enumerate(staged_sources(root)):
            say("packing", number, len(ids))
            slug = source.about["info"]["dataset"]
            if slug not in datasets:
                datasets.append(slug)
            about.append({"id": source.id, **source.about})
            _add_source(table, source, number, len(datasets) - 1, max_edges, wkb, lines)
    unlocated = [entry.pop("unlocated") for entry in about]
    write_bytes(folder / "sources.json", to_json(about))
    write_bytes(folder / "unlocated.json", to_json(unlocated))
    _save_features(folder, table)
    say("indexing", len(ids), len(ids))
    pieces, vertices = _save_pieces(folder, table, len(datasets))
    manifest = Manifest(
        FORMAT, version, max_edges, tuple(datasets), table.total, pieces, vertices, describe_files(folder)
    )
    write_manifest(folder, manifest)
    sync_folder(folder)


def _add_source(
    table: _Features,
    source: StagedSource,
    number: int,
    dataset: int,
    max_edges: int,
    wkb: BinaryIO,
    lines: BinaryIO,
) -> None:
    n = len(source)
    wkb_start = np.concatenate([[0], source.wkb_end])
    blob = source.wkb.tobytes()
    geometry = shapely.from_wkb([blob[wkb_start[i] : wkb_start[i + 1]] for i in range(n)])
    geometry = np.asarray(geometry, dtype=object)
    wkb.write(blob)
    lines.write(b"".join(source.lines))
    table.source.append(np.full(n, number, np.uint16))
    table.dataset.append(np.full(n, dataset, np.uint16))
    table.days.append(source.days)
    table.point_like.append(source.point_like)
    table.box.append(shapely.bounds(geometry))
    table.area.append(shapely.area(geometry))
    table.length.append(shapely.length(geometry))
    table.wkb_size.append(np.diff(wkb_start))
    table.record_size.append(np.array([len(line) for line in source.lines], np.int64))
    pieces = cut(geometry, max_edges)
    pieces.feature[:] += table.total
    table.pieces.append(pieces)
    table.total += n


def _save_features(folder: Path, table: _Features) -> None:
    def column(parts: list[NDArray[Any]], like: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([like, *parts]).astype(like.dtype)

    def ends(sizes: list[NDArray[Any]]) -> NDArray[Any]:
        return np.cumsum(np.concatenate([np.zeros(1, np.int64), *sizes]))

    save_array(folder / "feature_source.npy", column(table.source, np.empty(0, np.uint16)))
    save_array(folder / "feature_dataset.npy", column(table.dataset, np.empty(0, np.uint16)))
    save_array(folder / "feature_days.npy", column(table.days, np.empty((0, 2), np.int32)))
    save_array(folder / "feature_point_like.npy", column(table.point_like, np.empty(0, np.bool_)))
    save_array(folder / "feature_box.npy", column(table.box, np.empty((0, 4))))
    save_array(folder / "feature_area.npy", column(table.area, np.empty(0)))
    save_array(folder / "feature_length.npy", column(table.length, np.empty(0)))
    save_array(folder / "wkb_end.npy", ends(table.wkb_size))
    save_array(folder / "record_end.npy", ends(table.record_size))


def _save_pieces(folder: Path, table: _Features, datasets: int) -> tuple[int, int]:
    pieces = join_pieces([cut(np.empty(0, object)), *table.pieces])
    order = np.argsort(z_order(pieces.box), kind="stable")
    start = np.cumsum(pieces.count) - pieces.count
    xy = pieces.xy[ranges(start[order], pieces.count[order])]
    piece = np.empty(len(order), PIECE)
    piece["box"], piece["feature"], piece["kind"] = pieces.box[order], pieces.feature[order], pieces.kind[order]
    piece["end"] = np.cumsum(pieces.count[order])
    piece["start"] = piece["end"] - pieces.count[order]
    piece["own"] = piece["start"] + pieces.real[order]
    save_array(folder / "piece.npy", piece)
    save_array(folder / "xy.npy", xy)
    keys, listed = register(piece["box"], np.zeros(len(piece), np.int64))
    save_array(folder / "cell_key.npy", keys)
    save_array(folder / "cell_piece.npy", listed)
    save_array(folder / "cell_limit.npy", group_limits(keys, 1))
    bounded = np.flatnonzero(piece["kind"] != KIND_FULL)
    dataset = np.concatenate([np.empty(0, np.uint16), *table.dataset])[piece["feature"][bounded]].astype(np.int64)
    keys, listed = register(piece["box"][bounded], dataset)
    save_array(folder / "near_key.npy", keys)
    save_array(folder / "near_piece.npy", bounded[listed].astype(np.int32))
    save_array(folder / "near_limit.npy", group_limits(keys, datasets))
    return len(piece), len(xy)
