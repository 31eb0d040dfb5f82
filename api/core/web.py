"""What stands between the network and the pages, as plain ASGI: sizes, bytes, time, headers.

From the outside in: `SecurityHeaders`, `LastDoor`, `Sanity`, `TimeLimit`, `BodyLimit`, and `DoOver` from its own
module. Each is one small class; their order reads in one place (`install`), and every answer, errors too, carries
the headers.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.core.do_over import DoOver
from api.core.faults import log_fault
from api.core.limits import WebLimits
from api.core.problems import Problem, respond

__all__ = ["CONTENT_SECURITY_POLICY", "BodyLimit", "LastDoor", "Sanity", "SecurityHeaders", "TimeLimit", "install"]

_log = logging.getLogger("bopsgis.web")

GOVUK_SCRIPT_HASH = "sha256-GUQ5ad8JK5KmEWmROf3LZd9ge94daqNvd8xy9YS1iDw="
"""Of the one inline script in GOV.UK's page template; a test recomputes it from the rendered page."""

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        f"script-src 'self' '{GOVUK_SCRIPT_HASH}'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(self), microphone=()",
}
_ALWAYS_TLS = "max-age=31536000; includeSubDomains"
_METHODS = frozenset({"GET", "HEAD", "POST"})
_UPLOADS = ("/api/v2/", "/requests/", "/cases/")
"""Where documents are sent to: longer bodies, and more time for them."""
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class SecurityHeaders:
    """Puts the security headers on every response; answers HEAD as GET without a body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the response back with its headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-cache")
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", _ALWAYS_TLS)
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"} if head else scope, receive, send_with_headers)


class LastDoor:
    """Turns a fault of ours into a 500 that tells nothing of the inside, and logs it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer 500 where it ends in an unforeseen error before the response began."""
        started = False

        async def note_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, note_start)
        except Exception as error:
            # The address of the route, not the one asked: that may have a secret in it.
            log_fault(_log, f"{scope.get('method')} {_route_of(scope)} failed", error)
            if started or scope["type"] != "http":
                raise
            problem = Problem(500, "Something went wrong on our side. It has been logged.", "internal_error")
            await respond(scope, problem)(scope, receive, send)


class Sanity:
    """Refuses requests whose host, method, path, query or headers no honest client sends."""

    def __init__(self, app: ASGIApp, limits: WebLimits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the first fault found, else pass the request on."""
        if scope["type"] == "http":
            problem = self._headers(scope) or self._host(scope) or self._target(scope)
            if problem is not None:
                await respond(scope, problem)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _headers(self, scope: Scope) -> Problem | None:
        pairs: list[tuple[bytes, bytes]] = list(scope["headers"])
        size = sum(len(name) + len(value) for name, value in pairs)
        cookies = sum(value.count(b";") + 1 for name, value in pairs if name == b"cookie")
        limits = self.limits
        if len(pairs) > limits.max_headers or size > limits.max_header_bytes or cookies > limits.max_cookies:
            return Problem(431, "The request's headers are too many or too long.", "headers_too_large")
        names = [name for name, _ in pairs]
        framed_twice = b"transfer-encoding" in names and b"content-length" in names
        if framed_twice or names.count(b"content-length") > 1:
            sentence = "The request gives the length of its body in two ways."
            return Problem(400, sentence, "ambiguous_length", headers={"Connection": "close"})
        if scope["method"] not in _METHODS:
            allowed = {"Allow": ", ".join(sorted(_METHODS))}
            return Problem(405, "This service takes GET, HEAD and POST.", "method_not_allowed", headers=allowed)
        return None

    def _host(self, scope: Scope) -> Problem | None:
        given = Headers(scope=scope).getlist("host")
        if len(given) == 1 and _host_name(given[0]) in self.limits.hosts:
            return None
        return Problem(400, "The service is not known by this host name.", "unknown_host")

    def _target(self, scope: Scope) -> Problem | None:
        raw_path: bytes = scope.get("raw_path") or str(scope["path"]).encode()
        query: bytes = scope.get("query_string", b"")
        if len(raw_path) > self.limits.max_path_bytes or len(query) > self.limits.max_query_bytes:
            return Problem(414, "The address is too long.", "address_too_long")
        if not raw_path.startswith(b"/") or raw_path.startswith(b"//"):
            return Problem(400, "The address must be a path on this service.", "address_refused")
        if not _readable(raw_path) or not _readable(query.replace(b"+", b" "), line_breaks=True):
            return Problem(400, "The address has bytes in it that are not text.", "address_refused")
        return None


class TimeLimit:
    """Answers 503 where no response has begun within the limit; what was started ends unheard."""

    def __init__(self, app: ASGIApp, limits: WebLimits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and give up waiting for its answer at the limit.

        A thread cannot be stopped, so the task is left to end by itself and what it sends is dropped.
        """
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seconds = self.limits.request_seconds + (self.limits.upload_seconds if _is_upload(scope) else 0.0)
        begun = asyncio.Event()
        given_up = False

        async def send_in_time(message: Message) -> None:
            if not given_up:
                begun.set()
                await send(message)

        task = asyncio.ensure_future(self.app(scope, receive, send_in_time))
        begins = asyncio.ensure_future(begun.wait())
        await asyncio.wait({task, begins}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        begins.cancel()
        if begun.is_set() or task.done():
            await task
            return
        given_up = True
        task.add_done_callback(_log_late_failure)
        sentence = "The answer took too long. Try a smaller site, or try again later."
        await respond(scope, Problem(503, sentence, "took_too_long", headers={"Retry-After": "30"}))(
            scope, receive, send
        )


def _log_late_failure(task: asyncio.Future[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log_fault(_log, "a request failed after its time was up", error)


class _TooLong(Exception):  # a signal between two functions of BodyLimit, not an error of the house
    """The body went over the limit while it was being read."""


class _TooSlow(Exception):  # as above
    """The body did not come in time."""


class BodyLimit:
    """Caps the request body, declared or chunked, and the time it may take; refuses compressed bodies.

    On refusal the rest is not read and the connection is closed.
    """

    def __init__(self, app: ASGIApp, limits: WebLimits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a `receive` that counts."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most, seconds = self._allowance(scope)
        problem = self._declared(Headers(scope=scope), most)
        if problem is None:
            try:
                await self.app(scope, self._counting(receive, most, seconds), send)
            except _TooLong:
                problem = self._too_long(most)
            except _TooSlow:
                problem = Problem(408, "The request took too long to arrive.", "request_too_slow", headers=_CLOSE)
        if problem is not None:
            await respond(scope, problem)(scope, receive, send)

    def _allowance(self, scope: Scope) -> tuple[int, float]:
        """Bytes and seconds that a body may take: more for a form with a file, where files are taken."""
        if _is_upload(scope):
            return self.limits.max_upload_bytes, self.limits.upload_seconds
        return self.limits.max_body_bytes, self.limits.body_seconds

    def _declared(self, headers: Headers, most: int) -> Problem | None:
        length = headers.get("content-length")
        if length is not None and not re.fullmatch(r"[0-9]{1,18}", length):
            return Problem(400, "The length of the request's body is not a number.", "length_refused", headers=_CLOSE)
        if length is not None and int(length) > most:
            return self._too_long(most)
        if headers.get("content-encoding", "identity").lower() != "identity":
            sentence = "The service does not take compressed request bodies."
            return Problem(415, sentence, "encoding_refused", headers=_CLOSE)
        return None

    @staticmethod
    def _too_long(most: int) -> Problem:
        sentence = f"The request is over the limit of {most:,} bytes."
        return Problem(413, sentence, "too_large", headers=_CLOSE)

    @staticmethod
    def _counting(receive: Receive, most: int, seconds: float) -> Receive:
        read = 0
        deadline = asyncio.get_running_loop().time() + seconds
        complete = False

        async def counted() -> Message:
            nonlocal read, complete
            if complete:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError as error:
                raise _TooSlow from error
            read += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if read > most:
                raise _TooLong
            return message

        return counted


_CLOSE = {"Connection": "close"}


def _route_of(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "an address"))


def install(app: FastAPI, limits: WebLimits) -> None:
    """Put all of it round the application. What is added last stands outermost."""
    app.add_middleware(DoOver)
    app.add_middleware(BodyLimit, limits=limits)
    app.add_middleware(TimeLimit, limits=limits)
    app.add_middleware(Sanity, limits=limits)
    app.add_middleware(LastDoor)
    app.add_middleware(SecurityHeaders)


def _is_upload(scope: Scope) -> bool:
    """True for a form with a file, or a zip, that is sent where files are taken."""
    kind = Headers(scope=scope).get("content-type", "")
    return kind.startswith(("multipart/form-data", "application/zip")) and str(scope["path"]).startswith(_UPLOADS)


def _host_name(host: str) -> str:
    """The name in a Host header, without its port: `[::1]:8000` -> `::1`."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::[0-9]{1,5})?", host)
    return (match[1] or match[2]).lower() if match else ""


def _readable(quoted: bytes, *, line_breaks: bool = False) -> bool:
    """True where percent-decoding gives UTF-8 text without control characters."""
    text = unquote_to_bytes(quoted)
    if line_breaks:
        text = _without(text, (b"\r", b"\n", b"\t"))
    if _CONTROL.search(text):
        return False
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _without(text: bytes, unwanted: Iterable[bytes]) -> bytes:
    for part in unwanted:
        text = text.replace(part, b"")
    return text
