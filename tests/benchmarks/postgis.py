"""A PostGIS of our own for the time of a benchmark: socket only, in a temporary folder, no durability."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

__all__ = ["find_binaries", "private_postgis"]

_OPTIONS = (
    "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c synchronous_commit=off "
    "-c shared_buffers=512MB -c work_mem=128MB -c max_wal_size=4GB "
    "-c max_parallel_workers_per_gather=0 -c jit=off"
)


def find_binaries() -> Path | None:
    """Folder of the newest PostgreSQL that has PostGIS, or None."""
    for initdb in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True):
        version = initdb.parent.parent.name
        if Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists():
            return initdb.parent
    return None


@contextmanager
def private_postgis(binaries: Path) -> Iterator[psycopg.Connection[Any]]:
    """Start a cluster, hand over a connection to a database with PostGIS, and remove all of it afterwards."""
    base = Path(tempfile.mkdtemp(prefix="bopsgis-pg-"))
    who: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root.
        account = pwd.getpwnam("postgres")
        os.chown(base, account.pw_uid, account.pw_gid)
        who = {"user": "postgres", "group": "postgres", "extra_groups": []}

    def run(*command: str | Path) -> None:
        subprocess.run(
            [str(word) for word in command],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=base,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            **who,
        )

    run(binaries / "initdb", "-D", base / "d", "-U", "bops", "-A", "trust", "-E", "UTF8", "--no-sync")
    try:
        run(binaries / "pg_ctl", "-D", base / "d", "-w", "-l", base / "log", "-o", f"-k {base} {_OPTIONS}", "start")
        with psycopg.connect(f"host={base} user=bops dbname=postgres", autocommit=True) as connection:
            connection.execute("CREATE EXTENSION postgis")
            yield connection
    finally:
        run(binaries / "pg_ctl", "-D", base / "d", "-m", "immediate", "stop")
        shutil.rmtree(base, ignore_errors=True)
