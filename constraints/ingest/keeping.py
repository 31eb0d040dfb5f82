"""What is in a store, and taking a source out of it: for the command line."""

from __future__ import annotations

from pathlib import Path

from bopsgis.errors import StoreMissing
from constraints import store
from constraints.progress import Progress
from constraints.store import SourceEntry

__all__ = ["listing", "remove", "verify"]


def listing(root: Path) -> tuple[SourceEntry, ...]:
    """The sources of the store's current version, by dataset and name; none where there is no store yet."""
    try:
        sources = store.open_store(root).sources
    except StoreMissing:
        return ()
    return tuple(sorted(sources, key=lambda entry: (entry.info.dataset, entry.info.name)))


def verify(root: Path) -> list[str]:
    """Sentences about what is damaged in the store; none where every checksum is right."""
    return store.verify(root)


def remove(root: Path, dataset: str, name: str, *, progress: Progress | None = None, build: bool = True) -> None:
    """Takes a source out of the store and builds a version without it. Raises `NotFound`."""
    store.remove_source(root, dataset, name)
    if build:
        store.build(root, progress)
