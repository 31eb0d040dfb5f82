"""Spatial indexes on SQLite: a GiST index of the model becomes an R*Tree, kept true by triggers, and is used.

The R*Tree's ids are rowids, so a table with a spatial index needs an integer primary key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geoalchemy2 import functions as spatial
from geoalchemy2.types import Geometry
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import Index
from sqlalchemy.sql.elements import ColumnClause

__all__ = ["INDEXABLE", "PREFIX", "create_statements", "drop_statements", "index_on", "indexed_column"]

PREFIX = "sx_"
"""Names of spatial indexes start so; Alembic's operations know an index by name and options only."""

INDEXABLE = (
    "ST_Intersects",
    "ST_Within",
    "ST_Contains",
    "ST_Covers",
    "ST_CoveredBy",
    "ST_Overlaps",
    "ST_Touches",
    "ST_Crosses",
)
"""Predicates of two shapes that are true only where their boxes meet."""


def indexed_column(index: Index) -> str | None:
    """The name of the column of a spatial index, None for any other index."""
    if index.dialect_options["postgresql"]["using"] != "gist" and not str(index.name).startswith(PREFIX):
        return None
    columns: list[Any] = list(index.columns) or list(index.expressions)
    return str(getattr(columns[0], "name", columns[0])) if len(columns) == 1 else None


def create_statements(table: str, column: str, index: str, quote: Callable[[str], str]) -> list[str]:
    """The R*Tree of a column, filled, and the three triggers that keep it true."""
    new = f"ST_XMin(NEW.{column}), ST_XMax(NEW.{column}), ST_YMin(NEW.{column}), ST_YMax(NEW.{column})"
    insert = f"INSERT INTO {quote(index)} SELECT NEW.rowid, {new} WHERE ST_XMin(NEW.{column}) IS NOT NULL;"
    delete = f"DELETE FROM {quote(index)} WHERE id = OLD.rowid;"  # noqa: S608  # see below
    box = f"ST_XMin({column}), ST_XMax({column}), ST_YMin({column}), ST_YMax({column})"
    # Names come from the models, quoted by the dialect: no text of a user reaches these statements.
    fill = f"SELECT rowid, {box} FROM {table} WHERE ST_XMin({column}) IS NOT NULL"  # noqa: S608  # see above
    return [
        f"CREATE VIRTUAL TABLE {quote(index)} USING rtree(id, minx, maxx, miny, maxy)",
        f"INSERT INTO {quote(index)} {fill}",
        f"CREATE TRIGGER {quote(index + '_ai')} AFTER INSERT ON {table} BEGIN {insert} END",
        f"CREATE TRIGGER {quote(index + '_au')} AFTER UPDATE OF {column} ON {table} BEGIN {delete} {insert} END",
        f"CREATE TRIGGER {quote(index + '_ad')} AFTER DELETE ON {table} BEGIN {delete} END",
    ]


def drop_statements(index: str, quote: Callable[[str], str]) -> list[str]:
    """Remove the triggers and the R*Tree."""
    triggers = [f"DROP TRIGGER IF EXISTS {quote(index + suffix)}" for suffix in ("_ai", "_au", "_ad")]
    return [*triggers, f"DROP TABLE IF EXISTS {quote(index)}"]


def index_on(expression: Any) -> str | None:
    """The name of the spatial index of an expression that is an indexed column, None for any other."""
    if not (isinstance(expression, ColumnClause) and isinstance(expression.type, Geometry)):
        return None
    table = getattr(expression.table, "element", expression.table)
    for index in getattr(table, "indexes", ()):
        if indexed_column(index) == expression.name:
            return str(index.name)
    return None


def _with_index(name: str, *, grow: bool) -> Callable[..., str]:
    def compile_predicate(element: Any, compiler: Any, **options: Any) -> str:
        arguments = list(element.clauses)
        texts = [compiler.process(argument, **options) for argument in arguments]
        exact = f"{name}({', '.join(texts)})"
        for here, there in ((0, 1), (1, 0)):
            index = index_on(arguments[here])
            if index is None:
                continue
            owner, dot, _ = texts[here].rpartition(".")
            rowid = f"{owner}.rowid" if dot else "rowid"
            more, less = (f"+({texts[2]})", f"-({texts[2]})") if grow else ("", "")
            other = texts[there]
            near = (
                f"minx <= ST_XMax({other}){more} AND maxx >= ST_XMin({other}){less} "
                f"AND miny <= ST_YMax({other}){more} AND maxy >= ST_YMin({other}){less}"
            )
            ids = f"SELECT id FROM {compiler.preparer.quote(index)} WHERE {near}"  # noqa: S608  # compiled SQL only
            return f"({rowid} IN ({ids}) AND {exact})"
        return exact

    return compile_predicate


for _name in INDEXABLE:
    compiles(getattr(spatial, _name), "shapelite")(_with_index(_name, grow=False))
compiles(spatial.ST_DWithin, "shapelite")(_with_index("ST_DWithin", grow=True))
