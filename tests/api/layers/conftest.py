"""The service of tiles over the sample town, made ready once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.core.settings import Settings
from api.main import create_app


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, sample_home: Path) -> Iterator[FastAPI]:
    """The whole application; council `a` is served and has no cases."""
    home = tmp_path_factory.mktemp("home")
    for name in ("store", "sample-town"):
        (home / name).symlink_to(sample_home / name, target_is_directory=True)
    (home / "cases.db").write_bytes(migrated_file.read_bytes())
    app = create_app(Settings(home=home, council="a"))
    yield app
    app.state.tiles.close()
    app.state.database.dispose()


@pytest.fixture
def client(service: FastAPI) -> TestClient:
    """A reader of it."""
    return TestClient(service, base_url="http://localhost")
