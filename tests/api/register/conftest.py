"""The small register of `support.registers`, served."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pytest
import shapely
from fastapi.testclient import TestClient
from support.casework import NOON, app_of
from support.documents import a_filing
from support.registers import SITES, Register, add_case

from api.core import clock
from api.core.db import Database
from api.maps.basemap import BaseMap
from api.maps.places import Places
from api.register import alert_pages, comment_pages, feeds, pages, routes


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Two addresses in Mill Lane."""
    rows = [
        {"uprn": "100001", "address": "1 Mill Lane, Anytown", "street": "Mill Lane", "postcode": "ZZ1 1AA"},
        {"uprn": "100002", "address": "2 Mill Lane, Anytown", "street": "Mill Lane", "postcode": "ZZ1 1AA"},
    ]
    points = [shapely.Point(440_010, 239_900), shapely.Point(440_110, 239_900)]
    file = tmp_path / "places.gpkg"
    frame = geopandas.GeoDataFrame([{**row, "ward": "Mill", "parcel": ""} for row in rows], geometry=points, crs=27700)
    frame.to_file(file, layer="addresses")
    return Places(file)


@pytest.fixture
def register(database: Database, places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Register:
    """The register as it is on 1 June 2026."""
    monkeypatch.setattr(clock, "now", lambda: NOON.at)
    monkeypatch.setattr(clock, "today", lambda: NOON.on)
    references = {address: add_case(database, address, site) for address, site in SITES.items()}
    references["Hidden House"] = add_case(database, "Hidden House", SITES["Far Farm"], valid=False)
    given = {"base_map": BaseMap(tmp_path), "places": places, "filing": a_filing(tmp_path / "papers")}
    routers = (routes.router, feeds.router, pages.router, comment_pages.router, alert_pages.router)
    app = app_of(database, *routers, town=None, address="https://planning.example", **given)
    return Register(TestClient(app, base_url="http://localhost"), database, references, app)
