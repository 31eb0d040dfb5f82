"""The door for files: what a file is by its bytes, and whether it may come in at all.

The first checks read bytes only. What needs a parser (`api.documents.child`) runs in a process of its own,
with limits on memory and time, and without anything of ours in its environment.
"""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from api.documents.names import stem_of
from api.documents.settings import DocumentSettings
from bopsgis.errors import InputRefused, TooLarge

__all__ = ["FileKind", "Inspected", "inspect", "kind_of"]

ROOT = Path(__file__).resolve().parents[2]


class FileKind(Enum):
    """A kind of file that is taken: media type, endings of its name (the first is ours), first bytes."""

    PDF = ("application/pdf", ("pdf",), b"%PDF-")
    PNG = ("image/png", ("png",), b"\x89PNG\r\n\x1a\n")
    JPEG = ("image/jpeg", ("jpg", "jpeg"), b"\xff\xd8\xff")

    def __init__(self, media_type: str, endings: tuple[str, ...], magic: bytes) -> None:
        self.media_type = media_type
        self.endings = endings
        self.magic = magic


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that may come in, and what was seen in it.

    `public` is a copy without data on its author, camera and place; `quarantined_because` says why nobody may
    open the file, and is empty where anybody may.
    """

    kind: FileKind
    name: str
    data: bytes
    sha256: str
    pages: int | None = None
    width: int | None = None
    height: int | None = None
    quarantined_because: str = ""
    public: bytes | None = None
    thumbnail: bytes | None = None


def kind_of(name: str, data: bytes, settings: DocumentSettings) -> FileKind:
    """The kind of file, when its name and its bytes agree on one that is taken.

    Raises TooLarge, or InputRefused for an empty file, another kind, a false ending, or a file that is an
    archive as well.
    """
    if not data:
        raise InputRefused("The file is empty.", code="file_empty")
    if len(data) > settings.max_bytes:
        raise TooLarge(f"The file is over the limit of {settings.max_bytes / 1_000_000:g} MB.", code="file_too_large")
    ending = name.rpartition(".")[2].lower()
    by_name = next((kind for kind in FileKind if ending in kind.endings), None)
    if by_name is None:
        raise InputRefused(
            "Only PDF, PNG and JPEG files are taken.", code="file_type", hint="Save it as one of these and try again."
        )
    if not data.startswith(by_name.magic):
        raise InputRefused(
            f"The file's name says {by_name.name}, its content says something else.", code="file_type_false"
        )
    if _is_archive_too(data):
        raise InputRefused("The file is an archive as well as a document.", code="file_polyglot")
    return by_name


def _is_archive_too(data: bytes) -> bool:
    """True where programs that unpack archives would find one: they read a file from its end.

    A record that ends an archive is believed only where the list of contents that it names stands before it.
    """
    start = max(len(data) - 66_000, 0)
    at = data.find(b"PK\x05\x06", start)
    while at >= 0:
        if len(data) >= at + 22:
            (size,) = struct.unpack_from("<L", data, at + 12)
            if 0 < size <= at and data[at - size : at - size + 4] == b"PK\x01\x02":
                return True
        at = data.find(b"PK\x05\x06", at + 4)
    return False


def inspect(name: str, data: bytes, settings: DocumentSettings) -> Inspected:
    """Check a file as far as can be, and draw its thumbnail.

    Raises InputRefused, or TooLarge, where it cannot be taken.
    """
    kind = kind_of(name, data, settings)
    with tempfile.TemporaryDirectory(prefix="bopsgis-file-") as folder:
        given, found = Path(folder) / "file", Path(folder)
        given.write_bytes(data)
        _run_child(kind, given, settings)
        report = _read(found / "report.json")
        public, thumbnail = _read(found / "public"), _read(found / "thumbnail")
    about: dict[str, Any] = {} if report is None else json.loads(report)
    if "refused" in about:
        raise _refusal(about["refused"], about["code"])
    if not about or (kind is not FileKind.PDF and public is None):
        raise InputRefused(
            "The file is too complex to be checked.", code="file_too_complex", hint="Make it simpler and try again."
        )
    return Inspected(
        kind=kind,
        name=f"{stem_of(name)}.{kind.endings[0]}",
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        public=public,
        thumbnail=thumbnail,
        **about,
    )


def _run_child(kind: FileKind, given: Path, settings: DocumentSettings) -> None:
    """Examine the file in a child; what it wrote before it ended, or was ended, counts."""
    limits = {
        "max_pages": settings.max_pages,
        "max_pixels": settings.max_pixels,
        "seconds": settings.examine_seconds,
        "memory": settings.examine_memory_bytes,
    }
    command = [sys.executable, "-m", "api.documents.child", kind.name, str(given), json.dumps(limits)]
    try:
        subprocess.run(  # noqa: S603  # our own module; what comes from outside is in a file
            command,
            cwd=given.parent,
            env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=settings.examine_seconds + 5,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return  # `run` has ended it; its report, if there is one, is complete


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _refusal(sentence: str, code: str) -> InputRefused:
    return TooLarge(sentence, code=code) if code.endswith("too_large") else InputRefused(sentence, code=code)
