from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from support.serving import client_of

from api.core import clock
from api.core.limits import WebLimits
from api.maps.schemas import DatasetAnswer, PlacesAnswer, ReportAnswer
from api.maps.service import SiteChecks
from bopsgis import boundary
from constraints import render

RING = [[441860, 244690], [441900, 244690], [441900, 244718], [441860, 244718], [441860, 244690]]
CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
BOX = {"bbox": "441500,244500,442000,245000"}


@pytest.fixture(scope="module")
def client(sample_home: Path) -> TestClient:
    """The service over the sample town."""
    return client_of(sample_home)


def test_the_answer_is_the_report_itself(client: TestClient, sample_home: Path) -> None:
    """What the API answers is byte for byte the report that the library writes, and fits the published schema."""
    geometry = {"type": "Polygon", "coordinates": [RING], "crs": CRS}
    answer = client.post("/api/check", json=geometry, params={"as_at": "2026-11-22"})
    assert answer.status_code == 200
    site = boundary.from_geojson(geometry)
    report = SiteChecks(sample_home / "store").check(site, clock.today().fromisoformat("2026-11-22"))
    assert answer.text == render.json(report)
    ReportAnswer.model_validate_json(answer.text)


def test_a_location_plan_is_checked_where_it_is_asked_for(client: TestClient) -> None:
    """The report is the same with the three checks at its end; an address elsewhere is a warning with its place."""
    geometry = {"type": "Polygon", "coordinates": [RING], "crs": CRS}
    plain = client.post("/api/check", json=geometry).json()
    asked = client.post("/api/check", json=geometry, params={"location_plan": "true", "uprn": "990040000001"})
    answer = ReportAnswer.model_validate_json(asked.text).model_dump(mode="json")
    checks = {one["part"]: one for one in answer.pop("location_plan")}
    assert {**asked.json(), "location_plan": None} == {**plain, "location_plan": None}
    assert checks["council"]["state"] == "met"
    assert checks["address"]["state"] == "warning"
    assert "1 Northfield Road" in checks["address"]["sentence"]
    assert checks["address"]["at"]["grid_reference"] == "SP 41705 45418"
    other = {"location_plan": "true", "councils": "local-authority:XAM"}
    (council, *_) = client.post("/api/check", json=geometry, params=other).json()["location_plan"]
    assert council["sentence"].startswith("The site lies outside Ambermarsh District Council: it is in Thistleford")


@pytest.mark.parametrize("wrapped", ["geometry", "feature", "collection"])
def test_a_geometry_a_feature_and_a_collection_of_one_are_the_same(client: TestClient, wrapped: str) -> None:
    """However GeoJSON wraps the site, the findings are the same."""
    geometry = {"type": "Polygon", "coordinates": [RING]}
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    body = {
        "geometry": geometry,
        "feature": feature,
        "collection": {"type": "FeatureCollection", "features": [feature]},
    }
    plain = client.post("/api/check", json=geometry, params={"crs": "27700"}).json()
    other = client.post("/api/check", json=body[wrapped], params={"crs": "27700"}).json()
    assert other["findings"] == plain["findings"]


def test_the_documented_example_works(client: TestClient) -> None:
    """The example on the reference page can be sent as it stands."""
    document = client.get("/openapi.json").json()
    content = document["paths"]["/api/check"]["post"]["requestBody"]["content"]
    ((kind, media),) = content.items()
    answer = client.post("/api/check", content=json.dumps(media["example"]), headers={"Content-Type": kind})
    assert answer.status_code == 200


def test_councils_can_be_named(client: TestClient) -> None:
    """Councils that the caller names take the place of those found from boundaries."""
    geometry = {"type": "Polygon", "coordinates": [RING], "crs": CRS}
    answer = client.post("/api/check", json=geometry, params={"councils": "local-authority:XAM"}).json()
    assert [council["code"] for council in answer["councils"]] == ["local-authority:XAM"]


def test_datasets_say_age_and_coverage(client: TestClient) -> None:
    """Every dataset of the catalogue is listed, loaded or not, with age and declared coverage of what is loaded."""
    answers = [DatasetAnswer.model_validate(each) for each in client.get("/api/datasets").json()]
    assert {answer.loaded for answer in answers} == {True, False}
    source = next(answer for answer in answers if answer.dataset == "conservation-area").sources[0]
    assert source.age_days >= 0
    assert source.everywhere or source.councils


def test_places_are_found_in_order(client: TestClient) -> None:
    """Addresses that hold all words come in natural order, and more than asked for is said."""
    found = PlacesAnswer.model_validate(client.get("/api/places", params={"q": "northfield road", "limit": "5"}).json())
    numbers = [int(each.address.split()[0].rstrip("AB")) for each in found.addresses]
    assert numbers == sorted(numbers)
    assert found.truncated
    assert not client.get("/api/places", params={"q": "no such street"}).json()["addresses"]


def test_the_base_map_is_cached_and_compressed(client: TestClient) -> None:
    """A box of the base map has an ETag, is 304 the second time, comes compressed, and is in EPSG:27700."""
    first = client.get("/map/base/buildings", params=BOX, headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    data = first.json()
    assert len(data["features"]) > 100
    assert data["truncated"] is False
    assert data["crs"]["properties"]["name"].endswith("27700")
    tag = first.headers["etag"]
    for known in (tag, "*", f'"other", W/{tag}'):
        again = client.get("/map/base/buildings", params=BOX, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
    for other in (tag[:-2] + '"', tag.strip('"'), f'"x{tag[1:]}'):
        assert client.get("/map/base/buildings", params=BOX, headers={"If-None-Match": other}).status_code == 200
    assert len(gzip.compress(first.content)) < 100_000


def test_the_base_map_says_when_it_is_cut_off(sample_home: Path) -> None:
    """Over the limit of features the rest is left off and the answer says so."""
    small = client_of(sample_home, WebLimits(max_map_features=10))
    data = small.get("/map/base/buildings", params=BOX).json()
    assert (len(data["features"]), data["truncated"]) == (10, True)


def test_live_and_ready(client: TestClient, tmp_path: Path) -> None:
    """Live says that the process answers, ready that the store does; without a store only the first is true."""
    assert client.get("/live").json() == {"status": "live"}
    assert client.get("/ready").json()["status"] == "ready"
    bare = client_of(tmp_path)
    assert (bare.get("/live").status_code, bare.get("/ready").status_code) == (200, 503)


def test_the_reference_page_names_every_operation_and_schema(client: TestClient) -> None:
    """The page for developers is complete: each address, method, parameter and schema of the OpenAPI document."""
    document = client.get("/openapi.json").json()
    page = client.get("/docs").text
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f"{method.upper()} {path}" in page
            assert all(f"<code>{each['name']}</code>" in page for each in operation.get("parameters", ()))
    assert "<code>ReportAnswer</code>" in page
    assert "<code>ProblemDetails</code>" in page
