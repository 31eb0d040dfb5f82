"""The register's list, map and case pages, over HTTP on both stores."""

from __future__ import annotations

import html
import json
import re

import pytest
from support.casework import NOON, OFFICER
from support.registers import CANARIES, Register

from api.cases import store
from api.consultations import representations
from api.consultations.representations import NewRepresentation

TRIANGLE = "POLYGON((440090 239990,440190 239990,440110 240090,440090 239990))"
"""Drawn round one of the three sites."""


def listed(page: str) -> list[str]:
    """Ids of the rows of the list, in order."""
    return re.findall(r'<li class="app-case" id="([^"]+)"', page)


def mapped(page: str) -> list[str]:
    """Ids of the features of the map."""
    found = re.search(r'<script type="application/json" id="map-data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return [feature["id"] for feature in json.loads(found[1])["items"]["features"]]


def addresses(page: str) -> list[str]:
    """Addresses in the list, in order."""
    return [html.unescape(text) for text in re.findall(r'app-case__title"><a[^>]*>([^<]+)</a>', page)]


def test_list_and_map_show_the_same_published_cases(register: Register) -> None:
    """Every published case is in the list and on the map; one that is not published is on neither."""
    page = register.browser.get("/applications").text
    assert sorted(addresses(page)) == ["1 Mill Lane", "2 Mill Lane", "Far Farm"]
    assert listed(page) == mapped(page)
    assert "Hidden House" not in page
    assert "<strong>3</strong> applications" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=mill+lane", {"1 Mill Lane", "2 Mill Lane"}),
        ("ward=Far", {"Far Farm"}),
        ("near=100002&within=250", {"1 Mill Lane", "2 Mill Lane"}),
        ("near=440110,239900&within=100", {"2 Mill Lane"}),
        ("near=mill+lane&within=250", {"1 Mill Lane", "2 Mill Lane"}),
        ("area=439990,239990,440050,240050", {"1 Mill Lane"}),
        (f"area={TRIANGLE}", {"2 Mill Lane"}),
        ("status-valid=1&type=pp.full.householder&received-from=28/5/2026", {"1 Mill Lane", "2 Mill Lane", "Far Farm"}),
        ("received-to=27/5/2026", set()),
        ("decision=granted", set()),
    ],
)
def test_every_filter_narrows(register: Register, query: str, expected: set[str]) -> None:
    """Words, ward, place, area, type, status, dates and decision each select what they say."""
    answer = register.browser.get(f"/applications?{query}")
    assert answer.status_code == 200
    assert set(addresses(answer.text)) == expected
    assert "Remove filter" in answer.text


def test_near_says_how_far_and_in_which_direction(register: Register) -> None:
    """Distances are to the site boundary, nearest first, with the compass direction from the place."""
    page = register.browser.get("/applications?near=100001&within=5000").text
    assert addresses(page) == ["1 Mill Lane", "2 Mill Lane"]
    assert re.search(r"<strong>100 m north</strong>\s+of 1 Mill Lane, Anytown", page)
    assert "<strong>135 m north-east</strong>" in page


def test_several_addresses_are_offered(register: Register) -> None:
    """Where more than one address fits, the page asks which; each choice finds exactly that one."""
    answer = register.browser.get("/applications?near=mill")
    assert answer.status_code == 422
    assert "Which address do you mean?" in answer.text
    assert "near=100001" in answer.text


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("received-from=31/2/2026", "Enter a real date"),
        ("received-from=2/3/2026&received-to=1/3/2026", "The last day must be 2 March 2026 or later"),
        ("near=nowhere+at+all", "There is no such place"),
        ("near=100001&within=7", "Select a distance"),
        ("area=1,2,3", "An area needs"),
        ("decision=maybe", "Select a decision"),
    ],
)
def test_what_cannot_be_used_is_said(register: Register, query: str, message: str) -> None:
    """A filter that cannot be used comes back with its fault in the summary and narrows nothing."""
    answer = register.browser.get(f"/applications?{query}")
    assert answer.status_code == 422
    assert message in answer.text
    assert "<title>Error: " in answer.text
    assert register.browser.get("/applications?officer=1").status_code == 400


def test_the_page_of_a_case_shows_what_is_allowed_and_nothing_else(register: Register) -> None:
    """The case's page has its proposal, site and state; the applicant's name, and no way to reach them."""
    reference = register.references["1 Mill Lane"]
    page = register.browser.get(f"/applications/{reference}").text
    for words in ("A rear extension at 1 Mill Lane", "What happens next", "How far it is", reference):
        assert words in page
    assert "&lt;" not in page
    for text in (page, register.browser.get("/applications").text):
        for canary in CANARIES:
            assert canary not in text
    assert "Zebulon Quixote" in page
    assert "app-case__title" not in register.browser.get("/applications?q=Secret").text
    assert register.browser.get(f"/applications/{register.references['Hidden House']}").status_code == 404
    assert register.browser.get("/applications/26-99999-HAPP").status_code == 404


def test_only_moderated_comments_appear(register: Register) -> None:
    """A comment is on the page once an officer has published its redacted text, with the street and no name."""
    reference = register.references["1 Mill Lane"]
    new = NewRepresentation("objection", ["light"], "It takes my light. Call 07700 900123.", "Una Name", "3 Mill Lane")
    with register.database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        number = representations.record(work, row, new, NOON.on, NOON).number
    assert "It takes my light" not in register.browser.get(f"/applications/{reference}").text
    with register.database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        representations.moderate(work, row, number, "It takes my light.", "Mill Lane", NOON, publish=True)
    page = register.browser.get(f"/applications/{reference}").text
    assert "It takes my light." in page
    assert "1 published: 1 objects, 0 support, 0 neither." in page
    assert "07700 900123" not in page
    assert "Una Name" not in page
