"""Readers of the formats in which people give a site boundary; used through `bopsgis.boundary` only.

`tables` is loaded when it is first asked for: it needs GDAL and pandas, which take longer to load than most
questions take to answer.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bopsgis.formats import tables

__all__ = ["tables"]


def __getattr__(name: str) -> Any:
    """Load the reader of tables at its first use."""
    if name == "tables":
        return import_module("bopsgis.formats.tables")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
