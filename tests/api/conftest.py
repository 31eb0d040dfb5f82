"""A database on each of the two stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.stores import postgis_database, sqlalchemy_url

from api.accounts.tables import CouncilRow
from api.core.db import Database
from api.schema import upgrade


@pytest.fixture(params=["shapelite", pytest.param("postgis", marks=pytest.mark.postgis)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh database with all tables and two councils."""
    if request.param == "shapelite":
        yield from _filled(Database(sqlalchemy_url(tmp_path / "cases.db")))
        return
    with postgis_database(request.getfixturevalue("postgis")) as address:
        yield from _filled(Database(sqlalchemy_url(address)))


def _filled(database: Database) -> Iterator[Database]:
    upgrade(database)
    with database.engine.execution_options(write=True).begin() as connection:
        connection.execute(CouncilRow.__table__.insert(), [{"code": "a", "name": "A"}, {"code": "b", "name": "B"}])
    yield database
    database.dispose()
