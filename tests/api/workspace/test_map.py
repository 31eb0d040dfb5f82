"""The map of constraints as a page: its list is its map, and every tool answers without a script."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from support.serving import client_of

from constraints.engine import relate
from constraints.store import open_store

AT = "e=441800&n=244700&s=2500"
LAYERS = "layers=conservation-area,listed-building,flood-risk-zone"


@pytest.fixture(scope="module")
def client(sample_home: Path) -> TestClient:
    """The service over the sample town."""
    made: TestClient = client_of(sample_home)
    return made


def page(client: TestClient, query: str, status: int = 200) -> str:
    """The map's page."""
    answer = client.get(f"/map?{query}")
    assert answer.status_code == status, answer.text
    return answer.text


def listed(text: str) -> list[str]:
    """Ids of the rows of the list."""
    return re.findall(r'data-row="([^"]+)"', text)


def drawn(text: str) -> dict[str, Any]:
    """What the page gives its map."""
    found = re.search(r'id="map-data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def heading(text: str) -> str:
    """The first heading of an answer: the one that gets the focus."""
    found = re.search(r'<h2[^>]*tabindex="-1">\s*([^<]*)<', text)
    assert found is not None
    return found[1].strip()


@pytest.mark.parametrize(
    "query", [f"{AT}&{LAYERS}", f"{AT}&layers=", "e=443000&n=243500&s=25000", f"{AT}&size=300x300"]
)
def test_the_list_is_the_map(client: TestClient, sample_store: Path, query: str) -> None:
    """The rows, the shapes given to the script and what the store has in the box are the same designations."""
    text = page(client, query)
    data = drawn(text)
    assert [one["id"] for one in data["items"]["features"]] == listed(text)
    if LAYERS in query:
        box = shapely.box(441_800 - 336, 244_700 - 196, 441_800 + 336, 244_700 + 196)
        store = open_store(sample_store)
        asked = dict.fromkeys(("conservation-area", "listed-building", "flood-risk-zone"), 0.0)
        found = relate(store, np.array([box], dtype=object), asked, as_at=None).feature
        assert len(listed(text)) == min(150, len(found)) > 100
        assert {int(one.split("-")[1]) for one in listed(text)} <= {int(one) for one in found}


def test_a_view_without_layers_is_empty_and_says_so(client: TestClient) -> None:
    """With every layer off there is no row and no shape, and a sentence."""
    text = page(client, f"{AT}&layers=")
    assert listed(text) == []
    assert "No designation of the layers chosen is in view." in text


def test_the_form_leads_to_its_permanent_link(client: TestClient) -> None:
    """Ticked layers, scale, opacity and date come back as one short address, which shows the same again."""
    answer = client.get(
        "/map?choose=1&layer-tree=1&layer-green-belt=1&e=441800&n=244700&s=1250&opacity=50&on=31/1/2026"
    )
    assert answer.status_code == 303
    link = answer.headers["location"]
    assert link == "/map?e=441800&n=244700&s=1250&layers=tree,green-belt&on=2026-01-31&opacity=50"
    text = client.get(link).text
    assert re.findall(r'name="layer-([^"]+)" value="1" checked', text) == ["tree", "green-belt"]
    assert drawn(text)["opacity"] == 0.5
    assert '<option value="50" selected>' in text
    assert link.replace("&", "&amp;") in text


def test_going_to_a_place_moves_the_view(client: TestClient) -> None:
    """A grid reference in “Go to” becomes the middle of the view."""
    answer = client.get("/map?place=SP4180044700&s=500&layers=tree")
    assert answer.headers["location"].startswith("/map?e=441800&n=244700&s=500&layers=tree&on=")


def test_what_is_here_without_a_script(client: TestClient) -> None:
    """A place that is typed is answered with the constraints there, where they come from and what follows."""
    text = page(client, f"{AT}&at=SP4180044700")
    assert heading(text) == "At SP4180044700 (SP 41800 44700)"
    for wanted in ("OLD TOWN", "Where this comes from", "What follows", "Check a square of 20 m", "not known here"):
        assert wanted in text
    link = re.search(r'href="(/report\?[^"]+)">Check ', text)
    assert link is not None
    assert client.get(link[1].replace("&amp;", "&")).status_code == 200


def test_several_addresses_that_fit_are_a_choice(client: TestClient) -> None:
    """An address that fits several is answered with links that keep the rest of the question."""
    text = page(client, f"{AT}&at=Northfield&within=25")
    assert heading(text) == "Which place is it?"
    links = re.findall(r'<li><a class="govuk-link" href="(/map\?[^"]+)"', text)
    assert len(links) > 3
    assert all("within=25" in link for link in links)
    assert heading(client.get(links[0].replace("&amp;", "&")).text).startswith("At ")


def test_a_distance_lists_what_is_nearer(client: TestClient, sample_store: Path) -> None:
    """Within 50 m of a place: what the engine finds, nearest first, and the area drawn is the circle."""
    text = page(client, f"{AT}&at=441800,244700&within=50")
    store = open_store(sample_store)
    shown = re.search(r'id="near-heading".*?</section>', text, re.DOTALL)
    assert shown is not None
    rows = re.findall(r'<li>(.*?)<br><span class="app-quiet">(.*?)</span>', shown[0])
    point = shapely.box(441_799.995, 244_699.995, 441_800.005, 244_700.005)
    buildings = relate(store, np.array([point], dtype=object), {"listed-building": 50.0}, as_at=None)
    assert sum("Listed building (point)" in row[1] or "isted building" in row[1] for row in rows) >= len(buildings) > 3
    away = [float(found[1]) for row in rows if (found := re.search(r"([0-9.]+) m ", row[1]))]
    assert away == sorted(away)
    area = shapely.from_geojson(json.dumps(drawn(text)["area"]))
    assert area.area == pytest.approx(3.1416 * 2500, rel=0.01)


def test_distance_between_two_places(client: TestClient) -> None:
    """Two grid references are measured on the national grid."""
    assert heading(page(client, f"{AT}&from=SP4180044700&to=SP4183044740")) == "50.0 m north-east"
    assert "Enter both places to measure between" in page(client, f"{AT}&from=SP4180044700", 422)


def test_two_dates_are_compared_with_the_records(client: TestClient, sample_store: Path) -> None:
    """Come and gone are exactly the designations whose dates lie between the two days, whichever is given first."""
    everything = "e=442000&n=244500&s=25000"
    text = page(client, f"{everything}&layers=conservation-area,listed-building&then=1985-01-01&on=2026-06-01")
    assert heading(text) == "Between 1 January 1985 and 1 June 2026"
    store = open_store(sample_store)
    wanted = {"came": 0, "went": 0}
    for number, dataset in enumerate(store.feature_dataset):
        feature = store.feature(number)
        if store.datasets[dataset] not in ("conservation-area", "listed-building"):
            continue
        start, end = str(feature.start_date or "0"), str(feature.end_date or "9")
        before, after = (start <= day < end for day in ("1985-01-01", "2026-06-01"))
        wanted["came"] += after and not before
        wanted["went"] += before and not after
    assert wanted["came"] > 0
    assert text.count(">Came</td>") == wanted["came"]
    assert text.count(">Went</td>") == wanted["went"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("e=x", "The easting must be a number"),
        ("s=5", "The scale must be a number"),
        ("on=31/2/2026", "The date must be a real date"),
        ("on=2030-01-01", "The date must be today or in the past"),
        ("at=nowhere at all", "There is no such place"),
        ("within=10", "Enter a place"),
        ("site=POLYGON((0 0,1 1,1 0,0 1,0 0))", "The site in the address cannot be shown"),
    ],
)
def test_faults_are_said_in_words(client: TestClient, query: str, said: str) -> None:
    """What cannot be read is told in the error summary, whose link leads to a field, over a map that still works."""
    text = page(client, query, 422)
    assert said in text
    target = re.search(r'<a href="#([^"]+)">' + re.escape(said), text)
    assert target is not None
    assert f'id="{target[1]}"' in text


def test_unknown_parameters_are_refused(client: TestClient) -> None:
    """A misspelt parameter is an error and not silently something else; a name given twice too."""
    assert client.get("/map?layer=tree").status_code == 400
    assert client.get("/map?e=1&e=2").status_code == 400
