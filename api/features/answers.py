"""The documents of OGC API - Features (OGC 17-069r4 and 18-058r1) as values: landing page, collections, links."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

import numpy as np

from api.features.collection import Collection
from api.features.files import FORMATS
from api.maps.areas import CRS84, CRS_URIS, NATIONAL_GRID_URI
from api.maps.cql2.syntax import GEOMETRY
from bopsgis import crs

__all__ = [
    "CONFORMANCE",
    "GEOJSON",
    "HTML",
    "JSON",
    "SCHEMA",
    "TILESETS",
    "TILING_SCHEMES",
    "Link",
    "collection_document",
    "download_links",
    "landing_links",
    "link",
    "page_links",
    "queryables_document",
    "tag_of",
]

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
HTML: Final = "text/html"
SCHEMA: Final = "application/schema+json"

CONFORMANCE: Final = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/dataset-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/tms/2.0/conf/tilematrixset",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
)

TILESETS: Final = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
TILING_SCHEMES: Final = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"

Link = Mapping[str, str]


def link(href: str, rel: str, kind: str, title: str = "") -> Link:
    """A link as the standard writes it."""
    made = {"href": href, "rel": rel, "type": kind}
    return {**made, "title": title} if title else made


def landing_links(root: str) -> list[Link]:
    """Where the landing page leads; `root` is the address of the landing page itself."""
    return [
        link(f"{root}?f=json", "self", JSON, "This page"),
        link(f"{root}?f=html", "alternate", HTML, "This page for people"),
        link(f"{root}/api", "service-desc", "application/vnd.oai.openapi+json;version=3.0", "Description of the API"),
        link(f"{root.removesuffix('/ogc')}/docs", "service-doc", HTML, "Description of the API for people"),
        link(f"{root}/conformance", "conformance", JSON, "What this service conforms to"),
        link(f"{root}/collections", "data", JSON, "The collections"),
        link(f"{root}/tiles", TILESETS, JSON, "Vector tiles of all constraints"),
        link(
            f"{root}/tileMatrixSets", "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", JSON, "Tile matrix sets"
        ),
    ]


def collection_document(collection: Collection, root: str) -> dict[str, Any]:
    """What a collection is, where it lies and under which terms."""
    here = f"{root}/collections/{collection.id}"
    span = collection.span
    document: dict[str, Any] = {
        "id": collection.id,
        "title": collection.title,
        "description": collection.description,
        "attribution": " ".join(dict.fromkeys(credit for _, credit in collection.credits if credit)),
        "license": "; ".join(dict.fromkeys(licence for licence, _ in collection.credits if licence)),
        "itemType": "feature",
        "crs": list(CRS_URIS),
        "storageCrs": NATIONAL_GRID_URI,
        "extent": {
            "temporal": {
                "interval": [[_instant(span.start), _instant(span.end)]],
                "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
            }
        },
        "links": [
            link(f"{here}?f=json", "self", JSON, "This collection"),
            link(f"{here}?f=html", "alternate", HTML, "This collection for people"),
            link(f"{here}/items?f=json", "items", GEOJSON, "Features"),
            link(f"{here}/items?f=html", "items", HTML, "Features for people"),
            link(f"{here}/queryables", "http://www.opengis.net/def/rel/ogc/1.0/queryables", SCHEMA, "Queryables"),
            link(f"{here}/tiles", TILESETS, JSON, "Vector tiles"),
            *download_links(here, {}),
        ],
    }
    if (box := _box_in_degrees(collection)) is not None:
        document["extent"]["spatial"] = {"bbox": [box], "crs": CRS84}
    return document


def _instant(day: str | None) -> str | None:
    return None if day is None else f"{day}T00:00:00Z"


def _box_in_degrees(collection: Collection) -> list[float] | None:
    """The box round everything in longitude and latitude; None where there is nothing, or nothing within OSTN15."""
    if collection.bounds is None:
        return None
    west, south, east, north = collection.bounds
    along, across = np.linspace(west, east, 20), np.linspace(south, north, 20)
    x = np.concatenate([along, along, np.full(20, west), np.full(20, east)])
    y = np.concatenate([np.full(20, south), np.full(20, north), across, across])
    lon, lat = crs.from_national_grid(x, y, crs.WGS84, outside="nan")
    if np.isnan(lon).all():
        return None
    return [round(float(side), 6) for side in (np.nanmin(lon), np.nanmin(lat), np.nanmax(lon), np.nanmax(lat))]


def download_links(here: str, parameters: Mapping[str, str]) -> list[Link]:
    """The files that a collection can be taken away in, with the same filters."""
    kept = {name: value for name, value in parameters.items() if name not in ("f", "limit", "after")}
    return [
        link(f"{here}/download?{urlencode({**kept, 'f': name})}", "enclosure", each.media_type, each.name)
        for name, each in FORMATS.items()
    ]


def page_links(here: str, parameters: Mapping[str, str], following: str | None, root: str) -> list[Link]:
    """Links of a page of features; `following` is where the next page goes on."""
    others = {name: value for name, value in parameters.items() if name != "f"}
    links = [
        link(_address(here, {**others, "f": "json"}), "self", GEOJSON, "This page"),
        link(_address(here, {**others, "f": "html"}), "alternate", HTML, "This page for people"),
        link(here.rpartition("/")[0], "collection", JSON, "The collection"),
        link(f"{root}/collections", "data", JSON, "The collections"),
    ]
    if following is not None:
        links.append(link(_address(here, {**parameters, "after": following}), "next", GEOJSON, "The next page"))
    return links


def _address(here: str, parameters: Mapping[str, str]) -> str:
    return f"{here}?{urlencode(parameters)}" if parameters else here


def queryables_document(collection: Collection, root: str) -> dict[str, Any]:
    """The properties that filters may name, as JSON Schema."""
    kinds = {
        "text": {"type": "string"},
        "number": {"type": "number"},
        "boolean": {"type": "boolean"},
        "date": {"type": "string", "format": "date"},
    }
    properties: dict[str, Any] = {GEOMETRY: {"format": "geometry-any", "description": "The shape of the feature."}}
    for name, each in collection.properties.items():
        if each.queryable:
            properties[name] = {"title": name, "description": each.description, **kinds[each.kind]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{root}/collections/{collection.id}/queryables",
        "type": "object",
        "title": collection.title,
        "properties": properties,
        "additionalProperties": False,
    }


def tag_of(*parts: str | bytes | Iterable[str]) -> str:
    """A weak entity tag: the same answer, whether or not it is sent compressed."""
    digest = hashlib.sha256()
    for part in parts:
        text = part if isinstance(part, bytes) else part if isinstance(part, str) else "\0".join(part)
        digest.update(text if isinstance(text, bytes) else text.encode())
        digest.update(b"\0\0")
    return f'W/"{digest.hexdigest()[:32]}"'
