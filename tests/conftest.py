"""Fixtures that every test may use: real things, started privately, or a skip that says what is missing."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from support import postgis as private_postgis
from support import programs

ROOT = Path(__file__).resolve().parent.parent
# Runs in the Python of QGIS, which has modules that ours has not.
collect_ignore = ["support/qgis_reader.py"]

# No time limit for an example: how long it takes says more about the machine than about the code.
settings.register_profile("bopsgis", deadline=None, print_blob=True)
settings.load_profile("bopsgis")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real deliveries beside the repository."""
    folder = ROOT.parent / "shared"
    if not (folder / "realdata").is_dir():
        pytest.skip("there is no folder of real deliveries beside the repository (../shared/realdata)")
    return folder


@pytest.fixture(scope="session")
def postgis() -> Iterator[str]:
    """The libpq connection string of a private, empty PostGIS database."""
    found = private_postgis.binaries()
    if found is None:
        pytest.skip("PostgreSQL with PostGIS is not installed (Debian: postgresql-postgis)")
    with private_postgis.cluster(found) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The program of a Chromium that can be driven headless."""
    found = programs.chromium()
    if found is None:
        pytest.skip("no Chromium is installed (Debian: chromium)")
    return found


@pytest.fixture(scope="session")
def sample_home() -> Path:
    """A home folder (`BOPSGIS_HOME`) that holds the sample town and its store. Read only."""
    support = importlib.import_module("support.sample")  # only here: the libraries' tests do without the service
    made: Path = support.sample_home(ROOT / ".bopsgis" / "tests")
    return made


@pytest.fixture(scope="session")
def sample_town(sample_home: Path) -> Path:
    """The sample town's folder: deliveries, base map, places. Read only."""
    return sample_home / "sample-town"


@pytest.fixture(scope="session")
def sample_store(sample_home: Path) -> Path:
    """The folder of the constraint store made of the sample town. Read only."""
    return sample_home / "store"


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the person who runs the tests do not reach into them."""
    for name in ("BOPSGIS_HOME", "BOPSGIS_HOST", "BOPSGIS_PORT", "BOPSGIS_KERNEL", "BOPSGIS_DEBUG"):
        monkeypatch.delenv(name, raising=False)
