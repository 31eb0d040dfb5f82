"""Where files lie: a folder, or a bucket of an S3-compatible store, through fsspec.

A file appears whole under its key or not at all. Keys are random: nothing that somebody sent becomes a path.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped]  # published without types

from api.documents.settings import DocumentSettings
from bopsgis.errors import StoreError

try:
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # without types
except ImportError:  # a folder needs nothing that speaks S3
    _FAULTS: tuple[type[Exception], ...] = (OSError,)
else:
    _FAULTS = (OSError, BotoCoreError, ClientError)

__all__ = ["DocumentStorageError", "Storage", "new_key", "open_storage"]

_log = logging.getLogger("bopsgis.documents")

CHUNK = 256 * 1024

_KEY = re.compile(r"[0-9]{1,10}/[0-9a-f]{2}/[0-9a-f]{32}(\.[0-9a-f]{32}\.part)?")
"""A key, or the half of a file that was being written under it when something ended the process."""


class DocumentStorageError(StoreError):
    """The place where documents lie is full, gone, or does not answer. Nothing was kept."""

    default_code = "document_storage"


def new_key(council_id: int) -> str:
    """A key that nobody can guess, below the council's own folder."""
    token = secrets.token_hex(16)
    return f"{council_id}/{token[:2]}/{token}"


def open_storage(settings: DocumentSettings, home: Path) -> Storage:
    """The storage that the settings name; a folder in `home` where they name none."""
    if not settings.url.startswith("s3://"):
        return Storage(
            fsspec.filesystem("file", auto_mkdir=True), str(Path(settings.url or home / "documents").resolve())
        )
    options: dict[str, Any] = {"use_listings_cache": False}
    if settings.s3_endpoint:
        options["endpoint_url"] = settings.s3_endpoint
    options["config_kwargs"] = {"connect_timeout": 5, "read_timeout": 20, "retries": {"max_attempts": 3}}
    return Storage(fsspec.filesystem("s3", **options), settings.url.removeprefix("s3://").rstrip("/"))


class Storage:
    """Files under keys, in one file system of fsspec below one root."""

    def __init__(self, system: Any, root: str) -> None:
        self._system = system
        self._root = root

    def write(self, key: str, data: bytes) -> None:
        """Keep a file; it is there, whole and on the disk, when this returns. Raises DocumentStorageError."""
        path = self._path(key)
        with self._translated(f"write {key}"):
            if self._local:
                self._write_locally(path, data)
            else:
                self._system.pipe_file(path, data)

    def _write_locally(self, path: str, data: bytes) -> None:
        """Write beside the place and move: a folder, unlike a bucket, would show half a file."""
        part = f"{path}.{uuid.uuid4().hex}.part"
        try:
            with self._system.open(part, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(part).replace(path)
        except OSError:
            with suppress(OSError):
                self._system.rm_file(part)
            raise

    def read(self, key: str) -> bytes:
        """The whole file. Raises DocumentStorageError where it is not there."""
        with self._translated(f"read {key}"):
            content: bytes = self._system.cat_file(self._path(key))
        return content

    def chunks(self, key: str) -> Iterator[bytes]:
        """The file in pieces; it is opened before this returns, so that a missing one is told in time."""
        with self._translated(f"read {key}"):
            file = self._system.open(self._path(key), "rb", block_size=CHUNK, cache_type="readahead")

        def pieces() -> Iterator[bytes]:
            with file, self._translated(f"read {key}"):
                while piece := file.read(CHUNK):
                    yield piece

        return pieces()

    def remove(self, key: str) -> None:
        """Take a file away; nothing happens where there is none."""
        with self._translated(f"remove {key}"), suppress(FileNotFoundError):
            self._system.rm_file(self._path(key))

    def entries(self, council_id: int) -> Iterator[tuple[str, datetime]]:
        """All files of a council, half-written ones too, as (key, when it was last changed)."""
        with self._translated(f"list {council_id}/"):
            self._system.invalidate_cache()
            found = self._system.find(f"{self._root}/{council_id}", detail=True)
        for path, about in found.items():
            changed = about.get("LastModified") or datetime.fromtimestamp(about["mtime"], tz=UTC)
            yield str(path).removeprefix(self._root).lstrip("/"), changed

    @property
    def _local(self) -> bool:
        return "file" in self._system.protocol

    def _path(self, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is not a storage key")
        return f"{self._root}/{key}"

    @contextmanager
    def _translated(self, act: str) -> Iterator[None]:
        """Faults of disk and network as one error of the house; what exactly was wrong goes to the log."""
        try:
            yield
        except _FAULTS as error:
            _log.warning("document storage could not %s: %s", act, error)
            raise DocumentStorageError(f"The storage of documents could not {act}: {error}") from error
