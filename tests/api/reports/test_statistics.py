"""Statistics of a small caseload, over HTTP on both stores; every number is counted by hand beside it."""

from __future__ import annotations

import base64
import csv
import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from support.casework import NOON, OFFICER, app_of, signed_in
from support.registers import SITES, Register, add_case

from api.cases import store
from api.cases.service import withdraw
from api.core import clock
from api.core.db import Database
from api.maps.basemap import BaseMap
from api.maps.service import SiteChecks
from api.reports import pages
from api.reports.chart import bars
from api.reports.figures import DecidedCase, Timeliness, timeliness
from api.reports.returns import quarter_days
from bopsgis.planning.case import Role

DECISIONS = {
    "1 Mill Lane": (date(2026, 7, 1), date(2026, 7, 24), None, "granted"),
    "2 Mill Lane": (date(2026, 8, 20), date(2026, 9, 1), date(2026, 9, 1), "granted"),
    "Far Farm": (date(2026, 9, 30), date(2026, 7, 24), None, "refused"),
}
"""Address -> decided on, deadline, agreed extension, decision."""


@pytest.fixture
def office(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Register:
    """Five cases of 2026: three decided, one withdrawn, one open; and one of another council."""
    monkeypatch.setattr(clock, "now", lambda: NOON.at)
    monkeypatch.setattr(clock, "today", lambda: NOON.on)
    references = {address: add_case(database, address, SITES[address]) for address in DECISIONS}
    references |= {address: add_case(database, address, None, valid=False) for address in ("Gone", "Open")}
    with database.unit_of_work(OFFICER) as work:
        for address, (decided, deadline, extended, decision) in DECISIONS.items():
            row = store.lock(work, references[address])
            row.status, row.decided_on, row.decision = "decided", decided, decision
            row.determination_deadline, row.extended_to = deadline, extended
            row.recommendation = {"recommended_on": "2026-06-29"} if address == "1 Mill Lane" else None
        withdraw(work, store.lock(work, references["Gone"]), "The applicant has asked.", NOON)
    add_case(database, "Canary Cottage", None, valid=False, access=replace(OFFICER, council_id=2))
    given = {"base_map": BaseMap(tmp_path), "checks": SiteChecks(tmp_path / "store")}
    app = app_of(database, pages.router, town=None, **given)
    return Register(signed_in(app, Role.ASSESSOR), database, references, app)


def rows(page: str) -> dict[str, list[str]]:
    """Heading of each row of the tables -> its cells."""
    found = re.findall(r'<th scope="row"[^>]*>(.*?)</th>(.*?)</tr>', page, re.DOTALL)
    cells = {re.sub(r"<[^>]+>", "", name).strip(): re.findall(r"<td[^>]*>([^<]*)</td>", rest) for name, rest in found}
    return {re.sub(r"^\d+\s+", "", name): values for name, values in cells.items()}


def test_a_year_is_counted_by_month_kind_stage_time_and_ward(office: Register) -> None:
    """Months, kinds, medians, punctuality and wards have the numbers of this council's cases."""
    table = rows(office.browser.get("/statistics?year=2026").text)
    assert table["May"] == ["5", "0"]
    assert (table["Jul"], table["Aug"], table["Sep"], table["Year"]) == (["0", "1"], ["0", "1"], ["0", "1"], ["5", "3"])
    assert table["Householder development"] == ["5", "3"]
    assert table["In time, without an extension"] == ["1"]
    assert table["In time, with an agreed extension"] == ["1"]
    assert table["Late"] == ["1"]
    assert table["From receipt to valid"] == ["1", "3"]
    assert table["From valid to recommendation"] == ["31", "1"]
    assert table["From valid to decision"] == ["83", "3"]
    assert (table["Mill"], table["Far"]) == (["2", "2"], ["3", "1"])
    assert "<strong>67%</strong>" in office.browser.get("/statistics").text


def test_a_quarters_returns_add_up(office: Register) -> None:
    """On hand and received less decided and ended is what remains; the next quarter begins with it."""
    quarters = {}
    for quarter in (2, 3):
        answer = office.browser.get(f"/statistics/returns.csv?year=2026&quarter={quarter}")
        assert answer.headers["content-type"].startswith("text/csv")
        quarters[quarter] = {
            (row["part"], row["kind"], row["measure"]): int(row["number"])
            for row in csv.DictReader(io.StringIO(answer.text))
        }
    second, third = quarters[2], quarters[3]
    assert second["PS1", "All", "Received"] == 5
    assert second["PS1", "All", "Withdrawn"] == 1
    assert second["PS1", "All", "On hand at the end"] == third["PS1", "All", "On hand at the beginning"] == 4
    assert third["PS1", "All", "Decided"] == 3
    assert third["PS1", "All", "On hand at the end"] == 1
    householder = {measure: number for (part, _, measure), number in third.items() if part == "PS2"}
    assert householder == {
        "Decisions": 3,
        "Granted": 2,
        "Refused": 1,
        "In time without an extension": 1,
        "In time with an agreed extension": 1,
        "Late": 1,
        "Without a deadline": 0,
    }


def test_only_officers_see_them(office: Register) -> None:
    """A stranger and another council's officer are sent to sign in; a year or quarter that cannot be is refused."""
    for other in (
        TestClient(office.app, base_url="http://localhost"),
        signed_in(office.app, Role.REVIEWER, council_id=2),
    ):
        for path in ("/statistics", "/statistics/returns.csv?year=2026&quarter=1"):
            assert other.get(path, follow_redirects=False).status_code == 303
    assert office.browser.get("/statistics?year=1").status_code == 422
    assert office.browser.get("/statistics/returns.csv?year=2026&quarter=5").status_code == 422
    assert "None in this year" in office.browser.get("/statistics?year=2020").text


@pytest.mark.parametrize(
    ("quarter", "days"),
    [
        (1, (date(2026, 1, 1), date(2026, 3, 31))),
        (2, (date(2026, 4, 1), date(2026, 6, 30))),
        (3, (date(2026, 7, 1), date(2026, 9, 30))),
        (4, (date(2026, 10, 1), date(2026, 12, 31))),
    ],
)
def test_quarters_are_of_the_calendar_year(quarter: int, days: tuple[date, date]) -> None:
    """Each quarter has its own first and last day."""
    assert quarter_days(2026, quarter) == days


def test_a_chart_has_a_bar_for_each_number() -> None:
    """The picture is an SVG with one shape for each number above zero, in proportion, and a label for each month."""
    address = bars("Title", ("Jan", "Feb"), (3, 0), (1, 8), ("Received", "Decided"))
    picture = ET.fromstring(base64.b64decode(address.partition(",")[2]))  # noqa: S314  # our own picture
    words = [one.text for one in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Jan", "Feb", "0", "8", "Received", "Decided"} <= set(words)
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}path"))) == 5 + 2 + 3


def test_decisions_without_a_deadline_are_neither_in_time_nor_late() -> None:
    """Where the law sets no deadline none is missed."""
    one = DecidedCase("pp.full", None, NOON.on, None, None, NOON.on, "granted", None, None)
    assert timeliness([one]) == Timeliness(no_deadline=1)
    assert timeliness([one]).share is None
