"""Entering an application by hand, over HTTP on both stores."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select
from support.casework import OFFICER
from support.registers import Register

from api.cases import store
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
    assert reference in desk.browser.get("/cases?tab=unassigned").text


def test_a_boundary_comes_as_a_file_or_not_at_all(desk: Register, tmp_path: Path) -> None:
    """A file is read; without any boundary the case is opened and has none."""
    (tmp_path / "site.wkt").write_text(SITE)
    with (tmp_path / "site.wkt").open("rb") as file:
        sent = desk.browser.post("/cases/new", data=GIVEN, files={"file": file}, follow_redirects=False)
    assert sent.status_code == 303
    bare = desk.browser.post("/cases/new", data=GIVEN, follow_redirects=False)
    assert bare.status_code == 303


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"type": ""}, "Select a type of application"),
        ({"proposal": " "}, "Enter what is proposed"),
        ({"received-day": "2", "received-month": "6"}, "must be on or before 1 June 2026"),
        ({"address": ""}, "Enter the address of the site"),
        ({"applicant-name": ""}, "Enter the name of the applicant"),
        ({"applicant-email": "nonsense"}, "Enter an email address"),
        ({"uprn": "abc"}, "A UPRN is a number"),
        ({"parcel": "1"}, "Enter the UPRN whose land parcel"),
        ({"site": "nonsense"}, "Site boundary"),
        ({"site": SITE, "parcel": "1"}, "in one way only"),
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
