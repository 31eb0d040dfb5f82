"""How Alembic runs here: on a connection that `api.schema` gives it, on either store."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.ddl.sqlite import SQLiteImpl
from geoalchemy2 import Geometry

from api.core.db import Base, UtcDateTime


class ShapeliteImpl(SQLiteImpl):
    """Alembic's SQLite, under the name of our dialect; its definitions are transactional."""

    __dialect__ = "shapelite"
    transactional_ddl = True


def _render(kind: str, value: Any, renderer: Any) -> Any:
    if kind == "type" and isinstance(value, Geometry):
        renderer.imports.add("from geoalchemy2 import Geometry")
        return f"Geometry({value.geometry_type!r}, srid={value.srid}, spatial_index=False)"
    if kind == "type" and isinstance(value, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(value, sa.JSON):
        renderer.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def _ours(_value: Any, name: str | None, kind: str, *_rest: Any) -> bool:
    return not (kind == "table" and name == "spatial_ref_sys")


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_item=_render,
    include_object=_ours,
    compare_type=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
