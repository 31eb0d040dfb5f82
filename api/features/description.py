"""The service's own description as OpenAPI 3.0, which conformance class `oas30` wants and GIS programs read.

`/openapi.json` describes the whole service, in OpenAPI 3.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from api.features.collection import Collection
from api.features.files import FORMATS
from api.features.limits import FeatureLimits
from api.maps.areas import CRS_URIS

__all__ = ["description", "parameters_of"]

_TEXT: Final = {"type": "string"}
_KINDS: Final = {
    "text": _TEXT,
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
}


def description(collections: Iterable[Collection], root: str, limits: FeatureLimits) -> dict[str, Any]:
    """The OpenAPI 3.0 document of everything below the landing page at `root`."""
    answer = _answer("application/json", {"type": "object"})
    paths: dict[str, Any] = {
        "/": _get("landing", "Landing page", [_form("json", "html")], answer),
        "/conformance": _get("conformance", "What this service conforms to", [_form("json", "html")], answer),
        "/collections": _get("collections", "The collections", [_form("json", "html")], answer),
    }
    for each in collections:
        paths |= _paths(each, limits)
    return {
        "openapi": "3.0.3",
        "info": {"title": "Planning constraints and cases: OGC API - Features", "version": "1"},
        "servers": [{"url": root}],
        "paths": paths,
    }


def _paths(collection: Collection, limits: FeatureLimits) -> dict[str, Any]:
    here, name, title = f"/collections/{collection.id}", collection.id.replace("-", "_"), collection.title
    features = _answer("application/geo+json", {"type": "object"})
    filters = parameters_of(limits, collection)
    file_filters = [each for each in filters if each["name"] not in ("f", "limit", "after")]
    one = {"name": "featureId", "in": "path", "required": True, "schema": _TEXT}
    return {
        here: _get(f"describe_{name}", title, [_form("json", "html")], _answer("application/json", {"type": "object"})),
        f"{here}/items": _get(f"features_{name}", f"Features: {title}", filters, features),
        f"{here}/items/{{featureId}}": _get(
            f"feature_{name}", f"One feature: {title}", [one, _crs("crs"), _form("json", "html")], features
        ),
        f"{here}/queryables": _get(
            f"queryables_{name}",
            f"Queryables: {title}",
            [_form("json", "html")],
            _answer("application/schema+json", {}),
        ),
        f"{here}/download": _get(
            f"download_{name}",
            f"Take away: {title}",
            [*file_filters, {**_form(*FORMATS), "required": True}],
            {"200": {"description": "The file."}, **_PROBLEMS},
        ),
    }


def parameters_of(limits: FeatureLimits, collection: Collection | None = None) -> list[dict[str, Any]]:
    """The parameters of a page of features; with a collection, its properties as well."""
    own = [] if collection is None else collection.properties.items()
    return [
        {
            "name": "limit",
            "in": "query",
            "description": "Most features on the page.",
            "schema": {"type": "integer", "minimum": 1, "maximum": limits.max_page, "default": limits.page},
        },
        _parameter("after", "Where the page before ended: follow its link `next`.", _TEXT),
        {
            "name": "bbox",
            "in": "query",
            "description": "West, south, east and north in the system of `bbox-crs`; longitude before latitude.",
            "schema": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
            "style": "form",
            "explode": False,
        },
        _crs("bbox-crs"),
        _crs("crs"),
        _parameter("datetime", "A date, or two with / between; .. is open.", _TEXT),
        _parameter(
            "filter", "CQL2: comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, S_ and T_ operators.", _TEXT
        ),
        _parameter("filter-lang", "How the filter is written.", {**_TEXT, "enum": ["cql2-text", "cql2-json"]}),
        _crs("filter-crs"),
        _form("json", "html"),
        *(_parameter(name, each.description, _KINDS[each.kind]) for name, each in own if each.queryable),
    ]


def _parameter(name: str, sentence: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": sentence, "schema": schema}


def _crs(name: str) -> dict[str, Any]:
    schema = {"type": "string", "format": "uri", "enum": list(CRS_URIS), "default": next(iter(CRS_URIS))}
    return _parameter(name, "A coordinate system; in both, x comes before y.", schema)


def _form(*names: str) -> dict[str, Any]:
    return _parameter("f", "In which form, where the Accept header does not say.", {**_TEXT, "enum": list(names)})


_PROBLEMS: Final = {
    status: {"description": sentence, "content": {"application/problem+json": {"schema": {"type": "object"}}}}
    for status, sentence in (("400", "A parameter cannot be used; the problem names it."), ("404", "Not here."))
}


def _answer(kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"200": {"description": "The answer.", "content": {kind: {"schema": schema}, "text/html": {}}}, **_PROBLEMS}


def _get(name: str, summary: str, parameters: list[dict[str, Any]], responses: Mapping[str, Any]) -> dict[str, Any]:
    return {"get": {"operationId": name, "summary": summary, "parameters": parameters, "responses": responses}}
