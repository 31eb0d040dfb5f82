"""The sample cases, made once in a database of each store."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from support.stores import postgis_database, sqlalchemy_url

from api.core.access import Access
from api.core.db import Database, Work
from api.core.settings import Settings
from api.sample.load import load
from api.schema import upgrade
from constraints.progress import silent

TODAY = date(2026, 6, 17)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A database with the sample cases, made as of `TODAY`."""

    database: Database
    settings: Settings
    work: Work
    """Reads as the sample council."""


def _loaded(address: str, home: Path, sample_home: Path) -> Iterator[Loaded]:
    for name in ("sample-town", "store"):
        (home / name).symlink_to(sample_home / name)
    settings = Settings(home=home)
    database = Database(address)
    upgrade(database)
    began = time.process_time()
    assert load(database, settings, TODAY, silent) == 35
    print(f"35 sample cases in {time.process_time() - began:.1f} s of one core")
    with database.reading(Access.public(1)) as work:
        yield Loaded(database, settings, work)
    database.dispose()


@pytest.fixture(scope="session", params=["shapelite", pytest.param("postgis", marks=pytest.mark.postgis)])
def loaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sample_home: Path
) -> Iterator[Loaded]:
    """The sample cases on one of the two stores. Read only."""
    home = tmp_path_factory.mktemp("sample-cases")
    if request.param == "shapelite":
        yield from _loaded(sqlalchemy_url(home / "cases.db"), home, sample_home)
        return
    with postgis_database(request.getfixturevalue("postgis")) as address:
        yield from _loaded(sqlalchemy_url(address), home, sample_home)


@pytest.fixture(scope="session")
def today() -> date:
    """The day as of which the cases were made."""
    return TODAY
