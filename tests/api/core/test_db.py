"""Transactions, tenancy and migrations, on both stores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, StatementError

from api.accounts.tables import CouncilRow, OfficerRow
from api.core.access import Access, visible_to
from api.core.db import Base, Database
from api.schema import TENANT_TABLES, upgrade

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
A, B = Access(council_id=1, actor="a"), Access(council_id=2, actor="b")


def add_officer(database: Database, access: Access, email: str) -> None:
    """One officer of the acting council."""
    with database.unit_of_work(access) as work:
        officer = OfficerRow(council_id=access.council_id, email=email, name=email, created_at=AT)
        work.session.add(officer)


def test_migrating_again_changes_nothing_and_the_models_match(database: Database) -> None:
    """D13: A second run is harmless, and the migrated schema is the one that the models describe."""
    upgrade(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": lambda *a: a[1] != "spatial_ref_sys"})
        assert compare_metadata(context, Base.metadata) == []


def test_each_council_sees_its_own_rows(database: Database) -> None:
    """The filter that every query starts from shows one council only."""
    add_officer(database, A, "x@a.example")
    add_officer(database, B, "x@b.example")
    with database.reading(A) as work:
        found = work.session.scalars(select(OfficerRow.email).where(visible_to(A, OfficerRow))).all()
    assert found == ["x@a.example"]


@pytest.mark.postgis
def test_a_query_that_forgets_the_council_sees_nothing_else(database: Database) -> None:
    """On PostgreSQL a bare query shows one council's rows, and none without a council; rows cannot change hands.

    Fault A03 of the list.
    """
    if not database.is_postgresql:
        pytest.skip("SQLite has no row-level security: the filter of every query is tested instead")
    add_officer(database, A, "x@a.example")
    add_officer(database, B, "x@b.example")
    with database.reading(A) as work:
        assert work.session.execute(text("SELECT email FROM officer")).scalars().all() == ["x@a.example"]
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE bopsgis_app"))
        assert connection.execute(text("SELECT count(*) FROM officer")).scalar() == 0
    with pytest.raises(DBAPIError, match="row-level security"), database.unit_of_work(A) as work:
        work.session.execute(text("UPDATE officer SET council_id = 2"))


@pytest.mark.postgis
def test_every_table_of_a_council_is_behind_row_level_security(database: Database) -> None:
    """A03: no tenant table lacks a forced policy, and the service's role cannot bypass it."""
    if not database.is_postgresql:
        pytest.skip("SQLite has no row-level security")
    with database.engine.connect() as connection:
        forced = connection.execute(
            text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        ).scalars()
        assert set(forced) == set(TENANT_TABLES)
        role = connection.execute(
            text("SELECT rolbypassrls, rolsuper FROM pg_roles WHERE rolname = 'bopsgis_app'")
        ).one()
    assert tuple(role) == (False, False)


def test_nothing_is_half_written(database: Database) -> None:
    """A unit of work that raises leaves no row behind."""

    def fail() -> None:
        with database.unit_of_work(A) as work:
            work.session.add(CouncilRow(code="c", name="C"))
            work.session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.reading(A) as work:
        assert work.session.scalar(select(CouncilRow.id).where(CouncilRow.code == "c")) is None


def test_reading_and_then_writing_in_parallel_never_fails_on_a_lock(database: Database) -> None:
    """Eight threads that read and then write 10 times each all get through."""

    def go(number: int) -> None:
        for turn in range(10):
            with database.unit_of_work(A) as work:
                work.session.scalars(select(OfficerRow)).all()
                email = f"{number}.{turn}@a.example"
                work.session.add(OfficerRow(council_id=1, email=email, name="n", created_at=AT))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(go, range(8)))
    with database.reading(A) as work:
        assert len(work.session.scalars(select(OfficerRow)).all()) == 80


def test_instants_keep_their_moment_and_need_a_zone(database: Database) -> None:
    """An instant of any zone comes back in UTC; one without a zone is refused."""
    summer = datetime(2026, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    with database.unit_of_work(A) as work:
        work.session.add(OfficerRow(council_id=1, email="z@a.example", name="n", created_at=summer))
    with database.reading(A) as work:
        (kept,) = work.session.scalars(select(OfficerRow.created_at))
    assert (kept, kept.tzinfo) == (summer, UTC)
    naive = datetime(2026, 7, 1)  # noqa: DTZ001  # what is tested
    with database.reading(A) as work, pytest.raises(StatementError, match="time zone"):
        work.session.scalar(select(OfficerRow).where(OfficerRow.created_at == naive))
