"""Features as GeoJSON text (RFC 7946), a batch at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from api.features.collection import Batch
from api.maps.areas import CRS84, CRS_URIS, NATIONAL_GRID_URI
from bopsgis import crs

__all__ = ["collection_text", "feature_text", "feature_texts", "in_system", "stream_text"]

_DECIMALS: Final = {CRS84: 9, NATIONAL_GRID_URI: 4}
"""A tenth of a millimetre in either."""
_NAMED: Final = {
    CRS84: "",
    NATIONAL_GRID_URI: '"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::27700"}},',
}
"""RFC 7946 knows longitude and latitude only; other programs read this member of its predecessor."""


def in_system(geometry: NDArray[np.object_], uri: str) -> NDArray[np.object_]:
    """Shapes from the national grid in another system, to a tenth of a millimetre, outer rings anticlockwise.

    None where a shape lies outside the area of OSTN15.
    """
    moved = crs.geometry_from_national_grid(geometry, CRS_URIS[uri], outside="nan")
    decimals = _DECIMALS[uri]
    rounded = shapely.transform(moved, lambda xy: np.round(xy, decimals))
    return np.asarray(shapely.orient_polygons(rounded), dtype=object)


def feature_texts(batch: Batch, uri: str) -> list[str]:
    """Each feature of a batch as one line."""
    shapes = shapely.to_geojson(in_system(batch.geometry, uri))
    names = list(batch.columns)
    rows = zip(*batch.columns.values(), strict=True)
    return [
        f'{{"type":"Feature","id":{json.dumps(name)},"geometry":{shape or "null"},'
        f'"properties":{_plain(dict(zip(names, row, strict=True)))}}}'
        for name, shape, row in zip(batch.ids, shapes, rows, strict=True)
    ]


def feature_text(batch: Batch, uri: str, links: Sequence[Mapping[str, str]]) -> str:
    """A batch of one feature as a document of its own."""
    (text,) = feature_texts(batch, uri)
    return f'{{{_NAMED[uri]}"links":{_plain(links)},{text[1:]}'


def collection_text(batch: Batch, uri: str, matched: int, links: Sequence[Mapping[str, str]]) -> str:
    """A page of features."""
    features = ",".join(feature_texts(batch, uri))
    return (
        f'{{"type":"FeatureCollection",{_NAMED[uri]}"numberMatched":{matched},"numberReturned":{len(batch.ids)},'
        f'"truncated":{json.dumps(batch.next is not None)},"links":{_plain(links)},"features":[{features}]}}'
    )


def stream_text(batches: Iterable[Batch], uri: str, matched: int, credits_: Sequence[str]) -> Iterator[str]:
    """A file of features, piece by piece; its last members say how many there are in it."""
    yield f'{{"type":"FeatureCollection",{_NAMED[uri]}"attribution":{_plain(list(credits_))},"features":['
    told = 0
    for batch in batches:
        between = "," if told and batch.ids else ""
        yield between + ",\n".join(feature_texts(batch, uri))
        told += len(batch.ids)
    yield f'],"numberMatched":{matched},"numberReturned":{told},"truncated":{json.dumps(told < matched)}}}\n'


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
