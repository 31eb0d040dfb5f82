"""The administrator's pages, served over an empty store."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support.casework import app_of, signed_in

from api.admin import brand, clients, libraries, pages, settings_pages, users
from api.core.db import Database
from api.councils.brand import BrandOf
from api.maps.service import SiteChecks
from bopsgis.planning.case import Role


@pytest.fixture
def app(database: Database, tmp_path: Path) -> FastAPI:
    """The administrator's routes."""
    routers = (brand, pages, users, settings_pages, libraries, clients)
    given = {"town": None, "checks": SiteChecks(tmp_path / "store"), "brand": BrandOf(database, "a")}
    return app_of(database, *(one.router for one in routers), **given)


@pytest.fixture
def browser(app: FastAPI) -> TestClient:
    """The browser of an administrator."""
    return signed_in(app, Role.ADMINISTRATOR)
