"""The sign-in pages, over HTTP on both stores."""

from __future__ import annotations

import pyotp
import pytest
from fastapi import APIRouter, Depends
from fastapi.testclient import TestClient
from sqlalchemy import select
from support.casework import ADMINISTRATOR, NOON, app_of

from api.accounts import pages, resets, store
from api.accounts.guard import COOKIE, officer
from api.accounts.officers import add_officer, begin_second_factor
from api.core import about, clock
from api.core.audit import AuditEvent
from api.core.db import Database
from api.core.incoming import SubmittedForm
from api.core.outbox import MessageRow
from api.core.page_forms import Answers, attempt, local_path
from api.worker.wording import letter_of
from bopsgis.errors import NotAllowed, StoreMissing
from bopsgis.planning.case import Role

PASSWORD = "seven green bicycles"  # noqa: S105  # of an invented officer
EMAIL = "officer@council.example"
OWN = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def browser(database: Database) -> TestClient:
    """A client that follows nothing by itself, before a service with one page for officers."""
    cases = APIRouter()
    cases.add_api_route("/cases", lambda: "the cases", dependencies=[Depends(officer(Role.ASSESSOR))])
    app = app_of(database, pages.router, about.router, cases, town=None)
    with database.unit_of_work(ADMINISTRATOR) as work:
        add_officer(work, email=EMAIL, name="Sample Officer", roles={Role.ASSESSOR}, password=PASSWORD, at=NOON.at)
    return TestClient(app, base_url="http://localhost", follow_redirects=False, headers={"accept": "text/html"})


def test_a_page_for_officers_sends_strangers_to_sign_in_and_back(browser: TestClient) -> None:
    """Asking for a page leads to the form, the form to a session, and the session to the page that was asked for."""
    asked = browser.get("/cases?status=valid")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Fcases%3Fstatus%3Dvalid")
    form = {"email": EMAIL, "password": PASSWORD, "next": "/cases?status=valid"}
    signed_in = browser.post("/sign-in", data=form, headers=OWN)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/cases?status=valid")
    assert "httponly" in signed_in.headers["set-cookie"].lower()
    assert browser.get("/cases").json() == "the cases"
    assert browser.get("/sign-in").headers["location"] == "/cases"
    out = browser.post("/sign-out", headers=OWN)
    assert out.headers["location"] == "/sign-in?done=signed-out"
    assert "You have signed out" in browser.get(out.headers["location"]).text
    assert browser.get("/cases").status_code == 303


def test_what_is_wrong_is_said_beside_the_field_and_above(browser: TestClient) -> None:
    """Empty fields, a wrong password and an unknown address come back as the form with an error summary."""
    empty = browser.post("/sign-in", data={"email": "", "password": "", "next": "/cases"}, headers=OWN)
    assert empty.status_code == 422
    assert empty.text.count("Enter your email address") == 2
    sentences = set()
    for email, password in ((EMAIL, "wrong"), ("nobody@council.example", PASSWORD)):
        refused = browser.post("/sign-in", data={"email": email, "password": password}, headers=OWN)
        assert refused.status_code == 401
        assert password not in refused.text
        sentences.add(refused.text.replace(email, ""))
    assert len(sentences) == 1
    assert browser.post("/sign-in", data={"email": EMAIL, "password": PASSWORD}).status_code == 403


def test_nobody_is_sent_elsewhere(browser: TestClient) -> None:
    """A link that names another site as the page to go on to leads to the cases instead."""
    for evil in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/a\nb"):
        form = {"email": EMAIL, "password": PASSWORD, "next": evil}
        assert browser.post("/sign-in", data=form, headers=OWN).headers["location"] == "/cases"
        assert local_path(evil, "/") == "/"


def test_the_second_factor_is_asked_for(browser: TestClient, database: Database) -> None:
    """With a second factor the session opens nothing before its code is given."""
    with database.unit_of_work(ADMINISTRATOR) as work:
        row = store.officer_by_email(work, EMAIL)
        assert row is not None
        begin_second_factor(work, row, NOON.at, issuer="bopsgis")
        secret = row.totp_secret
    assert secret is not None
    waiting = browser.post("/sign-in", data={"email": EMAIL, "password": PASSWORD}, headers=OWN)
    assert waiting.headers["location"] == "/sign-in/code?next=%2Fcases"
    assert browser.get("/cases").status_code == 303
    assert browser.post("/sign-in/code", data={"code": "000 00"}, headers=OWN).status_code == 401
    code = pyotp.TOTP(secret).now()
    opened = browser.post("/sign-in/code", data={"code": f"{code[:3]} {code[3:]}"}, headers=OWN)
    assert (opened.status_code, opened.headers["location"]) == (303, "/cases")
    assert COOKIE in opened.headers["set-cookie"]
    assert browser.get("/cases").status_code == 200


def sent_link(database: Database) -> str:
    """Have a link for a new password sent to the officer; its path, from the mail."""
    with database.unit_of_work(ADMINISTRATOR) as work:
        row = store.officer_by_email(work, EMAIL)
        assert row is not None
        resets.send_link(work, row, clock.now())
    with database.reading(ADMINISTRATOR) as work:
        mail = work.session.scalars(select(MessageRow).order_by(MessageRow.id)).all()[-1]
    body = letter_of(mail, {"council": "Sample Council", "address": "http://localhost"}).text
    assert mail.payload["to"] == [EMAIL]
    return next(line for line in body.splitlines() if "/sign-in/reset/" in line).removeprefix("http://localhost")


def test_a_new_password_is_chosen_by_link(browser: TestClient, database: Database) -> None:
    """The mail's link opens a form; what is chosen there opens a session, ends the others, and is in the audit."""
    old = {"email": EMAIL, "password": PASSWORD}
    assert browser.post("/sign-in", data=old, headers=OWN).status_code == 303
    link = sent_link(database)
    assert EMAIL in browser.get(link).text
    weak = browser.post(link, data={"email": EMAIL, "password": "short"}, headers=OWN)
    assert (weak.status_code, weak.text.count("12 to 128 characters")) == (422, 2)
    assert browser.post(link, data={"password": "nine yellow ladders"}).status_code == 403
    done = browser.post(link, data={"email": EMAIL, "password": "nine yellow ladders"}, headers=OWN)
    assert (done.status_code, done.headers["location"]) == (303, "/sign-in?done=new-password")
    assert browser.get("/cases").status_code == 303
    assert browser.post("/sign-in", data=old, headers=OWN).status_code == 401
    new = {"email": EMAIL, "password": "nine yellow ladders"}
    assert browser.post("/sign-in", data=new, headers=OWN).status_code == 303
    with database.reading(ADMINISTRATOR) as work:
        acts = [(event.act, event.actor) for event in work.session.scalars(select(AuditEvent))]
    assert ("send_password_reset", ADMINISTRATOR.actor) in acts
    assert ("set_password", f"Sample Officer <{EMAIL}>") in acts


@pytest.mark.parametrize("path", ["/cookies", "/accessibility", "/privacy"])
def test_the_pages_about_the_service(browser: TestClient, path: str) -> None:
    """They are there for anybody, with one heading each."""
    found = browser.get(path)
    assert (found.status_code, found.text.count("<h1")) == (200, 1)


def test_faults_of_the_service_are_not_put_on_a_field() -> None:
    """What the rules refuse becomes a field's error with its status; what the person cannot mend is passed on."""
    answers = Answers(SubmittedForm({}, {}))

    def refused() -> int:
        raise NotAllowed("This is for the reviewer.")

    def broken() -> int:
        raise StoreMissing("There is no store.")

    assert attempt(refused, answers, "decision") is None
    assert (answers.status, answers.error_of) == (403, {"decision": "This is for the reviewer."})
    with pytest.raises(StoreMissing):
        attempt(broken, answers, "decision")
