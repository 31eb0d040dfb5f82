"""One request to the Ordnance Survey: fixed host, key in a header, nothing followed, bounded in bytes and time."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import requests
import urllib3
from requests.adapters import HTTPAdapter

from api.basemap.paths import Resource
from api.basemap.settings import OsSettings

__all__ = ["Answer", "NoAnswer", "Upstream"]

_BLOCK: Final = 65_536
_SECONDS = re.compile(r"[0-9]{1,9}")


class NoAnswer(Exception):  # a signal to the proxy, which has something else to serve
    """There was no answer that could be used: no connection, too slow, too large, or no HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, as it was sent."""

    status: int
    body: bytes
    encoding: str
    """`gzip` or empty."""
    content_type: str
    """Without parameters, in lower case."""
    etag: str
    lifetime_s: int | None
    """For how long it may be used unasked; None where nothing is said, -1 where it may not be kept at all."""
    stale_allowed: bool
    retry_after_s: float


class Upstream:
    """The Ordnance Survey's API, or what stands in for it in a test. May be used by several threads."""

    def __init__(self, settings: OsSettings) -> None:
        self._settings = settings
        self._session = requests.Session()
        # Neither proxies nor passwords of the machine's environment belong into these requests.
        self._session.trust_env = False
        self._session.mount("https://", HTTPAdapter(pool_maxsize=16, max_retries=0))

    def fetch(self, resource: Resource, etag: str = "") -> Answer:
        """Ask for `resource`, or whether it is still the one with `etag` (then the status is 304).

        Raises NoAnswer. The key is in no address, so it is in no message either.
        """
        settings = self._settings
        deadline = time.monotonic() + settings.connect_s + settings.read_s
        try:
            with self._session.get(
                f"{settings.address}{resource.target}",
                headers=self._headers(etag),
                timeout=(settings.connect_s, settings.read_s),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = self._read(response, deadline)
                return _answer(response, body)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise NoAnswer(type(error).__name__) from error

    def _headers(self, etag: str) -> dict[str, str]:
        key = self._settings.key
        headers = {
            "key": key.get_secret_value() if key else "",
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            "User-Agent": "bopsgis",
        }
        return headers | ({"If-None-Match": etag} if etag else {})

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        """The body as sent. One that drips would keep every single read short, so the whole has a deadline too."""
        parts: list[bytes] = []
        size = 0
        while part := response.raw.read1(_BLOCK, decode_content=False):
            size += len(part)
            if size > self._settings.max_bytes:
                raise NoAnswer("the answer is too large")
            if time.monotonic() > deadline:
                raise NoAnswer("the answer is too slow")
            parts.append(part)
        return b"".join(parts)


def _answer(response: requests.Response, body: bytes) -> Answer:
    headers = response.headers
    encoding = headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip"}:
        raise NoAnswer("the answer is packed in a way that was not asked for")
    directives = _directives(headers.get("Cache-Control", ""))
    retry = headers.get("Retry-After", "")
    return Answer(
        status=response.status_code,
        body=body,
        encoding="gzip" if encoding == "gzip" else "",
        content_type=headers.get("Content-Type", "").split(";")[0].strip().lower(),
        etag=headers.get("ETag", "")[:200],
        lifetime_s=_lifetime(directives, headers.get("Age", "")),
        stale_allowed="must-revalidate" not in directives and "proxy-revalidate" not in directives,
        retry_after_s=float(retry) if _SECONDS.fullmatch(retry) else 0.0,
    )


def _directives(text: str) -> Mapping[str, str]:
    """The directives of a Cache-Control header (RFC 9111, 5.2), names in lower case."""
    pairs = (part.strip().partition("=") for part in text.lower().split(","))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs if name.strip()}


def _lifetime(directives: Mapping[str, str], age: str) -> int | None:
    """Seconds for which a cache that many share may use an answer without asking (RFC 9111, 4.2)."""
    if "no-store" in directives or "private" in directives:
        return -1
    if "no-cache" in directives:
        return 0
    given = directives.get("s-maxage", directives.get("max-age", ""))
    if not _SECONDS.fullmatch(given):
        return 0 if given else None
    return max(0, int(given) - (int(age) if _SECONDS.fullmatch(age) else 0))
