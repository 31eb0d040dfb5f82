"""One PostGIS database for test after test: emptied in between, and made anew where that would not be enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import psycopg
from support.stores import postgis_copy

__all__ = ["ReusedCopy"]

MOST_ROWS = 2_000
"""Rows that tests may leave behind: beyond, what PostgreSQL counted of them and the room they took would be felt."""

_BUSY = """
select 1 from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
    and xact_start is not null
"""
"""Whoever has a transaction open still."""

_SCHEMA = """
with named as (select oid from pg_class where relnamespace = 'public'::regnamespace)
select array[
    (select (count(*), sum(xmin::text::bigint))::text from pg_class where oid in (select oid from named)),
    (select (count(*), sum(xmin::text::bigint))::text from pg_attribute where attrelid in (select oid from named)),
    (select (count(*), sum(xmin::text::bigint))::text from pg_constraint where conrelid in (select oid from named)),
    (select (count(*), sum(xmin::text::bigint))::text from pg_trigger where tgrelid in (select oid from named)),
    (select (count(*), sum(xmin::text::bigint))::text from pg_policy),
    (select (count(*), sum(xmin::text::bigint))::text from pg_proc),
    (select (count(*), sum(xmin::text::bigint))::text from pg_db_role_setting),
    (select (count(*), sum(xmin::text::bigint))::text from pg_namespace where nspname not like 'pg_%')
]
"""
"""Which transactions wrote the tables, columns, constraints, triggers, policies, functions, settings and schemas."""


class ReusedCopy:
    """A copy of the database `original`, which nobody is connected to; `tables` are those that tests write to."""

    def __init__(self, original: str, tables: Sequence[str]) -> None:
        self._original = original
        self._tables = tables
        self._open = ExitStack()
        self._address = ""
        self._schema: object = None
        self._script = ""
        self._rows = 0

    @contextmanager
    def taken(self) -> Iterator[str]:
        """The libpq connection string of a database that is as the original; one at a time."""
        if not self._address:
            self._make()
        yield self._address
        if not self._emptied():
            self.close()

    def close(self) -> None:
        """Drop the copy."""
        self._address = ""
        self._open.close()

    def _make(self) -> None:
        self._address = self._open.enter_context(postgis_copy(self._original))
        self._rows = 0
        with psycopg.connect(self._address, autocommit=True) as connection:
            filled = [name for name in self._tables if _has_rows(connection, name)]
            connection.execute("create schema as_it_was")
            for name in filled:
                connection.execute(f'create table as_it_was."{name}" as table public."{name}"')
            emptying = [f'delete from public."{name}"' for name in self._tables]  # noqa: S608  # our own tables' names
            filling = [f'insert into public."{name}" table as_it_was."{name}"' for name in filled]
            self._script = ";".join([*emptying, *filling, "select " + ", ".join(_counters(connection))])
            self._schema = connection.execute(_SCHEMA).fetchone()

    def _emptied(self) -> bool:
        """Put everything back; False where a test did what this cannot undo."""
        with psycopg.connect(self._address) as connection:
            if connection.execute(_BUSY).fetchone() or connection.execute(_SCHEMA).fetchone() != self._schema:
                return False
            # In this role neither foreign keys nor the triggers that keep the audit stand in the way.
            connection.execute("set local session_replication_role = replica")
            done = connection.execute(self._script)
            for _ in self._tables:
                self._rows += done.rowcount
                done.nextset()
        return self._rows <= MOST_ROWS


def _has_rows(connection: psycopg.Connection, table: str) -> bool:
    return connection.execute(f'select 1 from "{table}" limit 1').fetchone() is not None  # noqa: S608  # our own name


def _counters(connection: psycopg.Connection) -> Iterator[str]:
    """What sets each sequence back to where it is now."""
    named = "select sequencename, start_value, last_value from pg_sequences where schemaname = 'public' order by 1"
    for name, start, last in connection.execute(named).fetchall():
        yield f"setval('public.\"{name}\"', {last or start}, {'true' if last else 'false'})"
