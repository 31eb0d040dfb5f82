"""The routes: what the public, consultees and officers get over HTTP, and nobody else's secrets in any of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from support.consulting import OFFICER, a_case, at

from api.accounts import routes as accounts
from api.accounts.officers import add_officer
from api.accounts.throttle import TRIES, Throttle
from api.consultations import hearing_routes, public_routes, routes
from api.consultations.addresses import PlacesFile
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.limits import WebLimits
from api.core.outbox import MessageRow
from api.main import _handle_errors
from bopsgis.planning.case import Role

TODAY = at(date(2025, 12, 5))
PASSWORD = "seven green bicycles"  # noqa: S105  # of an invented officer
CANARIES = ("CANARYNAME", "CANARYSTREET", "CANARYMAIL", "CANARYTEXT")
COMMENT = {
    "sentiment": "objection",
    "topics": ["light", "noise"],
    "text": "CANARYTEXT dark",
    "name": "Jane CANARYNAME",
    "address": "12 CANARYSTREET, Town",
    "email": "CANARYMAIL@example.org",
}


@pytest.fixture
def public(database: Database, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A client without an account, on 5 December 2025."""
    monkeypatch.setattr(clock, "now", lambda: TODAY.at)
    monkeypatch.setattr(clock, "today", lambda: TODAY.on)
    app = FastAPI()
    for router in (accounts.router, routes.router, hearing_routes.router, public_routes.router):
        app.include_router(router)
    _handle_errors(app)
    app.state.limits = WebLimits()
    app.state.database, app.state.council = database, "a"
    app.state.throttle = Throttle("memory://", {**TRIES, "representation": "3/hour"})
    app.state.addresses = PlacesFile(Path("nowhere.gpkg"))
    return TestClient(app, base_url="https://localhost", headers={"Sec-Fetch-Site": "same-origin"})


@pytest.fixture
def officer(database: Database, public: TestClient) -> TestClient:
    """A client signed in as an assessor."""
    with database.unit_of_work(Access(1, "Admin", roles=frozenset({Role.ADMINISTRATOR}))) as work:
        roles = {Role.ASSESSOR}
        add_officer(work, email="o@example.org", name="Officer", roles=roles, password=PASSWORD, at=TODAY.at)
    signed_in = TestClient(public.app, base_url="https://localhost", headers={"Sec-Fetch-Site": "same-origin"})
    answer = signed_in.post("/api/v2/session", json={"email": "o@example.org", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return signed_in


def test_a_comment_from_sending_to_the_register(database: Database, public: TestClient, officer: TestClient) -> None:
    """Sent without an account, seen whole by the officer, published redacted: no canary on any public page."""
    reference = a_case(database)
    theirs, ours = f"/api/v2/public/cases/{reference}", f"/api/v2/cases/{reference}"
    sent = public.post(f"{theirs}/representations", json=COMMENT)
    assert sent.status_code == 201, sent.text
    assert public.get(f"{theirs}/representations").json() == []
    (seen,) = officer.get(f"{ours}/representations").json()
    assert (seen["name"], seen["email"]) == (COMMENT["name"], COMMENT["email"])
    redacted = {"redacted_text": "It would be dark.", "street": "Mill Road", "publish": True}
    assert officer.post(f"{ours}/representations/1/moderate", json=redacted).status_code == 200
    pages = [public.get(f"{theirs}/{page}") for page in ("representations", "consultees")]
    assert pages[0].json()[0]["published_text"] == "It would be dark."
    answers = [sent.text, *(page.text for page in pages)]
    assert not any(canary in answer for canary in CANARIES for answer in answers)
    assert officer.get(f"{ours}/representations/counts").json()["by_topic"]["noise"]["objection"] == 1


def test_comments_are_held_up_and_held_short(database: Database, public: TestClient) -> None:
    """A13: the fourth in an hour is told to wait; too long a text, an unknown topic or field are named."""
    address = f"/api/v2/public/cases/{a_case(database)}/representations"
    for part, value in (("text", "x" * 20_001), ("topics", ["ghosts"]), ("is_admin", True), ("name", "a\x07b")):
        answer = public.post(address, json={**COMMENT, part: value})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"].startswith(part)
    answers = [public.post(address, json=COMMENT) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert int(answers[3].headers["retry-after"]) > 0


def test_an_unpublished_case_is_not_there_for_the_public(database: Database, public: TestClient) -> None:
    """Every public address answers for it as for a case that does not exist."""
    hidden = a_case(database, valid=None)
    for reference in (hidden, "26-99999-HAPP"):
        theirs = f"/api/v2/public/cases/{reference}"
        assert public.post(f"{theirs}/representations", json=COMMENT).status_code == 404
        assert public.get(f"{theirs}/representations").status_code == 404
        assert public.get(f"{theirs}/consultees").status_code == 404


def test_a_consultee_answers_by_link(database: Database, public: TestClient, officer: TestClient) -> None:
    """Asked by an officer, answered by link; a wrong secret and another case's are not known."""
    reference, other = a_case(database), a_case(database)
    body = {"organisation": "Historic England", "email": "he@example.org", "reasons": ["Listed building"]}
    added = officer.post(f"/api/v2/cases/{reference}/consultees", json=body).json()
    asked = officer.post(f"/api/v2/cases/{reference}/consultees/{added['id']}/consult", json={})
    assert asked.status_code == 201, asked.text
    with database.reading(OFFICER) as work:
        (message,) = work.session.scalars(select(MessageRow))
    secret = message.payload["secret"]
    assert secret not in asked.text
    link = f"/api/v2/public/cases/{reference}/consultations/{secret}"
    opened = public.get(link)
    assert opened.json()["respond_by"] == "2025-12-27"
    assert opened.headers["cache-control"] == "no-store"
    for wrong in (link + "x", link.replace(reference, other)):
        assert public.get(wrong).status_code == 404
        assert public.post(f"{wrong}/responses", json={"verdict": "no_objection"}).status_code == 404
    said = public.post(f"{link}/responses", json={"verdict": "objection", "text": "CANARYTEXT harm"})
    assert said.status_code == 201, said.text
    (listed,) = officer.get(f"/api/v2/cases/{reference}/consultees").json()
    assert listed["responses"][0]["text"] == "CANARYTEXT harm"
    assert listed["responses"][0]["recorded_by"] == "consultee Historic England"
    shown = f"/api/v2/public/cases/{reference}/consultees"
    assert public.get(shown).json() == []
    response = f"/api/v2/cases/{reference}/responses/{listed['responses'][0]['id']}/publish"
    assert officer.post(response, json={"redacted_text": "They object."}).status_code == 200
    assert public.get(shown).json() == [{"organisation": "Historic England", "published_response": "They object."}]


def test_publicity_and_letters_over_http(database: Database, officer: TestClient) -> None:
    """A notice confirmed, an address added and written to, the batch as CSV, the earliest decision explained."""
    reference = a_case(database)
    ours = f"/api/v2/cases/{reference}"
    notice = officer.post(f"{ours}/notices", json={"means": "site_notice"}).json()
    late = officer.post(f"{ours}/notices/{notice['id']}/confirm", json={"given_on": "2025-12-06"})
    assert (late.status_code, late.json()["code"]) == (422, "date_in_future")
    state = officer.post(f"{ours}/notices/{notice['id']}/confirm", json={"given_on": "2025-12-05"}).json()
    assert (state["due"], state["earliest_decision"]) == ([], "2025-12-28")
    assert "26 December 2025 (Boxing Day) does not count" in state["earliest_decision_explained"]
    assert officer.post(f"{ours}/neighbours", json={"address": "2 Example Street"}).status_code == 201
    assert officer.post(f"{ours}/letters", json={"version": 1}).status_code == 409
    assert officer.post(f"{ours}/letters", json={}).status_code == 201
    text = officer.get(f"{ours}/letters/1.csv")
    assert text.headers["content-type"].startswith("text/csv")
    assert "2 Example Street" in text.text
    missing = officer.post(f"{ours}/neighbours/choose", json={"distance_m": 20.0})
    assert (missing.status_code, missing.json()["code"]) == (404, "addresses_missing")


def test_everything_of_officers_needs_an_officer(public: TestClient) -> None:
    """No address of this noun outside the public register answers without a session."""
    checked = 0
    for path, methods in public.get("/openapi.json").json()["paths"].items():
        if path.startswith(("/api/v2/public", "/api/v2/session", "/api/v2/officers", "/api/v2/clients")):
            continue
        for method in methods:
            filled = path.replace("{reference}", "26-00001-HAPP").replace("{", "").replace("}", "")
            filled = filled.replace("notice_id", "1").replace("consultee_id", "1").replace("contact_id", "1")
            filled = filled.replace("neighbour_id", "1").replace("response_id", "1").replace("number", "1")
            answer = public.request(method, filled, json=None if method == "get" else {})
            assert answer.status_code == 401, (method, path, answer.text)
            checked += 1
    assert checked >= 20
