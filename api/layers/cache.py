"""Where finished tiles are kept: in memory in every process; behind that in Redis, or in a file.

A key names everything that a tile depends on, so that nothing here is ever out of date. Private tiles are kept in
memory only. What is behind the memory may be away or damaged: tiles are then made again.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

from api.layers.packed import Packed
from api.layers.settings import TileSettings

__all__ = ["Behind", "File", "Memory", "Redis", "behind_of"]

_log = logging.getLogger("bopsgis.tiles")

_OVERHEAD = 300
"""Bytes that Python needs about each tile in memory."""
_REST_S = 5.0
"""How long a cache that failed is not asked again."""
_TIMEOUT_S = 0.2


T = TypeVar("T", bound=Sized)


class Memory(Generic[T]):
    """The tiles (or answers) asked for last, up to so many bytes, by their length. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._tiles: OrderedDict[str, T] = OrderedDict()
        self.bytes = 0

    def get(self, key: str) -> T | None:
        """The tile, if it is there."""
        with self._lock:
            found = self._tiles.get(key)
            if found is not None:
                self._tiles.move_to_end(key)
            return found

    def put(self, key: str, tile: T) -> None:
        """Keep a tile; those not asked for longest go."""
        with self._lock:
            before = self._tiles.pop(key, None)
            self.bytes += len(tile) + _OVERHEAD - (0 if before is None else len(before) + _OVERHEAD)
            self._tiles[key] = tile
            while self.bytes > self._most:
                _, gone = self._tiles.popitem(last=False)
                self.bytes -= len(gone) + _OVERHEAD


class Behind(Protocol):
    """A cache behind the memory. It never raises: what it does not have, or cannot give, is None."""

    def get(self, key: str) -> Packed | None:
        """The tile, if it is there."""

    def put(self, key: str, tile: Packed) -> None:
        """Keep a tile."""

    def close(self) -> None:
        """Let go of it."""


class Redis:
    """Tiles in a Redis that several processes share. Where it does not answer it is left alone for a while."""

    def __init__(self, url: str, keep_s: int) -> None:
        # The library is loaded only where a Redis is used: it belongs to the extra `server`.
        library: Any = import_module("redis")
        self._fault: type[Exception] = library.RedisError
        self._client: Any = library.Redis.from_url(url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S)
        self._keep_s = keep_s
        self._away_until = 0.0

    def get(self, key: str) -> Packed | None:
        """The tile, if it is there and Redis answers."""
        kept = None
        with self._asking():
            kept = self._client.get(f"bopsgis:tile:{key}") if self._answers() else None
        return Packed.read(kept) if isinstance(kept, bytes) else None

    def put(self, key: str, tile: Packed) -> None:
        """Keep a tile, if Redis answers."""
        with self._asking():
            if self._answers():
                self._client.set(f"bopsgis:tile:{key}", tile.written(), ex=self._keep_s)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _answers(self) -> bool:
        return monotonic() >= self._away_until

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except self._fault as error:
            self._away_until = monotonic() + _REST_S
            _log.warning("the cache of tiles in Redis does not answer: %s", type(error).__name__)


class File:
    """Tiles in a SQLite file. When it has grown beyond its size, the older half goes."""

    def __init__(self, path: Path, most: int) -> None:
        self._path, self._most = path, most
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._bytes = 0
        self._broken = False

    def get(self, key: str) -> Packed | None:
        """The tile, if it is there."""
        row = None
        with self._lock, self._minding():
            connection = self._open()
            row = connection and connection.execute("SELECT tile FROM tiles WHERE key = ?", (key,)).fetchone()
        return Packed.read(row[0]) if row else None

    def put(self, key: str, tile: Packed) -> None:
        """Keep a tile."""
        with self._lock, self._minding():
            connection = self._open()
            if connection is None:
                return
            with connection:
                connection.execute("INSERT OR REPLACE INTO tiles (key, tile) VALUES (?, ?)", (key, tile.written()))
                self._bytes += len(tile)
                if self._bytes > self._most:
                    self._halve(connection)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection | None:
        if self._connection is None and not self._broken:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=_TIMEOUT_S, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")  # a cache that is lost is made again
            connection.execute(
                "CREATE TABLE IF NOT EXISTS tiles (number INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, tile BLOB)"
            )
            (self._bytes,) = connection.execute("SELECT coalesce(sum(length(tile)), 0) FROM tiles").fetchone()
            self._connection = connection
        return self._connection

    def _halve(self, connection: sqlite3.Connection) -> None:
        connection.execute(
            "DELETE FROM tiles WHERE number <= (SELECT number FROM tiles ORDER BY number "
            "LIMIT 1 OFFSET (SELECT count(*) / 2 FROM tiles))"
        )
        (self._bytes,) = connection.execute("SELECT coalesce(sum(length(tile)), 0) FROM tiles").fetchone()

    @contextmanager
    def _minding(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:  # another process is writing, or the disk is full
            _log.warning("the cache of tiles on disk cannot be used now: %s", error)
        except (sqlite3.DatabaseError, OSError) as error:
            self._broken, self._connection = True, None
            _log.warning("the cache of tiles on disk is damaged, and not used any more: %s", error)


def behind_of(settings: TileSettings, home: Path) -> Behind | None:
    """The cache behind the memory that the settings name."""
    if settings.redis:
        return Redis(settings.redis, settings.redis_keep_s)
    return File(home / "tiles" / "cache.db", settings.disk_bytes) if settings.disk_bytes else None
