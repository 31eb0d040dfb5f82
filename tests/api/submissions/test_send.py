"""Applications as other systems send them: taken once, whole, with what they lack and where constraints differ."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from support.casework import ADMINISTRATOR, NOON, OFFICER, key_for, signed_in
from support.submissions import a_report, an_application, changed, geojson_of, intake_app, without

from api.cases import store as cases
from api.cases.fees import payments_of
from api.cases.tables import CaseRow
from api.core.access import Access
from api.core.audit import trail, verify
from api.core.db import Database
from api.councils.service import received_on
from api.councils.settings import BusinessHours
from api.maps.service import SiteChecks
from api.submissions import store
from api.submissions.intake import Findings, Sending, take
from api.submissions.odp import read_odp
from api.submissions.tables import SubmissionRow
from bopsgis.errors import NotFound
from bopsgis.planning.calendar import england
from bopsgis.planning.case import Role

URL = "/api/v2/submissions"
LACKING = ["Drawings of the proposed elevations.", "A heritage statement."]
"""The second because the site lies in a conservation area."""


@pytest.fixture
def app(database: Database, tmp_path: Path) -> FastAPI:
    """Intake for council `a`."""
    return intake_app(database, tmp_path)


@pytest.fixture
def sender(app: FastAPI) -> TestClient:
    """A program that may send applications and nothing else."""
    return TestClient(app, base_url="http://localhost", headers=key_for(app, "submissions:write"))


def of_client() -> Access:
    """A program as services see it."""
    return Access(council_id=1, actor="API client Portal", client_id=7, scopes=frozenset({"submissions:write"}))


def test_an_application_becomes_a_case(app: FastAPI, sender: TestClient, database: Database) -> None:
    """Case, people, site, report, listed documents, what is missing and the differences; the raw text is kept."""
    body = json.dumps(an_application()).encode()
    answer = sender.post(URL, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["reference"].endswith("-00001-HAPP")
    assert told["missing"] == LACKING
    differences = {one["value"]: (one["sender"], one["ours"]) for one in told["differences"]}
    assert differences["designated.conservationArea"] == (False, "present")
    assert differences["tpo"] == (True, "not_known")
    assert [one["tags"] for one in told["expected_documents"]] == [["locationPlan"], ["sitePlan.proposed"]]
    with database.reading(OFFICER) as work:
        row = cases.get(work, told["reference"])
        assert (row.alternative_reference, row.uprns, row.postcode) == ("sender-1", ["100012345678"], "XX1 1XX")
        assert (row.missing, row.ward, row.proposal) == (told["missing"], "Sample Ward", "A rear extension")
        people = cases.parties(work, row)
        assert (people["applicant"].address, people["agent"].name) == (row.address, "Ben Sample")
        (payment,) = payments_of(work, row)
        assert (row.fee_due_pence, payment.amount_pence, payment.reference) == (25_800, 25_800, "PAY-1")
        screening = cases.latest_screening(work, row)
        assert screening is not None
        assert screening.identity == told["screening"]
        assert [event.act for event in trail(work, row.id)] == ["receive", "screen_site"]
        assert list(verify(work.session, 1)) == []
    detail = signed_in(app, Role.ASSESSOR).get(f"{URL}/{told['submission']}").json()
    assert (detail["raw"], detail["answer"], detail["enforcement"]) == (an_application(), told, None)


def test_sent_again_it_is_answered_alike_and_kept_once(sender: TestClient, database: Database) -> None:
    """D03: the same key and body give 200 and the first answer; another body under that key gives 422."""
    first = sender.post(URL, json=an_application(), headers={"Idempotency-Key": "key-0001"})
    again = sender.post(URL, json=an_application(), headers={"Idempotency-Key": "key-0001"})
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    other = changed(an_application(), "/data/proposal/description", "Something else")
    refused = sender.post(URL, json=other, headers={"Idempotency-Key": "key-0001"})
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert sender.post(URL, json=other, headers={"Idempotency-Key": "key-0002"}).status_code == 201
    with database.reading(OFFICER) as work:
        assert work.session.scalar(select(func.count()).select_from(CaseRow)) == 2


@pytest.mark.parametrize(
    ("fee", "due", "exemption", "paid", "lacks"),
    [
        ({"payable": 258}, 25_800, "", 0, True),
        ({"payable": 0, "exemption": {"disability": True}}, 0, "The sender says: for a disabled person.", 0, False),
        ({"notApplicable": True}, None, "The sender says that no fee applies.", 0, False),
        ({"payable": 64.5, "reduction": {"sports": True}, "reference": {"govPay": "P"}}, 6_450, "club", 6_450, False),
        (None, None, "", 0, True),
    ],
)
def test_the_fee_is_kept_as_it_was_sent(
    sender: TestClient,
    database: Database,
    fee: dict[str, Any] | None,
    due: int | None,
    exemption: str,
    paid: int,
    *,
    lacks: bool,
) -> None:
    """What is due, why less is, and what was paid; without a reference of a payment nothing counts as paid."""
    sent = changed(an_application(), "/data/application/fee", fee)
    told = sender.post(URL, json=sent).json()
    assert ("The fee, or the reason why none is due." in told["missing"]) is lacks
    with database.reading(OFFICER) as work:
        row = cases.get(work, told["reference"])
        assert row.fee_due_pence == due
        assert exemption in row.fee_exemption
        assert sum(one.amount_pence for one in payments_of(work, row)) == paid


def test_keys_belong_to_their_sender(app: FastAPI, sender: TestClient) -> None:
    """Two programs may use the same key for different submissions."""
    other = TestClient(app, base_url="http://localhost", headers=key_for(app, "submissions:write"))
    answers = [who.post(URL, json=an_application(), headers={"Idempotency-Key": "key-0001"}) for who in (sender, other)]
    assert [answer.status_code for answer in answers] == [201, 201]


def taken(database: Database, key: str | None, sent: dict[str, Any]) -> Any:
    """Keep one submission whose site was not checked."""
    body = json.dumps(sent).encode()
    return take(database, Sending(of_client(), body, key), read_odp(sent, body), Findings(), NOON)


def test_retries_at_the_same_time_open_one_case(database: Database) -> None:
    """D03: twenty sendings of one submission under one key, eight at a time: one is kept, all are answered alike."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: taken(database, "key-0001", an_application()), range(20)))
    assert sorted(one.again for one in answers) == [False] + [True] * 19
    assert len({json.dumps(one.answer, sort_keys=True) for one in answers}) == 1
    with database.reading(OFFICER) as work:
        assert work.session.scalar(select(func.count()).select_from(CaseRow)) == 1


def insisting(database: Database, key: str) -> Any:
    """Keep one submission, sent again where the store is too busy, as the service does (`api.core.do_over`)."""
    for _ in range(20):
        with suppress(OperationalError):
            return taken(database, key, an_application())
    return taken(database, key, an_application())


def test_a_hundred_at_once_are_numbered_without_gap(database: Database) -> None:
    """A hundred submissions by sixteen senders get the numbers 1 to 100, and the audit holds."""
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda turn: insisting(database, f"key-{turn:05}"), range(100)))
    with database.reading(OFFICER) as work:
        assert sorted(work.session.scalars(select(CaseRow.number))) == list(range(1, 101))
        assert list(verify(work.session, 1)) == []


def test_a_failed_sending_leaves_its_key_free(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """D06: where keeping the submission fails, nothing is left, and the same key works afterwards."""
    with monkeypatch.context() as broken:
        broken.setattr("api.submissions.intake.open_case", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            taken(database, "key-0001", an_application())
    assert not taken(database, "key-0001", an_application()).again
    with database.reading(OFFICER) as work:
        assert work.session.scalar(select(func.count()).select_from(SubmissionRow)) == 1


def test_a_report_of_a_breach_is_recorded(app: FastAPI, sender: TestClient, database: Database) -> None:
    """No case is opened; officers read what was reported and by whom; where constraints differ is said as well."""
    designations = {"designations": [{"value": "designated.conservationArea", "intersects": False}]}
    told = sender.post(URL, json=changed(a_report(), "/data/property/planning", designations)).json()
    differences = {one["value"]: (one["sender"], one["ours"]) for one in told["differences"]}
    assert differences["designated.conservationArea"] == (False, "present")
    assert (told["state"], told["reference"], told["application_type"]) == ("recorded", None, None)
    detail = signed_in(app, Role.ASSESSOR).get(f"{URL}/{told['submission']}").json()
    assert detail["enforcement"]["description"] == "A shed in the front garden"
    assert detail["enforcement"]["reported_by"]["email"] == "cleo@example.org"
    with database.reading(OFFICER) as work:
        assert work.session.scalar(select(func.count()).select_from(CaseRow)) == 0


def test_checking_keeps_nothing(sender: TestClient, database: Database) -> None:
    """The lists are those of sending, and the database stays empty."""
    told = sender.post(f"{URL}/check", json=an_application()).json()
    assert told["missing"] == LACKING
    with database.reading(OFFICER) as work:
        assert work.session.scalar(select(func.count()).select_from(SubmissionRow)) == 0


def test_without_constraint_data_it_is_taken_all_the_same(app: FastAPI, sender: TestClient, tmp_path: Path) -> None:
    """A store that is not there is said in a note, and the site stays to be checked."""
    app.state.checks = SiteChecks(tmp_path / "gone")
    told = sender.post(URL, json=an_application()).json()
    assert (told["screening"], told["differences"]) == (None, [])
    assert "The constraint data could not be asked; the site is to be checked later." in told["notes"]


def test_without_a_boundary_it_is_taken_and_the_boundary_is_missing(sender: TestClient) -> None:
    """The case is opened; what is missing says what to send."""
    told = sender.post(URL, json=without(an_application(), "/data/proposal/boundary")).json()
    assert "A site boundary." in told["missing"]


def test_a_site_where_no_council_is_known_is_noted(sender: TestClient) -> None:
    """What cannot be told is not held against the applicant; inside the council there is no note."""
    far = geojson_of(shapely.box(533_000, 178_000, 533_040, 178_050))
    told = sender.post(URL, json=changed(an_application(), "/data/proposal/boundary/site", far)).json()
    inside = sender.post(URL, json=an_application()).json()
    assert [note for note in told["notes"] if note.startswith("No council's boundary was found")]
    assert (inside["notes"], inside["missing"]) == ([], LACKING)


def test_only_those_who_may_send_or_read(app: FastAPI, sender: TestClient, database: Database) -> None:
    """Nobody, a key for something else and a sender who wants to read are refused; so is the other council."""
    told = sender.post(URL, json=an_application()).json()
    stranger = TestClient(app, base_url="http://localhost")
    assert stranger.post(URL, json=an_application()).status_code == 401
    reader = key_for(app, "cases:read")
    assert stranger.post(URL, json=an_application(), headers=reader).status_code == 403
    assert stranger.get(f"{URL}/{told['submission']}", headers=reader).status_code == 401
    other = Access(council_id=2, actor="B", roles=ADMINISTRATOR.roles)
    with database.reading(other) as work, pytest.raises(NotFound):
        store.get(work, told["submission"])


def test_no_address_in_a_submission_is_fetched(sender: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A12: with every connection forbidden, listed files at addresses inside the network are taken as names."""

    def refused(*_: object) -> None:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", refused)
    told = sender.post(URL, json=an_application()).json()
    names = [one["name"] for one in told["expected_documents"]]
    assert names == ["http://169.254.169.254/plan.pdf", "file:///etc/passwd"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"a": NaN}', 400),
        (b'{"a": 1, "a": 2}', 400),
        (b'{"a": "\\ud800"}', 400),
        (b'{"a": "\\u0000"}', 400),
        (b"\xff\xfe{\x00}\x00", 400),
        (b"[" * 100_000, 400),
        (b"{", 400),
        (b"7", 422),
        (b"{}", 422),
        (b'"' + b"x" * 2_200_000 + b'"', 413),
    ],
)
def test_what_is_no_submission_is_refused(sender: TestClient, body: bytes, status: int) -> None:
    """JSON that means nothing, or two things, or is too large, never gets as far as a field."""
    answer = sender.post(URL, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_fault_in_the_boundary_is_told_with_its_place_on_the_ground(sender: TestClient) -> None:
    """422 with the pointer, and where the boundary crosses itself."""
    bow = shapely.Polygon([(430_000, 280_000), (430_020, 280_030), (430_020, 280_000), (430_000, 280_030)])
    answer = sender.post(URL, json=changed(an_application(), "/data/proposal/boundary/site", geojson_of(bow)))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "fields_refused")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/data/proposal/boundary/site"]
    assert problem["at"]["grid_reference"].startswith("SP 300")


@pytest.mark.parametrize("key", ["short", "with a space", "x" * 201])
def test_a_key_that_is_no_key_is_refused(sender: TestClient, key: str) -> None:
    """Eight to 200 visible characters."""
    assert sender.post(URL, json=an_application(), headers={"Idempotency-Key": key}).status_code == 422


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 6, 30, 15, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 16, 0, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 7, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 3, 18, 0, tzinfo=UTC), date(2026, 7, 6)),
        (datetime(2026, 7, 5, 12, 0, tzinfo=UTC), date(2026, 7, 6)),
        (datetime(2026, 12, 24, 18, 0, tzinfo=UTC), date(2026, 12, 29)),
        (datetime(2026, 1, 5, 8, 59, tzinfo=UTC), date(2026, 1, 5)),
    ],
)
def test_what_comes_out_of_hours_counts_from_the_next_working_day(at: datetime, day: date) -> None:
    """By the clock in England, over midnight, weekends and bank holidays."""
    assert received_on(at, england(), BusinessHours()) == day
