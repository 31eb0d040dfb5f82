"""PMTiles archives below `/archives`, read by clients in ranges of bytes (RFC 9110, 14)."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from api.core.conditional import has
from api.core.problems import Problem, from_error, respond
from api.layers.headers import OPEN
from bopsgis.errors import BopsgisError, FormatRefused, NotFound
from tiles.archive import Archive, open_archive

__all__ = ["Archives", "Span", "span_of"]

_PATH = re.compile(r"/archives/([a-z0-9][a-z0-9_-]{0,79})\.pmtiles")
_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")
_PIECE: Final = 1 << 18
_MOST_OPEN: Final = 32


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `start` to `stop`, which is not included."""

    start: int
    stop: int


def span_of(header: str | None, size: int) -> Span | None:
    """The range that a Range header asks of so many bytes; None for all of them.

    What is not one range of bytes is answered with everything, as the RFC allows. Raises ValueError for a range
    that lies beyond the end.
    """
    found = _RANGE.fullmatch(header.strip()) if header is not None else None
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        start, stop = max(size - int(suffix), 0), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= stop:
        raise ValueError("the range lies beyond the end")
    return Span(start, stop)


class Archives:
    """The archives in one folder. A file that is replaced is served in its new version from the next request on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._open: OrderedDict[str, tuple[tuple[int, int, int], Archive]] = OrderedDict()

    def names(self) -> list[str]:
        """Names of all archives, without their ending."""
        files = self.folder.glob("*.pmtiles") if self.folder.is_dir() else ()
        return sorted(file.stem for file in files if _PATH.fullmatch(f"/archives/{file.name}"))

    def archive(self, name: str) -> Archive:
        """The archive of a name. Raises NotFound where there is none, or the file is not one."""
        path = self.folder / f"{name}.pmtiles"
        try:
            about = path.stat()
            state = (about.st_mtime_ns, about.st_size, about.st_ino)
            with self._lock:
                kept = self._open.get(name)
                if kept is None or kept[0] != state:
                    kept = self._open[name] = (state, open_archive(path))
                self._open.move_to_end(name)
                while len(self._open) > _MOST_OPEN:
                    self._open.popitem(last=False)
                return kept[1]
        except (FileNotFoundError, FormatRefused) as error:
            raise NotFound("There is no archive of this name.", code="archive_unknown", hint="/tiles") from error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for an archive."""
        asked = Headers(scope=scope)
        try:
            found = _PATH.fullmatch(scope["path"])
            if found is None:
                raise NotFound("There is no archive of this name.", code="archive_unknown", hint="/tiles")
            archive = self.archive(found[1])
        except BopsgisError as error:
            await respond(scope, from_error(error))(scope, receive, send)
            return
        tag = f'"{archive.version}"'
        told = [(b"etag", tag.encode()), (b"accept-ranges", b"bytes"), (b"cache-control", b"public, no-cache"), *OPEN]
        if has(asked.get("if-none-match"), tag):
            await send({"type": "http.response.start", "status": 304, "headers": told})
            await send({"type": "http.response.body", "body": b""})
            return
        wanted = asked.get("range") if asked.get("if-range", tag) == tag else None
        try:
            span = span_of(wanted, archive.size)
        except ValueError:
            headers = {"Content-Range": f"bytes */{archive.size}"}
            problem = Problem(416, "The archive ends before this range.", "range_refused", headers=headers)
            await respond(scope, problem)(scope, receive, send)
            return
        await _send(archive, span, told, send)


async def _send(archive: Archive, span: Span | None, told: list[tuple[bytes, bytes]], send: Send) -> None:
    start, stop = (0, archive.size) if span is None else (span.start, span.stop)
    headers = [
        *told,
        (b"content-type", b"application/vnd.pmtiles"),
        (b"content-length", str(stop - start).encode()),
    ]
    if span is not None:
        headers.append((b"content-range", f"bytes {start}-{stop - 1}/{archive.size}".encode()))
    await send({"type": "http.response.start", "status": 200 if span is None else 206, "headers": headers})
    for place in range(start, stop, _PIECE):
        end = min(place + _PIECE, stop)
        await send({"type": "http.response.body", "body": archive.slice(place, end), "more_body": end < stop})
