"""The database's schema: bring a database up to date, and the rules that PostgreSQL itself enforces."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

import api.accounts.tables
import api.cases.tables
import api.consultations.tables
import api.core.audit
import api.core.outbox
import api.councils.tables
import api.decisions.tables
import api.desk.tables
import api.documents.tables
import api.register.tables
import api.requests.tables
import api.submissions.tables  # noqa: F401  # every module with tables is named here, so that the metadata is whole
from api.core.db import APP_ROLE, Base, Database
from api.core.postgis import BOXES_MEET, DECLARE_LEAKPROOF

__all__ = ["TENANT_TABLES", "downgrade", "harden", "make_migration", "upgrade"]

_log = logging.getLogger("bopsgis.schema")

APPEND_ONLY = ("audit_event",)

TENANT_TABLES = tuple(sorted(table.name for table in Base.metadata.tables.values() if "council_id" in table.columns))
"""Tables whose rows belong to one council."""


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Run all migrations that the database has not seen, in one transaction; safe to repeat."""
    with database.engine.connect().execution_options(write=True) as connection:
        _without_foreign_keys(database, connection)
        with connection.begin():
            if database.is_postgresql:
                connection.execute(text("SET LOCAL lock_timeout = '4s'"))
                connection.execute(text("SET LOCAL statement_timeout = '60s'"))
            command.upgrade(_config(connection), revision)
            for statement in harden() if database.is_postgresql else _append_only_sqlite():
                connection.execute(text(statement))
            if database.is_postgresql:
                _open_spatial_indexes(connection)
            else:
                _count_for_the_planner(connection)
        connection.invalidate()


def _count_for_the_planner(connection: Connection) -> None:
    """PostgreSQL counts by itself; without counts SQLite takes one council for one row in ten thousand."""
    connection.execute(text("PRAGMA analysis_limit=1000"))
    connection.execute(text("ANALYZE"))


def _open_spatial_indexes(connection: Connection) -> None:
    """Let spatial indexes be used behind row-level security; only a superuser can, so say it where we are none."""
    declared = text("SELECT proleakproof FROM pg_proc WHERE oid = CAST(:function AS regprocedure)")
    if connection.scalar(declared, {"function": BOXES_MEET}):
        return
    if connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
        connection.execute(text(DECLARE_LEAKPROOF))
        return
    _log.warning("Searches by place are slow until a superuser runs in this database: %s", DECLARE_LEAKPROOF)


def downgrade(database: Database, revision: str) -> None:
    """Take migrations back, down to `revision` (`base`: all of them), in one transaction."""
    with database.engine.connect().execution_options(write=True) as connection:
        _without_foreign_keys(database, connection)
        with connection.begin():
            command.downgrade(_config(connection), revision)
        connection.invalidate()


def make_migration(database: Database, message: str) -> None:
    """Write the migration from the database's schema to the models, for a developer to read and keep."""
    with database.engine.connect() as connection:
        command.revision(_config(connection), message, autogenerate=True)


def _without_foreign_keys(database: Database, connection: Connection) -> None:
    """SQLite changes a table by making it anew; with foreign keys on, dropping the old one empties its children.

    The setting has no effect inside a transaction, so it is made on the connection below, before one begins;
    the connection is thrown away afterwards.
    """
    if not database.is_postgresql:
        raw = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]  # an open connection has one


def harden() -> Iterator[str]:
    """What only PostgreSQL can enforce; every statement may be repeated.

    The service works in a role that owns nothing: it can add audit events and never change them, and
    row-level security, forced on the owner too, shows it one council's rows.
    """
    yield (f"DO $$ BEGIN CREATE ROLE {APP_ROLE} NOLOGIN NOBYPASSRLS; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    yield f"GRANT {APP_ROLE} TO CURRENT_USER"
    yield f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP_ROLE}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}"
    yield from _append_only()
    for table in TENANT_TABLES:
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        yield f"DROP POLICY IF EXISTS of_one_council ON {table}"
        council = "council_id = NULLIF(current_setting('app.council_id', true), '')::int"
        yield f"CREATE POLICY of_one_council ON {table} USING ({council}) WITH CHECK ({council})"


def _append_only_sqlite() -> Iterator[str]:
    for table in APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _append_only() -> Iterator[str]:
    yield (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '42501'; END $$"
    )
    for table in APPEND_ONLY:
        yield f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP_ROLE}"
        yield f"DROP TRIGGER IF EXISTS no_change ON {table}"
        yield (
            f"CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        yield f"DROP TRIGGER IF EXISTS no_truncate ON {table}"
        yield (
            f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
