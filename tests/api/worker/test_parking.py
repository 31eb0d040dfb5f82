"""Messages that wait for a person: seen and put back by administrators, over HTTP and at the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from support.casework import NOON, OFFICER, app_of, signed_in
from typer.testing import CliRunner

from api.accounts.tables import CouncilRow
from api.cli.app import app as command_line
from api.core.access import Access
from api.core.audit import AuditEvent
from api.core.db import Database, Work
from api.core.outbox import Channel, MessageRow, add
from api.core.parking import counts, retry
from api.worker.routes import router
from bopsgis.errors import NotAllowed, NotFound
from bopsgis.planning.case import Role


def park(work: Work, number: int = 1) -> list[int]:
    """Put messages that failed five times into the outbox; their ids."""
    payload = {"template": "decision_notice", "to": ["a@example.org"], "reference": "26-00001-HAPP", "secret": "hush"}
    rows = [add(work, Channel.MAIL, {**payload, "text": "private"}, NOON.at, case_id=None) for _ in range(number)]
    for row in rows:
        row.state, row.attempts, row.last_error = "parked", 5, "SMTPServerDisconnected"
    work.session.flush()
    return [row.id for row in rows]


def test_administrators_see_and_put_back(database: Database) -> None:
    """Counts and reasons without texts and secrets; one and then all; each time with a trace."""
    with database.unit_of_work(OFFICER) as work:
        first, *_ = park(work, 3)
    with database.unit_of_work(Access(2, "B")) as work:
        (others,) = park(work)
    app = app_of(database, router)
    administrator = signed_in(app, Role.ADMINISTRATOR)
    seen = administrator.get("/api/v2/outbox")
    assert seen.json()["counts"] == {"pending": 0, "sent": 0, "parked": 3}
    assert (seen.json()["parked"][0]["last_error"], seen.json()["parked"][0]["to"]) == (
        "SMTPServerDisconnected",
        ["a@example.org"],
    )
    assert "hush" not in seen.text
    assert "private" not in seen.text
    assert administrator.post(f"/api/v2/outbox/{first}/retry").json()["retried"] == 1
    assert administrator.post(f"/api/v2/outbox/{first}/retry").status_code == 404
    assert administrator.post(f"/api/v2/outbox/{others}/retry").status_code == 404
    assert administrator.post("/api/v2/outbox/retry").json() == {
        "retried": 2,
        "counts": {"pending": 3, "sent": 0, "parked": 0},
    }
    assert signed_in(app, Role.ASSESSOR, Role.REVIEWER).get("/api/v2/outbox").status_code == 403
    with database.reading(OFFICER) as work:
        events = work.session.scalars(select(AuditEvent).where(AuditEvent.act == "retry_messages")).all()
        assert [len(event.detail["messages"]) for event in events] == [1, 2]
        assert {row.attempts for row in work.session.scalars(select(MessageRow).where(MessageRow.council_id == 1))} == {
            0
        }


def test_officers_do_not_put_messages_back(database: Database) -> None:
    """The service says so itself, whichever way it is asked."""
    with database.unit_of_work(OFFICER) as work:
        park(work)
        with pytest.raises(NotAllowed):
            retry(work, NOON.at)
        with pytest.raises(NotFound):
            retry(Work(work.session, Access.system(1, "job")), NOON.at, 99)
        assert counts(work)["parked"] == 1


def test_the_terminal_lists_and_puts_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`bopsgis outbox list` and `retry`, on a home of its own."""
    monkeypatch.setenv("BOPSGIS_HOME", str(tmp_path))

    def run(*words: str) -> str:
        result = CliRunner().invoke(command_line, words, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    run("council", "add", "local-authority:XTH", "Sample Council")
    database = Database(f"shapelite:///{tmp_path / 'cases.db'}")
    with database.unit_of_work(Access.public(0)) as work:
        council = work.session.scalars(select(CouncilRow)).one().id
    with database.unit_of_work(Access(council, "test")) as work:
        park(work, 2)
    said = run("outbox", "list")
    assert "2 parked" in said
    assert "SMTPServerDisconnected" in said
    assert "Put back: 1" in run("outbox", "retry", "1")
    assert "Put back: 1" in run("outbox", "retry")
    assert "2 pending" in run("outbox", "list")
    database.dispose()
