"""The audit chain, on both stores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.core.access import Access
from api.core.audit import record, trail, verify
from api.core.db import Database

AT = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)
ACCESS = Access(council_id=1, actor="A. Officer")


def write(database: Database, count: int, council_id: int = 1) -> None:
    """Add events, each in its own transaction."""
    for number in range(count):
        with database.unit_of_work(Access(council_id=council_id, actor="A. Officer")) as work:
            record(work, "note", AT, case_id=7, detail={"number": number, "text": "ä “x”", "day": AT.date()})


def broken(database: Database, council_id: int = 1) -> list[int]:
    """The sequence numbers at which the chain of a council does not hold."""
    with database.engine.connect() as connection, database._readers(bind=connection) as session:
        return [link.sequence for link in verify(session, council_id)]


def tamper(database: Database, sql: str) -> None:
    """Change rows behind the service's back, as the database's owner could after switching the triggers off."""
    with database.engine.execution_options(write=True).begin() as connection:
        if database.is_postgresql:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            connection.execute(text("DROP TRIGGER audit_event_no_update"))
            connection.execute(text("DROP TRIGGER audit_event_no_delete"))
        connection.execute(text(sql))


def test_a_chain_that_nobody_touched_holds(database: Database) -> None:
    """Events of two councils form two chains, each in order and whole."""
    write(database, 3)
    write(database, 2, council_id=2)
    assert broken(database) == []
    assert broken(database, 2) == []
    with database.reading(ACCESS) as work:
        events = trail(work, 7)
    assert [event.sequence for event in events] == [1, 2, 3]
    assert events[0].detail == {"number": 0, "text": "ä “x”", "day": "2026-06-01"}
    assert events[0].at == AT


@pytest.mark.parametrize(
    ("sql", "where"),
    [
        ("UPDATE audit_event SET actor = 'B' WHERE sequence = 2", [2]),
        ("UPDATE audit_event SET detail_json = '{}' WHERE sequence = 1", [1]),
        ("DELETE FROM audit_event WHERE sequence = 2", [2]),
        ("DELETE FROM audit_event WHERE sequence = 3", [3]),
    ],
)
def test_an_edited_or_missing_row_is_found(database: Database, sql: str, where: list[int]) -> None:
    """D05: A change of content, a gap in the middle and a cut at the end each show at their place."""
    write(database, 3)
    tamper(database, sql)
    assert broken(database)[:1] == where


@pytest.mark.parametrize("sql", ["UPDATE audit_event SET actor = 'B'", "DELETE FROM audit_event"])
def test_even_the_owner_is_refused_a_change(database: Database, sql: str) -> None:
    """D05: the database itself refuses to change or remove an event."""
    write(database, 1)
    with (
        database.engine.execution_options(write=True).connect() as connection,
        pytest.raises(DBAPIError, match="append-only"),
    ):
        connection.execute(text(sql))


def record_and_fail(database: Database) -> None:
    """Record an event in a unit of work that then fails."""
    with database.unit_of_work(ACCESS) as work:
        record(work, "note", AT, case_id=7, detail={})
        raise ZeroDivisionError


def test_the_event_goes_when_the_act_fails(database: Database) -> None:
    """D06: what raises after the event was recorded leaves neither event nor a gap in the numbers."""
    write(database, 1)
    with pytest.raises(ZeroDivisionError):
        record_and_fail(database)
    write(database, 1)
    assert broken(database) == []
    with database.reading(ACCESS) as work:
        assert [event.sequence for event in trail(work, 7)] == [1, 2]


def test_parallel_events_queue_into_one_chain(database: Database) -> None:
    """Eight writers at once give one chain without a gap."""
    write(database, 1)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: write(database, 3), range(8)))
    assert broken(database) == []
    with database.reading(ACCESS) as work:
        assert [event.sequence for event in trail(work, 7)] == list(range(1, 26))
