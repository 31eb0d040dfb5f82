"""The dialect: SQLite as SQLAlchemy knows it, with geometry types, R*Tree indexes and honest transactions."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from typing import Any

from geoalchemy2.types import Geometry
from sqlalchemy import event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler, SQLiteDDLCompiler
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.ext.compiler import compiles

from api.core.shapelite.functions import register
from api.core.shapelite.indexes import PREFIX, create_statements, drop_statements, indexed_column

__all__ = ["ShapeliteDialect"]

_NEXT = ";\n--next\n"
_DROP_TABLE = re.compile(r'\s*DROP TABLE (?:IF EXISTS )?"?(?P<table>\w+)"?\s*', re.IGNORECASE)
_GEOMETRY_TYPE = re.compile(
    r"\s*(?P<kind>geometry|(?:multi)?(?:point|linestring|polygon)|geometrycollection)\s*(?:\(\s*(?P<srid>-?\d+)\s*\))?\s*",
    re.IGNORECASE,
)
_SPATIAL_TRIGGER = re.compile(r"CREATE TRIGGER (?P<index>\S+)_au AFTER UPDATE OF (?P<column>\S+) ON")
# FULL: a case whose receipt was told to somebody is on the disk, whatever happens to the machine's power.
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON")


class ShapeliteCompiler(SQLiteCompiler):
    """Compiles queries."""

    def visit_is_true_unary_operator(self, element: Any, operator: Any, **options: Any) -> str:
        """Leave a spatial predicate bare: `(...) = 1` would hide the R*Tree from the planner."""
        if getattr(element.element, "name", "").startswith("ST_"):
            return str(self.process(element.element, **options))
        plain: Any = super()
        return str(plain.visit_is_true_unary_operator(element, operator, **options))


class ShapeliteDDLCompiler(SQLiteDDLCompiler):
    """Compiles definitions; a spatial index is several statements, split again when executed."""

    def visit_create_index(self, create: Any, *arguments: Any, **options: Any) -> str:
        """A GiST index becomes an R*Tree."""
        column = indexed_column(create.element)
        if column is None:
            plain: Any = super()
            return str(plain.visit_create_index(create, *arguments, **options))
        quote: Callable[[str], str] = self.preparer.quote
        table = self.preparer.format_table(create.element.table)
        return _NEXT.join(create_statements(table, quote(column), str(create.element.name), quote))

    def visit_drop_index(self, drop: Any, **options: Any) -> str:
        """The R*Tree goes with its triggers."""
        if indexed_column(drop.element) is None:
            plain: Any = super()
            return str(plain.visit_drop_index(drop, **options))
        return _NEXT.join(drop_statements(str(drop.element.name), self.preparer.quote))


@compiles(Geometry, "shapelite")
def _geometry_type(type_: Geometry, _compiler: Any, **_options: Any) -> str:
    # SQLite's grammar allows only numbers between the brackets of a type's name.
    return f"{type_.geometry_type or 'GEOMETRY'}({type_.srid})"


class ShapeliteDialect(SQLiteDialect_pysqlite):
    """`shapelite:///file`: stdlib sqlite3, shapely, R*Tree."""

    name = "shapelite"
    driver = "pysqlite"
    supports_statement_cache = True
    statement_compiler = ShapeliteCompiler
    ddl_compiler = ShapeliteDDLCompiler

    def on_connect(self) -> Callable[[Any], None]:
        """Give each new connection the functions and the settings that make concurrent work safe."""
        base = super().on_connect()

        def connect(connection: Any) -> None:
            if base is not None:
                base(connection)
            # Transactions are begun by `_begin` below, never by sqlite3 itself.
            connection.isolation_level = None
            register(connection)
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")

        return connect

    def do_execute(
        self,
        cursor: Any,
        statement: str,
        parameters: Any,
        context: Any = None,  # noqa: ARG002  # SQLAlchemy's signature
    ) -> None:
        """Run one statement, or the several that a spatial index is made of."""
        if _NEXT in statement:
            for part in statement.split(_NEXT):
                cursor.execute(part)
            return
        if (match := _DROP_TABLE.fullmatch(statement)) is not None:
            self._drop_indexes_of(cursor, match["table"])
        try:
            cursor.execute(statement, parameters)
        except OverflowError as error:
            # A number over 64 bits: the driver's own error class, as PostgreSQL's driver has it.
            raise sqlite3.DataError("a number is too large") from error

    def do_execute_no_params(self, cursor: Any, statement: str, context: Any = None) -> None:
        """As `do_execute`, for statements without parameters."""
        self.do_execute(cursor, statement, (), context)

    def do_begin(self, dbapi_connection: Any) -> None:
        """Nothing: `_begin` knows whether the transaction will write."""

    @staticmethod
    def _drop_indexes_of(cursor: Any, table: str) -> None:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? AND name LIKE ?"
        for (trigger,) in cursor.execute(query, (table, f"{PREFIX}%_au")).fetchall():
            cursor.execute(f'DROP TABLE IF EXISTS "{trigger.removesuffix("_au")}"')

    def _resolve_type_affinity(self, type_: Any) -> Any:
        if (match := _GEOMETRY_TYPE.fullmatch(type_ or "")) is not None:
            return Geometry(match["kind"].upper(), srid=int(match["srid"] or -1), spatial_index=False)
        plain: Any = super()
        return plain._resolve_type_affinity(type_)  # noqa: SLF001  # the dialect's own hook for reflected types

    def get_table_names(self, connection: Any, *arguments: Any, **options: Any) -> list[str]:
        """The tables of the models, without the R*Trees and their shadow tables."""
        plain: Any = super()
        names = plain.get_table_names(connection, *arguments, **options)
        query = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING rtree%'"
        trees = {row[0] for row in connection.exec_driver_sql(query)}
        shadows = {tree + suffix for tree in trees for suffix in ("_node", "_parent", "_rowid")}
        return [name for name in names if name not in trees | shadows]

    def get_indexes(self, connection: Any, table_name: str, *arguments: Any, **options: Any) -> list[Any]:
        """Ordinary indexes, and spatial ones found by their triggers."""
        plain: Any = super()
        found: list[Any] = plain.get_indexes(connection, table_name, *arguments, **options)
        query = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? AND name LIKE ? ESCAPE '\\'"
        for (sql,) in connection.exec_driver_sql(query, (table_name, "sx\\_%\\_au")):
            if (match := _SPATIAL_TRIGGER.match(sql)) is not None:
                name, column = match["index"].strip('"'), match["column"].strip('"')
                found.append({"name": name, "column_names": [column], "unique": 0, "dialect_options": {}})
        return found


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "shapelite":
        # A writer takes the lock at once: going from reading to writing later fails under concurrency.
        writes = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


registry.register("shapelite", "api.core.shapelite.dialect", "ShapeliteDialect")
