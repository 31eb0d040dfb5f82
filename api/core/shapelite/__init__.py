"""A SQLAlchemy dialect for plain SQLite that speaks PostGIS's SQL, so that one set of models serves both stores.

Importing this package registers the dialect: `create_engine("shapelite:///cases.db")`. Geometries are kept as
EWKB; spatial functions are shapely's; a GiST index of the model becomes an R*Tree.
"""

from __future__ import annotations

from api.core.shapelite.dialect import ShapeliteDialect

__all__ = ["ShapeliteDialect"]
