"""Faults of the running service: killed in mid-write, a database that is away, a worker that dies."""

from __future__ import annotations

import os
import queue
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from aiosmtpd.controller import Controller
from sqlalchemy import func, select, text
from support.casework import ADMINISTRATOR, OFFICER
from support.live import Live, command_line, live
from support.postgis import Cluster, binaries, restartable
from support.serving import insist
from support.stores import sqlalchemy_url
from support.submissions import an_application

from api.accounts.clients import add_client
from api.accounts.tables import CouncilRow
from api.cases.tables import BoundaryVersionRow, CaseRow
from api.core import audit, clock, outbox
from api.core.access import Access
from api.core.audit import AuditEvent
from api.core.db import Database
from api.core.outbox import MessageRow, MessageState
from api.schema import upgrade
from api.submissions.tables import SubmissionRow
from api.worker.delivery import deliver
from api.worker.senders import Letter

URL = "/api/v2/submissions"


@dataclass
class Place:
    """A home folder, its database, and the key of a program that may send applications."""

    home: Path
    url: str
    headers: dict[str, str]

    def database(self) -> Database:
        """A new way into the database, as somebody beside the service has one."""
        return Database(self.url)


def a_place(home: Path, url: str) -> Place:
    """Migrate and add council `a` and a program."""
    database = Database(url)
    upgrade(database)
    with database.unit_of_work(Access.public(0)) as work:
        work.session.add(CouncilRow(id=1, code="a", name="A"))
    with database.unit_of_work(ADMINISTRATOR) as work:
        _, key = add_client(work, "Portal", ["submissions:write", "cases:read"], clock.now())
    database.dispose()
    return Place(home, url, {"Authorization": f"Bearer {key}"})


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[Cluster]:
    """A PostGIS cluster that may be killed, and that keeps what it acknowledged."""
    found = binaries()
    if found is None:
        pytest.skip("PostgreSQL with PostGIS is not installed (Debian: postgresql-postgis)")
    with restartable(found, "fsync=on", "synchronous_commit=on", "full_page_writes=on") as cluster:
        yield cluster


@pytest.fixture(params=["shapelite", pytest.param("postgis", marks=pytest.mark.postgis)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A fresh service's place on each of the two stores."""
    if request.param == "shapelite":
        return a_place(tmp_path, sqlalchemy_url(tmp_path / "cases.db"))
    return a_place(tmp_path, request.getfixturevalue("own_cluster").fresh_database())


def check_consistent(place: Place, acknowledged: list[str], *, tried: int) -> None:
    """Every acknowledged case is there and whole, numbers have no gap, and the audit holds."""
    database = place.database()
    with database.reading(OFFICER) as work:
        references = list(work.session.scalars(select(CaseRow.reference).order_by(CaseRow.number)))
        numbers = [int(reference.split("-")[1]) for reference in references]
        assert numbers == list(range(1, len(numbers) + 1))
        assert set(acknowledged) <= set(references)
        assert len(acknowledged) == len(set(acknowledged))
        assert len(references) <= tried
        for table in (SubmissionRow, BoundaryVersionRow):
            assert work.session.scalar(select(func.count()).select_from(table)) == len(references)
        received = select(func.count()).select_from(AuditEvent).where(AuditEvent.act == "receive")
        assert work.session.scalar(received) == len(references)
        assert list(audit.verify(work.session, 1)) == []
    database.dispose()


def test_d04_a_hundred_at_once_over_http_are_numbered_without_gap(place: Place) -> None:
    """Sixteen senders, a hundred applications, a real server: numbers 1 to 100, each once, and the audit holds."""
    with live(place.home, database=place.url, council="a") as server:

        def send(turn: int) -> str:
            headers = place.headers | {"Idempotency-Key": f"parallel-{turn}"}
            answer = insist(lambda: server.post(URL, json=an_application(), headers=headers))
            assert answer.status_code in {200, 201}, answer.text
            return str(answer.json()["reference"])

        with ThreadPoolExecutor(16) as pool:
            references = list(pool.map(send, range(100)))
    assert sorted(int(one.split("-")[1]) for one in references) == list(range(1, 101))
    check_consistent(place, references, tried=100)


def senders(server: Live, place: Place, acknowledged: list[str], enough: threading.Event, after: int) -> int:
    """Send from four at once until the service is gone; sets `enough` after so many; how many were tried."""
    tried = []

    def go() -> None:
        while len(tried) < 400:
            tried.append(1)
            try:
                answer = server.post(URL, json=an_application(), headers=place.headers)
            except requests.RequestException:
                return
            if answer.status_code == 201:
                acknowledged.append(answer.json()["reference"])
            if len(acknowledged) >= after:
                enough.set()
            if answer.status_code == 503 and enough.is_set():  # before, it is only busy
                return

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert enough.wait(120), "the service took too few applications"
    return _joined(threads, tried)


def _joined(threads: list[threading.Thread], tried: list[int]) -> int:
    for thread in threads:
        thread.join(120)
    return len(tried)


def test_i06_a_server_killed_in_mid_write_leaves_no_half(place: Place) -> None:
    """Kill -9 while four senders write: what was acknowledged is whole, nothing is half there, it starts again."""
    acknowledged: list[str] = []
    enough = threading.Event()
    with live(place.home, database=place.url, council="a") as server:
        killing = threading.Thread(target=lambda: (enough.wait(120), server.kill()))
        killing.start()
        tried = senders(server, place, acknowledged, enough, after=12)
        killing.join()
    check_consistent(place, acknowledged, tried=tried)
    with live(place.home, database=place.url, council="a") as server:
        again = server.post(URL, json=an_application(), headers=place.headers)
        assert again.status_code == 201, again.text
    check_consistent(place, [*acknowledged, again.json()["reference"]], tried=tried + 1)


@pytest.mark.postgis
def test_i01_i02_i07_a_database_that_dies_is_503_and_loses_nothing(tmp_path: Path, own_cluster: Cluster) -> None:
    """Down at the start: alive, not ready. Killed while it is asked: 503. Back: works, and every case is there."""
    place = a_place(tmp_path, own_cluster.fresh_database())
    own_cluster.kill()
    with live(place.home, database=place.url, council="a") as server:
        assert server.get("/live").status_code == 200
        assert server.get("/ready").status_code == 503
        away = server.get("/api/v2/cases", headers=place.headers)
        assert (away.status_code, away.json()["code"]) == (503, "database_away")
        assert away.headers["content-type"] == "application/problem+json"
        assert int(away.headers["retry-after"]) > 0
        assert str(own_cluster.folder) not in away.text
        own_cluster.start()
        _until(lambda: server.get("/api/v2/cases", headers=place.headers).status_code == 200)
        acknowledged: list[str] = []
        enough = threading.Event()
        killing = threading.Thread(target=lambda: (enough.wait(120), own_cluster.kill()))
        killing.start()
        tried = senders(server, place, acknowledged, enough, after=12)
        killing.join()
        assert server.get("/api/v2/cases", headers=place.headers).status_code == 503
        own_cluster.start()
        _until(lambda: server.get("/api/v2/cases", headers=place.headers).status_code == 200)
        check_consistent(place, acknowledged, tried=tried)
        assert server.post(URL, json=an_application(), headers=place.headers).status_code == 201


def _until(holds: Callable[[], bool], tries: int = 1_200) -> None:
    for _ in range(tries):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come about")


class Inbox:
    """A mail server that has somebody killed once it has taken a mail, before it says so."""

    def __init__(self) -> None:
        self.mails: queue.Queue[str] = queue.Queue()
        self.kill: Callable[[], None] = lambda: None

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        """Take one mail."""
        self.mails.put(envelope.content.decode())
        self.kill()
        return "250 OK"


@pytest.fixture
def mail_server() -> Iterator[tuple[Inbox, int]]:
    """An inbox and its port."""
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield inbox, port
    controller.stop()


REMINDER = {"template": "deadline_reminder", "to": ["a@example.org"], "address": "1 Example Street", "days_left": 7}


def test_d11_a_worker_killed_after_sending_sends_again_with_the_same_key(
    tmp_path: Path, mail_server: tuple[Inbox, int]
) -> None:
    """Kill -9 between the mail server's taking and our marking: sent again under its key, before the case's next."""
    inbox, port = mail_server
    place = a_place(tmp_path, sqlalchemy_url(tmp_path / "cases.db"))
    database = place.database()
    past = datetime.now(tz=UTC) - timedelta(days=1)
    with database.unit_of_work(OFFICER) as work:
        for deadline in ("first", "second"):
            payload = {**REMINDER, "reference": "26-00001-HAPP", "deadline": deadline}
            outbox.add(work, outbox.Channel.MAIL, payload, past, case_id=1)
    worker = _worker(place, port)
    inbox.kill = lambda: os.kill(worker.pid, signal.SIGKILL)
    taken = inbox.mails.get(timeout=120)
    assert worker.wait(120) == -signal.SIGKILL
    assert inbox.mails.empty()
    with database.unit_of_work(OFFICER) as work:
        # Two minutes later, as far as the messages know.
        work.session.execute(text("UPDATE outbox_message SET due_at = created_at"))
    inbox.kill = lambda: None
    worker = _worker(place, port)
    try:
        again, second = inbox.mails.get(timeout=120), inbox.mails.get(timeout=120)
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(120) == 0
    assert _key(again) == _key(taken) != _key(second)
    assert ("first" in again, "second" in second) == (True, True)
    with database.reading(OFFICER) as work:
        states = list(work.session.scalars(select(MessageRow.state).order_by(MessageRow.id)))
    assert states == [MessageState.SENT, MessageState.SENT]
    assert inbox.mails.empty()
    database.dispose()


def _worker(place: Place, port: int) -> Any:
    return command_line(place.home, "worker", database=place.url, smtp_host="127.0.0.1", smtp_port=str(port))


def _key(mail: str) -> str:
    return next(line for line in mail.splitlines() if line.startswith("Message-ID"))


class Deadly:
    """A way out that kills whoever takes one kind of message to it."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, letter: Letter) -> None:
        """Die of the first one, send the others."""
        if letter.payload["deadline"] == "first":
            raise KeyboardInterrupt
        self.sent.append(letter.payload["deadline"])


def test_d11_a_message_that_five_workers_died_of_is_parked(database: Database) -> None:
    """Each is killed before it can mark it; the sixth parks it, and the next message of the case goes out."""
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    with database.unit_of_work(OFFICER) as work:
        for deadline in ("first", "second"):
            payload = {**REMINDER, "reference": "26-00001-HAPP", "deadline": deadline}
            outbox.add(work, outbox.Channel.MAIL, payload, at, case_id=1)
    way_out, words = Deadly(), {"council": "A", "address": "http://localhost"}
    senders_of_all = dict.fromkeys(outbox.Channel, way_out)
    for turn in range(5):
        with pytest.raises(KeyboardInterrupt):
            deliver(database, 1, senders_of_all, words, at + timedelta(hours=turn))
    assert deliver(database, 1, senders_of_all, words, at + timedelta(hours=5)).sent == 1
    assert way_out.sent == ["second"]
    with database.reading(OFFICER) as work:
        states = list(work.session.scalars(select(MessageRow.state).order_by(MessageRow.id)))
    assert states == [MessageState.PARKED, MessageState.SENT]
