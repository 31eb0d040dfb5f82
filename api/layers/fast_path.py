"""Tiles and archives of tiles, answered before the router and all that stands before it.

Whatever else is asked goes on as it came. What is answered here still has its headers, host and size looked at; what
was answered in the same way before is sent again as it was (see `replay`).
"""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.accounts.guard import council_of, database_of, officer
from api.core.conditional import has
from api.core.limits import WebLimits
from api.core.problems import Problem, RequestRefused, from_error, respond
from api.core.web import LastDoor, Sanity, SecurityHeaders
from api.layers.archives import Archives
from api.layers.headers import OPEN, takes_gzip
from api.layers.layer import BASE_MAP, CASES, CONSTRAINTS, OFFICERS, Layer
from api.layers.packed import Packed
from api.layers.replay import Replays
from api.layers.service import NAMES, TileService, no_layer
from bopsgis.errors import BopsgisError, NotFound
from tiles.grid import MATRIX_SETS, Tile, TileMatrixSet

__all__ = ["TileDoor", "asked_of"]

T = TypeVar("T")

_PREFIXES: Final = ("/tiles/", "/ogc/")
"""Where tiles lie: by column and row, and as OGC API - Tiles has them, by row and column."""
MEDIA_TYPE: Final = b"application/vnd.mapbox-vector-tile"
_NUMBER: Final = r"(0|[1-9][0-9]{0,7})"
_NAME: Final = r"[a-z0-9-]{1,80}"
_OURS = re.compile(rf"/tiles/({_NAME})(?:@([0-9a-f]{{16}}))?/([A-Za-z]{{1,30}})/{_NUMBER}/{_NUMBER}/{_NUMBER}\.mvt")
_OGC = re.compile(rf"/ogc(?:/collections/({_NAME}))?/tiles/([A-Za-z]{{1,30}})/{_NUMBER}/{_NUMBER}/{_NUMBER}")
_PARTS: Final = 3
_OFFICER = officer()
_SENT = "api.layers.sent"
"""In the scope of a request for a tile: which layer was sent, and whether the address names its version."""
_REPLAYED_SHARE: Final = 4
"""Answers may take this part of the room that tiles have: mostly they are the same bytes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A tile that may be there."""

    layer: str
    version: str | None
    matrix_set: TileMatrixSet
    tile: Tile


def _is_tile(path: str) -> bool:
    """Whether an address means a tile, even one that cannot be there."""
    if path.startswith("/ogc/"):
        return "/tiles/" in path and path.rpartition("/tiles/")[2].count("/") >= _PARTS
    return path.endswith(".mvt")


def asked_of(path: str) -> Asked:
    """The tile that an address names. Raises NotFound for one that cannot be there, before any work is done."""
    if (found := _OURS.fullmatch(path)) is not None:
        name, version, set_id, z, x, y = found.groups()
    elif (found := _OGC.fullmatch(path)) is not None:
        name, set_id, z, y, x = found.groups()
        name, version = name or CONSTRAINTS, None
    else:
        raise _no_tile()
    if name not in NAMES or (path.startswith("/ogc/") and name in (BASE_MAP, OFFICERS)):
        raise no_layer()
    matrix_set = MATRIX_SETS.get(set_id)
    tile = (int(z), int(x), int(y))
    if matrix_set is None or not matrix_set.contains(*tile):
        raise _no_tile()
    return Asked(name, version, matrix_set, tile)


def _no_tile() -> NotFound:
    return NotFound("There is no such tile.", code="tile_unknown")


class TileDoor:
    """Stands outermost: what is asked of tiles is answered here, all else passed on."""

    def __init__(self, app: ASGIApp, service: TileService, archives: Archives, limits: WebLimits) -> None:
        self.app = app
        self.service = service
        self.replays = Replays(service.editions, limits, service.settings.memory_bytes // _REPLAYED_SHARE)
        self.tiles = SecurityHeaders(LastDoor(Sanity(self._tile, limits)))
        self.archives = SecurityHeaders(LastDoor(Sanity(archives, limits)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for a tile or an archive; pass anything else on."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            path: str = scope["path"]
            if path.startswith("/archives/"):
                await self.archives(scope, receive, send)
                return
            if path.startswith(_PREFIXES):
                again = self.replays.find(scope)
                if again is not None:
                    start, body = again
                    await send(start)
                    await send(body)
                    return
                if _is_tile(path):
                    await self._in_full(scope, receive, send)
                    return
        await self.app(scope, receive, send)

    async def _in_full(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for a tile, and keep the answer for the next who asks."""
        answer: list[Message] = []
        sent: list[tuple[Layer, bool]] = []

        async def note(message: Message) -> None:
            answer.append(message)
            await send(message)

        await self.tiles({**scope, _SENT: sent}, receive, note)
        if sent:
            ((layer, fixed),) = sent
            self.replays.keep(scope, layer, answer, fixed=fixed)

    async def _tile(self, scope: Scope, receive: Receive, send: Send) -> None:
        service = self.service
        try:
            asked = asked_of(scope["path"])
            async with asyncio.timeout(service.settings.wait_s):
                layer = await self._layer(asked, scope)
                if scope["query_string"]:
                    layer = await self._filtered(layer, scope["query_string"])
                packed = service.kept(layer, asked.matrix_set, asked.tile)
                if packed is None:
                    packed = await _shared(service.tile(layer, asked.matrix_set, asked.tile))
        except TimeoutError:
            problem = Problem(503, "The layer is being made ready.", "not_ready", headers={"Retry-After": "5"})
            await respond(scope, problem)(scope, receive, send)
        except BopsgisError as error:
            await respond(scope, from_error(error))(scope, receive, send)
        else:
            fixed = asked.version is not None
            await _send(Headers(scope=scope), layer, packed, send, fixed=fixed)
            scope[_SENT].append((layer, fixed))

    async def _layer(self, asked: Asked, scope: Scope) -> Layer:
        """The layer, for those who may see it: that is settled before anything is looked up."""
        if asked.layer not in (CASES, OFFICERS, BASE_MAP):
            making = self.service.editions.recent() or self.service.editions.begin()
            if isinstance(making, Future):
                await _shared(making)
            ready = self.service.fixed(asked.layer, asked.version)
            if ready is not None:
                return ready
        return await asyncio.get_running_loop().run_in_executor(self.service.lookers, self._now, asked, scope)

    def _now(self, asked: Asked, scope: Scope) -> Layer:
        return self.service.layer(asked.layer, lambda: _council_for(asked.layer, Request(scope)), asked.version)

    async def _filtered(self, layer: Layer, query: bytes) -> Layer:
        """The layer as the parameters want it. Raises RequestRefused for parameters that are not known."""
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        given = dict(pairs)
        if len(given) < len(pairs) or not given.keys() <= {"f", "filter", "filter-lang"}:
            known = "Known: filter, filter-lang, f; each once."
            raise RequestRefused("A parameter of this tile is not known.", code="parameter_unknown", hint=known)
        if given.get("f", "mvt") != "mvt":
            raise RequestRefused("Tiles come as f=mvt only.", code="parameter_refused")
        if "filter" not in given:
            return layer
        return await _shared(self.service.filtered(layer, given["filter"], given.get("filter-lang", "cql2-text")))


def _council_for(layer: str, request: Request) -> int:
    """The council that is served. Raises NotSignedIn where its officers only may see the layer."""
    database = database_of(request)
    council = council_of(request, database)
    if layer == OFFICERS:
        _OFFICER(request, database, council)
    return council.id


async def _shared(future: Future[T]) -> T:
    """What others wait for too: who goes away does not end it."""
    return await asyncio.shield(asyncio.wrap_future(future))


async def _send(headers: Headers, layer: Layer, packed: Packed, send: Send, *, fixed: bool) -> None:
    """Send a tile, or that the client has it. `fixed`: the address names the version."""
    tag = packed.digest.hex()
    zipped = bool(packed.gzipped) and takes_gzip(headers.get("accept-encoding", ""))
    own = f'"{tag}-gz"' if zipped else f'"{tag}"'
    told = [
        (b"etag", own.encode()),
        (b"cache-control", _caching(layer, fixed=fixed)),
        (b"vary", b"Accept-Encoding, Cookie" if layer.private else b"Accept-Encoding"),
        *(() if layer.private else OPEN),
    ]
    if has(headers.get("if-none-match"), own):
        await send({"type": "http.response.start", "status": 304, "headers": told})
        await send({"type": "http.response.body", "body": b""})
        return
    body = packed.gzipped if zipped else packed.plain()
    told += [(b"content-type", MEDIA_TYPE), (b"content-length", str(len(body)).encode())]
    if zipped:
        told.append((b"content-encoding", b"gzip"))
    if packed.truncated:
        told += [(b"x-truncated", b"true"), (b"x-dropped", str(packed.dropped).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": told})
    await send({"type": "http.response.body", "body": body})


def _caching(layer: Layer, *, fixed: bool) -> bytes:
    """For how long, and by whom, a tile may be kept."""
    if layer.private:
        return b"private, no-cache"
    if fixed:
        return b"public, max-age=31536000, immutable"
    return b"public, no-cache" if layer.live else b"public, max-age=300"
