"""From the parameters of an address to a question: every one of them known, each read strictly."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.features.collection import Collection, Query
from api.features.limits import FeatureLimits
from api.maps.areas import CRS84, crs_of_uri, read_box
from api.maps.cql2.building import Builder, shown
from api.maps.cql2.json_reader import read_json
from api.maps.cql2.syntax import All, Expression, Interval, Property, Value, refused
from api.maps.cql2.text_reader import read_text
from bopsgis.errors import InputRefused

__all__ = ["FILTERS", "PAGING", "Asked", "read_query", "refuse_unknown"]

FILTERS: Final = ("bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs", "crs", "f")
PAGING: Final = ("limit", "after")
_LIMIT = re.compile(r"[0-9]{1,12}", re.ASCII)
_AFTER = re.compile(r"[0-9a-z.]{1,30}", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9]{1,15}(?:\.[0-9]{0,15})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and in which system and how much of the answer is wanted."""

    query: Query
    crs: str
    """URI of the system that the answer's coordinates are in."""
    limit: int
    after: str | None


def refuse_unknown(parameters: Mapping[str, str], *known: str) -> None:
    """Raise RequestRefused that names a parameter which the address does not know."""
    for name in parameters:
        if name not in known:
            raise refused(
                f"The parameter {shown(name)} is not known here.", "parameter_unknown", f"Known: {', '.join(known)}."
            )


def read_query(
    parameters: Mapping[str, str],
    collection: Collection,
    limits: FeatureLimits,
    *,
    paged: bool,
    default_crs: str = CRS84,
) -> Asked:
    """The question that the parameters ask of a collection; a property's own name asks for its value.

    Raises RequestRefused (400) with the name of the parameter at fault.
    """
    queryable = {name: each for name, each in collection.properties.items() if each.queryable}
    refuse_unknown(parameters, *FILTERS, *(PAGING if paged else ()), *queryable)
    try:
        return _read(parameters, collection, limits, queryable, default_crs)
    except InputRefused as error:
        raise refused(error.message, error.code, error.hint) from None


def _read(
    parameters: Mapping[str, str],
    collection: Collection,
    limits: FeatureLimits,
    queryable: Mapping[str, Property],
    default_crs: str,
) -> Asked:
    box_crs = crs_of_uri(parameters.get("bbox-crs", CRS84), "bbox-crs")
    area = read_box(parameters["bbox"], box_crs) if "bbox" in parameters else None
    build = Builder(collection.properties, crs_of_uri(parameters.get("filter-crs", CRS84), "filter-crs"))
    interval = _interval(parameters["datetime"], build) if "datetime" in parameters else None
    parts = _parts(parameters, queryable, build)
    chosen: Expression | None = None if not parts else parts[0] if len(parts) == 1 else All(tuple(parts))
    after = parameters.get("after")
    if after is not None and not _AFTER.fullmatch(after):
        raise refused("This link to the next page is not one of ours.", "page_unknown")
    return Asked(
        Query(area, interval, chosen),
        crs_of_uri(parameters.get("crs", default_crs), "crs"),
        _limit(parameters.get("limit"), limits),
        after,
    )


def _parts(parameters: Mapping[str, str], queryable: Mapping[str, Property], build: Builder) -> Sequence[Expression]:
    own = [name for name in parameters if name in queryable and name not in (*FILTERS, *PAGING)]
    parts = [build.comparison(name, "=", _value(name, queryable[name], parameters[name])) for name in own]
    language = parameters.get("filter-lang", "cql2-text")
    if language not in ("cql2-text", "cql2-json"):
        raise refused("filter-lang is cql2-text or cql2-json.", "parameter_refused")
    if "filter" in parameters:
        read = read_text if language == "cql2-text" else read_json
        parts.append(read(parameters["filter"], build))
    return parts


def _value(name: str, known: Property, text: str) -> Value:
    if known.kind == "number":
        if not _NUMBER.fullmatch(text):
            raise refused(f"{name} is a number.", "value_refused")
        return float(text)
    if known.kind == "boolean":
        if text not in ("true", "false"):
            raise refused(f"{name} is true or false.", "value_refused")
        return text == "true"
    return text


def _limit(text: str | None, limits: FeatureLimits) -> int:
    if text is None:
        return limits.page
    if not _LIMIT.fullmatch(text) or int(text) < 1:
        raise refused(f"limit is a whole number from 1; more than {limits.max_page:,} counts as that.", "limit_refused")
    return min(int(text), limits.max_page)


def _interval(text: str, build: Builder) -> Interval:
    start, slash, end = text.partition("/")
    if not slash:
        day = build.day(start)
        return Interval(day, day)
    if "/" in end:
        raise refused("datetime is a date, or two with / between; .. is open.", "date_refused")
    return build.interval(start, end)
