"""First bytes by which file formats are known."""

from __future__ import annotations

__all__ = ["SQLITE"]

SQLITE = b"SQLite format 3\0"
"""Of every SQLite database; a GeoPackage is one."""
