"""The service of features over the sample town's designations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support.casework import app_of
from support.stores import sqlalchemy_url

from api.core.db import Database
from api.features.routes import router
from api.maps.service import SiteChecks


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, sample_store: Path) -> Iterator[FastAPI]:
    """The service with a database of its own, for all tests of a module."""
    file = tmp_path_factory.mktemp("cases") / "cases.db"
    file.write_bytes(migrated_file.read_bytes())
    database = Database(sqlalchemy_url(file))
    yield app_of(database, router, checks=SiteChecks(sample_store))
    database.dispose()


@pytest.fixture(scope="module")
def client(service: FastAPI) -> TestClient:
    """A reader of it."""
    return TestClient(service, base_url="http://localhost")
