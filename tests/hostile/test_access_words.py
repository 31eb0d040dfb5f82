"""What people write: it stays text wherever it is shown, sent, searched for or logged (A09 to A13, A15, F11)."""

from __future__ import annotations

import csv
import io
import logging
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support.casework import NOON, OFFICER
from support.filled import COMMENT, Filled, filled_service, row_counts
from support.route_table import route_table

from api.accounts.throttle import TRIES, Throttle
from api.cases import store as cases
from api.core.outbox import Channel, add
from api.worker.delivery import deliver
from api.worker.senders import FolderSender, Letter, SendFailed, SmtpSender, WebhookSender

SCRIPTS = (
    "<script>alert('stored')</script>",
    "\"><img src=x onerror=alert('stored')>",
    "<svg/onload=alert('stored')>",
    "'-alert('stored')-'",
    "javascript:alert('stored')",
    "{{7*7}}${7*7}<%= 7*7 %>#{7*7}",
    "</textarea></title><iframe src=//evil.example>",
)
LIVE = re.compile(r"<script>alert|<img src=x|<svg/onload|<iframe|href=.?javascript:|alert\('stored'\)\s*-'\s*[>;]")
CANARIES = ("CANARYNAME", "CANARYSTREET", "CANARYMAIL", "CANARYWORDS", "CANARYSECRET")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """The whole application with one of everything, and hostile words in all of it that is shown."""
    made = filled_service(tmp_path_factory.mktemp("home"))
    with made.database.unit_of_work(OFFICER) as work:
        row = cases.lock(work, made.values["reference"])
        row.proposal = row.address = " ".join(SCRIPTS)
        row.published_at = NOON.at
    yield made
    made.database.dispose()


def visitor(app: FastAPI) -> TestClient:
    """A browser in which nobody has signed in."""
    return TestClient(app, base_url="http://localhost", headers={"Sec-Fetch-Site": "same-origin"})


def comment(filled: Filled, **changes: Any) -> Any:
    """A comment on the case."""
    path = f"/api/v2/public/cases/{filled.values['reference']}/representations"
    filled.app.state.throttle = Throttle("memory://", TRIES)
    return visitor(filled.app).post(path, json={**COMMENT, **changes})


def test_a09_stored_scripts_are_dead_on_every_page_and_in_every_answer(filled: Filled) -> None:
    """Officer and stranger read every address: JSON says that it is JSON, pages have the words escaped."""
    assert comment(filled, text=" ".join(SCRIPTS), name=SCRIPTS[0]).status_code == 201
    shown = 0
    for client in (filled.officer, visitor(filled.app)):
        for route in route_table():
            if route.method != "GET":
                continue
            answer = client.get(route.address(filled.values), follow_redirects=False)
            kind = answer.headers.get("content-type", "")
            shown += "stored" in answer.text
            assert answer.headers["x-content-type-options"] == "nosniff"
            if "html" in kind or "svg" in kind or "xml" in kind:
                assert not LIVE.search(answer.text), route.path
                assert "49$" not in answer.text, route.path
    assert shown > 3


@pytest.mark.parametrize("way_out", ["smtp", "folder"])
def test_a10_a_line_end_in_an_address_is_no_header_and_holds_up_nobody(
    filled: Filled, tmp_path: Any, way_out: str
) -> None:
    """Such a mail is a failure like another, put off and in the end parked; the next one goes out."""
    sender = SmtpSender("127.0.0.1", 9, "a@b.example") if way_out == "smtp" else FolderSender(tmp_path, "eml")
    for to in ("a@example.org\r\nBcc: x@evil.example", "a@example.org\nSubject: x", "\r\n"):
        with pytest.raises(SendFailed):
            sender.send(Letter("key", (to,), "Subject", "Text", {}))
    payload = {"template": "deadline_reminder", "reference": "R", "address": "A", "deadline": "D", "days_left": 7}
    with filled.database.unit_of_work(OFFICER) as work:
        add(work, Channel.MAIL, {**payload, "to": ["a@example.org\r\nBcc: x@evil.example"]}, NOON.at, case_id=None)
        add(work, Channel.MAIL, {**payload, "to": ["b@example.org"]}, NOON.at, case_id=None)
    ways = dict.fromkeys(Channel, FolderSender(tmp_path, "eml"))
    done = deliver(filled.database, 1, ways, {"council": "A", "address": "http://localhost"}, NOON.at)
    assert (done.failed, done.sent) == (1, 1)
    with filled.database.engine.execution_options(write=True).begin() as connection:
        connection.exec_driver_sql(
            "UPDATE outbox_message SET state = 'parked' WHERE state = 'pending' AND case_id IS NULL"
        )
    assert b"Bcc" not in b"".join(one.read_bytes() for one in tmp_path.iterdir())


STATEMENTS = [
    "' OR 1=1 --",
    "'; DROP TABLE planning_case; --",
    "%",
    "_",
    "\\",
    '" OR ""="',
    "') UNION SELECT 1 --",
    "$$;--",
]


def test_a11_statements_in_searches_are_searched_for(filled: Filled) -> None:
    """As words: none of them finds what does not contain them, in any parameter of any address."""
    before = row_counts(filled.database)
    for words in STATEMENTS:
        assert filled.officer.get("/api/v2/cases", params={"q": f"{words} zz"}).json()["cases"] == []
    asked = {"q": STATEMENTS[0], "sort": STATEMENTS[0], "status": STATEMENTS[1]}
    for route in route_table():
        if route.method == "GET":
            answer = filled.officer.get(route.address(filled.values), params=asked, follow_redirects=False)
            assert answer.status_code < 500 or answer.status_code == 503, route.path
            assert not re.search(r"syntax error|sqlite|psycopg|near \"", answer.text, re.IGNORECASE), route.path
    assert row_counts(filled.database) == before


INSIDE = [
    "http://127.1/",
    "http://[::1]/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://localhost/",
    "http://hooks.example@127.0.0.1/",
    "http://127.0.0.1\\@hooks.example/",
    "http://127.0.0.1#@hooks.example/",
    "http://hooks.example:x@127.0.0.1/",
    "http://hooks.example.evil.example/",
    "http://evil.example/?hooks.example",
    "http://user:secret@hooks.example/",
    "file:///etc/passwd",
    "gopher://hooks.example/",
    "ftp://hooks.example/",
    "//hooks.example/",
    "hooks.example",
    "http://",
    "",
]


@pytest.mark.parametrize("url", INSIDE)
def test_a12_no_webhook_goes_anywhere_but_to_the_hosts_that_are_named(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """Nothing is looked up and no connection is opened for any other address, however it is spelled."""

    def opened(*_arguments: object, **_more: object) -> None:
        raise AssertionError("it was looked up or called")

    monkeypatch.setattr(socket.socket, "connect", opened)
    monkeypatch.setattr(socket, "getaddrinfo", opened)
    letter = Letter("key", (), "", "", {"url": url, "secret": "s", "event": {}})
    with pytest.raises(SendFailed):
        WebhookSender(frozenset({"hooks.example"})).send(letter)


def test_a13_a_flood_of_comments_is_held_up_and_each_is_capped(filled: Filled) -> None:
    """The eleventh from one address in an hour is 429; a megabyte is refused; people's scripts and signs are kept."""
    path = f"/api/v2/public/cases/{filled.values['reference']}/representations"
    assert comment(filled, text="x" * 1_000_000).status_code == 422
    assert comment(filled, text="x" * 3_000_000).status_code == 413
    odd = "Z\u0351\u036b\u0343a\u0329 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U00020000 O\u2019Neill \u0139\u0175"
    assert comment(filled, text=odd, name="Si\u00f4n O'Neill").status_code == 201
    seen = filled.officer.get(f"/api/v2/cases/{filled.values['reference']}/representations").json()
    assert odd in [one["text"] for one in seen]
    filled.app.state.throttle = Throttle("memory://", TRIES)
    browser = visitor(filled.app)
    forged = ({"X-Forwarded-For": f"203.0.113.{turn}"} for turn in range(12))
    statuses = [browser.post(path, json=COMMENT, headers=headers).status_code for headers in forged]
    assert statuses == [201] * 10 + [429] * 2


def test_a13_a_text_that_many_send_is_shown_as_one(filled: Filled) -> None:
    """Officers see with each comment which others say the same, however it was typed; nobody else does."""
    path = f"/api/v2/cases/{filled.values['reference']}/representations"
    given_out = "I object. The extension takes the light!"
    alike = (given_out, "i object  the EXTENSION\ntakes the light", "I OBJECT: the extension takes the light.")
    for turn, said in enumerate((*alike, "I object. The extension takes the view!")):
        assert comment(filled, text=said, name=f"Neighbour {turn}").status_code == 201
    seen = filled.officer.get(path).json()[-4:]
    numbers = [one["number"] for one in seen]
    assert [one["same_text"] for one in seen] == [numbers[:3]] * 3 + [numbers[3:]]
    public = visitor(filled.app).get(f"/api/v2/public/cases/{filled.values['reference']}/representations")
    assert "same_text" not in public.text


def test_a15_no_error_and_no_log_repeats_what_somebody_wrote(filled: Filled, caplog: pytest.LogCaptureFixture) -> None:
    """Canaries in names, addresses, secrets and exceptions: none in a log line, none in the answer to a fault."""
    caplog.set_level(logging.DEBUG)

    def fault() -> None:
        raise LookupError("CANARYNAME at CANARYSTREET")

    if not any(getattr(route, "path", "") == "/api/fault/{secret}" for route in filled.app.routes):
        filled.app.add_api_route("/api/fault/{secret}", fault, methods=["GET"])
    browser = visitor(filled.app)
    broken = browser.get("/api/fault/CANARYSECRET")
    assert (broken.status_code, [one for one in CANARIES if one in broken.text]) == (500, [])
    told = {"name": "Jane CANARYNAME", "address": "1 CANARYSTREET", "email": "CANARYMAIL", "text": "CANARYWORDS"}
    for changes in (told, {**told, "email": "CANARYMAIL@x.example"}, {**told, "text": "CANARYWORDS" * 10_000}):
        comment(filled, **changes)
    browser.post("/api/v2/session", json={"email": "CANARYMAIL@x.example", "password": "CANARYSECRET words"})
    browser.post("/api/v2/session", content=b'{"email": "CANARYMAIL", ', headers={"Content-Type": "application/json"})
    browser.get("/api/v2/public/requests/CANARYSECRETCANARYSECRET")
    browser.get("/api/v2/cases", headers={"Authorization": "Bearer bops_0123456789ab_CANARYSECRET"})
    ours = "\n".join(
        one.getMessage() for one in caplog.records if one.name.startswith(("bopsgis", "api", "sqlalchemy"))
    )
    assert "GET /api/fault/{secret} failed" in ours
    assert [one for one in CANARIES if one in ours] == []


def test_f11_cells_that_begin_like_a_formula_are_text_in_our_exports(filled: Filled) -> None:
    """An address that a spreadsheet would run gets an apostrophe, and line ends stay in their cell."""
    path = f"/api/v2/cases/{filled.values['reference']}"
    for start in ("=HYPERLINK(1)", "+2", "-3", "@SUM(4)", "\t=5"):
        assert filled.officer.post(f"{path}/neighbours", json={"address": f"{start}, Town"}).status_code == 201
    batch = filled.officer.post(f"{path}/letters", json={"reason": "Again."}).json()["number"]
    answer = filled.officer.get(f"{path}/letters/{batch}.csv")
    cells = [cell for row in csv.reader(io.StringIO(answer.text)) for cell in row]
    assert len(cells) > 10
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert answer.headers["content-disposition"].startswith("attachment")
