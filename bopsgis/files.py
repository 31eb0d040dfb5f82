"""Files that are whole or absent: checksums, durable writes, one writer at a time."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bopsgis.errors import StoreDamaged, StoreError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["exclusive", "load_array", "replace_text", "save_array", "sha256_of", "sync_folder", "write_bytes"]

_CHUNK = 1 << 20


def sha256_of(path: Path) -> str:
    """Checksum of a file, read in chunks."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array in numpy's own format and wait until the disk has it."""
    with path.open("wb") as stream:
        np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
        stream.flush()
        os.fsync(stream.fileno())


def load_array(path: Path) -> NDArray[Any]:
    """Map an array into memory, read-only, without reading it."""
    try:
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise StoreDamaged(f"The file {path.name} cannot be read: {error}.") from error
    array: NDArray[Any] = mapped.view(np.ndarray)
    return array


def replace_text(path: Path, text: str) -> None:
    """Put `text` in place of the file's content in one step: a reader sees the old or the new, never half."""
    staged = path.with_name(path.name + ".new")
    write_bytes(staged, text.encode("utf-8"))
    staged.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the folder's list of names, where the system can do that."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _try_lock(handle: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def exclusive(root: Path) -> Iterator[None]:
    """Be the only one who changes what lies under `root`; the system frees the lock if the process dies.

    Raises `StoreError` (code `store_busy`) where another process is changing it.
    """
    root.mkdir(parents=True, exist_ok=True)
    handle = os.open(root / "LOCK", os.O_CREAT | os.O_RDWR)
    try:
        try:
            _try_lock(handle)
        except OSError as error:
            raise StoreError(
                "Another process is changing this store.", code="store_busy", hint="Try again when it has finished."
            ) from error
        yield
    finally:
        os.close(handle)
