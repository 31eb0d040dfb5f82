"""Spatial predicates on PostgreSQL, written so that row-level security does not hide the spatial index.

Behind row-level security PostgreSQL asks its policy first and looks a condition up in an index only where the
condition's function is declared to tell nothing of the rows (LEAKPROOF). `ST_Intersects` is not, and may not be:
its errors quote coordinates. The comparison of two boxes (`&&`) that its index answers tells nothing. So the
boxes are compared in a condition of their own, and `api.schema` declares that one function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geoalchemy2 import functions as spatial
from sqlalchemy.ext.compiler import compiles

from api.core.shapelite.indexes import INDEXABLE, index_on

__all__ = ["BOXES_MEET", "DECLARE_LEAKPROOF"]

BOXES_MEET = "geometry_overlaps(geometry, geometry)"
"""The function behind `&&`."""

DECLARE_LEAKPROOF = f"ALTER FUNCTION {BOXES_MEET} LEAKPROOF"
"""What a superuser runs once in the database, where the service's own user may not."""


def _with_boxes(name: str, *, grow: bool) -> Callable[..., str]:
    def compile_predicate(element: Any, compiler: Any, **options: Any) -> str:
        arguments = list(element.clauses)
        texts = [compiler.process(argument, **options) for argument in arguments]
        exact = f"{name}({', '.join(texts)})"
        for here, there in ((0, 1), (1, 0)):
            if index_on(arguments[here]) is not None:
                other = f"ST_Expand({texts[there]}, {texts[2]})" if grow else texts[there]
                return f"({texts[here]} && {other} AND {exact})"
        return exact

    return compile_predicate


for _name in INDEXABLE:
    compiles(getattr(spatial, _name), "postgresql")(_with_boxes(_name, grow=False))
compiles(spatial.ST_DWithin, "postgresql")(_with_boxes("ST_DWithin", grow=True))
