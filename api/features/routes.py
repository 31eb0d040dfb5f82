"""OGC API - Features below `/ogc`: landing page, collections, features and files, as JSON and as pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from api.accounts.guard import council_of, database_of
from api.core.conditional import has
from api.core.db import Database
from api.core.incoming import single_valued
from api.core.pages import page
from api.core.problems import described
from api.features.answers import (
    CONFORMANCE,
    GEOJSON,
    HTML,
    JSON,
    SCHEMA,
    Link,
    collection_document,
    download_links,
    landing_links,
    page_links,
    queryables_document,
    tag_of,
)
from api.features.asking import Asked, read_query, refuse_unknown
from api.features.cases import Cases
from api.features.collection import Batch, Collection, Selection
from api.features.description import description, parameters_of
from api.features.designations import collections_of, empty_datasets
from api.features.files import FORMATS, csv_text, write_file
from api.features.geojson import collection_text, feature_text, stream_text
from api.features.limits import FeatureLimits
from api.features.picture import picture_uri
from api.maps.areas import CRS84, NATIONAL_GRID_URI, crs_of_uri
from api.maps.cql2.syntax import refused
from api.maps.routes import site_checks
from api.maps.service import SiteChecks
from bopsgis.errors import InputRefused, NotFound, StoreMissing

__all__ = ["router"]

router = APIRouter(prefix="/ogc", tags=["OGC API - Features"], dependencies=[Depends(single_valued)])

_PROBLEMS: Final = described(400, 404, 409, 503)
_OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Crs, ETag, Link, OGC-NumberMatched, OGC-NumberReturned, X-Truncated",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept",
}
"""Everything here is public and read only, so that any page may read it."""
_FORM: Final = {
    "name": "f",
    "in": "query",
    "description": "`json` or `html`; else what the Accept header prefers.",
    "schema": {"type": "string", "enum": ["json", "html"]},
}
_SMALL: Final[dict[str, Any]] = {"parameters": [_FORM]}
_LIMITS: Final = FeatureLimits()
_AT_ONCE: Final = 500
_BYTES_AT_ONCE: Final = 5_000_000


def collections(
    request: Request,
    checks: Annotated[SiteChecks, Depends(site_checks)],
    database: Annotated[Database, Depends(database_of)],
) -> dict[str, Collection]:
    """All collections by name: the datasets that are loaded, and the cases of the council served, if there is one."""
    try:
        found = collections_of(checks.store())
    except StoreMissing:
        found = {}
    try:
        council = council_of(request, database)
    except NotFound:
        return found
    return {**found, Cases.id: Cases(database, council.id, council.name)}


Known = Annotated[dict[str, Collection], Depends(collections)]


def _one(collection_id: str, known: Mapping[str, Collection]) -> Collection:
    if collection_id not in known:
        raise NotFound("There is no collection of this name.", code="collection_unknown", hint="/ogc/collections")
    return known[collection_id]


def _root(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/ogc"


def _wants_page(request: Request) -> bool:
    """Whether a page is wanted and not JSON: `f` says it, or else the Accept header."""
    form = request.query_params.get("f")
    if form not in (None, "json", "html"):
        raise refused("f is json or html.", "parameter_refused")
    return form == "html" if form else HTML in request.headers.get("accept", "")


def _told(request: Request, body: str, kind: str, tag: str, max_age_s: int, links: Sequence[Link] = ()) -> Response:
    """An answer with its tag, or that the reader has it already."""
    headers = {**_OPEN, "ETag": tag, "Cache-Control": f"public, max-age={max_age_s}"}
    if links:
        shown = (each for each in links if each["rel"] in ("self", "alternate", "next", "collection"))
        headers["Link"] = ", ".join(f'<{each["href"]}>; rel="{each["rel"]}"; type="{each["type"]}"' for each in shown)
    if has(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)


def _plain(
    request: Request, document: Mapping[str, Any], template: str, context: Mapping[str, Any], kind: str = JSON
) -> Response:
    """A document as JSON or on a page."""
    refuse_unknown(dict(request.query_params), "f")
    if _wants_page(request):
        return _page(request, template, context)
    body = json.dumps(document, ensure_ascii=False)
    return _told(request, body, kind, tag_of(body), 60)


def _page(request: Request, template: str, context: Mapping[str, Any]) -> Response:
    town = getattr(request.app.state, "town", None)
    response = page(f"features/{template}", {"active": "docs", "town": town, "root": "/ogc", **context})
    response.headers["Vary"] = "Accept"
    return response


@router.get("", summary="Landing page", responses=_PROBLEMS, openapi_extra=_SMALL)
@router.get("/", include_in_schema=False)
def landing(request: Request) -> Response:
    """Where everything is. GIS programs (QGIS, GDAL) take this address as “OGC API - Features”.

    `ogrinfo OAPIF:<this address>` lists the collections.
    """
    about = "Designations that constrain land, and the cases of the public register, as features for GIS programs."
    document = {"title": "Planning constraints and cases", "description": about, "links": landing_links(_root(request))}
    return _plain(request, document, "landing.html", document)


@router.get("/conformance", summary="What the service conforms to", responses=_PROBLEMS, openapi_extra=_SMALL)
def conformance(request: Request) -> Response:
    """The conformance classes of OGC API - Features parts 1 to 3 and of CQL2."""
    document = {"conformsTo": list(CONFORMANCE)}
    return _plain(request, document, "conformance.html", document)


@router.get("/api", summary="Description in OpenAPI 3.0", responses=_PROBLEMS)
def api(request: Request, known: Known) -> Response:
    """Of what is below `/ogc`, with every collection and its properties. `/openapi.json` describes the rest too."""
    refuse_unknown(dict(request.query_params), "f")
    body = json.dumps(description(known.values(), _root(request), _LIMITS), ensure_ascii=False)
    return _told(request, body, "application/vnd.oai.openapi+json;version=3.0", tag_of(body), 60)


@router.get("/collections", summary="List the collections", responses=_PROBLEMS, openapi_extra=_SMALL)
def all_collections(request: Request, known: Known, checks: Annotated[SiteChecks, Depends(site_checks)]) -> Response:
    """A collection for each dataset that is loaded, and the cases.

    What is not loaded is not listed here: `/datasets` says what that is. About it nothing can be said, which is
    not a no.
    """
    root = _root(request)
    documents = [collection_document(each, root) for each in known.values()]
    links = [
        {"href": f"{root}/collections?f=json", "rel": "self", "type": JSON, "title": "This page"},
        {"href": f"{root}/collections?f=html", "rel": "alternate", "type": HTML, "title": "This page for people"},
        {
            "href": f"{root.removesuffix('/ogc')}/datasets",
            "rel": "related",
            "type": HTML,
            "title": "Datasets, loaded or not: what is not listed here is not known",
        },
    ]
    try:
        missing = [dataset.name for dataset in empty_datasets(checks.store())]
    except StoreMissing:
        missing = []
    context = {"collections": documents, "missing": missing}
    return _plain(request, {"links": links, "collections": documents}, "collections.html", context)


@router.get("/collections/{collection_id}", summary="Describe a collection", responses=_PROBLEMS, openapi_extra=_SMALL)
def describe(request: Request, collection_id: str, known: Known) -> Response:
    """Where it lies, its days, coordinate systems, licence and attribution."""
    collection = _one(collection_id, known)
    document = collection_document(collection, _root(request))
    context = {"collection": document, "credits": collection.credits, "properties": collection.properties}
    return _plain(request, document, "collection.html", context)


@router.get(
    "/collections/{collection_id}/queryables", summary="List a collection's queryables", responses=_PROBLEMS,
    openapi_extra=_SMALL,
)  # fmt: skip
def queryables(request: Request, collection_id: str, known: Known) -> Response:
    """The properties that filters may name, as JSON Schema."""
    collection = _one(collection_id, known)
    document = queryables_document(collection, _root(request))
    return _plain(request, document, "queryables.html", {"document": document, "id": collection.id}, SCHEMA)


@router.get(
    "/collections/{collection_id}/items",
    summary="Get features",
    responses=_PROBLEMS,
    openapi_extra={"parameters": parameters_of(_LIMITS)},
)
def items(request: Request, collection_id: str, known: Known) -> Response:
    """A page of features as GeoJSON; follow the link `next` until there is none.

    The name of a property as a parameter asks for its value: `?reference=CA1`. An unknown parameter or property
    is refused by its name. `numberMatched` is how many there are on all pages.
    """
    collection = _one(collection_id, known)
    wants_page, parameters = _wants_page(request), dict(request.query_params)
    asked = read_query(parameters, collection, _LIMITS, paged=True)
    root = _root(request)
    here = f"{root}/collections/{collection.id}/items"
    tag = tag_of(collection.version, root, sorted(f"{name}={value}" for name, value in parameters.items()))
    if collection.version and not wants_page and has(request.headers.get("if-none-match"), tag):
        return _told(request, "", GEOJSON, tag, collection.max_age_s)
    selection = collection.select(asked.query)
    batch = selection.page(asked.after, asked.limit, _LIMITS.page_bytes)
    links = page_links(here, parameters, batch.next, root)
    if wants_page:
        return _items_page(request, collection, selection, batch, links)
    body = collection_text(batch, asked.crs, selection.matched, links)
    tag = tag if collection.version else tag_of(body)
    return _with_crs(_told(request, body, GEOJSON, tag, collection.max_age_s, links), asked)


def _with_crs(response: Response, asked: Asked) -> Response:
    response.headers["Content-Crs"] = f"<{asked.crs}>"
    return response


def _items_page(
    request: Request, collection: Collection, selection: Selection, batch: Batch, links: Sequence[Link]
) -> Response:
    columns = [name for name in collection.properties if any(value is not None for value in batch.columns[name])]
    following = next((each["href"] for each in links if each["rel"] == "next"), None)
    context = {
        "title": collection.title,
        "id": collection.id,
        "matched": selection.matched,
        "shown": len(batch.ids),
        "columns": columns,
        "rows": [
            (name, [batch.columns[column][number] for column in columns]) for number, name in enumerate(batch.ids)
        ],
        "picture": picture_uri(batch, collection.title),
        "next": following,
        "downloads": download_links(f"/ogc/collections/{collection.id}", dict(request.query_params)),
        "credits": collection.credits,
    }
    return _page(request, "items.html", context)


@router.get(
    "/collections/{collection_id}/items/{feature_id}",
    summary="Get one feature",
    responses=_PROBLEMS,
    openapi_extra={"parameters": [_FORM, next(each for each in parameters_of(_LIMITS) if each["name"] == "crs")]},
)
def item(request: Request, collection_id: str, feature_id: str, known: Known) -> Response:
    """A designation by its number in this version of the data (`feature` in a report), a case by its reference."""
    parameters = dict(request.query_params)
    refuse_unknown(parameters, "f", "crs")
    try:
        uri = crs_of_uri(parameters.get("crs", CRS84), "crs")
    except InputRefused as error:
        raise refused(error.message, error.code, error.hint) from None
    collection = _one(collection_id, known)
    wants_page, batch, root = _wants_page(request), collection.item(feature_id), _root(request)
    if wants_page:
        told = {name: values[0] for name, values in batch.columns.items() if values[0] is not None}
        context = {
            "title": collection.title,
            "id": collection.id,
            "name": batch.ids[0],
            "told": told,
            "picture": picture_uri(batch, collection.title),
            "credits": collection.credits,
        }
        return _page(request, "item.html", context)
    links = page_links(f"{root}/collections/{collection.id}/items/{batch.ids[0]}", parameters, None, root)
    links[2] = {**links[2], "href": f"{root}/collections/{collection.id}"}
    body = feature_text(batch, uri, links)
    response = _told(request, body, GEOJSON, tag_of(body), collection.max_age_s, links)
    response.headers["Content-Crs"] = f"<{uri}>"
    return response


@router.get(
    "/collections/{collection_id}/download",
    summary="Take a collection away as a file",
    response_class=Response,
    responses=_PROBLEMS,
    openapi_extra={
        "parameters": [
            {
                "name": "f",
                "in": "query",
                "required": True,
                "description": "`geojson`, `gpkg` (GeoPackage), `csv`, `shp` (zipped Shapefile) or `fgb` (FlatGeobuf).",
                "schema": {"type": "string", "enum": list(FORMATS)},
            },
            *(each for each in parameters_of(_LIMITS) if each["name"] not in ("f", "limit", "after")),
        ]
    },
)
def download(request: Request, collection_id: str, known: Known) -> Response:
    """With the same filters as the features.

    Coordinates are on the national grid unless `crs` says otherwise; in GeoJSON they are longitude and latitude.

    A file holds up to 100,000 features. One that holds fewer than there are says so in its name and in the headers
    `X-Truncated`, `OGC-NumberMatched` and `OGC-NumberReturned`.
    """
    collection, parameters = _one(collection_id, known), dict(request.query_params)
    form = parameters.get("f", "")
    if form not in FORMATS:
        raise refused(f"f is one of {', '.join(FORMATS)}.", "parameter_refused")
    default = CRS84 if form == "geojson" else NATIONAL_GRID_URI
    asked = read_query(parameters, collection, _LIMITS, paged=False, default_crs=default)
    selection = collection.select(asked.query)
    count = selection.fitting(_LIMITS.max_download, _LIMITS.download_bytes)
    return _file(collection, selection, count, form, asked)


def _file(collection: Collection, selection: Selection, count: int, form: str, asked: Asked) -> Response:
    batches = selection.batches(count, _AT_ONCE, _BYTES_AT_ONCE)
    said = [f"{licence}: {credit}" for licence, credit in collection.credits]
    content: Any
    if form == "geojson":
        content = stream_text(batches, asked.crs, selection.matched, said)
    elif form == "csv":
        content = csv_text(batches, collection.properties, asked.crs)
    else:
        notes = "\n".join([collection.title, *said, f"{count:,} of {selection.matched:,} features."])
        content = write_file(form, collection.id, batches, collection.properties, asked.crs, notes)
    short = f"-first-{count}-of-{selection.matched}" if count < selection.matched else ""
    headers = {
        **_OPEN,
        "Content-Crs": f"<{asked.crs}>",
        "Content-Disposition": f'attachment; filename="{collection.id}{short}.{FORMATS[form].ending}"',
        "Cache-Control": "no-store",
        "OGC-NumberMatched": str(selection.matched),
        "OGC-NumberReturned": str(count),
        "X-Truncated": "true" if short else "false",
    }
    return StreamingResponse(content, media_type=FORMATS[form].media_type, headers=headers)
