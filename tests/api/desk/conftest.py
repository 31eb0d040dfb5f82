"""A small caseload, served to officers."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from support.casework import NOON, app_of, nothing_found, nowhere, signed_in
from support.registers import SITES, Register, add_case

from api.core import clock
from api.core.db import Database
from api.desk import new_pages, pages
from api.maps.basemap import BaseMap
from api.maps.places import Places
from bopsgis.errors import StoreMissing
from bopsgis.planning.case import Role
from constraints.store import Store


class Checks:
    """A check of sites that finds nothing."""

    check = staticmethod(nothing_found)
    areas = staticmethod(nowhere)

    def store(self) -> Store:
        """There is none."""
        raise StoreMissing("There is no store here.")


@pytest.fixture
def app(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The dashboard's routes as they are on 1 June 2026."""
    monkeypatch.setattr(clock, "now", lambda: NOON.at)
    monkeypatch.setattr(clock, "today", lambda: NOON.on)
    given = {"base_map": BaseMap(tmp_path), "places": Places(tmp_path / "none.gpkg"), "checks": Checks()}
    return app_of(database, new_pages.router, pages.router, town=None, **given)


@pytest.fixture
def desk(app: FastAPI, database: Database) -> Register:
    """Three cases with a site and one without, and the browser of an assessor."""
    references = {address: add_case(database, address, site) for address, site in SITES.items()}
    references["Nowhere House"] = add_case(database, "Nowhere House", None, valid=False)
    return Register(signed_in(app, Role.ASSESSOR), database, references, app)
