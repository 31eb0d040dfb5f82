"""Entering an application by hand, over HTTP on both stores."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select
from support.casework import OFFICER
from support.registers import Register

from api.cases import store
from api.cases.fees import payments_of
from api.cases.tables import CaseRow

GIVEN = {
    "type": "pp.full.householder",
    "proposal": "A porch",
    "received-day": "29",
    "received-month": "5",
    "received-year": "2026",
    "address": "5 Mill Lane",
    "applicant-name": "Una Name",
    "applicant-email": "una@example.org",
}
ELEVATIONS = "Drawings of the proposed elevations."
SITE = "POLYGON((440000 240000,440020 240000,440020 240030,440000 240030,440000 240000))"


def test_an_application_is_entered_with_its_site(desk: Register) -> None:
    """The case has a number, its people and a screened site; the officer goes on to it."""
    sent = desk.browser.post("/cases/new", data={**GIVEN, "site": SITE, "uprn": "0100"}, follow_redirects=False)
    assert sent.status_code == 303
    reference = sent.headers["location"].removeprefix("/cases/").partition("?")[0]
    with desk.database.reading(OFFICER) as work:
        row = store.get(work, reference)
        assert (row.address, row.proposal, row.uprns, row.status) == ("5 Mill Lane", "A porch", ["100"], "received")
        assert store.parties(work, row)["applicant"].email == "una@example.org"
        assert store.latest_screening(work, row) is not None
        assert "The fee, or the reason why none is due." in row.missing
    assert reference in desk.browser.get("/cases?tab=unassigned").text


def test_a_boundary_comes_as_a_file_or_not_at_all(desk: Register, tmp_path: Path) -> None:
    """A file is read; without any boundary the case is opened and has none."""
    (tmp_path / "site.wkt").write_text(SITE)
    with (tmp_path / "site.wkt").open("rb") as file:
        sent = desk.browser.post("/cases/new", data=GIVEN, files={"file": file}, follow_redirects=False)
    assert sent.status_code == 303
    bare = desk.browser.post("/cases/new", data=GIVEN, follow_redirects=False)
    assert bare.status_code == 303


def test_what_came_on_paper_is_not_missing(desk: Register) -> None:
    """Form, certificate and a paid fee are taken by the officer's word; the plans are still to come."""
    paper = {"declared": "1", "certificate": "1", "fee-due": "258", "fee-paid": "258.00", "fee-reference": "Cheque 7"}
    sent = desk.browser.post("/cases/new", data={**GIVEN, **paper, "site": SITE}, follow_redirects=False)
    reference = sent.headers["location"].removeprefix("/cases/").partition("?")[0]
    with desk.database.reading(OFFICER) as work:
        row = store.get(work, reference)
        (payment,) = payments_of(work, row)
        assert (row.fee_due_pence, payment.amount_pence, payment.reference) == (25_800, 25_800, "Cheque 7")
        assert row.missing == ["A location plan.", "A site (block) plan of the proposal.", ELEVATIONS]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"type": ""}, "Select a type of application"),
        ({"proposal": " "}, "Enter what is proposed"),
        ({"received-day": "2", "received-month": "6"}, "must be on or before 1 June 2026"),
        ({"address": ""}, "Enter the address of the site"),
        ({"applicant-name": ""}, "Enter the name of the applicant"),
        ({"applicant-email": "nonsense"}, "Enter an email address"),
        ({"fee-due": "lots"}, "Enter an amount in pounds"),
        ({"fee-paid": "1.005"}, "whole pence"),
        ({"uprn": "abc"}, "A UPRN is a number"),
        ({"site": "nonsense"}, "Site boundary"),
        ({"site": SITE, "site-grid": "SP 40000 40000"}, "in one way only"),
        ({"site": SITE, "site-route": "later"}, "in one way only"),
        ({"site-route": "draw"}, "Draw the site on the map"),
        ({"site-route": "grid", "site-grid": "SP 40000 40000", "site-radius": "0"}, "The radius must be"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(desk: Register, changed: dict[str, str], message: str) -> None:
    """Each fault comes back on the form with what was typed, and no case is opened."""
    answer = desk.browser.post("/cases/new", data={**GIVEN, **changed}, follow_redirects=False)
    assert answer.status_code in {400, 422}
    assert message in answer.text
    assert "There is a problem" in answer.text
    with desk.database.reading(OFFICER) as work:
        assert work.session.scalar(select(func.count()).select_from(CaseRow)) == 4
    assert desk.browser.post("/cases/new", data={**GIVEN, "status": "decided"}).status_code == 400


def test_a_boundary_is_shown_before_the_case_is_opened(desk: Register) -> None:
    """The button shows boundary and checks, keeps what was typed, finds no other fault and opens no case."""
    shown = desk.browser.post("/cases/new", data={"proposal": "A porch", "site": SITE, "look": "1"})
    assert shown.status_code == 200
    for words in ("The site boundary given: 600 m²", "A porch", "No roads are loaded"):
        assert words in shown.text
    assert "There is a problem" not in shown.text
    crossed = "POLYGON((440000 240000,440020 240000,440000 240030,440020 240030,440000 240000))"
    refused = desk.browser.post("/cases/new", data={"site": crossed, "look": "1"})
    assert refused.status_code == 422
    assert "Where the fault is: number 1 on the map" in refused.text
    assert '"at": [440010.0, 240015.0]' in refused.text
    with desk.database.reading(OFFICER) as work:
        assert work.session.scalar(select(func.count()).select_from(CaseRow)) == 4
