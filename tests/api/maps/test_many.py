from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.serving import client_of

from api.maps.many import MOST_SITES, SitesAnswer

AS_AT = {"as_at": "2026-11-22"}
CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}


@pytest.fixture(scope="module")
def client(sample_home: Path) -> TestClient:
    """The service over the sample town."""
    return client_of(sample_home)


def square(x: float, y: float, side: float = 30.0) -> dict[str, Any]:
    """A square site on the national grid."""
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def collection(*features: Any) -> dict[str, Any]:
    """Features on the national grid."""
    return {"type": "FeatureCollection", "crs": CRS, "features": list(features)}


def test_many_sites_answer_as_each_would_alone(client: TestClient) -> None:
    """Each site of a collection has the statuses, designations and area of its own report, under its own id."""
    sites = [{**square(x, 244_690.0), "id": f"plot-{x:.0f}"} for x in (441_860.0, 440_980.0, 443_000.0)]
    answer = SitesAnswer.model_validate_json(client.post("/api/check", json=collection(*sites), params=AS_AT).text)
    assert [site.id for site in answer.sites] == [site["id"] for site in sites]
    assert (answer.checked, answer.refused) == (3, 0)
    for site, told in zip(sites, answer.sites, strict=True):
        alone = client.post("/api/check", json=collection(site), params=AS_AT).json()
        findings = [each for each in alone["findings"] if each["dataset"] not in answer.not_asked]
        assert told.statuses == {each["dataset"]: each["status"] for each in findings}
        assert told.area_m2 == pytest.approx(alone["site"]["area_m2"])
        hits = {(hit["dataset"], hit["feature"]) for each in findings for hit in each["hits"]}
        assert {(hit.dataset, hit.feature) for hit in told.found} == hits
        unknown = {each["dataset"] for each in findings if each["status"] == "not_known"}
        assert set(told.not_known) == unknown
        assert all(told.not_known.values())
    assert answer.sites[0].found
    assert answer.not_asked == ["surface-water-flood-depth"]


def test_one_bad_site_spoils_no_other(client: TestClient) -> None:
    """A site that crosses itself, one without geometry and one in the sea are refused by themselves, in words."""
    bow = square(441_860.0, 244_690.0)
    bow["geometry"]["coordinates"][0][1:3] = reversed(bow["geometry"]["coordinates"][0][1:3])
    empty = {"type": "Feature", "properties": {}, "geometry": None}
    sites = [square(441_860.0, 244_690.0), bow, empty, square(600_000.0, 900_000.0), square(440_980.0, 244_690.0)]
    answer = SitesAnswer.model_validate_json(client.post("/api/check", json=collection(*sites), params=AS_AT).text)
    assert [site.outcome for site in answer.sites] == ["checked", "refused", "refused", "refused", "checked"]
    assert [site.id for site in answer.sites] == ["1", "2", "3", "4", "5"]
    assert [site.fault.code for site in answer.sites if site.fault][:2] == ["crosses_itself", "empty"]
    assert all(site.statuses for site in answer.sites if site.outcome == "checked")


def test_the_number_of_sites_is_limited(client: TestClient) -> None:
    """One site over the limit is refused as a whole, before anything is checked."""
    sites = [square(441_860.0, 244_690.0)] * (MOST_SITES + 1)
    answer = client.post("/api/check", json=collection(*sites), params=AS_AT)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
