"""The packed constraint store: one folder, opened at once, replaced in one step.

`write_source` stages a delivery, `build` packs all staged deliveries into a new version and swaps it in,
`open_store` maps the current version into memory, `verify` checks every byte of it.
"""

from __future__ import annotations

from constraints.store.build import build
from constraints.store.encode import info_from_json
from constraints.store.reader import Feature, SourceEntry, Store, open_store
from constraints.store.staging import remove_source, write_source
from constraints.store.verify import verify

__all__ = [
    "Feature",
    "SourceEntry",
    "Store",
    "build",
    "info_from_json",
    "open_store",
    "remove_source",
    "verify",
    "write_source",
]
