"""A database on each of the two stores."""

from __future__ import annotations

from support.databases import database, migrated_file, migrated_postgis, reused_postgis
from support.passwords import strong_passwords
from support.patience import usual_limits

__all__ = ["database", "migrated_file", "migrated_postgis", "reused_postgis", "strong_passwords", "usual_limits"]
