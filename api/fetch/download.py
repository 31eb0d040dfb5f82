"""One file over HTTP: resumed where it broke off, whole or not at all, and polite to the server."""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from bopsgis.errors import BopsgisError, TooLarge

__all__ = ["Download", "FetchFailed", "FetchSettings", "Remote", "download"]

_BLOCK: Final = 1 << 18
_BUSY: Final = frozenset({429, 500, 502, 503, 504})
_NETWORK_FAULTS: Final = (URLError, http.client.HTTPException, ConnectionError, TimeoutError)


class FetchFailed(BopsgisError):
    """A file could not be fetched; what was there before is still there."""

    default_code = "fetch_failed"


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """How to behave towards the server."""

    timeout_s: float = 60.0
    tries: int = 5
    pause_s: float = 1.0
    """Before each file after the first; doubled before each further try of one file."""
    longest_pause_s: float = 600.0
    """However long the server asks us to wait."""
    max_bytes: int = 8 * 1024**3
    user_agent: str = "bopsgis (open source planning constraint checker)"
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Remote:
    """Which version of a file the server has: its validators, as it sends them."""

    etag: str = ""
    last_modified: str = ""

    @property
    def validator(self) -> str:
        """What `If-Range` may hold: a strong ETag or else the date; empty where resuming would not be safe."""
        return self.last_modified if not self.etag or self.etag.startswith("W/") else self.etag


@dataclass(frozen=True, slots=True)
class Download:
    """A file that is now in place."""

    sha256: str
    size: int
    remote: Remote
    changed: bool
    """False where the server said that the copy we had is still the current one."""


def download(
    url: str,
    target: Path,
    *,
    known: Remote | None = None,
    settings: FetchSettings | None = None,
    told: Callable[[int, int], None] | None = None,
) -> Download:
    """Brings `url` to `target`, and returns what is there.

    A broken transfer is taken up again where it ended, also by a later call, if the server still has the same
    version (RFC 9110, `If-Range`). `known` is the version at `target`: if it is current nothing is sent again.
    The file at `target` is replaced only by a whole one. `told` hears (bytes, total or 0).

    Raises:
        FetchFailed: after `settings.tries` tries, or where trying again is no use.
        TooLarge: over `settings.max_bytes`.
    """
    settings = settings or FetchSettings()
    if urlsplit(url).scheme not in {"http", "https"}:
        raise FetchFailed(f"{url} is no web address.", code="fetch_scheme")
    transfer = _Transfer(url, target, known if known and target.is_file() else None, settings, told)
    why = ""
    for attempt in range(settings.tries):
        if attempt:
            settings.sleep(min(transfer.wait_s or settings.pause_s * 2**attempt, settings.longest_pause_s))
        try:
            return transfer.run()
        except HTTPError as error:
            with error:
                if error.code not in _BUSY:
                    raise FetchFailed(f"{url} answered {error.code} {error.reason}.", code="fetch_refused") from error
                transfer.wait_s = _retry_after_s(error.headers.get("Retry-After", ""))
            why = f"it answered {error.code}"
        except _NETWORK_FAULTS as error:
            why = str(error) or type(error).__name__
    raise FetchFailed(
        f"{url} could not be fetched in {settings.tries} tries: {why}.",
        hint="What has come is kept: try again later and it goes on from there.",
    )


class _Transfer:
    """The state of one download between its tries, part of it on disk."""

    def __init__(
        self,
        url: str,
        target: Path,
        known: Remote | None,
        settings: FetchSettings,
        told: Callable[[int, int], None] | None,
    ) -> None:
        self.url, self.target, self.known, self.settings, self.told = url, target, known, settings, told
        self.part = target.with_name(f"{target.name}.part")
        self.about = target.with_name(f"{target.name}.part.json")
        self.wait_s = 0.0

    def run(self) -> Download:
        """One try."""
        offset, begun = self._begun()
        headers = {"User-Agent": self.settings.user_agent, "Accept-Encoding": "identity"}
        if offset and begun.validator:
            headers |= {"Range": f"bytes={offset}-", "If-Range": begun.validator}
        elif self.known and self.known.etag:
            headers["If-None-Match"] = self.known.etag
        elif self.known and self.known.last_modified:
            headers["If-Modified-Since"] = self.known.last_modified
        request = Request(self.url, headers=headers)  # noqa: S310  # the scheme was checked
        try:
            with urlopen(request, timeout=self.settings.timeout_s) as answer:  # noqa: S310  # as above
                return self._receive(answer, offset)
        except HTTPError as error:
            if error.code == http.HTTPStatus.NOT_MODIFIED and self.known:
                return Download(_sha256(self.target), self.target.stat().st_size, self.known, changed=False)
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                self._forget()
                raise ConnectionError("the part that we have does not fit the file") from error
            raise

    def _begun(self) -> tuple[int, Remote]:
        try:
            remote = Remote(**json.loads(self.about.read_text(encoding="utf-8")))
            return self.part.stat().st_size, remote
        except (OSError, ValueError, TypeError):
            return 0, Remote()

    def _forget(self) -> None:
        self.part.unlink(missing_ok=True)
        self.about.unlink(missing_ok=True)

    def _receive(self, answer: Any, offset: int) -> Download:
        remote = Remote(answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))
        resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        if resumed and not answer.headers.get("Content-Range", "").startswith(f"bytes {offset}-"):
            self._forget()
            raise ConnectionError("the server sent another part than the one asked for")
        start = offset if resumed else 0
        length = answer.headers.get("Content-Length")
        total = start + int(length) if length and length.isdecimal() else 0
        self._check_size(total)
        self.about.write_text(json.dumps(asdict(remote)), encoding="utf-8")
        size = self._write(answer, start, total)
        if total and size != total:
            raise ConnectionError(f"the connection broke off after {size:,} of {total:,} bytes")
        sha256 = _sha256(self.part)
        self.part.replace(self.target)
        self._forget()
        return Download(sha256, size, remote, changed=True)

    def _write(self, answer: Any, start: int, total: int) -> int:
        size = start
        with self.part.open("r+b" if start else "wb") as file:
            file.seek(start)
            while block := answer.read(_BLOCK):
                file.write(block)
                size += len(block)
                self._check_size(size)
                if self.told is not None:
                    self.told(size, total)
        return size

    def _check_size(self, size: int) -> None:
        if size > self.settings.max_bytes:
            self._forget()
            raise TooLarge(f"{self.url} is larger than {self.settings.max_bytes:,} bytes.")


def _retry_after_s(text: str) -> float:
    """Seconds that a `Retry-After` header asks for, in either of its forms (RFC 9110, 10.2.3); 0 if neither."""
    if text.isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (until - datetime.now(tz=UTC)).total_seconds()) if until.tzinfo else 0.0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
