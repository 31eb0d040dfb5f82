"""Answers of the Ordnance Survey, kept for as long as they allow, in one SQLite file that several processes share.

What is kept belongs to one key and licence: another key, or none, empties the file. Nothing is fetched in advance and
nothing is handed out as a set.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TypeVar

from api.basemap.settings import OsSettings

__all__ = ["Kept", "OsCache", "namespace_of", "purge"]

_log = logging.getLogger("bopsgis.basemap")

_TABLES = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (
    target TEXT PRIMARY KEY, size INTEGER NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL, encoding TEXT NOT NULL,
    etag TEXT NOT NULL, fresh_until REAL NOT NULL, stale_until REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS kept_by_age ON kept (stale_until);
"""
T = TypeVar("T")
_COLUMNS = "status, body, encoding, etag, fresh_until, stale_until"


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer, as it was sent; a `status` of 404 says that there is no such thing. Times are seconds since 1970."""

    status: int
    body: bytes
    encoding: str
    etag: str
    fresh_until: float
    stale_until: float


def namespace_of(settings: OsSettings) -> str:
    """To whom kept answers belong: one key at one address under one licence, without giving the key away."""
    key = settings.key.get_secret_value() if settings.key else ""
    return hashlib.sha256(f"{key} {settings.licence} {settings.address}".encode()).hexdigest() if key else ""


def purge(path: Path) -> int:
    """Throw away every answer that is kept in a file, also while a server uses it; how many there were."""
    if not path.is_file():
        return 0
    with closing(_connect(path)) as connection, connection:
        return connection.execute("DELETE FROM kept").rowcount


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=5.0, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    # What the licence wants gone is overwritten, not only forgotten.
    connection.execute("PRAGMA secure_delete = ON")
    connection.executescript(_TABLES)
    return connection


class OsCache:
    """The answers in one file. Where the file cannot be used there simply is nothing kept, and the log says why."""

    def __init__(self, path: Path, namespace: str, most_bytes: int) -> None:
        self._path = path
        self._namespace = namespace
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        if not namespace:
            purge(path)

    def get(self, target: str, now: float) -> Kept | None:
        """What is kept of `target`, fresh or not, unless it is too old for anything."""
        query = f"SELECT {_COLUMNS} FROM kept WHERE target = ? AND stale_until > ?"  # noqa: S608  # our own columns
        row = self._do(lambda connection: connection.execute(query, (target, now)).fetchone())
        return Kept(*row) if row else None

    def put(self, target: str, kept: Kept, now: float) -> None:
        """Keep an answer; what is too old goes, and the oldest goes where there is no room."""
        if len(kept.body) <= self._most_bytes:
            self._do(lambda connection: self._put(connection, target, kept, now))

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Work on the file in one transaction, one thread at a time; None where it cannot be used at the moment."""
        if not self._namespace:
            return None
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._own(_connect(self._path))
                with self._connection:
                    return work(self._connection)
            except (sqlite3.Error, OSError) as error:
                _log.warning("kept answers of the Ordnance Survey cannot be used: %s", error)
                if self._connection is not None:
                    self._connection.close()
                self._connection = None
                return None

    def _own(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        with connection:
            row = connection.execute("SELECT value FROM about WHERE name = 'namespace'").fetchone()
            if row is None or row[0] != self._namespace:
                connection.execute("DELETE FROM kept")
                connection.execute("INSERT OR REPLACE INTO about VALUES ('namespace', ?)", (self._namespace,))
        return connection

    def _put(self, connection: sqlite3.Connection, target: str, kept: Kept, now: float) -> None:
        connection.execute("DELETE FROM kept WHERE stale_until <= ?", (now,))
        connection.execute(
            f"INSERT OR REPLACE INTO kept (target, size, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  # as above
            (target, len(kept.body), *astuple(kept)),
        )
        ((held,),) = connection.execute("SELECT total(size) FROM kept").fetchall()
        oldest = connection.execute(
            "SELECT target, size FROM kept WHERE target <> ? AND ? ORDER BY stale_until, target",
            (target, held > self._most_bytes),
        )
        for name, size in oldest.fetchall():
            if held <= self._most_bytes:
                break
            connection.execute("DELETE FROM kept WHERE target = ?", (name,))
            held -= size
