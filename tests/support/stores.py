"""Both stores for the same test: SQLite through shapelite, and a fresh PostGIS database of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

__all__ = ["postgis_copy", "postgis_database", "sqlalchemy_url"]


@contextmanager
def postgis_database(address: str) -> Iterator[str]:
    """A new database in the cluster at `address` (a libpq connection string), dropped at the end."""
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    own = psycopg.conninfo.make_conninfo(address, dbname=name)
    with psycopg.connect(own, autocommit=True) as fresh:
        fresh.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    try:
        yield own
    finally:
        with psycopg.connect(address, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def postgis_copy(original: str) -> Iterator[str]:
    """A copy of a database that nobody is connected to, dropped at the end: quicker than migrating a new one."""
    name, source = f"t{uuid.uuid4().hex[:12]}", psycopg.conninfo.conninfo_to_dict(original)["dbname"]
    admin_address = psycopg.conninfo.make_conninfo(original, dbname="postgres")
    with psycopg.connect(admin_address, autocommit=True) as admin:
        # Copying files is far quicker than writing every page to the log, and what versions before 15 always do.
        by_files = " STRATEGY FILE_COPY" if admin.info.server_version >= 150_000 else ""
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"{by_files}')
    try:
        yield psycopg.conninfo.make_conninfo(original, dbname=name)
    finally:
        with psycopg.connect(admin_address, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def sqlalchemy_url(address: str | Path) -> str:
    """The URL of a SQLite file, or of the database of a libpq connection string over a Unix socket."""
    if isinstance(address, Path):
        return f"shapelite:///{address}"
    parts = psycopg.conninfo.conninfo_to_dict(address)
    return f"postgresql+psycopg://{parts['user']}@/{parts['dbname']}?host={parts['host']}"
