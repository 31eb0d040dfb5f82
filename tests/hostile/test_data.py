"""Data: what fails leaves nothing, what is done at once is done once, and the database never shows a row (D)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError
from support.casework import ADMINISTRATOR, NOON, OFFICER, a_case, app_of, key_for, signed_in
from support.filled import row_counts
from support.serving import insist
from support.submissions import an_application, changed, intake_app

from api.accounts import routes as account_routes
from api.accounts import store as accounts
from api.accounts.officers import deactivate
from api.cases import routes as case_routes
from api.cases import store as cases
from api.cases.tables import CaseRow, NoteRow
from api.core import audit, clock
from api.core.audit import AuditEvent
from api.core.db import Database
from api.core.outbox import MessageRow
from bopsgis.planning.case import Role

URL = "/api/v2/submissions"


def service(database: Database) -> FastAPI:
    """Cases and accounts of council `a`."""
    return app_of(database, case_routes.router, account_routes.router)


def holds(database: Database) -> bool:
    """Whether the chain of council `a` is whole."""
    with database.reading(OFFICER) as work:
        return list(audit.verify(work.session, 1)) == []


@pytest.fixture
def cut_commits(database: Database) -> Iterator[Callable[[], None]]:
    """Arms a trap: from then on every commit of a changing transaction is cut."""
    armed = threading.Event()

    def cut(connection: Any) -> None:
        if armed.is_set() and connection.get_execution_options().get("write"):
            raise ConnectionError("cut in the commit")

    event.listen(database.engine, "commit", cut)
    yield armed.set
    armed.clear()
    event.remove(database.engine, "commit", cut)


def test_d01_a_commit_that_fails_is_answered_5xx_and_leaves_nothing(
    database: Database, tmp_path: Path, cut_commits: Callable[[], None]
) -> None:
    """Sending an application and entering one: no 201 before the commit, and no table has a row more."""
    app = intake_app(database, tmp_path)
    app.include_router(case_routes.router)
    sender = TestClient(app, base_url="http://localhost", headers=key_for(app, "submissions:write"))
    assert sender.post(URL, json=an_application()).status_code == 201
    officer = signed_in(app, Role.ASSESSOR)
    before = row_counts(database)
    cut_commits()
    sent = sender.post(URL, json=an_application(), headers={"Idempotency-Key": "key-0001"})
    entered = officer.post("/api/v2/cases", json=_entered())
    for answer in (sent, entered):
        assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
        assert "cut in the commit" not in answer.text
    assert row_counts(database) == before
    assert holds(database)


def _entered() -> dict[str, Any]:
    return {
        "application_type": "pp.full.householder",
        "received_on": "2026-06-01",
        "proposal": "An extension",
        "address": "1 Example Street",
    }


def test_d02_the_second_of_two_officers_gets_a_conflict_that_says_what_to_do(database: Database) -> None:
    """Both opened version 2; the first saves, the second is told, and only the first one's words are kept."""
    app = service(database)
    first, second = signed_in(app, Role.ASSESSOR), signed_in(app, Role.ASSESSOR)
    address = f"/api/v2/cases/{a_case(database)}"
    version = second.get(address).json()["version"]
    until = {"version": version, "until": "2027-01-29", "reason": "Mine."}
    assert first.post(f"{address}/extend-time", json=until).status_code == 200
    late = second.post(f"{address}/extend-time", json={**until, "reason": "Late."})
    assert (late.status_code, late.json()["code"]) == (409, "edit_conflict")
    assert "changed by somebody else" in late.json()["detail"]
    assert late.json()["hint"]
    told = [one["detail"].get("reason") for one in first.get(f"{address}/audit").json()]
    assert told.count("Mine.") == 1
    assert "Late." not in told


def test_d03_a_double_click_opens_one_case(database: Database, tmp_path: Path) -> None:
    """Eight at once with one key: one case, one answer; the same key with another body is 422, and keeps nothing."""
    app = intake_app(database, tmp_path)
    headers = key_for(app, "submissions:write") | {"Idempotency-Key": "double-click-1"}

    def click(_turn: int) -> Any:
        return TestClient(app, base_url="http://localhost", headers=headers).post(URL, json=an_application())

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(click, range(8)))
    assert sorted(one.status_code for one in answers) == [200] * 7 + [201]
    assert all(one.json() == answers[0].json() for one in answers)
    other = changed(an_application(), "/data/proposal/description", "Something else")
    refused = TestClient(app, base_url="http://localhost", headers=headers).post(URL, json=other)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    counts = row_counts(database)
    assert (counts["planning_case"], counts["submission"]) == (1, 1)


@pytest.mark.parametrize(
    "sql",
    ["UPDATE audit_event SET act = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event", "DROP TABLE audit_event"],
)
def test_d05_the_service_s_own_role_cannot_touch_the_audit(database: Database, sql: str) -> None:
    """UPDATE, DELETE, TRUNCATE and DROP are refused in the role that the service works in; the chain stays whole."""
    a_case(database)
    if sql.startswith(("TRUNCATE", "DROP")) and not database.is_postgresql:
        pytest.skip("SQLite has no roles and no TRUNCATE; changes of rows are refused by triggers")
    with pytest.raises(DBAPIError), database.unit_of_work(OFFICER) as work:
        work.session.execute(text(sql))
    assert holds(database)


def test_d06_neither_act_nor_audit_is_kept_without_the_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the audit cannot be written the act is refused; where the act fails after it, the event is gone too."""
    app = service(database)
    officer = signed_in(app, Role.ASSESSOR)
    address = f"/api/v2/cases/{a_case(database)}"
    body = {"version": officer.get(address).json()["version"], "text": "Seen."}
    before = row_counts(database)
    with monkeypatch.context() as broken:
        broken.setattr(audit, "_hash_of", lambda _event: None)
        assert officer.post(f"{address}/notes", json=body).status_code in {422, 500}
    with monkeypatch.context() as broken:
        broken.setattr("api.cases.service.NoteRow", lambda **_: 1 / 0)
        assert officer.post(f"{address}/notes", json=body).status_code == 500
    assert row_counts(database) == before
    assert officer.post(f"{address}/notes", json=body).status_code == 200
    assert holds(database)


def test_d07_the_audit_names_an_officer_who_is_gone(database: Database) -> None:
    """After the account is shut and renamed, the trail still says in words who acted."""
    app = service(database)
    officer = signed_in(app, Role.ASSESSOR)
    address = f"/api/v2/cases/{a_case(database)}"
    officer.post(f"{address}/notes", json={"version": officer.get(address).json()["version"], "text": "Seen."})
    with database.unit_of_work(ADMINISTRATOR) as work:
        (row,) = accounts.officers(work)
        email = row.email
        deactivate(work, row, NOON.at)
        row.name, row.email = "Removed", "removed@council.example"
    assert officer.get(address).status_code == 401
    with database.reading(OFFICER) as work:
        actors = work.session.scalars(select(AuditEvent.actor).where(AuditEvent.act == "note")).all()
    assert actors == [f"Sample Officer <{email}>"]
    assert holds(database)


def test_d10_two_who_end_a_case_at_once_are_put_in_order(database: Database) -> None:
    """Withdrawn and returned at the same time, twelve times: one of each pair is done and audited, never a 5xx."""
    app = service(database)
    officer = signed_in(app, Role.ASSESSOR)
    for _ in range(12 if database.is_postgresql else 4):
        address = f"/api/v2/cases/{a_case(database, valid=False)}"
        both = threading.Barrier(2)

        def end(act: str, address: str = address, both: threading.Barrier = both) -> Any:
            browser = TestClient(app, base_url="http://localhost", headers=officer.headers, cookies=officer.cookies)
            both.wait(10)
            return browser.post(f"{address}/{act}", json={"version": 1, "reason": "At once."})

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(end, ("withdraw", "return")))
        assert sorted(one.status_code for one in answers) == [200, 409]
        acts = [one["act"] for one in officer.get(f"{address}/audit").json()]
        assert len(acts) == 2
    assert holds(database)


@pytest.mark.postgis
def test_d10_a_deadlock_is_done_over_and_both_are_audited(database: Database) -> None:
    """Two requests that lock in opposite order: the database breaks one off, it is done again, both are kept."""
    if not database.is_postgresql:
        pytest.skip("SQLite has one writer at a time, so nobody can wait in a ring")
    app = service(database)
    references = [a_case(database), a_case(database)]
    turns, both = [0, 0], threading.Barrier(2)

    def crossed(which: int) -> dict[str, int]:
        turns[which] += 1
        with database.unit_of_work(OFFICER) as work:
            cases.lock(work, references[which])
            if turns[which] == 1:
                both.wait(10)
            row = cases.lock(work, references[1 - which])
            audit.record(work, f"crossed_{which}", NOON.at, case_id=row.id, detail={})
        return {"turn": turns[which]}

    for which in (0, 1):
        app.add_api_route(f"/api/crossed/{which}", lambda which=which: crossed(which), methods=["GET"])
    with ThreadPoolExecutor(2) as pool:
        browser = TestClient(app, base_url="http://localhost")
        answers = list(pool.map(lambda which: browser.get(f"/api/crossed/{which}"), (0, 1)))
    assert [one.status_code for one in answers] == [200, 200]
    assert max(turns) >= 2
    with database.reading(OFFICER) as work:
        kept = work.session.scalars(select(AuditEvent.act).where(AuditEvent.act.startswith("crossed"))).all()
    assert sorted(kept) == ["crossed_0", "crossed_1"]
    assert holds(database)


@pytest.mark.postgis
def test_d10_opening_cases_in_two_ways_at_once_never_locks_in_a_ring(database: Database, tmp_path: Path) -> None:
    """Applications from programs and from officers' desks at once: all are kept, numbered in a row."""
    app = intake_app(database, tmp_path)
    app.include_router(case_routes.router)
    headers, officer = key_for(app, "submissions:write"), signed_in(app, Role.ASSESSOR)

    def open_one(turn: int) -> int:
        desk = TestClient(app, base_url="http://localhost", headers=officer.headers, cookies=officer.cookies)
        sender = TestClient(app, base_url="http://localhost", headers=headers)
        if turn % 2:
            entered = {**_entered(), "received_on": clock.today().isoformat()}
            return int(insist(lambda: desk.post("/api/v2/cases", json=entered)).status_code)
        return int(insist(lambda: sender.post(URL, json=an_application())).status_code)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(open_one, range(24))) == {201}
    with database.reading(OFFICER) as work:
        by_year: dict[int, list[int]] = {}
        for year, number in work.session.execute(select(CaseRow.year, CaseRow.number)):
            by_year.setdefault(year, []).append(number)
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in by_year.values())
    assert holds(database)


CANARY = "canary.person@private.example"


def _breaks_unique(database: Database) -> None:
    statement = text("INSERT INTO council (id, code, name, settings) VALUES (1, 'a', :canary, '{}')")
    with database.unit_of_work(OFFICER) as work:
        work.session.execute(statement, {"canary": CANARY})


def _breaks_check(database: Database) -> None:
    with database.unit_of_work(OFFICER) as work:
        work.session.execute(text("UPDATE outbox_message SET state = 'lost', last_error = :x"), {"x": CANARY})


def _breaks_foreign_key(database: Database) -> None:
    with database.unit_of_work(OFFICER) as work:
        work.session.add(NoteRow(council_id=1, case_id=999, text=CANARY, by=CANARY, at=NOON.at))


def _breaks_not_null(database: Database) -> None:
    with database.unit_of_work(OFFICER) as work:
        work.session.add(NoteRow(council_id=1, case_id=1, text=None, by=CANARY, at=NOON.at))


def _too_large(database: Database) -> None:
    with database.reading(OFFICER) as work:
        work.session.scalar(select(func.count()).select_from(NoteRow).where(NoteRow.id == 10**30))
        work.session.execute(text("SELECT CAST(:x AS integer) / 0"), {"x": "1"}).scalar()


BROKEN = [
    (_breaks_unique, {409}),
    (_breaks_check, {422}),
    (_breaks_foreign_key, {409}),
    (_breaks_not_null, {422}),
    (_too_large, {200, 422}),
]


@pytest.mark.parametrize(("fault", "statuses"), BROKEN, ids=[fault.__name__ for fault, _ in BROKEN])
def test_d12_faults_of_the_database_are_4xx_and_show_no_row(
    database: Database, caplog: pytest.LogCaptureFixture, fault: Callable[[Database], None], statuses: set[int]
) -> None:
    """Neither the answer nor the log has the row, the statement or the name of a table in it for the caller."""
    reference = a_case(database)
    with database.unit_of_work(OFFICER) as work:
        message = {"council_id": 1, "key": "k", "channel": "mail", "payload": {"to": CANARY}, "due_at": NOON.at}
        row = cases.get(work, reference)
        work.session.add(MessageRow(**message, case_id=row.id, created_at=NOON.at))
    app = service(database)
    app.add_api_route("/api/fault", lambda: fault(database), methods=["GET"])
    answer = TestClient(app, base_url="http://localhost").get("/api/fault")
    assert answer.status_code in statuses, answer.text
    for told in (answer.text, caplog.text):
        assert CANARY not in told
        assert "INSERT" not in told
    assert "outbox_message" not in answer.text


def test_d12_two_who_add_the_same_officer_at_once_are_told_apart(database: Database) -> None:
    """The race that the look-up before cannot see ends in a conflict, not in a fault."""
    app = service(database)
    administrator = signed_in(app, Role.ADMINISTRATOR)
    body = {"email": CANARY, "name": "Twin", "roles": ["assessor"], "password": None}

    def add(_turn: int) -> Any:
        browser = TestClient(
            app, base_url="http://localhost", headers=administrator.headers, cookies=administrator.cookies
        )
        return browser.post("/api/v2/officers", json=body)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(add, range(4)))
    assert {one.status_code for one in answers} <= {201, 409, 422}
    assert sum(one.status_code == 201 for one in answers) == 1
    assert holds(database)
