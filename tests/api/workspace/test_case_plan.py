"""A plan round the site of a case, and a council's own plots, over HTTP on both stores."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import geopandas
import pytest
import shapely
from fastapi.testclient import TestClient
from support.casework import ADMINISTRATOR, app_of, signed_in
from support.registers import SITES, Register, add_case

from api.consultations.addresses import PlacesFile, load_addresses
from api.core.db import Database
from api.maps.basemap import BaseMap
from api.maps.places import Places
from api.maps.service import SiteChecks
from api.workspace import pages, print_pages
from bopsgis.planning.case import Role

PLOT = shapely.box(440_000, 240_000, 440_040, 240_060)


@pytest.fixture
def register(database: Database, sample_store: Path, tmp_path: Path) -> Register:
    """The map's routes with a published case and one that is not."""
    given = {
        "base_map": BaseMap(tmp_path),
        "places": Places(tmp_path / "no.gpkg"),
        "addresses": PlacesFile(tmp_path / "no.gpkg"),
        "checks": SiteChecks(sample_store),
    }
    app = app_of(database, pages.router, print_pages.router, town=None, **given)
    references = {
        "published": add_case(database, "1 Mill Lane", SITES["1 Mill Lane"]),
        "hidden": add_case(database, "2 Mill Lane", SITES["2 Mill Lane"], valid=False),
    }
    return Register(TestClient(app, base_url="http://localhost"), database, references, app)


def test_a_plan_round_a_case(register: Register) -> None:
    """The plan of a published case has its site in the middle, on the page and on paper; the form keeps the case."""
    reference = register.references["published"]
    page = register.browser.get(f"/map/print?case={reference}&layers=&scale=500")
    assert page.status_code == 200, page.text
    assert f'name="case" value="{reference}"' in page.text
    assert 'name="e" value="440010.0"' in page.text
    assert 'name="n" value="240015.0"' in page.text
    found = re.search(r'class="ws__sheet" src="data:image/svg\+xml;base64,([^"]+)"', page.text)
    assert found is not None
    assert "site boundary as a thick red line" in base64.b64decode(found[1]).decode()
    paper = register.browser.get(f"/map/print.pdf?case={reference}&layers=&scale=500")
    assert paper.headers["content-type"] == "application/pdf"


def test_a_case_that_is_not_public_is_for_its_officers(register: Register) -> None:
    """One that is not on the register is found by officers only, on the map and as a plan; one of nothing by nobody."""
    officer = signed_in(register.app, Role.ASSESSOR)
    hidden = register.references["hidden"]
    for path in ("/map/print", "/map/print.pdf", "/map"):
        for reference in (hidden, "26-99999-HAPP"):
            assert register.browser.get(f"{path}?case={reference}").status_code == 404
        assert officer.get(f"{path}?case=26-99999-HAPP").status_code == 404
        assert officer.get(f"{path}?case={hidden}").status_code == 200


def test_the_map_goes_to_a_case(register: Register) -> None:
    """The site of a case is on the map of constraints, whose address is then a permanent link to that site."""
    page = register.browser.get(f"/map?case={register.references['published']}")
    assert page.history[0].status_code == 303
    assert page.url.params["site"].startswith("POLYGON ((440000 240000")
    assert "Report on the site shown" in page.text


def test_plots_of_the_council_are_for_its_officers(register: Register, tmp_path: Path) -> None:
    """The council's own plots in a box go to a signed-in officer, as outlines without keys, and to nobody else."""
    path = tmp_path / "own.gpkg"
    crs = {"crs": 27700}
    points = geopandas.GeoDataFrame(
        {"uprn": ["1"], "address": ["1 Mill Lane"], "parcel": ["SECRET-KEY"]}, geometry=[PLOT.centroid], **crs
    )
    points.to_file(path, layer="addresses")
    geopandas.GeoDataFrame({"parcel": ["SECRET-KEY"]}, geometry=[PLOT], **crs).to_file(path, layer="parcels")
    with register.database.unit_of_work(ADMINISTRATOR) as work:
        load_addresses(work, path)
    box = "bbox=439990,239990,440050,240050"
    officer = signed_in(register.app, Role.ASSESSOR)
    answer = officer.get(f"/map/plots?{box}")
    assert answer.status_code == 200
    (feature,) = answer.json()["features"]
    assert shapely.geometry.shape(feature["geometry"]).equals(PLOT)
    assert "SECRET-KEY" not in answer.text
    assert officer.get("/map/plots?bbox=1,2,3,4").json()["features"] == []
    assert officer.get("/map/plots?bbox=1,2,3").status_code == 422
    assert register.browser.get(f"/map/plots?{box}", follow_redirects=False).status_code in {303, 401}
