"""Checking a store byte by byte."""

from __future__ import annotations

from pathlib import Path

from bopsgis.errors import StoreDamaged
from constraints.store.manifest import current_version, problems_in, version_folder
from constraints.store.staging import staged_sources

__all__ = ["verify"]


def verify(root: Path) -> list[str]:
    """Check the current version and the staged sources against their checksums.

    Returns one sentence for each problem; an empty list means that all is well. Raises `StoreMissing`.
    """
    found = problems_in(version_folder(root, current_version(root)))
    try:
        for _ in staged_sources(root):
            pass
    except StoreDamaged as error:
        found.append(error.message)
    return found
