"""PostGIS as its users tune it for such work, and without parallel workers, whose CPU time we could not see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from support.postgis import cluster

__all__ = ["connected"]

_SETTINGS = ("shared_buffers=512MB", "work_mem=128MB", "max_wal_size=4GB", "max_parallel_workers_per_gather=0")


@contextmanager
def connected(programs: Path) -> Iterator[psycopg.Connection[Any]]:
    """Start a cluster of our own and hand over a connection to it."""
    with cluster(programs, *_SETTINGS) as address, psycopg.connect(address, autocommit=True) as connection:
        yield connection
