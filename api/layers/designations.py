"""Layers of constraints: each dataset of one version of the store, and all of them together.

They are made from the store once for each of its versions, kept in the home folder, and swapped in together, so that
all tiles are of the old version or all are of the new one. The version before stays open for those who still ask.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock
from time import monotonic
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api.layers.layer import CONSTRAINTS, Layer, version_of
from api.maps.located import located_datasets
from bopsgis.errors import StoreError, StoreMissing
from bopsgis.files import exclusive, replace_text
from constraints.catalogue import Dataset, datasets
from constraints.store import Store
from tiles.draw import prepare
from tiles.levels import Policy
from tiles.mvt import columns_of
from tiles.snapshot import LayerSource, build, open_snapshot

__all__ = ["Edition", "Editions", "source_of"]

_log = logging.getLogger("bopsgis.tiles")

_COMPLETE: Final = "COMPLETE"
_RECORD: Final = ("reference", "name", "entity")
_DAYS: Final = ("start_date", "end_date")
_LOOK_S: Final = 0.5
"""How often the store is looked at for a newer version, where tiles are asked for all the time."""
_PAUSE_S: Final = 0.5
_TRIES: Final = 240
"""How often, and after which pause, another process that is making the same layers is looked after."""


@dataclass(frozen=True, slots=True)
class Edition:
    """The layers of one version of the store, by name."""

    store_version: str
    layers: Mapping[str, Layer]


class Editions:
    """The editions of a store's layers: the newest, and the one before. Threads may share it."""

    def __init__(self, store: Callable[[], Store], folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._lock = Lock()
        self._builder = ThreadPoolExecutor(1, thread_name_prefix="tile layers")
        self._building: dict[str, Future[Edition]] = {}
        self._open: tuple[Edition, ...] = ()
        self._look_at = 0.0

    def start(self) -> None:
        """Begin with what takes time, in the background: load the encoder, make the layers."""
        self._builder.submit(prepare)
        try:
            self.begin()
        except StoreError:
            _log.info("there is no constraint store to make tiles of yet")

    def begin(self) -> Edition | Future[Edition]:
        """The newest edition; where none is ready, the one under way. Raises `StoreMissing`, `StoreDamaged`.

        While a new edition is being made the old one is the newest.
        """
        store = self._store()
        with self._lock:
            if self._open and self._open[0].store_version == store.version:
                return self._open[0]
            making = self._building.get(store.version)
            if making is None:
                making = self._building[store.version] = self._builder.submit(self._make, store)
            return self._open[0] if self._open else making

    def recent(self) -> Edition | None:
        """The newest edition without a look at the store each time; None where none is ready, or it cannot be read.

        A version that has just come is begun with a moment later for it. What is given is what `begin` gives too.
        """
        now = monotonic()
        if now >= self._look_at:
            self._look_at = now + _LOOK_S
            try:
                self.begin()
            except StoreError:
                self._look_at = 0.0
                return None
        opened = self._open
        return opened[0] if opened else None

    def newest(self) -> Edition:
        """The newest edition; waits for the first one. Raises `StoreError` where it cannot be made."""
        found = self.begin()
        return found.result() if isinstance(found, Future) else found

    def opened(self) -> tuple[Edition, ...]:
        """Editions that are ready, the newest first."""
        return self._open

    def close(self) -> None:
        """Make no more."""
        self._builder.shutdown(wait=False, cancel_futures=True)

    def _make(self, store: Store) -> Edition:
        try:
            edition = self._kept(store)
        except OSError as error:
            self._end(store)
            raise StoreError(f"The layers of tiles cannot be written: {error}.") from error
        except StoreError:
            self._end(store)
            raise
        self._end(store, edition)
        return edition

    def _end(self, store: Store, *made: Edition) -> None:
        with self._lock:
            self._open = (*made, *self._open)[:2]
            self._building.pop(store.version, None)

    def _kept(self, store: Store) -> Edition:
        """The edition from the folder, made there first where it is not whole yet."""
        folder = self._folder / store.version
        for _ in range(_TRIES):
            if (folder / _COMPLETE).is_file():
                return Edition(store.version, _opened(store, folder))
            try:
                with exclusive(self._folder):
                    if not (folder / _COMPLETE).is_file():
                        self._write(store, folder)
            except StoreError as error:
                if error.code != "store_busy":
                    raise
                Event().wait(_PAUSE_S)
        raise StoreError("Another process has been making the layers of tiles for too long.", code="store_busy")

    def _write(self, store: Store, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        for slug in located_datasets(store):
            build(folder / slug, source_of(store, datasets()[slug]))
        folder.mkdir(parents=True, exist_ok=True)
        replace_text(folder / _COMPLETE, "\n")
        for other in self._folder.iterdir():
            if other.is_dir() and other != folder:
                shutil.rmtree(other, ignore_errors=True)


def source_of(store: Store, dataset: Dataset) -> LayerSource:
    """A dataset's features. Their ids are their numbers in this version of the store, as everywhere else."""
    numbers = np.flatnonzero(store.feature_dataset == store.datasets.index(dataset.slug))
    columns = columns_of(_attributes(store, dataset, numbers))
    geometry = store.feature_geometry(numbers)
    return LayerSource(dataset.slug, geometry, numbers.astype(np.uint64), columns, Policy())


def _attributes(store: Store, dataset: Dataset, numbers: NDArray[np.int64]) -> dict[str, list[Any]]:
    """Values of each attribute, None where nothing is recorded."""
    arrays = store.arrays
    lines = (arrays.records[arrays.record_end[n] : arrays.record_end[n + 1]].tobytes() for n in numbers)
    records = json.loads(b"[" + b",".join(lines) + b"]")
    own = [name for name in dataset.attributes if name not in _RECORD]
    return (
        {name: [record[name] or None for record in records] for name in _RECORD}
        | {name: [record["attributes"].get(name) or None for record in records] for name in own}
        | {name.replace("_", "-"): [record[name] for record in records] for name in _DAYS}
        | {"point-like": arrays.feature_point_like[numbers].tolist()}
    )


def _opened(store: Store, folder: Path) -> dict[str, Layer]:
    layers = {slug: _layer(store, datasets()[slug], folder / slug) for slug in located_datasets(store)}
    if not layers:
        raise StoreMissing("No dataset is loaded.")
    together = Layer(
        name=CONSTRAINTS,
        title="Constraints",
        description="All datasets that are loaded, each a layer of the tile. What is not loaded is not known.",
        snapshots=tuple(snapshot for layer in layers.values() for snapshot in layer.snapshots),
        version=version_of({name: layer.version for name, layer in layers.items()}),
        credits=tuple(dict.fromkeys(credit for layer in layers.values() for credit in layer.credits)),
        licences=tuple(dict.fromkeys(licence for layer in layers.values() for licence in layer.licences)),
        collection=False,
    )
    return {CONSTRAINTS: together, **layers}


def _layer(store: Store, dataset: Dataset, folder: Path) -> Layer:
    snapshot = open_snapshot(folder)
    infos = [entry.info for entry in store.sources if entry.info.dataset == dataset.slug]
    return Layer(
        name=dataset.slug,
        title=dataset.plural[:1].upper() + dataset.plural[1:],
        description=dataset.meaning,
        snapshots=(snapshot,),
        version=snapshot.version,
        credits=tuple(dict.fromkeys(info.attribution for info in infos if info.attribution)),
        licences=tuple(dict.fromkeys(info.licence for info in infos if info.licence)),
    )
