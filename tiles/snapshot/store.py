"""Snapshots on disk: one file of arrays and a manifest for each version, swapped in at one stroke."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from bopsgis.errors import StoreDamaged, StoreMissing
from bopsgis.files import exclusive, replace_text, sha256_of, sync_folder, write_bytes
from tiles.grid import MATRIX_SETS, TileMatrixSet
from tiles.levels import Level, Policy, Shapes
from tiles.levels.index import Tree
from tiles.mvt import Dictionary
from tiles.snapshot.make import Levels, make
from tiles.snapshot.source import LayerSource
from tiles.snapshot.table import Table
from tiles.snapshot.view import Snapshot

__all__ = ["FORMAT", "build", "in_memory", "open_snapshot", "verify"]

FORMAT = 2
"""Goes up with every change of what the files hold, so that no snapshot is read as what it is not."""
_CURRENT, _MANIFEST, _ARRAYS = "CURRENT", "manifest.json", "arrays.bin"
_ALIGNED = 64

Arrays = Mapping[str, NDArray[Any]]


def in_memory(layer: LayerSource, matrix_sets: Iterable[TileMatrixSet] = tuple(MATRIX_SETS.values())) -> Snapshot:
    """Make a snapshot that is kept in memory only. Errors as for `build`."""
    table, levels = make(layer, matrix_sets)
    version = _version(_digest(_flat(table, levels)), layer)
    return Snapshot(layer.name, version, layer.policy, table, levels)


def build(folder: Path, layer: LayerSource, matrix_sets: Iterable[TileMatrixSet] = tuple(MATRIX_SETS.values())) -> str:
    """Make a snapshot the current version of a folder; returns the version's name, which follows from its contents.

    Whoever has the version before open keeps it; it is removed by the build after this one. If this is
    interrupted, the old version stays. Raises `InputRefused` for a layer that cannot be drawn, `StoreError`
    (`store_busy`) where another process is building here.
    """
    table, levels = make(layer, matrix_sets)
    arrays = _flat(table, levels)
    with exclusive(folder):
        versions = folder / "versions"
        fresh = versions / ".new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        version = _write(fresh, arrays, layer, levels)
        before = _current(folder)
        if version != before:
            shutil.rmtree(versions / version, ignore_errors=True)
            fresh.rename(versions / version)
            sync_folder(versions)
            replace_text(folder / _CURRENT, version + "\n")
        for old in versions.iterdir():
            if old.name not in (version, before):
                shutil.rmtree(old, ignore_errors=True)
    return version


def open_snapshot(folder: Path) -> Snapshot:
    """Open the current version of a folder, mapped into memory.

    Raises `StoreMissing` where there is none, `StoreDamaged` where its files are not as they were written.
    """
    version = _current(folder)
    if version is None:
        raise StoreMissing(f"There is no snapshot of a layer in {folder.name}.")
    manifest, arrays = _read(folder / "versions" / version)
    sets = {name: _levels(arrays, f"{name}/", manifest["sets"][name]) for name in manifest["sets"]}
    policy = Policy(**{**manifest["policy"], "style": tuple(manifest["policy"]["style"])})
    values = Dictionary(arrays["values"], arrays["value_starts"])
    table = Table(arrays["ids"], tuple(manifest["columns"]), arrays["codes"], values)
    return Snapshot(manifest["name"], version, policy, table, sets)


def verify(folder: Path) -> list[str]:
    """Read every byte of the current version; returns what is wrong with it, in sentences. Raises `StoreMissing`."""
    version = _current(folder)
    if version is None:
        raise StoreMissing(f"There is no snapshot of a layer in {folder.name}.")
    try:
        manifest, _ = _read(folder / "versions" / version)
    except StoreDamaged as error:
        return [error.message]
    whole = sha256_of(folder / "versions" / version / _ARRAYS) == manifest["sha256"]
    return [] if whole else [f"The file {_ARRAYS} does not match its checksum."]


def _current(folder: Path) -> str | None:
    try:
        return (folder / _CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _flat(table: Table, levels: Mapping[str, Levels]) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {
        "ids": table.ids,
        "codes": table.codes,
        "values": table.values.encoded,
        "value_starts": table.values.starts,
    }
    for name, each in levels.items():
        for z, level in [*each.low.items(), ("full", each.full)]:
            arrays |= {f"{name}/{z}/{part}": array for part, array in _parts(level).items()}
    return arrays


def _parts(level: Level) -> dict[str, NDArray[Any]]:
    shapes = level.shapes
    return {
        "rows": level.rows,
        "counts": level.counts,
        "agreed": level.agreed,
        "squares": np.array([level.squares]),
        "boxes": level.tree.boxes,
        "upper": level.tree.upper,
        "kind": shapes.kind,
        "parts": shapes.parts,
        "offsets": shapes.offsets,
        "exterior": shapes.exterior,
        "coords": shapes.coords,
    }


def _levels(arrays: Arrays, under: str, about: Mapping[str, Any]) -> Levels:
    def level(key: str, zoom: int, *, exact: bool) -> Level:
        def part(name: str) -> NDArray[Any]:
            return arrays[f"{under}{key}/{name}"]

        shapes = Shapes(*(part(name) for name in Shapes.__slots__))
        tree = Tree(part("boxes"), part("upper"))
        return Level(zoom, exact, part("rows"), shapes, tree, part("counts"), part("agreed"), int(part("squares")[0]))

    low = {int(z): level(str(z), int(z), exact=True) for z in about["low"]}
    return Levels(low, level("full", about["full"], exact=False))


def _digest(arrays: Arrays) -> str:
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _version(digest: str, layer: LayerSource) -> str:
    about = {"format": FORMAT, "name": layer.name, "policy": asdict(layer.policy), "columns": list(layer.columns)}
    return hashlib.sha256(_json(about) + digest.encode()).hexdigest()[:16]


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def _write(folder: Path, arrays: Arrays, layer: LayerSource, levels: Mapping[str, Levels]) -> str:
    version = _version(_digest(arrays), layer)
    with (folder / _ARRAYS).open("wb") as stream:
        places = {name: _append(stream, array) for name, array in arrays.items()}
        size = stream.tell()
        stream.flush()
        os.fsync(stream.fileno())
    manifest = {
        "format": FORMAT,
        "version": version,
        "name": layer.name,
        "policy": asdict(layer.policy),
        "columns": list(layer.columns),
        "sets": {name: {"low": sorted(each.low), "full": each.full.zoom} for name, each in levels.items()},
        "arrays": places,
        "bytes": size,
        "sha256": sha256_of(folder / _ARRAYS),
    }
    body = _json(manifest)
    write_bytes(folder / _MANIFEST, _json({"manifest": manifest, "sha256": hashlib.sha256(body).hexdigest()}))
    sync_folder(folder)
    return version


def _append(stream: BinaryIO, array: NDArray[Any]) -> list[Any]:
    stream.write(b"\0" * (-stream.tell() % _ALIGNED))
    begin = stream.tell()
    stream.write(np.ascontiguousarray(array).data)
    return [begin, array.dtype.str, list(array.shape)]


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    try:
        whole = json.loads((folder / _MANIFEST).read_bytes())
        manifest: dict[str, Any] = whole["manifest"]
        if hashlib.sha256(_json(manifest)).hexdigest() != whole["sha256"]:
            raise StoreDamaged("The manifest of the snapshot does not match its checksum.")
        if manifest["format"] != FORMAT:
            raise StoreDamaged(
                f"The snapshot has format {manifest['format']}, this software reads format {FORMAT}.",
                code="store_format",
                hint="Build it again.",
            )
        if (folder / _ARRAYS).stat().st_size != manifest["bytes"]:
            raise StoreDamaged(f"The file {_ARRAYS} of the snapshot is not as long as it was written.")
        mapped = np.memmap(folder / _ARRAYS, np.uint8, mode="r").view(np.ndarray)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreDamaged(f"The snapshot cannot be read: {error}.") from error
    return manifest, {name: _mapped(mapped, *place) for name, place in manifest["arrays"].items()}


def _mapped(whole: NDArray[np.uint8], begin: int, kind: str, shape: list[int]) -> NDArray[Any]:
    dtype = np.dtype(kind)
    size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
    return whole[begin : begin + size].view(dtype).reshape(shape)
