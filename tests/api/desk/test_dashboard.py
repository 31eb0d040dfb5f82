"""The officers' dashboard over HTTP, on both stores."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import geopandas
import pytest
import shapely
from fastapi.testclient import TestClient
from support.casework import NOON, OFFICER, signed_in
from support.registers import SITES, Register, add_case

from api.cases import store
from api.cases.finding import Line
from api.cases.service import assign, extend_time
from api.core import clock
from api.desk.words import due
from bopsgis.planning.case import CaseStatus, Role

ALL = "/cases?tab=all"


def rows(page: str) -> list[str]:
    """Ids of the rows of the list, in order."""
    return re.findall(r'role="row" id="([^"]+)"', page)


def mapped(page: str) -> list[str]:
    """Ids of the features of the map."""
    found = re.search(r'<script type="application/json" id="map-data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return [feature["id"] for feature in json.loads(found[1])["items"]["features"]]


def counts(page: str) -> list[int]:
    """What the tabs count, in order: mine, unassigned, awaiting review, overdue, all."""
    return [int(count) for count in re.findall(r'app-tabs__count">(\d+)', page)]


def give(desk: Register, address: str, browser: TestClient) -> None:
    """Give a case to the officer who is signed in in the browser."""
    page = browser.get(ALL).text
    officer = re.findall(r'officer=(\d+)">Sample Officer', page)[0]
    with desk.database.unit_of_work(OFFICER) as work:
        assign(work, store.lock(work, desk.references[address]), int(officer), NOON)


def test_parts_count_and_show_their_cases(desk: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mine, unassigned, overdue and all hold what they say; an empty part says so; counts agree with the lists."""
    give(desk, "1 Mill Lane", desk.browser)
    page = desk.browser.get("/cases").text
    assert rows(page) == [f"case-{desk.references['1 Mill Lane']}"]
    assert counts(page) == [1, 3, 0, 0, 4]
    assert len(rows(desk.browser.get("/cases?tab=unassigned").text)) == 3
    assert "No case is overdue." in desk.browser.get("/cases?tab=overdue").text
    monkeypatch.setattr(clock, "today", lambda: NOON.on + timedelta(days=100))
    late = desk.browser.get("/cases?tab=overdue").text
    assert counts(late) == [1, 3, 0, 3, 4]
    assert len(rows(late)) == 3
    assert "days overdue" in late


def test_list_and_map_show_the_same_cases(desk: Register) -> None:
    """All rows with a site are on the map, with the ids of the rows; one without a site says that it is not."""
    page = desk.browser.get(ALL).text
    assert len(rows(page)) == 4
    without = f"case-{desk.references['Nowhere House']}"
    assert mapped(page) == [row for row in rows(page) if row != without]
    assert "Its site has not been drawn" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=Zebulon", 4),  # by applicant, which the public cannot
        ("q=mill+lane", 2),
        ("ward=Mill", 2),
        ("status-received=1", 1),
        ("near=440000,240000&within=250", 2),
        ("area=439990,239990,440050,240050", 1),
        ("area=POLYGON((444000 244000,446000 244000,446000 246000,444000 244000))", 1),
        ("deadline-to=1/6/2026", 0),
        ("type=pp.full.householder", 4),
    ],
)
def test_filters_narrow_within_a_part(desk: Register, query: str, expected: int) -> None:
    """Every filter narrows the list, its counts and its map alike, and can be taken away by itself."""
    page = desk.browser.get(f"{ALL}&{query}").text
    assert len(rows(page)) == counts(page)[4] == expected
    assert "Remove filter" in page
    assert "tab=all" in html.unescape(re.findall(r'class="app-filter-tag" href="([^"]+)"', page)[0])


def test_columns_sort_both_ways(desk: Register) -> None:
    """A click on a column sorts by it and says so; a second one turns it round."""
    page = desk.browser.get(f"{ALL}&sort=address").text
    assert 'aria-sort="ascending"' in page
    turned = html.unescape(re.findall(r'aria-sort="ascending"><a[^>]*href="([^"]+)"', page)[0])
    other = desk.browser.get(turned).text
    assert 'aria-sort="descending"' in other
    assert rows(other) == rows(page)[::-1]


@pytest.mark.parametrize(
    ("days", "words", "colour"),
    [
        (-4, "4 days overdue", "present"),
        (-1, "1 day overdue", "present"),
        (0, "Due today", "present"),
        (3, "3 days left", "adjacent"),
        (30, "30 days left", "absent"),
    ],
)
def test_deadlines_are_said_in_words(days: int, words: str, colour: str) -> None:
    """How many days are left or over stands in words beside the colour; an extension is named."""
    line = Line(
        *(1, 1, "26-00001-HAPP", "pp.full.householder", CaseStatus.VALID, "1 Mill Lane", None, None, "A porch"),
        *(date(2026, 5, 1), date(2026, 5, 1), NOON.on + timedelta(days=days), None, None, None, None, None, None, None),
    )
    said = due(line, NOON.on)
    assert (said.words, said.colour, said.note) == (words, colour, "")
    assert due(replace(line, extended_to=NOON.on), NOON.on).note == "Extension agreed"
    assert due(replace(line, determination_deadline=None), NOON.on).day == "No deadline yet"
    assert due(replace(line, status=CaseStatus.DECIDED, decided_on=NOON.on), NOON.on).day == "Decided 1 June 2026"


def test_an_extension_and_the_workload_are_shown(desk: Register) -> None:
    """The list names an agreed extension; the workload table has each officer with their open cases."""
    give(desk, "1 Mill Lane", desk.browser)
    with desk.database.unit_of_work(OFFICER) as work:
        extend_time(work, store.lock(work, desk.references["1 Mill Lane"]), date(2026, 9, 1), "Agreed by email", NOON)
    page = desk.browser.get(ALL).text
    assert "1 September 2026. Extension agreed" in page
    assert re.search(r"Sample Officer</a></th><td[^>]*>1</td><td[^>]*>0</td>", page)


def test_views_are_kept_for_their_officer_only(desk: Register) -> None:
    """A search is kept under a name, opened again and removed; nobody else sees or removes it."""
    sent = desk.browser.post(
        "/cases/views", data={"name": "Mill ward", "query": "tab=all&ward=Mill&page=2"}, follow_redirects=False
    )
    assert sent.headers["location"] == "/cases?tab=all&ward=Mill&done=view-kept"
    page = desk.browser.get(sent.headers["location"]).text
    assert "The view is kept." in page
    assert 'href="/cases?tab=all&amp;ward=Mill">Mill ward</a>' in page
    (number,) = re.findall(r"/cases/views/(\d+)/remove", page)
    other = signed_in(desk.app, Role.REVIEWER)
    assert "Mill ward" not in other.get("/cases").text
    assert other.post(f"/cases/views/{number}/remove").status_code == 404
    assert "Enter a name" in desk.browser.post("/cases/views", data={"query": "ward=Mill"}).text
    bad = desk.browser.post("/cases/views", data={"name": "x", "query": "nonsense=1"})
    assert bad.status_code == 400
    cross = {"sec-fetch-site": "cross-site"}
    assert desk.browser.post(f"/cases/views/{number}/remove", headers=cross).status_code == 403
    assert "The view is removed." in desk.browser.post(f"/cases/views/{number}/remove").text
    assert "/remove" not in desk.browser.get("/cases").text


def test_exports_hold_what_is_shown_on_all_pages(desk: Register, tmp_path: Path) -> None:
    """CSV and GeoPackage have the filtered cases of all pages in the list's order; a formula is made harmless."""
    evil = "=HYPERLINK(1) Mill Lane"
    add_case(desk.database, evil, shapely.box(440_200, 240_000, 440_220, 240_030))
    for number in range(20):
        add_case(desk.database, f"{number + 10} Mill Lane", SITES["1 Mill Lane"])
    page = desk.browser.get(f"{ALL}&ward=Mill&sort=-reference").text
    assert len(rows(page)) == 20
    links = [html.unescape(link) for link in re.findall(r'href="(/cases/export[^"]+)"', page)]
    first = desk.browser.get(links[0])
    assert first.headers["content-disposition"] == 'attachment; filename="cases-2026-06-01.csv"'
    table = list(csv.DictReader(io.StringIO(first.content.decode("utf-8-sig"))))
    shown = [row.removeprefix("case-") for row in rows(page)]
    assert [row["id"] for row in table][:20] == shown
    assert len(table) == 23
    assert f"'{evil}" in {row["address"] for row in table}
    assert table[-1]["due"] == "53 days left"
    (tmp_path / "cases.gpkg").write_bytes(desk.browser.get(links[1]).content)
    frame = geopandas.read_file(tmp_path / "cases.gpkg")
    assert list(frame["feature_id"]) == [row["id"] for row in table]
    assert frame.crs.to_epsg() == 27700
    assert frame.geometry.iloc[-1].equals(SITES["1 Mill Lane"])
    assert desk.browser.get("/cases/export.exe").status_code == 404


def test_only_the_councils_own_officers_come_in(desk: Register) -> None:
    """A stranger is sent to sign in; another council's officer is one here no more than a stranger."""
    stranger = TestClient(desk.app, base_url="http://localhost")
    answer = stranger.get("/cases", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fcases")
    for path in ("/cases/export.csv", "/cases/new"):
        assert stranger.get(path, follow_redirects=False).status_code == 303
    foreign = signed_in(desk.app, Role.ASSESSOR, council_id=2)
    assert foreign.get("/cases", follow_redirects=False).status_code == 303
    theirs = add_case(desk.database, "Canary Cottage", SITES["Far Farm"], access=replace(OFFICER, council_id=2))
    assert theirs == "26-00001-HAPP"
    page = desk.browser.get(ALL).text
    assert counts(page)[4] == 4
    assert "Canary" not in page + desk.browser.get("/cases/export.csv?tab=all").text


def test_what_cannot_be_used_is_said(desk: Register) -> None:
    """A fault of the search stands in the summary; an unknown parameter is refused."""
    answer = desk.browser.get(f"{ALL}&received-from=31/2/2026")
    assert answer.status_code == 422
    assert "Enter a real date" in answer.text
    assert "<title>Error: " in answer.text
    assert desk.browser.get("/cases?nonsense=1").status_code == 400
    assert desk.browser.get("/cases?tab=nonsense").status_code == 200
