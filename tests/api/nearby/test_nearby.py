from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from support.casework import NOON, OFFICER, app_of, key_for, signed_in

from api.cases import store
from api.cases.receive import NewCase, receive
from api.cases.service import validate
from api.consultations.addresses import PlacesFile
from api.core.db import Database
from api.maps.service import SiteChecks
from api.nearby.routes import router
from bopsgis import crs
from bopsgis.boundary import from_geometry
from bopsgis.planning.case import Role
from constraints.catalogue import datasets
from constraints.store import open_store

# In the sample town, on the national grid: three cases in a row, 100 m apart, and one that is not published.
SITES = {
    "west": shapely.box(441_800, 244_690, 441_820, 244_710),
    "middle": shapely.box(441_900, 244_690, 441_920, 244_710),
    "east": shapely.box(442_000, 244_690, 442_020, 244_710),
    "secret": shapely.box(441_910, 244_700, 441_930, 244_720),
}
GRID = {"crs": "27700"}


@pytest.fixture
def cases(database: Database) -> dict[str, str]:
    """Reference of each case by its name."""
    made = {}
    with database.unit_of_work(OFFICER) as work:
        for name, shape in SITES.items():
            new = NewCase(
                application_type="pp.full.householder",
                received_on=NOON.on,
                proposal=f"The {name} extension",
                address=f"1 {name} Street",
                site=from_geometry(shape),
            )
            row = receive(work, new, NOON)
            row.ward = "Castle" if name == "west" else None
            made[name] = row.reference
            if name != "secret":
                validate(work, store.lock(work, row.reference), NOON.on, NOON)
    return made


@pytest.fixture
def app(database: Database, sample_home: Path) -> Any:
    """The service over the sample town."""
    addresses = PlacesFile(sample_home / "sample-town" / "places.gpkg")
    return app_of(database, router, checks=SiteChecks(sample_home / "store"), addresses=addresses)


@pytest.fixture
def public(app: Any) -> TestClient:
    """Anybody."""
    return TestClient(app, base_url="http://localhost")


def named(answer: Any, cases: dict[str, str]) -> list[str]:
    """Names of the cases in an answer, in its order."""
    names = {reference: name for name, reference in cases.items()}
    return [names[each["properties"]["reference"]] for each in answer.json()["cases"]]


def test_cases_are_found_by_every_kind_of_place(public: TestClient, app: Any, cases: dict[str, str]) -> None:
    """Box, radius with distance and bearing, ward, polygon; published cases for all, every case for officers."""
    place = {"point": "441860,244700", "radius": "50", **GRID}
    found = public.get("/api/v2/spatial/cases", params=place)
    assert found.status_code == 200
    assert sorted(named(found, cases)) == ["middle", "west"]
    assert {(case["distance_m"], case["bearing"]) for case in found.json()["cases"]} == {(40.0, "W"), (40.0, "E")}
    box = {"bbox": "441790,244600,441905,244800", **GRID}
    assert sorted(named(public.get("/api/v2/spatial/cases", params=box), cases)) == ["middle", "west"]
    assert named(public.get("/api/v2/spatial/cases", params={"ward": "Castle"}), cases) == ["west"]
    assert named(public.get("/api/v2/spatial/cases", params={**box, "ward": "Castle"}), cases) == ["west"]
    polygon = shapely.geometry.mapping(shapely.box(441_905, 244_600, 442_500, 244_800))
    assert sorted(named(public.post("/api/v2/spatial/cases", params=GRID, json=polygon), cases)) == ["east", "middle"]
    officer = signed_in(app, Role.ASSESSOR)
    seen = officer.post("/api/v2/spatial/cases", params=GRID, json=polygon)
    assert sorted(named(seen, cases)) == ["east", "middle", "secret"]
    assert {case["published"] for case in seen.json()["cases"]} == {True, False}
    key = key_for(app, "cases:read")
    keyed = public.post("/api/v2/spatial/cases", params=GRID, json=polygon, headers=key)
    assert len(keyed.json()["cases"]) == 3


def test_degrees_and_metres_are_the_same_place(public: TestClient, cases: dict[str, str]) -> None:
    """A place and a box in longitude and latitude find what the same on the grid find; shapes come in that system."""
    lon, lat = crs.from_national_grid(np.array([441_860.0]), np.array([244_700.0]), crs.WGS84)
    found = public.get("/api/v2/spatial/cases", params={"point": f"{lon[0]:.8f},{lat[0]:.8f}", "radius": "50"})
    assert sorted(named(found, cases)) == ["middle", "west"]
    shapes = np.array([shapely.geometry.shape(case["site"]) for case in found.json()["cases"]])
    back = shapely.union_all(crs.transform_geometry(shapes, crs.WGS84))
    assert shapely.hausdorff_distance(back, shapely.union_all([SITES["west"], SITES["middle"]])) < 0.01


def test_the_history_of_a_site_says_what_is_shared(app: Any, public: TestClient, cases: dict[str, str]) -> None:
    """Cases on the land are told with their share, one that touches with none, a private one to officers only."""
    site = shapely.geometry.mapping(shapely.box(441_910, 244_690, 441_930, 244_710))
    seen = public.post("/api/v2/spatial/history", params=GRID, json=site)
    (case,) = seen.json()["cases"]
    assert (case["overlap_m2"], case["site_share"], case["case_share"]) == (200.0, 0.5, 0.5)
    officers = signed_in(app, Role.ASSESSOR).post("/api/v2/spatial/history", params=GRID, json=site)
    assert sorted(named(officers, cases)) == ["middle", "secret"]
    beside = shapely.geometry.mapping(shapely.box(441_920, 244_690, 441_930, 244_700))
    (touching,) = public.post("/api/v2/spatial/history", params=GRID, json=beside).json()["cases"]
    assert touching["overlap_m2"] == 0.0


def test_what_is_near_a_place(public: TestClient, cases: dict[str, str], sample_store: Path) -> None:
    """Designations, cases and addresses with distance and bearing as shapely measures; what is not loaded is named."""
    place = shapely.Point(441_860, 244_700)
    answer = public.get(
        "/api/v2/near", params={"point": "441860,244700", "within": "150", "as_at": "2026-11-22", **GRID}
    )
    assert answer.status_code == 200
    near = answer.json()
    held = open_store(sample_store)
    assert near["designations"]
    for one in near["designations"]:
        (shape,) = held.feature_geometry(np.array([one["feature"]]))
        assert one["distance_m"] == pytest.approx(shapely.distance(place, shape), abs=0.06)
        assert bool(one["bearing"]) == (one["distance_m"] > 0)
    within = shapely.dwithin(place, held.feature_geometry(np.arange(len(held))), 149.9)
    screened = [datasets()[slug].screened for slug in held.datasets]
    days = [held.feature(number) for number in np.flatnonzero(within)]
    in_force = {
        one.id
        for one in days
        if screened[held.datasets.index(one.dataset)]
        and (one.start_date is None or one.start_date.isoformat() <= "2026-11-22")
        and (one.end_date is None or one.end_date.isoformat() > "2026-11-22")
    }
    assert in_force <= {one["feature"] for one in near["designations"]}
    assert sorted(named(answer, cases)) == ["east", "middle", "west"]
    assert near["addresses_known"]
    assert [one["distance_m"] for one in near["addresses"]] == sorted(one["distance_m"] for one in near["addresses"])
    assert "conservation-area" not in near["not_known"]
    assert set(near["not_known"]) == {slug for slug, one in datasets().items() if one.screened} - set(held.datasets)


def test_neighbours_are_for_officers(app: Any, public: TestClient, cases: dict[str, str]) -> None:
    """Neighbours by distance and by shared boundary are listed to officers, nearest first, the site's own apart."""
    assert cases
    site = shapely.geometry.mapping(shapely.box(441_860, 244_690, 441_900, 244_718))
    assert public.post("/api/v2/spatial/neighbours", params=GRID, json=site).status_code == 401
    officer = signed_in(app, Role.ASSESSOR)
    near = officer.post("/api/v2/spatial/neighbours", params={"within": "60", **GRID}, json=site).json()
    distances = [one["distance_m"] for one in near["neighbours"]]
    assert distances
    assert distances == sorted(distances)
    assert max(distances) <= 60
    shared = officer.post("/api/v2/spatial/neighbours", params=GRID, json=site).json()
    assert shared["rule"] == "on land that shares a boundary with the site"
    assert officer.post("/api/v2/spatial/neighbours", params={"within": "501"}, json=site).status_code == 422


REFUSED: list[dict[str, str]] = [
    {},
    {"point": "1,2"},
    {"radius": "5"},
    {"point": "-1.38,52.1", "radius": "5001"},
    {"point": "-1.38,52.1", "radius": "0"},
    {"point": "52.1,-1.38", "radius": "5"},
    {"point": "nan,1", "radius": "5"},
    {"point": "1e400,1", "radius": "5"},
    {"bbox": "1,2,3"},
    {"bbox": "-1,52,-2,53"},
    {"bbox": "52,-2,53,-1"},
    {"bbox": "-2,52,-1,nan"},
    {"ward": "x" * 201},
    {"constraint": "../etc"},
    {"ward": "Castle", "limit": "0"},
    {"ward": "Castle", "limit": "-5"},
    {"ward": "Castle", "limit": "501"},
    {"ward": "Castle", "limit": "1_0"},
    {"ward": "Castle", "crs": "3857"},
    {"ward": "Castle", "officer": "1"},
]


@pytest.mark.parametrize("params", REFUSED, ids=str)
def test_places_that_are_none_are_refused(app: Any, params: dict[str, str]) -> None:
    """M02, J13: boxes, places, distances and limits that mean nothing are refused, never bent into something."""
    answer = TestClient(app, base_url="http://localhost").get("/api/v2/spatial/cases", params=params)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_forged_session_is_not_taken_for_the_public(public: TestClient, cases: dict[str, str]) -> None:
    """Who claims to be somebody and is not is refused, and does not silently get the public's part."""
    assert cases
    for headers in ({"Cookie": "bopsgis_session=forged"}, {"Authorization": "Bearer forged"}):
        answer = public.get("/api/v2/spatial/cases", params={"ward": "Castle"}, headers=headers)
        assert answer.status_code == 401
