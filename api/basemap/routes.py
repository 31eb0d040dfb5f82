"""The Ordnance Survey's addresses for vector tiles, and how our own maps look as data for pages and prints."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.basemap import looks, paths
from api.basemap.checking import unpacked
from api.basemap.service import JSON, BaseMapService, Served
from api.core.conditional import has
from api.core.incoming import single_valued
from api.core.problems import described
from api.maps.located import located_datasets
from api.maps.service import SiteChecks
from bopsgis.errors import NotAllowed, StoreMissing

__all__ = ["router"]

router = APIRouter(tags=["Base map"], dependencies=[Depends(single_valued)])

_LONGEST_S = 3_600
_LOADED_S = 60
"""For how long it may be kept what is loaded."""
Srs = Annotated[str | None, Query(description="3857 or 27700 (the default). Any other parameter makes no difference.")]


def service_of(request: Request) -> BaseMapService:
    """The base map of this application."""
    service: BaseMapService = request.app.state.basemap
    return service


def origin_of(request: Request) -> str | None:
    """The origin of a page on another site that may draw this base map; None for our own pages and for programs.

    Raises NotAllowed for any other site where the map is the Ordnance Survey's: it is asked for at our expense, so
    before anything is asked.
    """
    service = service_of(request)
    origin = request.headers.get("origin")
    if origin in service.os.settings.origins:
        return origin
    foreign = origin is not None and origin != _own_origin(request)
    if service.os.has_key and (foreign or request.headers.get("sec-fetch-site") == "cross-site"):
        raise NotAllowed("Pages of this origin may not use this base map.", code="origin_refused")
    return None


Service = Annotated[BaseMapService, Depends(service_of)]
Origin = Annotated[str | None, Depends(origin_of)]


def _content(*types: str) -> dict[int | str, dict[str, Any]]:
    return {
        200: {"content": {each: {} for each in types}, "description": "Header `X-Basemap` says whose it is."},
        304: {"description": "You have this already."},
    }


@router.get(
    paths.ROOT,
    summary="Describe the base map",
    response_class=Response,
    responses={**_content("application/json"), **described(403, 422)},
)
async def describe(request: Request, service: Service, origin: Origin, srs: Srs = None) -> Response:
    """Scales, extent and addresses of the tiles for Esri's clients, and the same as TileJSON 3.0 in one object."""
    return _answer(request, await service.metadata(paths.srs_of(srs), _base(request)), origin)


@router.get(
    f"{paths.ROOT}/resources/styles",
    summary="The base map's style",
    response_class=Response,
    responses={**_content("application/json"), **described(403, 422)},
)
async def style(request: Request, service: Service, origin: Origin, srs: Srs = None) -> Response:
    """A Mapbox style of version 8 whose source is called `esri`. Every address in it is on this server."""
    return _answer(request, await service.style(paths.srs_of(srs), _base(request)), origin)


@router.get(
    f"{paths.ROOT}/tile/{{z}}/{{y}}/{{x}}.pbf",
    summary="A tile of the base map",
    response_class=Response,
    responses={**_content("application/vnd.mapbox-vector-tile"), **described(403, 404, 422)},
)
async def tile(z: str, y: str, x: str, request: Request, service: Service, origin: Origin, srs: Srs = None) -> Response:
    """A Mapbox Vector Tile. Mind that the row stands before the column. An empty tile has no bytes."""
    return _answer(request, await service.tile(z, y, x, paths.srs_of(srs)), origin)


@router.get(
    f"{paths.ROOT}/resources/fonts/{{stack}}/{{file}}",
    summary="Letters of the base map",
    response_class=Response,
    responses={**_content("application/x-protobuf"), **described(403, 404)},
)
async def fonts(stack: str, file: str, request: Request, service: Service, origin: Origin) -> Response:
    """256 letters of a font as signed distance fields, for WebGL clients."""
    return _answer(request, await service.fonts(stack, file), origin)


@router.get(
    f"{paths.ROOT}/resources/sprites/{{file}}",
    summary="Symbols of the base map",
    response_class=Response,
    responses={**_content("application/json", "image/png"), **described(403, 404)},
)
async def sprite(file: str, request: Request, service: Service, origin: Origin) -> Response:
    """A sheet of symbols, or where each lies on it: `sprite.json`, `sprite.png`, `sprite@2x.json`, `sprite@2x.png`."""
    return _answer(request, await service.sprite(file), origin)


@router.get("/map/symbols/{file}", summary="Symbols of constraints and cases", responses=described(404))
def symbols(file: str, request: Request, origin: Origin) -> Response:
    """Patterns and key symbols of what lies over the base map: the same four files, always ours."""
    resource, ratio = paths.sprite(file)
    picture = resource.kind is paths.Kind.SPRITE_PICTURE
    body = BaseMapService.symbol_sheet(ratio) if picture else BaseMapService.symbol_index(ratio)
    return _answer(request, Served(body, "image/png" if picture else JSON, "own", _LONGEST_S), origin)


@router.get("/map/openlayers.json", summary="Map style for OpenLayers on the national grid")
def openlayers_style(request: Request, origin: Origin) -> Response:
    """Tile grid, addresses and flat style rules: base map, constraints by dataset, cases. For ol/layer/VectorTile."""
    return _answer(request, _ours(looks.for_openlayers(_base(request))), origin)


@router.get("/map/mapbox-overlays.json", summary="Constraints and cases as layers of a Mapbox style")
def mapbox_overlays(request: Request, origin: Origin) -> Response:
    """Layers to add to a style of version 8, each with the name of the tile layer that it draws.

    Constraints are those of the datasets that are loaded.
    """
    checks: SiteChecks = request.app.state.checks
    loaded: list[str] = []
    with contextlib.suppress(StoreMissing):
        loaded = located_datasets(checks.store())
    return _answer(request, _ours(looks.for_mapbox(_base(request), loaded), _LOADED_S), origin)


@router.get("/map/key.json", summary="The map's key")
def key(request: Request, service: Service, origin: Origin) -> Response:
    """What every line, fill and pattern means, in words, with its contrast; and what the map must say of its source."""
    return _answer(request, _ours(looks.key(service.attribution)), origin)


def _ours(data: Mapping[str, Any], fresh_s: int = _LONGEST_S) -> Served:
    return Served(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), JSON, "own", fresh_s)


def _base(request: Request) -> str:
    """Where clients reach us. The host was checked against the names that we are known by."""
    return service_of(request).address or str(request.base_url).rstrip("/")


def _own_origin(request: Request) -> str:
    parts = urlsplit(_base(request))
    return f"{parts.scheme}://{parts.netloc}"


def _answer(request: Request, served: Served, origin: str | None) -> Response:
    body, packed = served.body, served.encoding == "gzip"
    if packed and "gzip" not in request.headers.get("accept-encoding", ""):
        body, packed = unpacked(body, "gzip", service_of(request).os.settings.max_bytes), False
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": _caching(served), "X-Basemap": served.source}
    headers["Vary"] = "Accept-Encoding, Origin"
    if origin is not None:
        headers |= {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": "ETag, X-Basemap",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
    if has(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=served.media_type, headers=headers)


def _caching(served: Served) -> str:
    """Licensed maps are for whoever asked, not for caches in between; nobody keeps longer than an hour."""
    scope = "public" if served.source == "own" else "private"
    return f"{scope}, max-age={min(served.fresh_s, _LONGEST_S)}"
