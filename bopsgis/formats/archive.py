"""Zip files from outside: judged by their directory before anything is unpacked, and never unpacked by name."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import PurePosixPath

from bopsgis.errors import FormatRefused, TooLarge
from bopsgis.formats.limits import Limits

__all__ = ["members_of"]

_ENCRYPTED = 0x1
_SYMLINK = 0xA000
_KIND_MASK = 0xF000
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


def members_of(data: bytes, *, limits: Limits) -> dict[str, bytes]:
    """The files in a zip by lower-case base name, folders and system leftovers aside.

    Refused before reading: too many entries, too large unpacked, too high a ratio, encrypted entries, links,
    absolute or climbing paths, the same name twice, unknown compression. Checksums are checked while reading.

    Raises:
        InputRefused: with the fault in words.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _refuse_directory(entries, limits)
            wanted = {_base_name(entry): entry for entry in entries if not _is_leftover(entry)}
            if len(wanted) != sum(not _is_leftover(entry) for entry in entries):
                raise FormatRefused("The zip has two files of the same name.", code="zip_duplicate")
            return {name: _contents(archive, entry) for name, entry in wanted.items()}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise FormatRefused("The zip file is damaged.", code="zip_damaged") from error


def _refuse_directory(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.max_zip_entries:
        raise TooLarge(f"The zip has {len(entries):,} files; at most {limits.max_zip_entries} can be read.")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > limits.max_zip_bytes or unpacked > limits.max_zip_ratio * max(packed, 1):
        raise TooLarge("The zip unpacks to far more than can be read.", code="zip_bomb")
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in entry.filename:
            raise FormatRefused("The zip has a file whose path leads outside it.", code="zip_slip")
        if (entry.external_attr >> 16) & _KIND_MASK == _SYMLINK:
            raise FormatRefused("The zip has a link in it.", code="zip_link")
        if entry.flag_bits & _ENCRYPTED:
            raise FormatRefused("The zip is protected by a password.", code="zip_encrypted")
        if entry.compress_type not in _METHODS:
            raise FormatRefused("The zip is compressed in a way that is not accepted.", code="zip_method")


def _contents(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Read no more than the directory promised: it may lie."""
    with archive.open(entry) as file:
        contents = file.read(entry.file_size + 1)
    if len(contents) != entry.file_size:
        raise FormatRefused("The zip file is damaged.", code="zip_damaged")
    return contents


def _base_name(entry: zipfile.ZipInfo) -> str:
    return PurePosixPath(entry.filename.replace("\\", "/")).name.lower()


def _is_leftover(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.startswith("__MACOSX/") or _base_name(entry) in (".ds_store", "thumbs.db")
