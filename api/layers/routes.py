"""What tiles there are: for people on a page, for programs as TileJSON and as OGC API - Tiles.

The tiles themselves are answered before the router, in `fast_path`; their routes stand here for the description.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.accounts.guard import council_of, database_of, viewer
from api.core.access import Access
from api.core.conditional import has
from api.core.db import Database
from api.core.incoming import single_valued
from api.core.pages import show
from api.core.problems import described
from api.layers.archives import Archives
from api.layers.documents import matrix_set_link, tile_json, tileset, tilesets
from api.layers.layer import BASE_MAP, CONSTRAINTS, OFFICERS, Layer
from api.layers.service import TileService, no_layer
from bopsgis.errors import NotFound
from tiles.grid import MATRIX_SETS, matrix_set

__all__ = ["router"]

router = APIRouter(tags=["Tiles"], dependencies=[Depends(single_valued)])

_OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PROBLEMS: Final = described(404, 503)
_TILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {"application/vnd.mapbox-vector-tile": {}},
        "description": "A Mapbox Vector Tile 2.1; without bytes where nothing is drawn. `X-Truncated` and `X-Dropped` "
        "say where something was left out to keep it small.",
    },
    304: {"description": "You have this already."},
    **described(400, 404, 503),
}


def tiles_of(request: Request) -> TileService:
    """The tile service of this application."""
    service: TileService = request.app.state.tiles
    return service


def council_of_cases(request: Request, database: Annotated[Database, Depends(database_of)]) -> Callable[[], int]:
    """Gives the council that is served, where somebody needs to know."""
    return lambda: council_of(request, database).id


def reader(request: Request, database: Annotated[Database, Depends(database_of)]) -> Access | None:
    """The signed-in officer who reads a page; None for anybody else, also where no council is served yet."""
    try:
        council = council_of(request, database)
    except NotFound:
        return None
    return viewer(request, database, council)


Tiles = Annotated[TileService, Depends(tiles_of)]
Council = Annotated[Callable[[], int], Depends(council_of_cases)]


def _root(request: Request) -> str:
    """Where people reach the service: what the settings say, else where this request came to."""
    return getattr(request.app.state, "tile_address", "") or str(request.base_url).rstrip("/")


@router.get("/tiles", include_in_schema=False)
def page(
    request: Request, service: Tiles, council: Council, access: Annotated[Access | None, Depends(reader)]
) -> Response:
    """All layers, with their addresses, and how to use them."""
    archives: Archives = request.app.state.archives
    layers = service.public(council)
    context = {
        "layers": layers,
        "root": _root(request),
        "archives": archives.names(),
        "matrix_sets": MATRIX_SETS.values(),
        "for_officers": access is not None,
    }
    return show(request, "layers/layers.html", context, viewer=access)


@router.get("/tiles/{layer}/tilejson.json", summary="Describe a layer as TileJSON 3.0", responses=_PROBLEMS)
def tile_json_document(layer: str, request: Request, service: Tiles, council: Council) -> Response:
    """For MapLibre and others that draw WebMercatorQuad.

    `layer` is `constraints` (all datasets, each a layer of the tile), the name of one dataset, `cases` (the public
    register) or `basemap`. The addresses in it name the version of the data, so that tiles may be kept for ever.
    """
    return _told(request, tile_json(_public(service, layer, council), _root(request)))


@router.get("/ogc/tileMatrixSets", summary="List the tile matrix sets")
def matrix_sets(request: Request) -> Response:
    """The national grid as the Ordnance Survey divides it, and WebMercatorQuad."""
    root = _root(request)
    listed = [
        {
            "id": each.id,
            "title": each.title,
            "crs": f"http://www.opengis.net/def/crs/EPSG/0/{each.crs}",
            **({"uri": each.well_known} if each.well_known else {}),
            "links": [{**matrix_set_link(each, root), "rel": "self"}],
        }
        for each in MATRIX_SETS.values()
    ]
    return _told(request, {"tileMatrixSets": listed})


@router.get("/ogc/tileMatrixSets/{set_id}", summary="Describe a tile matrix set", responses=_PROBLEMS)
def one_matrix_set(set_id: str, request: Request) -> Response:
    """As OGC Two Dimensional Tile Matrix Set 2.0 writes it."""
    return _told(request, matrix_set(set_id).document())


@router.get("/ogc/tiles", summary="List the tilesets of all constraints", responses=_PROBLEMS)
def dataset_tilesets(request: Request, service: Tiles, council: Council) -> Response:
    """Tiles that hold all datasets, each as a layer."""
    return _told(request, tilesets(_public(service, CONSTRAINTS, council), _root(request)))


@router.get("/ogc/tiles/{set_id}", summary="Describe a tileset of all constraints", responses=_PROBLEMS)
def dataset_tileset(set_id: str, request: Request, service: Tiles, council: Council) -> Response:
    """Where its tiles are, between which rows and columns anything is drawn, and the attributes of its layers."""
    # Before the store is asked: a set that is not known is not found, whatever else is the matter.
    asked = matrix_set(set_id)
    return _told(request, tileset(_public(service, CONSTRAINTS, council), asked, _root(request)))


@router.get("/ogc/collections/{collection}/tiles", summary="List a collection's tilesets", responses=_PROBLEMS)
def collection_tilesets(collection: str, request: Request, service: Tiles, council: Council) -> Response:
    """One for each tile matrix set."""
    return _told(request, tilesets(_collection(service, collection, council), _root(request)))


@router.get("/ogc/collections/{collection}/tiles/{set_id}", summary="Describe a collection's tileset",
            responses=_PROBLEMS)  # fmt: skip
def collection_tileset(collection: str, set_id: str, request: Request, service: Tiles, council: Council) -> Response:
    """Where its tiles are, between which rows and columns anything is drawn, and the attributes in them."""
    layer = _collection(service, collection, council)
    return _told(request, tileset(layer, matrix_set(set_id), _root(request)))


def _answered_before() -> Response:
    """`fast_path` answers what is here; whatever it lets pass is not."""
    raise no_layer()


def _in_path(*names: str) -> list[dict[str, Any]]:
    numbers = ("z", "x", "y", "tileMatrix", "tileRow", "tileCol")
    kinds = {name: {"type": "integer", "minimum": 0} if name in numbers else {"type": "string"} for name in names}
    return [{"name": name, "in": "path", "required": True, "schema": kinds[name]} for name in names]


_FILTERS: Final[list[dict[str, Any]]] = [
    {
        "name": "filter",
        "in": "query",
        "description": "CQL2 over the attributes that stand in the tile; for a layer that is one dataset.",
        "schema": {"type": "string"},
    },
    {"name": "filter-lang", "in": "query", "schema": {"type": "string", "enum": ["cql2-text", "cql2-json"]}},
]
_OURS: Final = (
    "`tileMatrixSet` is `WebMercatorQuad` (zooms 0 to 20) or `NationalGrid` (EPSG:27700, zooms 0 to 13); `layer` as "
    "for TileJSON. `officers` has all cases, for signed-in officers. `layer@version` is one version of the data, which "
    "never changes."
)
_THEIRS: Final = "The same tiles at the addresses that OGC API - Tiles gives them: zoom, row, column."
_ARCHIVE: Final = (
    "A PMTiles version 3 archive, to be read in ranges (`Range`, `If-Range`). `bopsgis tiles export` makes them."
)


def _describe(
    path: str, summary: str, words: str, responses: Mapping[int | str, Any], *extra: Mapping[str, Any]
) -> None:
    names = re.findall(r"{(\w+)}", path)
    router.add_api_route(
        path,
        _answered_before,
        summary=summary,
        description=words,
        operation_id="get_" + "_".join(re.findall(r"\w+", path)),
        response_class=Response,
        responses=dict(responses),
        openapi_extra={"parameters": [*_in_path(*names), *extra]},
    )


_describe("/tiles/{layer}/{tileMatrixSet}/{z}/{x}/{y}.mvt", "Get a tile", _OURS, _TILE, *_FILTERS)
_describe(
    "/ogc/tiles/{tileMatrixSet}/{tileMatrix}/{tileRow}/{tileCol}", "Get a tile of all constraints", _THEIRS, _TILE
)
_describe(
    "/ogc/collections/{collection}/tiles/{tileMatrixSet}/{tileMatrix}/{tileRow}/{tileCol}",
    "Get a tile of a collection",
    _THEIRS,
    _TILE,
    *_FILTERS,
)
_describe(
    "/archives/{name}.pmtiles",
    "Read an archive of tiles",
    _ARCHIVE,
    {206: {"description": "The range of bytes asked for."}, **described(404, 416)},
)


def _public(service: TileService, name: str, council: Callable[[], int]) -> Layer:
    if name == OFFICERS:
        raise no_layer()
    return service.layer(name, council)


def _collection(service: TileService, name: str, council: Callable[[], int]) -> Layer:
    if name in (OFFICERS, BASE_MAP, CONSTRAINTS):
        raise no_layer()
    return service.layer(name, council)


def _told(request: Request, document: Mapping[str, Any]) -> Response:
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    # Weak: the same answer, whether or not it is sent compressed.
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**_OPEN, "ETag": f"W/{tag}", "Cache-Control": "public, max-age=60"}
    if has(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
