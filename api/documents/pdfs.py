"""PDF: pages, what could act on opening it, and a picture of its first page. Runs in the child process."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # published without types
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from api.documents.jpegs import without_notes
from api.documents.reading import THUMBNAIL_SIDE, Refused

__all__ = ["examine", "thumbnail", "without_metadata"]

# What pypdf raises for files that are not what they say: it promises no one class.
_BROKEN = (PyPdfError, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError)

_ACTIVE = {
    "/JavaScript": "it runs JavaScript",
    "/JS": "it runs JavaScript",
    "/Launch": "it starts another program",
    "/EmbeddedFile": "it has other files embedded in it",
    "/EmbeddedFiles": "it has other files embedded in it",
    "/RichMedia": "it has media embedded in it",
    "/XFA": "it has a form that runs scripts",
    "/ImportData": "it fetches data when it is opened",
    "/SubmitForm": "it sends what is typed into it to somewhere else",
    "/GoToE": "it has other files embedded in it",
}
_ACTIVE_ACTIONS = frozenset({"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/RichMedia"})
_IN_THE_OPEN = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia)(?=[\s/<>()\[\]])")
_TAIL_ALLOWED = 1024
_TAIL_FORBIDDEN = re.compile(
    rb"PK\x03\x04|Rar!|7z\xbc\xaf|MZ|\x7fELF|<\s*(?:html|script|svg|\?php|!doctype)", re.IGNORECASE
)


def examine(path: Path, max_pages: int) -> dict[str, Any]:
    """Number of pages and why the file is to be kept in quarantine (empty where it is not).

    Raises Refused for a file that cannot be read, has too many pages, or goes on behind its end.
    """
    data = path.read_bytes()
    _check_tail(data)
    try:
        reader = PdfReader(io.BytesIO(data))
        encrypted = reader.is_encrypted
    except _BROKEN:
        raise _broken() from None
    if encrypted:
        return {"pages": None, "quarantined_because": "The file is encrypted, so it cannot be checked."}
    pages = _count_pages(path)
    if pages > max_pages:
        raise Refused(f"The file has more than {max_pages:,} pages.", "pages_too_large")
    try:
        why = sorted({*_active_parts(reader), *_in_the_open(data)})
    except _BROKEN:
        raise _broken() from None
    sentence = f"The file cannot be opened safely: {' and '.join(why)}." if why else ""
    return {"pages": pages, "quarantined_because": sentence}


def thumbnail(path: Path) -> bytes | None:
    """The first page as a small PNG; None where it cannot be drawn."""
    try:
        with pypdfium2.PdfDocument(path) as document:
            page = document[0]
            scale = THUMBNAIL_SIDE / max(*page.get_size(), 1.0)
            picture = page.render(scale=scale, may_draw_forms=False).to_pil()
    except (pypdfium2.PdfiumError, ValueError):
        return None
    out = io.BytesIO()
    picture.convert("RGB").save(out, "PNG", optimize=True)
    return out.getvalue()


_PRIVATE = ("/Metadata", "/PieceInfo", "/LastModified")
"""Of any object: XMP (ISO 32000-1, 14.3.2), what programs keep for themselves (14.5), and when."""


def without_metadata(path: Path) -> bytes | None:
    """The file written anew: the same pages, tags and links; no author, program, times, XMP or earlier versions.

    Photographs in it lose their camera and place data. None where it cannot be written, as when it is encrypted.
    """
    out = io.BytesIO()
    try:
        reader = PdfReader(io.BytesIO(path.read_bytes()))
        for thing in _reachable(reader.root_object):
            for key in _PRIVATE:
                thing.pop(key, None)
            if isinstance(thing, StreamObject) and thing.get("/Filter") in ("/DCTDecode", ["/DCTDecode"]):
                thing._data = without_notes(thing._data)  # noqa: SLF001  # the encoded bytes have no other door
        # Only now: the copy takes what the root still leads to.
        writer = PdfWriter(clone_from=reader)
        writer.metadata = None
        writer.pdf_header = reader.pdf_header
        writer.write(out)
    except (*_BROKEN, RecursionError, NotImplementedError):
        return None
    return out.getvalue()


def _reachable(root: DictionaryObject) -> Iterator[DictionaryObject]:
    """Every dictionary and stream that the root leads to, each once."""
    waiting: list[object] = [root]
    seen: set[int] = set()
    while waiting:
        here = waiting.pop()
        if isinstance(here, IndirectObject):
            if here.idnum in seen:
                continue
            seen.add(here.idnum)
            here = here.get_object()
        if isinstance(here, DictionaryObject):
            yield here
            waiting.extend(here.raw_get(key) for key in here)
        elif isinstance(here, ArrayObject):
            waiting.extend(list.__iter__(here))


def _broken() -> Refused:
    return Refused("The PDF is damaged and cannot be read.", "file_broken")


def _check_tail(data: bytes) -> None:
    """Raise Refused where the file has no end, or something else begins behind it."""
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise Refused("The PDF is cut short.", "file_broken")
    tail = data[end + 5 :]
    if len(tail.strip(b"\x00\t\n\x0c\r ")) > _TAIL_ALLOWED or _TAIL_FORBIDDEN.search(tail):
        raise Refused("The PDF has something else hidden behind its end.", "file_polyglot")


def _count_pages(path: Path) -> int:
    try:
        with pypdfium2.PdfDocument(path) as document:
            pages = len(document)
            if pages:
                document[0].close()  # a number of pages is only a claim
    except pypdfium2.PdfiumError:
        raise _broken() from None
    if pages < 1:
        raise _broken()
    return pages


def _in_the_open(data: bytes) -> Iterator[str]:
    """Reasons that stand in the bytes as they are, also in parts that no object leads to."""
    for match in _IN_THE_OPEN.finditer(data):
        yield _ACTIVE[match[0].decode()]


def _active_parts(reader: PdfReader) -> Iterator[str]:
    """Reasons found in any object of the file, compressed ones included."""
    for number, generation in _object_numbers(reader):
        found = IndirectObject(number, generation, reader).get_object()
        yield from _reasons(found)
    yield from _reasons(reader.trailer)


def _object_numbers(reader: PdfReader) -> list[tuple[int, int]]:
    plain = [(number, generation) for generation, table in reader.xref.items() for number in table if number]
    return [*plain, *((number, 0) for number in reader.xref_objStm)]


def _reasons(thing: object) -> Iterator[str]:
    """Reasons in one object and what is written inside it, without following references."""
    waiting = [thing]
    while waiting:
        here = waiting.pop()
        if isinstance(here, DictionaryObject):
            yield from (_ACTIVE[key] for key in here if key in _ACTIVE)
            for key in ("/S", "/Type", "/Subtype"):
                name = here.raw_get(key) if key in here else None
                if isinstance(name, str) and name in _ACTIVE_ACTIONS | {"/EmbeddedFile"}:
                    yield _ACTIVE[name]
            waiting.extend(here.raw_get(key) for key in here)
        elif isinstance(here, ArrayObject):
            waiting.extend(list.__iter__(here))
