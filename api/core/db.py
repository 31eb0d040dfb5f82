"""The database: one kind of model on two stores, and the unit of work in which things are changed.

PostgreSQL with PostGIS in production (`postgresql+psycopg://...`), SQLite through `shapelite` by default.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import shapely
from geoalchemy2 import Geometry
from shapely.geometry.base import BaseGeometry
from sqlalchemy import JSON, DateTime, Engine, MetaData, create_engine, make_url, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

import api.core.postgis
import api.core.shapelite  # noqa: F401  # both register how they write spatial predicates
from api.core.access import Access

__all__ = [
    "APP_ROLE",
    "JSON_DOCUMENT",
    "Base",
    "Database",
    "UtcDateTime",
    "Work",
    "geometry_column_type",
    "multipolygon",
    "waiting_in_line",
]

APP_ROLE = "bopsgis_app"
"""The PostgreSQL role that the service works in: it cannot change the audit nor pass by row-level security."""

JSON_DOCUMENT = JSON().with_variant(JSONB(), "postgresql")
"""The type of a column that holds a JSON document."""

STATEMENT_TIMEOUT_MS = 2000
LOCK_TIMEOUT_MS = 1000
CONNECT_TIMEOUT_S = 3
LINE_TIMEOUT_MS = 30_000
"""How long somebody waits for what everybody takes in turn. A line moves; it is not two who hold each other up."""


class Base(DeclarativeBase):
    """Base of all tables; constraint names are the same on both stores."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, always with a time zone, kept in UTC; SQLite would drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002  # its hook
        """Refuse an instant without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002  # its hook
        """Give UTC back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def geometry_column_type(kind: str) -> Geometry:
    """A geometry column in EPSG:27700; its index is declared in the table, as `sx_<table>_<column>`."""
    return Geometry(kind, srid=27700, spatial_index=False)


def multipolygon(shape: BaseGeometry) -> BaseGeometry:
    """A polygon or multipolygon as the columns of areas take it."""
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


@dataclass(frozen=True, slots=True)
class Work:
    """A unit of work under way: one transaction of one actor."""

    session: Session
    access: Access


_WAIT_LONGER = text("SELECT set_config('lock_timeout', :wait, true), set_config('statement_timeout', :wait, true)")
_STAND_IN_LINE = text("SELECT pg_advisory_xact_lock(:line, :council)")
_WAIT_AS_USUAL = (text("SET LOCAL lock_timeout TO DEFAULT"), text("SET LOCAL statement_timeout TO DEFAULT"))


@contextmanager
def waiting_in_line(work: Work, line: int | None = None) -> Iterator[None]:
    """A block in which a lock is waited for as long as a line of others may take: the next number, the same key.

    Many who come at once are served one after the other, and none is turned away for having come late. With `line`,
    the number of a line of the council, they are served in the order in which they came: who waits for a row is
    woken with all the others, and may lose every time. Where the block raises, the transaction is over and so is its
    patience.
    """
    if work.session.get_bind().dialect.name != "postgresql":  # SQLite lets one write at a time, and waits by itself
        yield
        return
    work.session.execute(_WAIT_LONGER, {"wait": str(LINE_TIMEOUT_MS)})
    if line is not None:
        work.session.execute(_STAND_IN_LINE, {"line": line, "council": work.access.council_id})
    yield
    for statement in _WAIT_AS_USUAL:
        work.session.execute(statement)


def _make_room(url: str) -> None:
    """SQLite makes its file, but not the folder that the file lies in."""
    file = make_url(url).database
    if url.startswith("shapelite") and file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)


class Database:
    """Engines and session makers of one database. `url` is a SQLAlchemy URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        _make_room(url)
        # Values of statements stay out of error messages, and so out of logs.
        self.engine: Engine = create_engine(url, pool_pre_ping=True, hide_parameters=True, **self._options(url))

    @staticmethod
    def _options(url: str) -> dict[str, Any]:
        if not url.startswith("postgresql"):
            return {}
        timeouts = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS}"
        # Its planner takes a disk with a moving head for granted, and rather reads a whole table than look rows up.
        connect = {"options": f"{timeouts} -c random_page_cost=1.1", "connect_timeout": CONNECT_TIMEOUT_S}
        return {"connect_args": connect, "pool_size": 10, "max_overflow": 10, "pool_timeout": 3}

    @property
    def is_postgresql(self) -> bool:
        """True on PostgreSQL, False on SQLite."""
        return self.engine.dialect.name == "postgresql"

    @cached_property
    def _writers(self) -> sessionmaker[Session]:
        return sessionmaker(self.engine.execution_options(write=True), expire_on_commit=False)

    @cached_property
    def _readers(self) -> sessionmaker[Session]:
        options = {"postgresql_readonly": True} if self.is_postgresql else {}
        return sessionmaker(self.engine.execution_options(**options), expire_on_commit=False)

    @contextmanager
    def unit_of_work(self, access: Access) -> Iterator[Work]:
        """One transaction that commits where the block ends, and leaves nothing behind where it raises.

        A service opens it, so the commit has happened, or failed, before anything is answered.
        """
        with self._writers.begin() as session:
            self._enter(session, access)
            yield Work(session, access)

    @contextmanager
    def reading(self, access: Access) -> Iterator[Work]:
        """A transaction that only reads."""
        with self._readers() as session:
            self._enter(session, access)
            yield Work(session, access)

    def _enter(self, session: Session, access: Access) -> None:
        if not self.is_postgresql:
            return
        session.execute(text(f"SET LOCAL ROLE {APP_ROLE}"))
        setting = text("SELECT set_config('app.council_id', :council, true)")
        session.execute(setting, {"council": str(access.council_id)})

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()
