"""A database on each of the two stores."""

from __future__ import annotations

from support.databases import database, migrated_file, migrated_postgis

__all__ = ["database", "migrated_file", "migrated_postgis"]
