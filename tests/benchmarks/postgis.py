"""PostGIS as its users tune it for such work, and without parallel workers, whose CPU time we could not see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
from support.postgis import cluster

__all__ = ["backend_clock", "connected"]

_SETTINGS = ("shared_buffers=512MB", "work_mem=128MB", "max_wal_size=4GB", "max_parallel_workers_per_gather=0")


@contextmanager
def connected(programs: Path) -> Iterator[psycopg.Connection[Any]]:
    """Start a cluster of our own and hand over a connection to it."""
    with cluster(programs, *_SETTINGS) as address, psycopg.connect(address, autocommit=True) as connection:
        yield connection


def backend_clock(connection: psycopg.Connection[Any]) -> Callable[[], float]:
    """A clock of the CPU seconds that the connection's backend has run.

    To the nanosecond where Linux keeps them; elsewhere in the system's ticks of ten milliseconds, too coarse for a
    query of a fifth of a second.
    """
    backend = psutil.Process(connection.info.backend_pid)
    exact = Path(f"/proc/{backend.pid}/schedstat")
    if exact.exists():
        return lambda: int(exact.read_text().split()[0]) / 1e9
    return lambda: float(sum(backend.cpu_times()[:2]))
