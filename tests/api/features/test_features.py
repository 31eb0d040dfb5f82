from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from pydantic import ValidationError
from support.casework import OFFICER, a_case, app_of

from api.cases import store as cases
from api.core.db import Database
from api.features import routes
from api.features.answers import CONFORMANCE
from api.features.limits import FeatureLimits
from api.features.routes import router
from api.maps.areas import CRS84, NATIONAL_GRID_URI
from api.maps.service import SiteChecks
from bopsgis import crs
from bopsgis.planning.redaction import PUBLIC_CASE
from constraints.catalogue import datasets
from constraints.store import Store, open_store

ITEMS = "/ogc/collections/{}/items"


@pytest.fixture(scope="module")
def held(sample_store: Path) -> Store:
    """The store that is served."""
    return open_store(sample_store)


def numbers_of(held: Store, slug: str) -> list[int]:
    """Numbers of a dataset's features."""
    numbers: list[int] = np.flatnonzero(held.feature_dataset == held.datasets.index(slug)).tolist()
    return numbers


def test_every_link_leads_somewhere(client: TestClient) -> None:
    """From the landing page on, each link of each document is answered, as JSON or as a page.

    Links to tiles are left to the tests of tiles, which are served by another part of the application.
    """
    seen: set[str] = set()
    waiting = ["http://localhost/ogc"]
    while waiting:
        address = waiting.pop()
        elsewhere = any(part in address for part in ("/download", "/tiles", "/tileMatrixSets"))
        if address in seen or not address.startswith("http://localhost/ogc") or elsewhere:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        if "json" in answer.headers["content-type"] and len(seen) < 60:
            document = answer.json()
            found = document if isinstance(document, dict) else {}
            lists = [found.get("links", []), *(each["links"] for each in found.get("collections", [])[:3])]
            waiting += [link["href"] for links in lists for link in links]
    assert len(seen) > 15


def test_conformance_is_declared(client: TestClient) -> None:
    """The classes that the service claims are listed."""
    assert client.get("/ogc/conformance").json() == {"conformsTo": list(CONFORMANCE)}


def test_only_loaded_datasets_are_listed_and_the_rest_is_pointed_to(client: TestClient, held: Store) -> None:
    """A dataset without data is no collection; where to read about it is linked, and the page counts them."""
    document = client.get("/ogc/collections").json()
    listed = {each["id"] for each in document["collections"]} - {"cases"}
    assert listed == {held.datasets[number] for number in set(held.feature_dataset.tolist())} & set(datasets())
    assert "http://localhost/datasets" in {link["href"] for link in document["links"]}
    page = client.get("/ogc/collections", headers={"Accept": "text/html"}).text
    assert f"{len(datasets()) - len(listed)} datasets have no data here" in page


@pytest.mark.parametrize("slug", ["conservation-area", "tree", "main-river", "listed-building"])
def test_features_are_those_of_the_store(client: TestClient, held: Store, slug: str) -> None:
    """Every feature, with its exact shape to a tenth of a millimetre and its attributes, over pages of any size."""
    numbers = numbers_of(held, slug)
    got: list[dict[str, Any]] = []
    address: str | None = f"{ITEMS.format(slug)}?limit=7&crs={NATIONAL_GRID_URI}"
    while address:
        answer = client.get(address)
        page = answer.json()
        got += page["features"]
        assert page["numberMatched"] == len(numbers)
        assert answer.headers["content-crs"] == f"<{NATIONAL_GRID_URI}>"
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        assert page["truncated"] == bool(following)
        address = following[0] if following else None
    assert [int(each["id"]) for each in got] == numbers
    shapes = np.array([shapely.geometry.shape(each["geometry"]) for each in got])
    assert shapely.hausdorff_distance(shapes, held.feature_geometry(np.array(numbers))).max() < 1e-4
    assert [each["properties"]["reference"] for each in got] == [held.feature(n).reference or None for n in numbers]


def test_longitude_comes_first_in_crs84(client: TestClient, held: Store) -> None:
    """Without `crs`, coordinates are longitude and latitude, brought from the grid with OSTN15."""
    answer = client.get(ITEMS.format("tree"), params={"limit": 5})
    assert answer.headers["content-crs"] == f"<{CRS84}>"
    lon, lat = np.array([each["geometry"]["coordinates"] for each in answer.json()["features"]]).T
    x, y = crs.to_national_grid(lon, lat, crs.WGS84)
    wanted = shapely.get_coordinates(held.feature_geometry(np.array(numbers_of(held, "tree")[:5])))
    assert np.abs(np.column_stack([x, y]) - wanted).max() < 2e-3


def test_a_box_selects_what_meets_it(client: TestClient, held: Store) -> None:
    """A box on the grid, the same ground in degrees, and a box round everything."""
    numbers = np.array(numbers_of(held, "listed-building-outline"))
    shapes = held.feature_geometry(numbers)
    west, south, east, north = shapely.total_bounds(shapes)
    box = shapely.box(west, south, (west + east) / 2, (south + north) / 2)
    wanted = int(shapely.intersects(shapes, box).sum())
    assert 0 < wanted < len(numbers)
    address = ITEMS.format("listed-building-outline")
    sides = ",".join(str(side) for side in box.bounds)
    on_grid = client.get(address, params={"bbox": sides, "bbox-crs": NATIONAL_GRID_URI, "limit": 1}).json()
    assert on_grid["numberMatched"] == wanted
    lon, lat = crs.from_national_grid([west, west], [south, north], crs.WGS84)
    degrees = f"{lon.min() - 0.01},{lat[0]},{lon.max() + 1},{lat[1]}"
    in_degrees = client.get(address, params={"bbox": degrees, "limit": 1}).json()["numberMatched"]
    band = crs.transform_geometry(shapely.segmentize(shapely.box(*map(float, degrees.split(","))), 0.001), crs.WGS84)
    assert in_degrees == int(shapely.intersects(shapes, band[0]).sum())
    assert client.get(address, params={"bbox": "-180,-90,180,90", "limit": 1}).json()["numberMatched"] == len(numbers)


def test_datetime_asks_what_is_in_force(client: TestClient, held: Store) -> None:
    """A day, an interval and an open one find what the store holds to be in force."""
    features = [held.feature(n) for n in numbers_of(held, "tree-preservation-zone")]

    def in_force(first: date, last: date) -> int:
        return sum(
            (f.start_date is None or f.start_date <= last) and (f.end_date is None or f.end_date > first)
            for f in features
        )

    address = ITEMS.format("tree-preservation-zone")
    asked = {
        "2000-01-01": in_force(date(2000, 1, 1), date(2000, 1, 1)),
        "2026-11-22T10:00:00Z": in_force(date(2026, 11, 22), date(2026, 11, 22)),
        "1990-01-01/2010-01-01": in_force(date(1990, 1, 1), date(2010, 1, 1)),
        "../1985-06-30": in_force(date.min, date(1985, 6, 30)),
    }
    got = {when: client.get(address, params={"datetime": when}).json()["numberMatched"] for when in asked}
    assert got == asked
    assert len(set(got.values())) > 1


def test_a_filter_and_a_propertys_own_name_ask_the_same(client: TestClient, held: Store) -> None:
    """`?reference=` and CQL2, in text and JSON, find one feature by what is recorded of it."""
    reference = held.feature(numbers_of(held, "listed-building")[3]).reference
    asked: list[dict[str, str]] = [
        {"reference": reference},
        {"filter": f"reference = '{reference}'"},
        {"filter-lang": "cql2-json", "filter": f'{{"op":"=","args":[{{"property":"reference"}},"{reference}"]}}'},
    ]
    found = [client.get(ITEMS.format("listed-building"), params=each).json() for each in asked]
    assert {tuple(f["id"] for f in each["features"]) for each in found} == {(found[0]["features"][0]["id"],)}


def test_what_you_have_is_not_sent_again(client: TestClient) -> None:
    """An answer has a tag and may be kept; asked with the tag, the service says 304 without a body."""
    for address in (f"{ITEMS.format('tree')}?limit=3", "/ogc/collections", "/ogc", "/ogc/api"):
        first = client.get(address)
        assert first.headers["cache-control"].startswith("public, max-age=")
        assert first.headers["access-control-allow-origin"] == "*"
        again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = client.get(address, headers={"If-None-Match": '"another"'})
        assert (other.status_code, other.headers["etag"]) == (200, first.headers["etag"])


def test_one_feature_has_its_own_address(client: TestClient, held: Store) -> None:
    """A feature is found by the number that reports give it, alone and with its links."""
    number = numbers_of(held, "conservation-area")[0]
    feature = client.get(f"{ITEMS.format('conservation-area')}/{number}").json()
    assert (feature["type"], feature["id"]) == ("Feature", str(number))
    assert {"self", "collection"} <= {link["rel"] for link in feature["links"]}
    assert client.get(f"{ITEMS.format('tree')}/{number}").status_code == 404


def test_pages_for_people_draw_a_map_and_credit_the_publisher(client: TestClient) -> None:
    """The page of a collection's features has a map drawn by the server, every feature and the licence."""
    page = client.get(ITEMS.format("conservation-area"), headers={"Accept": "text/html"}).text
    assert 'src="data:image/svg+xml;base64,' in page
    assert page.count('scope="row"') == 11
    assert "Open Government Licence v3.0" in page


def test_pages_are_bounded_by_features_and_by_bytes(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the largest page and one over it; and a page of one feature, however large, where bytes are scarce."""
    monkeypatch.setattr(routes, "_LIMITS", FeatureLimits(page=2, max_page=3))
    sizes = [client.get(ITEMS.format("tree"), params=each).json()["numberReturned"] for each in LIMITED]
    assert sizes == [2, 3, 3, 1]
    monkeypatch.setattr(routes, "_LIMITS", FeatureLimits(page_bytes=1))
    page = client.get(ITEMS.format("conservation-area")).json()
    assert (page["numberReturned"], page["truncated"]) == (1, True)
    with pytest.raises(ValidationError):
        FeatureLimits(page=5, max_page=4)


LIMITED = [{}, {"limit": "3"}, {"limit": "4"}, {"limit": "1"}]


def test_the_description_is_openapi_3_0_and_names_every_parameter(client: TestClient) -> None:
    """Conformance class oas30: every collection's paths are there, and each parameter that is described is taken."""
    document = client.get("/ogc/api").json()
    assert document["openapi"] == "3.0.3"
    listed = [each["id"] for each in client.get("/ogc/collections").json()["collections"]]
    assert {f"/collections/{name}/items" for name in listed} <= set(document["paths"])
    parameters = document["paths"]["/collections/tree/items"]["get"]["parameters"]
    asked = {"limit": "1", "bbox": "-2,52,-1,53", "datetime": "2026-01-01", "filter": "reference IS NULL", "f": "json"}
    asked |= {each["name"]: each["schema"]["default"] for each in parameters if "default" in each["schema"]}
    asked |= {"filter-lang": "cql2-text", "limit": "1"}
    refusing = [each["name"] for each in parameters if each["name"] not in asked and each["name"] != "after"]
    assert client.get(ITEMS.format("tree"), params=asked).status_code == 200
    assert set(refusing) == set(client.get("/ogc/collections/tree/queryables").json()["properties"]) - {"geometry"}


def test_a_next_link_of_replaced_data_is_refused(client: TestClient) -> None:
    """M08: pages of two versions are never mixed; the reader is told to begin again."""
    answer = client.get(ITEMS.format("tree"), params={"after": "00000000.5"})
    assert (answer.status_code, answer.json()["code"]) == (409, "data_replaced")


def test_only_published_cases_are_public(database: Database, sample_store: Path) -> None:
    """M09: a case is in the collection from its publication on, with what the register may show and nothing else."""
    secret, shown = a_case(database, valid=False), a_case(database)
    browser = TestClient(app_of(database, router, checks=SiteChecks(sample_store)), base_url="http://localhost")
    with database.unit_of_work(OFFICER) as work:
        cases.get(work, shown).alternative_reference = "PRIVATE-1"
    page = browser.get(ITEMS.format("cases")).json()
    (feature,) = page["features"]
    assert feature["id"] == shown
    leaves = {path.rpartition(".")[2] for path in PUBLIC_CASE}
    assert {"reference", "status", "ward", "parish", "address"} <= leaves & set(feature["properties"])
    assert "PRIVATE-1" not in browser.get(ITEMS.format("cases")).text
    assert browser.get(f"{ITEMS.format('cases')}/{secret}").status_code == 404
    assert browser.get(ITEMS.format("cases"), params={"case_officer": "1"}).status_code == 400
    for day, found in (("2026-05-27", 0), ("2026-05-28", 1), ("2030-01-01", 1)):
        assert browser.get(ITEMS.format("cases"), params={"datetime": day}).json()["numberMatched"] == found
    lon, lat = crs.from_national_grid(np.array([430010.0]), np.array([280010.0]), crs.WGS84)
    box = f"{lon[0]},{lat[0]},{lon[0] + 1e-5},{lat[0] + 1e-5}"
    assert browser.get(ITEMS.format("cases"), params={"bbox": box}).json()["numberMatched"] == 1
    assert browser.get("/ogc/collections/cases").json()["extent"]["spatial"]["bbox"][0][0] == pytest.approx(
        -1.56, abs=0.01
    )


def test_pages_of_cases_neither_repeat_nor_lose_any(database: Database, sample_store: Path) -> None:
    """Keyset paging over cases gives each once, and a case that comes in meanwhile does no harm."""
    wanted = [a_case(database) for _ in range(5)]
    browser = TestClient(app_of(database, router, checks=SiteChecks(sample_store)), base_url="http://localhost")
    address, got = f"{ITEMS.format('cases')}?limit=2", []
    while address:
        page = browser.get(address).json()
        got += [each["id"] for each in page["features"]]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
        if len(got) == 2:
            wanted.append(a_case(database))
    assert got == wanted
