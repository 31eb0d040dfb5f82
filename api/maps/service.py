"""One function per act: check a site, say what is loaded. Holds the open store and follows it as it is rebuilt."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bopsgis.boundary import Boundary
from constraints.catalogue import Dataset, datasets
from constraints.engine.kernel import prepare
from constraints.model import ConstraintReport
from constraints.screen import screen
from constraints.screen.areas import areas_at
from constraints.screen.kept import kept_surfaces
from constraints.screen.state import state_of
from constraints.source import Account, Coverage, SourceInfo
from constraints.store import Store, open_store

__all__ = ["DatasetState", "SiteChecks", "SourceState"]


@dataclass(frozen=True, slots=True)
class SourceState:
    """One loaded delivery, with its age on a given day."""

    info: SourceInfo
    account: Account
    age_days: int
    stale: bool
    council_names: tuple[str, ...]
    """Councils for which it is declared complete, by name where their boundaries are loaded, else by code."""

    @property
    def coverage(self) -> Coverage:
        """For which councils it is complete."""
        return self.info.coverage


@dataclass(frozen=True, slots=True)
class DatasetState:
    """One dataset of the catalogue with its loaded deliveries; none means that it answers "not known"."""

    dataset: Dataset
    sources: tuple[SourceState, ...]

    @property
    def loaded(self) -> bool:
        """True where there is at least one delivery."""
        return bool(self.sources)


class SiteChecks:
    """Checks sites against the store in one folder; safe to call from many threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._prepares = False

    def prepare(self) -> None:
        """Make checking quick in the background, now and whenever a newer store is opened. For a service."""
        self._prepares = True
        if self._current():
            threading.Thread(target=self.store, name="store", daemon=True).start()

    def store(self) -> Store:
        """The store, opened again where a newer version has taken its place.

        Raises StoreMissing or StoreDamaged.
        """
        with self._lock:
            if self._store is None or self._store.version != self._current():
                self._store = open_store(self.root)
                if self._prepares:
                    threading.Thread(target=prepare, args=(self._store.arrays,), name="kernel", daemon=True).start()
            return self._store

    def _current(self) -> str:
        """The version that the folder names now; nothing where there is none, which `open_store` then says."""
        try:
            return (self.root / "CURRENT").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""

    def check(self, site: Boundary, as_at: date, councils: Sequence[str] | None = None) -> ConstraintReport:
        """What lies on the site on that date. `councils` None means: found from the boundaries loaded."""
        return screen(site, store=self.store(), as_at=as_at, councils=councils, rasters=kept_surfaces(self.root))

    def areas(self, site: Boundary, as_at: date) -> dict[str, str]:
        """Ward and parish of a site on that date, by name, as far as their boundaries are loaded."""
        return areas_at(self.store(), site, ("ward", "parish"), as_at=as_at)

    def datasets(self, on: date) -> tuple[DatasetState, ...]:
        """Every dataset of the catalogue, in its order, with what is loaded of it and how old that is."""
        by_dataset: dict[str, list[SourceState]] = {}
        store = self.store()
        names = state_of(store).council_names(store)
        for entry in store.sources:
            dataset = datasets().get(entry.info.dataset)
            age = (on - entry.info.retrieved).days
            limit = None if dataset is None else dataset.stale_after_days
            councils = tuple(names.get(code, code) for code in entry.info.coverage.councils)
            state = SourceState(entry.info, entry.account, age, limit is not None and age > limit, councils)
            by_dataset.setdefault(entry.info.dataset, []).append(state)
        return tuple(DatasetState(dataset, tuple(by_dataset.get(slug, ()))) for slug, dataset in datasets().items())
