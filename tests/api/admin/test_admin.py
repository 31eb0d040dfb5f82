"""The administrator's pages over HTTP, on both stores."""

from __future__ import annotations

import html
import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from support.casework import ADMINISTRATOR, NOON, OFFICER, PASSWORD, signed_in

from api.accounts import store
from api.core.access import Access
from api.core.outbox import Channel, MessageRow, MessageState, add
from api.councils import library, service
from api.councils.tables import LibraryKind
from bopsgis.planning.case import Role

PATHS = (
    *("/admin", "/admin/users", "/admin/settings", "/admin/local-list", "/admin/consultees", "/admin/clients"),
    *("/admin/library/condition", "/admin/library/informative", "/admin/library/policy"),
    *("/admin/datasets", "/admin/outbox"),
)
FORM = {"content-type": "application/x-www-form-urlencoded"}
PLAIN = {
    "name": "",
    "colour": "",
    "logo_text": "",
    "signatory-name": "",
    "signatory-role": "",
    "opens": "09:00",
    "closes": "17:00",
    "neighbour_letter": "",
    "consultee_request": "",
}


def test_only_administrators_come_in(app: FastAPI, browser: TestClient) -> None:
    """Every page opens for an administrator, and for no other officer, stranger or council; forms need our pages."""
    assessor = signed_in(app, Role.ASSESSOR, Role.REVIEWER)
    stranger = TestClient(app, base_url="http://localhost")
    foreign = signed_in(app, Role.ADMINISTRATOR, council_id=2)
    for path in PATHS:
        assert browser.get(path).status_code == 200, path
        assert assessor.get(path).status_code == 403, path
        for other in (stranger, foreign):
            assert other.get(path, follow_redirects=False).status_code == 303, path
    for path in ("/admin/users", "/admin/settings", "/admin/clients", "/admin/outbox/retry"):
        assert assessor.post(path, data={"name": "x"}).status_code == 403, path
        cross = {"sec-fetch-site": "cross-site"}
        assert browser.post(path, data={"name": "x"}, headers=cross).status_code == 403, path


def test_an_officer_is_added_changed_and_leaves(app: FastAPI, browser: TestClient) -> None:
    """Added with roles and a password; roles and password change; the second factor is shown once; leaving ends it."""
    given = {"name": "Rosa Reviewer", "email": "rosa@example.org", "role-reviewer": "1", "password": PASSWORD}
    sent = browser.post("/admin/users", data=given, follow_redirects=False)
    path = sent.headers["location"].partition("?")[0]
    assert "The officer is added." in browser.get(sent.headers["location"]).text
    browser.post(f"{path}/roles", data={"role-assessor": "1"})
    shown = browser.post(f"{path}/second-factor")
    assert "otpauth://totp/" in shown.text
    assert "data:image/svg+xml" in shown.text
    assert "otpauth://" not in browser.get(path).text
    assert "12 to 128 characters" in browser.post(f"{path}/password", data={"password": "short"}).text
    assert browser.post(f"{path}/password", data={"password": "nine purple canoes"}).status_code == 200
    assert "The link is on its way by mail." in browser.post(f"{path}/reset-link", headers=FORM).text
    with app.state.database.reading(ADMINISTRATOR) as work:
        (mail,) = work.session.scalars(select(MessageRow))
        assert (mail.payload["template"], mail.payload["to"]) == ("password_reset", ["rosa@example.org"])
    assert "Tick that this officer" in browser.post(f"{path}/deactivate", headers=FORM).text
    browser.post(f"{path}/deactivate", data={"sure": "1"})
    with app.state.database.reading(ADMINISTRATOR) as work:
        row = store.officer_by_email(work, "rosa@example.org")
        assert row is not None
        assert (row.active, store.roles_of(work, row)) == (False, frozenset({Role.ASSESSOR}))
        assert row.totp_secret is not None
    assert "Left" in browser.get("/admin/users").text


def test_nobody_shuts_themselves_out_and_faults_are_said(app: FastAPI, browser: TestClient) -> None:
    """An administrator keeps these pages; a taken address, no role and a weak password are said on the form."""
    (own,) = re.findall(r'href="(/admin/users/\d+)"', browser.get("/admin/users").text)
    assert "from yourself" in browser.post(f"{own}/roles", data={"role-assessor": "1"}).text
    assert "cannot deactivate yourself" in browser.post(f"{own}/deactivate", data={"sure": "1"}).text
    bad = browser.post("/admin/users", data={"name": "", "email": "nonsense", "password": "x"})
    assert bad.status_code == 422
    for message in ("Enter the officer&#39;s name", "such as name@example.org", "Select at least one role"):
        assert message in bad.text
    twice = {"name": "Rosa", "email": "rosa@example.org", "role-assessor": "1"}
    browser.post("/admin/users", data=twice)
    assert "exists already" in browser.post("/admin/users", data=twice).text
    other = signed_in(app, Role.ADMINISTRATOR, council_id=2)
    assert other.get(own, follow_redirects=False).status_code == 303
    assert browser.get("/admin/users/999999").status_code == 404


def test_the_council_shows_itself_in_name_and_colour(app: FastAPI, browser: TestClient) -> None:
    """Name, colour and words of the brand are on every page; a colour that is too light is refused."""
    assert "<span>A</span>" in browser.get("/admin").text
    assert browser.get("/brand.css").text == ""
    light = browser.post("/admin/settings", data={**PLAIN, "version": "0", "colour": "#ffee00"})
    assert light.status_code == 422
    assert "choose a darker one" in light.text
    given = {**PLAIN, "version": "0", "name": "Town <b>", "colour": "#1D4E89", "logo_text": "TOWN", "opens": "08:30"}
    given |= {"signatory-name": "S. Signer", "signatory-role": "Head of Planning"}
    assert "The change is kept." in browser.post("/admin/settings", data=given).text
    app.state.brand.forget()
    page = browser.get("/admin").text
    assert "Town &lt;b&gt;" in page
    assert "/brand.css" in page
    assert "--app-brand: #1d4e89" in browser.get("/brand.css").text
    with app.state.database.reading(ADMINISTRATOR) as work:
        held = service.settings_of(work)
        assert held.business_hours.opens == "08:30"
        assert held.signatory is not None
        assert not held.templates
    stale = browser.post("/admin/settings", data=given)
    assert stale.status_code == 409
    assert "changed by somebody else" in stale.text


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"neighbour_letter": "Dear ((nobody))"}, "placeholders that are not known: nobody"),
        ({"consultee_request": "((reference"}, "A placeholder is not closed"),
        ({"opens": "18:00"}, "The office closes after it opens"),
        ({"opens": "9"}, "There is a problem"),
        ({"signatory-name": "S. Signer"}, 'href="#signatory-role"'),
    ],
)
def test_settings_that_cannot_hold_are_refused(browser: TestClient, changed: dict[str, str], message: str) -> None:
    """Each refusal stands beside its field; nothing is kept."""
    answer = browser.post("/admin/settings", data={**PLAIN, "version": "0", **changed})
    assert answer.status_code == 422
    assert message in html.unescape(answer.text) or message in answer.text
    assert 'value="0"' in browser.get("/admin/settings").text


def test_local_list_and_consultees_are_rules_with_conditions(app: FastAPI, browser: TestClient) -> None:
    """Entries are added with what they are for, shown in words, and taken away again."""
    entry = {"version": "0", "act": "add", "name": "Heritage statement", "document": "heritageStatement"}
    browser.post("/admin/local-list", data={**entry, "constraint": "conservation-area"})
    page = browser.get("/admin/local-list").text
    assert "on the site: Conservation area" in page
    rule = {"version": "1", "act": "consult", "who": "Rivers Trust", "why": "Beside the river", "area": "1,000"}
    browser.post("/admin/consultees", data=rule)
    browser.post("/admin/consultees", data={"version": "2", "act": "leave", "who": "Crown", "why": "Agreed"})
    with app.state.database.reading(ADMINISTRATOR) as work:
        held = service.settings_of(work)
        assert held.local_list is not None
        assert (held.local_list[0].key, held.local_list[0].when.constraints) == (
            "heritage-statement",
            ["conservation-area"],
        )
        assert held.consultees[0].when.area_over_m2 == 1000
        assert [one.who for one in held.not_consulted] == ["Crown"]
    assert "over 1,000 m²" in browser.get("/admin/consultees").text
    assert browser.post("/admin/local-list", data={**entry, "name": "Tree survey"}).status_code == 409
    browser.post("/admin/local-list", data={"version": "3", "act": "model"})
    browser.post("/admin/consultees", data={"version": "4", "act": "forget-consult", "who": "Rivers Trust"})
    with app.state.database.reading(ADMINISTRATOR) as work:
        held = service.settings_of(work)
        assert held.local_list is None
        assert not held.consultees
    assert "Enter who is consulted" in browser.post("/admin/consultees", data={"version": "5", "act": "leave"}).text


def test_standard_texts_are_added_worded_anew_and_put_away(app: FastAPI, browser: TestClient) -> None:
    """All three kinds; every version is shown; a stale change is refused."""
    texts = {
        "condition": {"title": "Time limit", "text": "Begin in three years.", "reason": "Section 91."},
        "informative": {"title": "Party walls", "text": "Tell your neighbour."},
        "policy": {
            "policy_area": "Design",
            "code": "D1",
            "title": "Good design",
            "text": "Be good.",
            "edition": "Local Plan 2024",
            "edition_date": "2024-07-01",
            "url": "",
        },
    }
    for kind, given in texts.items():
        assert "The change is kept." in browser.post(f"/admin/library/{kind}", data=given).text
        assert browser.post(f"/admin/library/{kind}", data={**given, "text": ""}).status_code == 422
    with app.state.database.reading(OFFICER) as work:
        (row,) = library.entries(work, LibraryKind.CONDITION)
        number = row.id
    path = f"/admin/library/entry/{number}"
    anew = {**texts["condition"], "text": "Begin in two years.", "version": "1"}
    browser.post(path, data=anew)
    page = browser.get(path).text
    assert "Begin in three years." in page
    assert "Begin in two years." in page
    assert browser.post(path, data=anew).status_code == 409
    browser.post(f"{path}/state", data={"version": "2", "archived": "yes"})
    assert "Put away" in browser.get("/admin/library/condition").text


def test_a_key_is_shown_once_and_revoked(browser: TestClient) -> None:
    """A program's key is on the page that makes it and on no other; it can be revoked."""
    made = browser.post("/admin/clients", data={"name": "Portal", "scope-cases:read": "1"}).text
    (key,) = re.findall(r"<code>([^<]+)</code>", made)
    listed = browser.get("/admin/clients").text
    assert key not in listed
    (path,) = re.findall(r'action="(/admin/clients/\d+/revoke)"', listed)
    assert "The key is revoked." in browser.post(path).text
    assert "Select at least one thing" in browser.post("/admin/clients", data={"name": "x"}).text


def test_parked_messages_are_shown_and_put_back(app: FastAPI, browser: TestClient) -> None:
    """What failed five times is shown with its reason, never its text, and goes back into the queue."""
    for council in (1, 2):
        with app.state.database.unit_of_work(Access.system(council, "test")) as work:
            payload = {"template": "decision", "to": [f"person{council}@example.org"], "secret": "canary-secret"}
            row = add(work, Channel.MAIL, payload, NOON.at, case_id=None)
            row.state, row.attempts, row.last_error = MessageState.PARKED.value, 5, "mailbox full"
    page = browser.get("/admin/outbox").text
    assert "person1@example.org" in page
    assert "mailbox full" in page
    assert "person2@example.org" not in page
    assert "canary-secret" not in page
    assert "The messages are back in the queue." in browser.post("/admin/outbox/retry").text
    with app.state.database.reading(ADMINISTRATOR) as work:
        assert work.session.get_one(MessageRow, 1).state == MessageState.PENDING.value
