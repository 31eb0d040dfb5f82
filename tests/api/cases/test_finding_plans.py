"""How the stores go about finding cases: by index, on PostgreSQL behind row-level security too."""

from __future__ import annotations

from benchmarks.caseload import fill
from benchmarks.cases import QUESTIONS, plans_of
from sqlalchemy import delete, event

from api.accounts.tables import CouncilRow
from api.core.db import Database
from api.schema import upgrade

BY_INDEX = {
    "dashboard: mine, by deadline": "ix_planning_case_officer",
    "dashboard: all, by deadline": "ix_planning_case_deadline",
    "dashboard: all, newest first": "ix_planning_case_received",
    "words: a reference": "ix_case_word_word",
    "map: box of 500 m": "sx_planning_case_site",
    "map: within 200 m, nearest first": "sx_planning_case_site",
    "site history by geometry": "sx_planning_case_site",
}


def test_cases_are_found_by_index(database: Database) -> None:
    """No list, search or map reads all cases; PostgreSQL would, if its policy hid the spatial index from a query."""
    with database.engine.execution_options(write=True).begin() as connection:
        connection.execute(delete(CouncilRow))
    fill(database, 3_000)
    upgrade(database)
    if database.is_postgresql:  # a few thousand rows are read quickest as a whole: take that way from the planner
        event.listen(database.engine, "connect", _prefer_indexes)
        database.engine.dispose()
    for name, index in BY_INDEX.items():
        plans = plans_of(database, QUESTIONS[name])
        assert any(index in plan for plan in plans), (name, plans)
        lines = [line.strip() for plan in plans for line in plan.splitlines()]
        assert not any("Seq Scan on planning_case" in line or line == "SCAN planning_case" for line in lines), lines
    for plan in plans_of(database, QUESTIONS["dashboard: status, ward, year, constraint"]):
        # The few cases that the rest leaves are looked up, not all those of the constraint listed.
        assert "case_affected" in plan
        assert "LIST SUBQUERY" not in plan
        assert "Seq Scan" not in plan


def _prefer_indexes(connection: object, _record: object) -> None:
    connection.execute("SET enable_seqscan = off")  # type: ignore[attr-defined]  # a psycopg connection
    connection.commit()  # type: ignore[attr-defined]  # likewise
