"""Reports of suspected breaches: from what somebody sent in to a file that is closed with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from support.casework import OFFICER, key_for, signed_in
from support.submissions import a_report, intake_app

from api.core import clock
from api.core.audit import AuditEvent
from api.core.db import Database
from api.core.outbox import MessageRow
from api.submissions.enforcement_routes import router
from api.worker.wording import letter_of
from bopsgis.planning.case import Role

URL = "/api/v2/enforcement"


@pytest.fixture
def app(database: Database, tmp_path: Path) -> FastAPI:
    """Intake and enforcement of council `a`, with one report that came in."""
    service = intake_app(database, tmp_path)
    service.include_router(router)
    sender = TestClient(service, base_url="http://localhost", headers=key_for(service, "submissions:write"))
    assert sender.post("/api/v2/submissions", json=a_report()).status_code == 201
    return service


@pytest.fixture
def officer(app: FastAPI) -> TestClient:
    """An assessor's browser."""
    return signed_in(app, Role.ASSESSOR)


def act(browser: TestClient, seen: dict[str, Any], name: str = "", **fields: Any) -> Any:
    """Do an act to the report as it was seen."""
    return browser.post(f"{URL}/{seen['id']}{name}", json={"version": seen["version"], **fields})


def test_a_report_is_worked_from_receipt_to_its_end(app: FastAPI, officer: TestClient) -> None:
    """Described, given out, investigated, closed; the reporter is told twice, and everything leaves a trace."""
    (seen,) = officer.get(URL).json()
    assert (seen["status"], seen["description"], seen["breach"]) == ("reported", "A shed in the front garden", "")
    assert any(one["dataset"] == "conservation-area" for one in seen["constraints"])
    described = {
        "breach": "An outbuilding forward of the house",
        "alleged": ["operations", "operations"],
        "urgent": True,
    }
    seen = act(officer, seen, began_on="2019-05-01", **described).json()
    assert (seen["alleged"], seen["urgent"]) == (["operations"], True)
    assert seen["time_limits"][0]["immune_from"] == "2023-05-01"
    assert (seen["time_limits"][0]["immune"], seen["time_limits"][0]["verified"]) == (True, False)
    seen = act(officer, seen, "/assign", officer=1).json()
    seen = act(officer, seen, "/start").json()
    assert (seen["status"], seen["started_on"]) == ("under_investigation", clock.today().isoformat())
    assert act(officer, seen, "/start").json()["code"] == "wrong_status"
    seen = act(officer, seen, "/close", because="immune", detail="Bills since 2019.").json()
    assert (seen["status"], seen["closed_because"]) == ("closed", "immune")
    assert act(officer, seen, **described).status_code == 409
    with app.state.database.reading(OFFICER) as work:
        mails = work.session.scalars(select(MessageRow).order_by(MessageRow.id)).all()
        letters = [letter_of(mail, {"council": "Sample Council", "address": ""}) for mail in mails]
    assert [letter.to for letter in letters] == [("cleo@example.org",)] * 2
    assert "Reason: immune." in letters[1].text
    assert "Bills since 2019" not in letters[1].text
    with app.state.database.reading(OFFICER) as work:
        acts = work.session.scalars(select(AuditEvent.act).order_by(AuditEvent.sequence)).all()
    assert acts[-4:] == ["describe_breach", "assign_breach", "start_investigation", "close_breach"]


def test_what_makes_no_sense_is_refused(officer: TestClient) -> None:
    """A stale page, a day to come, another reason without words, immunity that time does not give, an unknown kind."""
    (seen,) = officer.get(URL).json()
    for name, fields, code in (
        ("", {"breach": "x", "began_on": "2099-01-01"}, "date_in_future"),
        ("", {"breach": "x", "alleged": ["sheds"]}, "parameters_refused"),
        ("/close", {"because": "other"}, "reason"),
        ("/close", {"because": "immune"}, "not_immune_yet"),
        ("/close", {"because": "bored"}, "parameters_refused"),
        ("/assign", {"officer": 99}, "officer"),
    ):
        assert act(officer, seen, name, **fields).json()["code"] == code
    assert act(officer, {**seen, "version": 9}, "/start").json()["code"] == "edit_conflict"
    assert officer.get(URL, params={"status": "closed"}).json() == []
    assert len(officer.get(URL, params={"urgent": "false"}).json()) == 1
    assert officer.get(f"{URL}/99").status_code == 404


def test_reports_are_for_officers_of_the_council_only(app: FastAPI) -> None:
    """Who reported a neighbour is nobody's business: not the public's, not a program's, not another council's."""
    visitor = TestClient(app, base_url="http://localhost", headers={"Sec-Fetch-Site": "same-origin"})
    assert visitor.get(URL).status_code == 401
    program = TestClient(app, base_url="http://localhost", headers=key_for(app, "cases:read", "submissions:write"))
    assert program.get(URL).status_code == 401
    administrator = signed_in(app, Role.ADMINISTRATOR)
    (seen,) = administrator.get(URL).json()
    assert act(administrator, seen, "/start").status_code == 403
    app.state.council = "b"
    other = signed_in(app, Role.ASSESSOR, council_id=2)
    assert other.get(URL).json() == []
    assert other.get(f"{URL}/{seen['id']}").status_code == 404
