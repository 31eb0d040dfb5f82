"""Alerts by mail: asked for on a page, confirmed from the mailbox, told, stopped; on both stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import shapely
from sqlalchemy import select
from support.casework import NOON, OFFICER
from support.registers import Register, add_case

from api.cases import store as cases
from api.cases.acting import Moment
from api.cases.service import withdraw
from api.core.access import Access
from api.core.outbox import Channel, MessageRow
from api.register import alerts
from api.register.tables import AlertRow
from api.worker.delivery import deliver
from api.worker.senders import FolderSender

OWN = {"sec-fetch-site": "same-origin"}
TOMORROW = Moment(NOON.at + timedelta(days=1), NOON.on + timedelta(days=1))
NEARBY = "near=100001&within=250&type=pp.full.householder"


def subscribe(register: Register, **fields: str) -> str:
    """Ask for an alert and confirm it from the mail; its secret."""
    asked = register.browser.post(
        "/alerts", data={"email": "reader@example.org", **fields}, headers=OWN, follow_redirects=False
    )
    assert asked.headers["location"] == "/alerts/asked"
    secret = str(messages(register)[-1].payload["secret"])
    assert register.browser.post(f"/alerts/{secret}", headers=OWN).status_code == 200
    return secret


def messages(register: Register) -> list[MessageRow]:
    """Mail in the outbox about alerts, oldest first."""
    with register.database.reading(OFFICER) as work:
        rows = work.session.scalars(select(MessageRow).order_by(MessageRow.id)).all()
        work.session.expunge_all()
        return [row for row in rows if str(row.payload.get("template", "")).startswith("alert")]


def kept(register: Register) -> int:
    """How many alerts there are."""
    with register.database.reading(OFFICER) as work:
        return len(work.session.scalars(select(AlertRow)).all())


def test_nothing_is_told_before_it_is_confirmed(register: Register) -> None:
    """The page says what the mails will be about; one mail asks to confirm; a link alone confirms nothing."""
    page = register.browser.get(f"/alerts/new?{NEARBY}").text
    assert "Within 250 m of 1 Mill Lane, Anytown" in page
    fields = {"near": "100001", "within": "250"}
    register.browser.post("/alerts", data={"email": "reader@example.org", **fields}, headers=OWN)
    (asked,) = messages(register)
    assert (asked.payload["template"], asked.payload["to"]) == ("alert_confirm", ["reader@example.org"])
    secret = asked.payload["secret"]
    assert "Yes, send me these emails" in register.browser.get(f"/alerts/{secret}").text
    add_case(register.database, "4 Mill Lane", shapely.box(440_030, 240_000, 440_040, 240_030), at=TOMORROW)
    assert alerts.tell(register.database, 1, TOMORROW) == 0
    later = Moment(NOON.at + alerts.FORGET_AFTER + timedelta(hours=1), NOON.on + timedelta(days=7))
    alerts.tell(register.database, 1, later)
    assert kept(register) == 0


def test_new_applications_nearby_are_told_once_with_distance_and_direction(register: Register, tmp_path: Path) -> None:
    """One mail a day: what is new within the radius of the site's boundary, how far and where; one click stops it."""
    secret = subscribe(register, near="100001", within="250")
    big = shapely.box(440_200, 239_800, 441_000, 240_600)
    near = add_case(register.database, "Big Field", big, at=TOMORROW)
    add_case(register.database, "Far Barn", shapely.box(447_000, 247_000, 447_100, 247_100), at=TOMORROW)
    later = replace(TOMORROW, at=TOMORROW.at + timedelta(hours=1))
    assert [alerts.tell(register.database, 1, later) for _ in range(2)] == [1, 0]
    told = messages(register)[-1]
    assert [(one["reference"], one["where"]) for one in told.payload["cases"]] == [(near, "190 m east")]
    words = {"council": "A", "address": "https://planning.example"}
    deliver(register.database, 1, {Channel.MAIL: FolderSender(tmp_path / "mail", "eml")}, words, later.at)
    mails = [message_from_bytes(one.read_bytes(), policy=default) for one in sorted((tmp_path / "mail").glob("*.eml"))]
    mail = next(one for one in mails if "new planning application" in str(one["subject"]))
    assert f"https://planning.example/applications/{near}" in mail.get_content()
    assert mail["list-unsubscribe"] == f"<https://planning.example/alerts/{secret}/stop>"
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    stopped = register.browser.post(f"/alerts/{secret}/stop")  # as a mail program sends it: from no page
    assert "Alert stopped" in stopped.text
    assert kept(register) == 0
    assert register.browser.get(f"/alerts/{secret}").status_code == 404


def test_wards_types_and_areas_narrow(register: Register) -> None:
    """An alert for a ward, a type or a drawn area tells of nothing else."""
    for fields in ({"ward": "Mill"}, {"type": "advertConsent"}, {"area": "439990,239990,440050,240050"}):
        subscribe(register, **fields)
    add_case(register.database, "5 Mill Lane", shapely.box(440_300, 240_000, 440_310, 240_030), at=TOMORROW)
    later = replace(TOMORROW, at=TOMORROW.at + timedelta(hours=1))
    assert alerts.tell(register.database, 1, later) == 1
    assert "Ward: Mill" in str(messages(register)[-1].payload["words"])


def test_one_case_is_followed_to_its_end(register: Register) -> None:
    """Who follows a case is told when it comes a step further, and not when nothing changed."""
    reference = register.references["1 Mill Lane"]
    assert reference in register.browser.get(f"/alerts/new?case={reference}").text
    subscribe(register, case=reference)
    assert alerts.tell(register.database, 1, TOMORROW) == 0
    with register.database.unit_of_work(OFFICER) as work:
        withdraw(work, cases.lock(work, reference), "The applicant has asked.", NOON)
    assert alerts.tell(register.database, 1, TOMORROW) == 1
    assert messages(register)[-1].payload["status"] == "withdrawn"


def test_what_is_wrong_is_said(register: Register) -> None:
    """A bad address, a hidden case, a stranger's page and too many alerts are refused in words."""
    bad = register.browser.post("/alerts", data={"email": "nonsense"}, headers=OWN)
    assert bad.status_code == 422
    assert "correct format" in bad.text
    hidden = {"email": "reader@example.org", "case": register.references["Hidden House"]}
    assert register.browser.post("/alerts", data=hidden, headers=OWN).status_code == 404
    assert register.browser.post("/alerts", data={"email": "a@example.org"}).status_code == 403
    public = Access.public(1)
    with register.database.unit_of_work(public) as work:
        for _ in range(20):
            alerts.ask(work, alerts.NewAlert("full@example.org", "every new application"), NOON)
    full = register.browser.post("/alerts", data={"email": "full@example.org"}, headers=OWN)
    assert full.status_code == 422
    assert "Stop one of them first" in full.text
