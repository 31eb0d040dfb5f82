"""A database on each of the two stores, as fixtures that the folders of tests take into their conftest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.reuse import ReusedCopy
from support.stores import postgis_database, sqlalchemy_url

from api.accounts.tables import CouncilRow
from api.core.db import Base, Database
from api.schema import upgrade

__all__ = ["database", "migrated_file", "migrated_postgis", "reused_postgis"]


@pytest.fixture(params=["shapelite", pytest.param("postgis", marks=pytest.mark.postgis)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with all tables, two councils and nothing else: as one that was migrated once."""
    if request.param == "shapelite":
        file = tmp_path / "cases.db"
        shutil.copyfile(request.getfixturevalue("migrated_file"), file)
        yield from _opened(sqlalchemy_url(file))
        return
    with request.getfixturevalue("reused_postgis").taken() as address:
        yield from _opened(sqlalchemy_url(address))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file."""
    file = tmp_path_factory.mktemp("migrated") / "cases.db"
    _migrate(sqlalchemy_url(file))
    return file


@pytest.fixture(scope="session")
def migrated_postgis(postgis: str) -> Iterator[str]:
    """A migrated PostGIS database."""
    with postgis_database(postgis) as address:
        _migrate(sqlalchemy_url(address))
        yield address


@pytest.fixture(scope="session")
def reused_postgis(migrated_postgis: str) -> Iterator[ReusedCopy]:
    """A copy of it for one test after the other."""
    with closing(ReusedCopy(migrated_postgis, sorted(Base.metadata.tables))) as copy:
        yield copy


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    with database.engine.execution_options(write=True).begin() as connection:
        connection.execute(CouncilRow.__table__.insert(), [{"code": "a", "name": "A"}, {"code": "b", "name": "B"}])
    # Closing the last connection folds SQLite's log into the file, which can be copied then.
    database.dispose()


def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.dispose()
