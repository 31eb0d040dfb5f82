"""Reads deliveries of constraint datasets in any common format, and keeps an account of every row.

`add` does all of it: read -> place on the national grid -> repair -> account -> store.
"""

from __future__ import annotations

from constraints.ingest.adding import Delivery, add, prepare, stage
from constraints.ingest.keeping import listing, remove, verify
from constraints.ingest.manifest import add_manifest, read_manifest
from constraints.ingest.reading import read

__all__ = [
    "Delivery",
    "add",
    "add_manifest",
    "listing",
    "prepare",
    "read",
    "read_manifest",
    "remove",
    "stage",
    "verify",
]
