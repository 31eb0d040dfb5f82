"""What each address gives: the Ordnance Survey's where it can be had, our own otherwise, so that a map always draws."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool

from api.basemap import attribution, overlays, own_style, paths
from api.basemap.attribution import Attribution
from api.basemap.checking import Rubbish, json_of, unpacked
from api.basemap.letters import Letters
from api.basemap.own_map import OwnMap
from api.basemap.paths import Kind
from api.basemap.proxy import Got, OsProxy
from api.basemap.rewriting import Addresses, numbers_only, rewritten_metadata, rewritten_style
from api.basemap.settings import OsSettings
from api.core import assets, clock
from api.core.settings import Settings
from bopsgis.errors import NotFound

__all__ = ["JSON", "BaseMapService", "Served", "open_service"]

_log = logging.getLogger("bopsgis.basemap")

JSON: Final = "application/json"
PROTOBUF: Final = "application/x-protobuf"
TILE: Final = "application/vnd.mapbox-vector-tile"
_HOUR_S: Final = 3_600
_WHILE_DEGRADED_S: Final = 30
_FINEST_THEIRS: Final = {3857: 22, 27700: 15}
"""Zooms that may be asked of the Ordnance Survey, whose tiles go deeper than ours."""


@dataclass(frozen=True, slots=True)
class Served:
    """An answer. `source` is `os`, `os-stale`, `own`, or `degraded` for our own in place of theirs."""

    body: bytes
    media_type: str
    source: str
    fresh_s: int
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class BaseMapService:
    """The base map of one server. `address` is the one under which people reach it, where that is set."""

    os: OsProxy
    own: OwnMap
    letters: Letters
    address: str

    @property
    def attribution(self) -> Attribution:
        """What a map drawn with it must say."""
        if self.os.has_key:
            return attribution.of_ordnance_survey(self.os.settings.licence, clock.today())
        return attribution.of_our_own(self.own.town)

    async def metadata(self, srs: int, base: str) -> Served:
        """The description of the service, for clients that reach it at `base`."""
        addresses = Addresses(base, srs)
        got = await self.os.get(paths.metadata(srs))
        return await self._rewritten(
            got,
            lambda found: rewritten_metadata(json_of(found), addresses, self.attribution, self._secrets),
            lambda: own_style.own_metadata(addresses, self.attribution, self.own.layers()),
        )

    async def style(self, srs: int, base: str) -> Served:
        """The style, for clients that reach the service at `base`."""
        addresses = Addresses(base, srs)
        got = await self.os.get(paths.style(srs))
        extra = own_style.fallback_layers(srs)
        return await self._rewritten(
            got,
            lambda found: rewritten_style(json_of(found), addresses, self.attribution, extra, self._secrets),
            lambda: own_style.own_style(addresses, self.attribution),
        )

    async def tile(self, z: str, y: str, x: str, srs: int) -> Served:
        """A tile. Raises NotFound where there is none, before anything is done for it."""
        resource, (zoom, column, row) = paths.tile(z, y, x, srs)
        grid = own_style.matrix_set_of(srs)
        columns, rows = (side << zoom for side in grid.first_size)
        finest = _FINEST_THEIRS[srs] if self.os.has_key else grid.zooms[-1]
        if zoom > finest or column >= columns or row >= rows:
            raise NotFound("There is no such tile.", code="tile_unknown")
        got = await self.os.get(resource)
        if got is not None:
            return _theirs(got, TILE)
        body = (
            await run_in_threadpool(self.own.tile, grid, zoom, column, row) if grid.contains(zoom, column, row) else b""
        )
        return self._ours(body, TILE)

    async def fonts(self, stack: str, file: str) -> Served:
        """A file of glyphs. Raises NotFound for what is no file of the service."""
        resource, names, first = paths.fonts(stack, file)
        got = await self.os.get(resource)
        if got is not None and got.status == 200:
            return _theirs(got, PROTOBUF)
        return self._ours(await run_in_threadpool(self.letters.glyphs, names, first), PROTOBUF)

    async def sprite(self, file: str) -> Served:
        """A sprite sheet or its index. Raises NotFound for another name."""
        resource, ratio = paths.sprite(file)
        picture = resource.kind is Kind.SPRITE_PICTURE
        got = await self.os.get(resource)
        if got is not None and got.status == 200 and picture:
            return _theirs(got, "image/png")
        if picture:
            return self._ours(self.symbol_sheet(ratio), "image/png")
        return await self._rewritten(got, numbers_only, lambda: self.symbol_index(ratio))

    @staticmethod
    def symbol_sheet(ratio: int) -> bytes:
        """Patterns and key symbols of what is laid over the base map, as one PNG."""
        return overlays.sheet(ratio).png

    @staticmethod
    def symbol_index(ratio: int) -> bytes:
        """Where each of them lies on the sheet."""
        return json.dumps(overlays.sheet(ratio).json()).encode()

    @property
    def _secrets(self) -> tuple[str, ...]:
        key = self.os.settings.key
        return (key.get_secret_value(),) if key else ()

    async def _rewritten(self, got: Got | None, rewrite: Callable[[bytes], bytes], own: Callable[[], bytes]) -> Served:
        """Theirs, put into our words; our own where there is none or where it cannot be."""
        if got is not None and got.status == 200:
            try:
                body = await run_in_threadpool(
                    lambda: rewrite(unpacked(got.body, got.encoding, self.os.settings.max_bytes))
                )
                return _theirs(Got(200, body, "", got.fresh_s, got.stale), JSON)
            except Rubbish as error:
                _log.warning("an answer of the Ordnance Survey cannot be used: %s", error)
        return self._ours(await run_in_threadpool(own), JSON)

    def _ours(self, body: bytes, media_type: str) -> Served:
        if self.os.has_key:
            return Served(body, media_type, "degraded", _WHILE_DEGRADED_S)
        return Served(body, media_type, "own", _HOUR_S)


def open_service(settings: OsSettings, server: Settings, town: str | None) -> BaseMapService:
    """The base map of a server, with its sample town where there is one; `town` is that one's name."""
    letters = Letters(assets.vendor_folder() / "fonts", server.home / "glyphs")
    own = OwnMap(server.sample_town / "base", town)
    return BaseMapService(OsProxy(settings, server.home), own, letters, server.address)


def _theirs(got: Got, media_type: str) -> Served:
    """What they have; where they have nothing, an empty answer, which a client takes for an empty tile."""
    return Served(got.body, media_type, "os-stale" if got.stale else "os", got.fresh_s, got.encoding)
