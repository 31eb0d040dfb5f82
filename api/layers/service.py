"""Which layers there are, and their tiles: from a cache or made, each once."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from api.core.db import Database
from api.layers.cache import Memory, behind_of
from api.layers.cases import CaseLayer
from api.layers.designations import Editions
from api.layers.filters import filtered
from api.layers.flight import Flights
from api.layers.layer import BASE_MAP, CASES, CONSTRAINTS, OFFICERS, Layer, version_of
from api.layers.packed import Packed
from api.layers.settings import TileSettings
from bopsgis.errors import NotFound, StoreMissing
from constraints.catalogue import datasets
from constraints.store import Store
from tiles.grid import Tile, TileMatrixSet
from tiles.snapshot import Snapshot

__all__ = ["NAMES", "TileService", "no_layer"]

NAMES = frozenset({CONSTRAINTS, CASES, OFFICERS, BASE_MAP, *datasets()})
"""What a layer may be called. Not all of them are there: a dataset may not be loaded."""


_LOOKERS = 4


def no_layer() -> NotFound:
    """The refusal of a layer that is not here."""
    return NotFound("There is no layer of this name.", code="layer_unknown", hint="/tiles")


class TileService:
    """The layers of one server and their tiles. Threads and event loops may share it."""

    def __init__(
        self,
        store: Callable[[], Store],
        database: Database,
        base_map: Callable[[], Sequence[Snapshot]],
        settings: TileSettings,
        home: Path,
    ) -> None:
        self.settings = settings
        self.memory: Memory[Packed] = Memory(settings.memory_bytes)
        self.made = 0
        """Tiles that were drawn, and not found in a cache."""
        self._home = home
        self._store = store
        self._filtered: OrderedDict[tuple[str, str, str, str], Layer] = OrderedDict()
        self._database = database
        self._base_map = base_map
        self._lock = Lock()
        self._begin()

    def _begin(self) -> None:
        """Everything that ends with a server."""
        settings = self.settings
        self.editions = Editions(self._store, self._home / "tiles" / "layers")
        self.workers = ThreadPoolExecutor(settings.threads, thread_name_prefix="tiles")
        self._behind = behind_of(settings, self._home)
        self._flights: Flights[Packed] = Flights(self.workers)
        self.lookers = ThreadPoolExecutor(_LOOKERS, thread_name_prefix="tile layers looked up")
        """For what has to be looked up before a tile is made: who asks, and what has changed."""
        self._filtering: Flights[Layer] = Flights(self.lookers)
        self._cases: dict[tuple[int, bool], CaseLayer] = {}
        self._closed = False

    def start(self) -> None:
        """Begin in the background with what takes time; also once more, after the service was closed."""
        if self._closed:
            self._begin()
        self.editions.start()

    def close(self) -> None:
        """Let go of everything, once what is under way has let go of the database."""
        self.editions.close()
        for each in self._cases.values():
            each.close()
        for pool in (self.workers, self.lookers):
            pool.shutdown(cancel_futures=True)
        if self._behind is not None:
            self._behind.close()
        self._closed = True

    def fixed(self, name: str, version: str | None = None) -> Layer | None:
        """A layer of the store, if one can be had without waiting; of this version, if one is named.

        Raises NotFound where the layer, or the version, is not there (any more).
        """
        found = self.editions.recent() or self.editions.begin()
        if isinstance(found, Future):
            return None
        editions = (found,) if version is None else self.editions.opened()
        for edition in editions:
            layer = edition.layers.get(name)
            if layer is not None and version in (None, layer.version):
                return layer
        raise no_layer()

    def layer(self, name: str, council: Callable[[], int], version: str | None = None) -> Layer:
        """A layer as it is now; waits where it has to be made first.

        `council` gives the id of the council that is served, and is asked for layers of cases only: constraints are
        there without a database. Raises NotFound where the layer is not there, StoreError where it cannot be made.
        """
        if name in (CASES, OFFICERS):
            layer = self._cases_of(council(), public=name == CASES).current()
        elif name == BASE_MAP:
            layer = self._base_layer()
        elif name in NAMES:
            self.editions.newest()
            layer = self.fixed(name, version) or self.editions.newest().layers[name]
        else:
            raise no_layer()
        if version is not None and layer.version != version:
            raise no_layer()
        return layer

    def public(self, council: Callable[[], int]) -> list[Layer]:
        """All layers that anybody may see, and that are there."""
        found = [self._base_layer()]
        with contextlib.suppress(NotFound):
            found.insert(0, self.layer(CASES, council))
        with contextlib.suppress(StoreMissing):
            found += self.editions.newest().layers.values()
        return found

    def kept(self, layer: Layer, matrix_set: TileMatrixSet, tile: Tile) -> Packed | None:
        """The tile, if it is in memory."""
        return self.memory.get(layer.key(matrix_set, tile))

    def tile(self, layer: Layer, matrix_set: TileMatrixSet, tile: Tile) -> Future[Packed]:
        """The tile, soon. However many ask for it, it is made once."""
        key = layer.key(matrix_set, tile)
        return self._flights.begin(key, lambda: self._found_or_made(key, layer, matrix_set, tile))

    def filtered(self, layer: Layer, text: str, language: str) -> Future[Layer]:
        """The layer with what fits a filter, soon; raises as `filters.filtered`. The last few are kept."""
        key = (layer.name, layer.version, language, text)
        return self._filtering.begin(key, lambda: self._found_or_filtered(key, layer))

    def _found_or_filtered(self, key: tuple[str, str, str, str], layer: Layer) -> Layer:
        with self._lock:
            found = self._filtered.get(key)
            if found is not None:
                self._filtered.move_to_end(key)
                return found
        made = filtered(layer, key[3], key[2])
        with self._lock:
            self._filtered[key] = made
            while len(self._filtered) > self.settings.filters:
                self._filtered.popitem(last=False)
        return made

    def _found_or_made(self, key: str, layer: Layer, matrix_set: TileMatrixSet, tile: Tile) -> Packed:
        packed = self.memory.get(key)
        if packed is not None:
            return packed
        behind = self._behind if layer.shared else None
        packed = behind.get(key) if behind is not None else None
        if packed is None:
            packed = Packed.of(layer.draw(matrix_set, tile))
            with self._lock:
                self.made += 1
            if behind is not None:
                behind.put(key, packed)
        self.memory.put(key, packed)
        return packed

    def _cases_of(self, council_id: int, *, public: bool) -> CaseLayer:
        with self._lock:
            return self._cases.setdefault((council_id, public), CaseLayer(self._database, council_id, public=public))

    def _base_layer(self) -> Layer:
        snapshots = tuple(self._base_map())
        return Layer(
            name=BASE_MAP,
            title="Base map",
            description="Buildings, roads, water, green and names to draw the other layers on.",
            snapshots=snapshots,
            version=version_of({snapshot.name: snapshot.version for snapshot in snapshots}),
            collection=False,
        )
