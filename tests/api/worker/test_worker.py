"""The worker against real counterparts: a mail server, a web server, folders; on both stores."""

from __future__ import annotations

import email
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import shapely
from aiosmtpd.controller import Controller
from sqlalchemy import select

from api.accounts.officers import add_officer
from api.cases import service as cases
from api.cases.acting import Moment
from api.cases.receive import NewCase, receive
from api.core.access import Access
from api.core.db import Database
from api.core.outbox import Channel, MessageRow, add
from api.core.parking import counts, parked, retry
from api.core.settings import Settings
from api.documents.filing import open_filing
from api.documents.settings import DocumentSettings
from api.worker.delivery import PARK_AFTER, deliver
from api.worker.jobs import remind_of_deadlines
from api.worker.run import Desk, Round, one_round, senders_of, sweep_files
from api.worker.senders import (
    FolderSender,
    Letter,
    NotifySender,
    SendFailed,
    SmtpSender,
    WebhookSender,
    signature,
)
from bopsgis.boundary import from_geometry
from bopsgis.planning.case import Role

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ACCESS = Access(council_id=1, actor="t", roles=frozenset({Role.ADMINISTRATOR, Role.ASSESSOR}))
WORDS = {"council": "Sample Council", "address": "https://planning.example"}
REQUEST = {
    "template": "applicant_request",
    "to": ["a@example.org"],
    "reference": "26-00001-HAPP",
    "kind": "Send a further document",
    "reason": "We need #a *plan* {{7*7}}.",
    "due_on": "2026-06-22",
}


class Recorder:
    """A sender that keeps what it is given, and fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        self.letters: list[Letter] = []
        self.failures = failures

    def send(self, letter: Letter) -> None:
        """Keep or fail."""
        if self.failures:
            self.failures -= 1
            raise SendFailed("no answer")
        self.letters.append(letter)


def put(database: Database, count: int = 1, case_id: int | None = None, **more: Any) -> None:
    """Put messages into the outbox."""
    with database.unit_of_work(ACCESS) as work:
        for number in range(count):
            payload = {**REQUEST, "secret": f"secret-{number}", **more}
            add(work, Channel.MAIL, payload, NOW, case_id=case_id)


def go(database: Database, sender: Any, at: datetime = NOW) -> Any:
    """Send what is due."""
    return deliver(database, 1, dict.fromkeys(Channel, sender), WORDS, at)


def test_a_message_goes_out_once_and_its_secret_is_forgotten(database: Database) -> None:
    """It is sent with the link, marked, not sent again, and the secret is gone from the database."""
    put(database)
    sender = Recorder()
    assert go(database, sender).sent == 1
    assert go(database, sender).sent == 0
    (letter,) = sender.letters
    assert letter.subject == "26-00001-HAPP: Send a further document"
    assert "https://planning.example/requests/secret-0" in letter.text
    assert "{{7*7}}" in letter.text
    with database.reading(ACCESS) as work:
        assert "secret" not in work.session.scalars(select(MessageRow.payload)).one()


def test_a_failure_waits_longer_each_time_and_is_parked_after_five(database: Database) -> None:
    """D11: four failures put it off, the fifth parks it, and a person can put it back."""
    put(database)
    sender = Recorder(failures=PARK_AFTER)
    at, waits = NOW, []
    for _ in range(PARK_AFTER):
        assert go(database, sender, at - timedelta(seconds=1) if waits else at).sent == 0
        done = go(database, sender, at)
        with database.reading(ACCESS) as work:
            row = work.session.scalars(select(MessageRow)).one()
            waits.append(row.due_at - at)
            at = max(at, row.due_at)
    assert waits[:4] == sorted(waits[:4])
    assert done.parked == 1 or parked_count(database) == 1
    with database.unit_of_work(ACCESS) as work:
        assert retry(work, at) == 1
    assert go(database, sender, at).sent == 1


def parked_count(database: Database) -> int:
    """How many messages are parked."""
    with database.reading(ACCESS) as work:
        return len(parked(work))


def test_messages_of_one_case_keep_their_order(database: Database) -> None:
    """D11: while the first of a case fails, its second waits; another case's message goes out."""
    put(database, count=2, case_id=1)
    put(database, case_id=2, reference="26-00002-HAPP")
    sender = Recorder(failures=1)
    go(database, sender)
    assert [letter.payload["reference"] for letter in sender.letters] == ["26-00002-HAPP"]
    go(database, sender, NOW + timedelta(minutes=5))
    assert [letter.payload["secret"] for letter in sender.letters[1:]] == ["secret-0", "secret-1"]


def test_a_worker_that_dies_after_sending_sends_again_with_the_same_key(database: Database) -> None:
    """What was handed over but not marked goes out once more, recognisably the same."""
    put(database)

    class Dies(Recorder):
        """Hands over, then is killed."""

        def send(self, letter: Letter) -> None:
            """Keep, then die."""
            super().send(letter)
            raise KeyboardInterrupt

    sender = Dies()
    with pytest.raises(KeyboardInterrupt):
        go(database, sender)
    after = Recorder()
    assert go(database, after, NOW + timedelta(minutes=1)).sent == 0
    assert go(database, after, NOW + timedelta(minutes=3)).sent == 1
    assert after.letters[0].key == sender.letters[0].key


def test_a_message_that_fits_no_template_is_parked_and_holds_up_nobody(database: Database) -> None:
    """A fault of ours in one message does not stop the others."""
    put(database, template="no_such_template")
    with database.unit_of_work(ACCESS) as work:
        add(work, Channel.MAIL, {"to": ["a@example.org"]}, NOW, case_id=None)
    put(database)
    sender = Recorder()
    assert go(database, sender).sent == 1
    with database.reading(ACCESS) as work:
        assert counts(work)["pending"] == 2


def test_mail_reaches_a_real_mail_server() -> None:
    """A10: subject, text and Message-ID arrive; a subject cannot smuggle a header; a closed port is a failure."""

    class Inbox:
        """Keeps what arrives."""

        mails: ClassVar[list[bytes]] = []

        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
            """Take one mail."""
            self.mails.append(envelope.content)
            return "250 OK"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Inbox(), hostname="127.0.0.1", port=port)
    controller.start()
    letter = Letter("key-1", ("a@example.org",), "Hello\r\nBcc: x@evil.example", "Grüße\n", {})
    try:
        SmtpSender("127.0.0.1", port, "planning@council.example").send(letter)
    finally:
        controller.stop()
    mail = email.message_from_bytes(Inbox.mails[0])
    assert mail["Message-ID"] == "<key-1@bopsgis.local>"
    assert mail["Bcc"] is None
    with pytest.raises(SendFailed):
        SmtpSender("127.0.0.1", port, "planning@council.example").send(letter)


@pytest.fixture
def web_server() -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]], dict[str, int]]]:
    """A web server that keeps what it gets and answers with the status it is told."""
    got: list[tuple[str, dict[str, str], bytes]] = []
    says = {"status": 201}

    class Handler(BaseHTTPRequestHandler):
        """Keeps requests."""

        def do_POST(self) -> None:  # the standard library's name
            """Take one request."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, dict(self.headers), body))
            self.send_response(says["status"])
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_arguments: Any) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got, says
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_is_signed_and_goes_only_where_it_may(web_server: Any) -> None:
    """A12: the signature covers key and body; another host, a redirect and an error answer are failures."""
    url, got, says = web_server
    event = {"reference": "26-00001-HAPP", "act": "decide"}
    letter = Letter("key-1", (), "", "", {"url": f"{url}/hook", "secret": "s", "event": event})
    sender = WebhookSender(frozenset({"127.0.0.1"}))
    sender.send(letter)
    path, headers, body = got[0]
    assert (path, json.loads(body)) == ("/hook", event)
    assert headers["X-Bopsgis-Signature"] == signature("s", "key-1", body)
    assert headers["Idempotency-Key"] == "key-1"
    for status in (302, 404, 500):
        says["status"] = status
        with pytest.raises(SendFailed):
            sender.send(letter)
    assert len(got) == 4
    with pytest.raises(SendFailed, match="not one that this server may call"):
        WebhookSender(frozenset({"hooks.example"})).send(letter)


def test_notify_gets_mail_and_letters(web_server: Any) -> None:
    """Mail and letters arrive in Notify's own shape with our key as reference; its errors are failures."""
    url, got, says = web_server
    key = "test-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
    letter = Letter("key-1", ("1 High Street", "Town", "XX1 1XX"), "Subject", "Text", {})
    NotifySender(key, "template-1", url, letters=True).send(letter)
    mail = Letter("key-2", ("a@example.org",), "Subject", "Text", {})
    NotifySender(key, "template-2", url, letters=False).send(mail)
    sent = [(path, json.loads(body)) for path, _, body in got]
    assert sent[0][0].endswith("/notifications/letter")
    assert sent[0][1]["personalisation"]["address_line_1"] == "1 High Street"
    assert sent[1][1]["email_address"] == "a@example.org"
    assert [body["reference"] for _, body in sent] == ["key-1", "key-2"]
    says["status"] = 429
    with pytest.raises(SendFailed):
        NotifySender(key, "template-2", url, letters=False).send(mail)


def test_the_folder_keeps_each_message_once(tmp_path: Path) -> None:
    """A repeat writes the same file, and no half file is left."""
    sender = FolderSender(tmp_path / "mail", "eml")
    letter = Letter("key-1", ("a@example.org",), "Subject", "Text\n", {})
    sender.send(letter)
    sender.send(letter)
    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["key-1.eml"]


def test_officers_are_reminded_once_of_each_deadline(database: Database) -> None:
    """A week before, once; again after an extension; never for a case without an officer, and no version is used up."""
    with database.unit_of_work(ACCESS) as work:
        received = Moment(NOW, date(2026, 6, 1))
        officer = add_officer(
            work, email="o@c.example", name="Sample Officer", roles={Role.ASSESSOR}, password=None, at=NOW
        )
        site = from_geometry(shapely.box(430000, 280000, 430020, 280030))
        new = NewCase("pp.full.householder", date(2026, 6, 1), "An extension", "1 Example Street", site=site)
        row = cases.validate(work, receive(work, new, received), date(2026, 6, 1), received)
        cases.validate(work, receive(work, new, received), date(2026, 6, 1), received)
        cases.assign(work, row, officer.id, received)
        version = row.version
    before = Moment(NOW, date(2026, 7, 19))
    week = Moment(NOW, date(2026, 7, 20))
    assert remind_of_deadlines(database, 1, before) == 0
    assert remind_of_deadlines(database, 1, week) == 1
    assert remind_of_deadlines(database, 1, week) == 0
    with database.unit_of_work(ACCESS) as work:
        again = work.session.get_one(type(row), row.id)
        assert again.version == version
        cases.extend_time(work, again, date(2026, 7, 30), "Agreed.", week)
    assert remind_of_deadlines(database, 1, Moment(NOW, date(2026, 7, 25))) == 1


def test_a_round_does_all_that_is_due(database: Database, tmp_path: Path) -> None:
    """One round sends mail to the folder, and a second finds nothing left to do."""
    with database.unit_of_work(ACCESS) as work:
        add(work, Channel.MAIL, {**REQUEST, "secret": "s"}, NOW, case_id=None)
    settings = Settings(home=tmp_path)
    filing = open_filing(DocumentSettings(), tmp_path)
    desk = Desk(database, senders_of(settings), lambda *_: pytest.fail("nothing is to be checked"), filing, "http://x")
    assert one_round(desk, Moment(NOW, NOW.date())) == Round(1, 0, 0, 0, 0, 0, 0)
    assert one_round(desk, Moment(NOW, NOW.date())) == Round(0, 0, 0, 0, 0, 0, 0)
    assert len(list((tmp_path / "outbox" / "mail").glob("*.eml"))) == 1
    assert sweep_files(desk, Moment(NOW, NOW.date())) == 0
