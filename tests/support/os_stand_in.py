"""What stands in for the Ordnance Survey: a server on this machine that checks the key and misbehaves on request."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from support.serving import serving

from tiles.mvt.wire import field as message

__all__ = ["KEY", "TILE", "WRONG", "StandIn", "standing_in"]

KEY = "canary-KEY-0123456789"
"""A key that must turn up nowhere but in the header of a request to the stand-in."""
ROOT = "/maps/vector/v1/vts"
TILE = message(3, message(1, b"Roads") + bytes([5 << 3, 128, 32, 15 << 3, 2]))
"""One empty layer: enough to be a tile."""
GLYPHS = message(1, message(1, b"Arial Regular") + message(2, b"0-255"))
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
EXCEPTION = b'<?xml version="1.0"?><ows:ExceptionReport><ows:Exception exceptionCode="%b"/></ows:ExceptionReport>'
HUGE = 8_000_000


@dataclass
class StandIn:
    """How the server behaves at the moment, and what it was asked."""

    address: str
    mode: str = "right"
    cache_control: str = "public, max-age=600"
    etag: str = '"one"'
    retry_after: str = ""
    asked: list[Request] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """Paths and queries that were asked for, in order."""
        return [f"{each.url.path}?{each.url.query}" for each in self.asked]

    async def answer(self, request: Request) -> Response:
        """One answer, in the way of `mode`."""
        self.asked.append(request)
        if request.headers.get("key") != KEY or "key" in request.query_params:
            return _xml(401, b"FailedToResolveAPIKey")
        broken = await self._broken()
        if broken is not None:
            return broken
        headers = {"Cache-Control": self.cache_control, "ETag": self.etag}
        if request.headers.get("if-none-match") == self.etag:
            return Response(status_code=304, headers=headers)
        kind, body = self._content(request.url.path)
        if kind == "application/octet-stream":
            body, headers = gzip.compress(body, mtime=0), {**headers, "Content-Encoding": "gzip"}
        return Response(body, media_type=kind, headers=headers)

    def _content(self, path: str) -> tuple[str, bytes]:
        """What is right for a path. The documents hold addresses with the key in them, as the real ones do."""
        address = f"https://api.os.uk{ROOT}"
        if path.endswith("/styles"):
            style = {
                "version": 8,
                "sprite": f"{address}/resources/sprites/sprite?key={KEY}",
                "glyphs": f"{address}/resources/fonts/{{fontstack}}/{{range}}.pbf?key={KEY}",
                "sources": {"esri": {"type": "vector", "url": f"{address}?key={KEY}", "maxzoom": 15}},
                "layers": [
                    {"id": "background", "type": "background", "paint": {"background-color": "#eeeeee"}},
                    {"id": "Roads", "type": "line", "source": "esri", "source-layer": "Roads"},
                ],
                "metadata": {"token": KEY},
            }
            return "application/json", json.dumps(style).encode()
        if path == ROOT:
            about = {"name": "OS", "tiles": [f"{address}/tile/{{z}}/{{y}}/{{x}}.pbf?key={KEY}"], "maxzoom": 15}
            return "application/json", json.dumps(about | {"tileInfo": {"rows": 512, "cols": 512}}).encode()
        if "/fonts/" in path:
            return "application/octet-stream", GLYPHS
        if path.endswith(".json"):
            place = {"x": 0, "y": 0, "width": 8, "height": 8, "pixelRatio": 1, "note": f"https://api.os.uk?key={KEY}"}
            return "application/json", json.dumps({"church": place}).encode()
        return ("image/png", PNG) if path.endswith(".png") else ("application/octet-stream", TILE)

    async def _broken(self) -> Response | None:
        """A wrong answer, where one is wanted; None after waiting in vain."""
        if self.mode.isdecimal():
            headers = {"Retry-After": self.retry_after} if self.retry_after else {}
            return _xml(int(self.mode), b"SourceMessageNotAvailable", headers)
        if self.mode in WAITS_S:
            await asyncio.sleep(WAITS_S[self.mode])
        wrong = WRONG.get(self.mode)
        return wrong() if wrong else None


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """Serve on a free port of this machine."""
    app = FastAPI()
    with serving(app) as (host, port):
        stand_in = StandIn(f"http://{host}:{port}")
        app.add_route("/{path:path}", stand_in.answer)
        yield stand_in


def _xml(status: int, code: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(EXCEPTION % code, status_code=status, media_type="text/xml", headers=headers)


def _tile(body: bytes, encoding: str = "") -> Response:
    headers = {"Content-Encoding": encoding} if encoding else None
    return Response(body, media_type="application/octet-stream", headers=headers)


async def _many() -> AsyncIterator[bytes]:
    for _ in range(HUGE // 50_000):
        yield bytes(50_000)


async def _drops() -> AsyncIterator[bytes]:
    """A byte at a time, each soon enough to keep a single read from timing out."""
    for _ in range(100):
        yield b"\x1a"
        await asyncio.sleep(0.05)


WAITS_S = {"silent": 5.0, "late": 0.5}
WRONG: dict[str, Callable[[], Response]] = {
    "redirect": lambda: RedirectResponse("/elsewhere"),
    "redirect away": lambda: RedirectResponse("http://169.254.169.254/latest/meta-data/"),
    "xml": lambda: _xml(200, b"SourceMessageNotAvailable"),
    "xml as a tile": lambda: _tile(EXCEPTION % b"Late"),
    "html": lambda: Response("<!doctype html><title>Sign in</title>", media_type="text/html"),
    "rubbish": lambda: _tile(b"\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
    "another message": lambda: _tile(GLYPHS),
    "cut off": lambda: _tile(gzip.compress(TILE * 50)[:-9], "gzip"),
    "bomb": lambda: _tile(gzip.compress(bytes(HUGE)), "gzip"),
    "brotli": lambda: _tile(TILE, "br"),
    "deep": lambda: Response(b"[" * 50_000 + b"]" * 50_000, media_type="application/json"),
    "huge": lambda: StreamingResponse(_many(), media_type="application/octet-stream"),
    "drip": lambda: StreamingResponse(_drops(), media_type="application/octet-stream"),
}
"""Ways to answer 200, or to lead elsewhere, with what nobody asked for."""
