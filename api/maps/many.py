"""Checking many sites in one request: each with its own outcome, so that one bad site spoils no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

import geopandas
import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from api.maps.service import SiteChecks
from bopsgis import boundary
from bopsgis.boundary import Boundary
from bopsgis.errors import InputRefused, TooLarge
from constraints.bulk import screen_many
from constraints.model import Status
from constraints.screen.kept import kept_surfaces
from constraints.store import Store

__all__ = ["MOST_SITES", "SiteAnswer", "SitesAnswer", "are_many", "check_many"]

MOST_SITES: Final = 500
_AREAS: Final = ("Polygon", "MultiPolygon")


class _Closed(BaseModel):
    """A model that names all that there is."""

    model_config = ConfigDict(extra="forbid")


class Found(_Closed):
    """One designation on, beside or near a site."""

    dataset: str
    status: Status
    relation: str
    feature: int
    reference: str
    name: str
    overlap_m2: float
    site_share: float
    distance_m: float
    bearing: str


class Fault(_Closed):
    """Why a site cannot be checked."""

    detail: str
    code: str
    hint: str | None


class SiteAnswer(_Closed):
    """One site."""

    id: str = Field(description="The feature's own id, or its place in the collection, counted from 1.")
    outcome: Literal["checked", "refused"]
    fault: Fault | None = Field(default=None, description="Of a site that was refused.")
    area_m2: float | None = None
    statuses: dict[str, Status] = Field(default_factory=dict, description="Dataset -> status. `not_known` is no no.")
    not_known: dict[str, list[str]] = Field(default_factory=dict, description="Dataset -> why nothing can be said.")
    found: list[Found] = Field(default_factory=list)


class SitesAnswer(_Closed):
    """All sites, in the order in which they were given."""

    format: Literal["bopsgis/sites/1"] = "bopsgis/sites/1"
    as_at: date
    store_version: str
    checked: int
    refused: int
    not_asked: list[str] = Field(
        description="Datasets held as surfaces (flood depth and such), which are asked site by site only."
    )
    sites: list[SiteAnswer]


def are_many(body: Mapping[str, Any]) -> bool:
    """True for a GeoJSON collection with more than one area: each is a site of its own."""
    features = body.get("features")
    if body.get("type") != "FeatureCollection" or not isinstance(features, list):
        return False
    return sum(_is_area(feature) for feature in features) > 1


def _is_area(feature: object) -> bool:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    return isinstance(geometry, dict) and geometry.get("type") in _AREAS


def check_many(
    collection: Mapping[str, Any],
    *,
    crs: int | None,
    checks: SiteChecks,
    as_at: date,
    councils: Sequence[str] | None,
) -> SitesAnswer:
    """Check every feature of a collection for which `are_many` holds, as `constraints.screen_many` does.

    Surfaces are not asked, and their datasets left out of the answers and named. Raises TooLarge over
    `MOST_SITES`, and StoreError.
    """
    features = collection["features"]
    if len(features) > MOST_SITES:
        raise TooLarge(f"These are {len(features):,} sites; at most {MOST_SITES:,} can be checked at once.")
    outer = {name: collection[name] for name in ("type", "crs") if name in collection}
    read = [_read({**outer, "features": [feature]}, crs) for feature in features]
    sites = {place: one for place, one in enumerate(read) if isinstance(one, Boundary)}
    answers = {
        place: SiteAnswer(id="", outcome="refused", fault=one)
        for place, one in enumerate(read)
        if isinstance(one, Fault)
    }
    store, surfaces = checks.store(), sorted({surface.info.dataset for surface in kept_surfaces(checks.root)})
    answers |= _checked(sites, store, as_at, councils, surfaces)
    named = [answers[place].model_copy(update={"id": _id(each, place)}) for place, each in enumerate(features)]
    return SitesAnswer(
        as_at=as_at,
        store_version=store.version,
        checked=sum(site.outcome == "checked" for site in named),
        refused=sum(site.outcome == "refused" for site in named),
        not_asked=surfaces,
        sites=named,
    )


def _id(feature: Any, place: int) -> str:
    given = feature.get("id") if isinstance(feature, dict) else None
    return str(given)[:100] if isinstance(given, str | int) and not isinstance(given, bool) else str(place + 1)


def _read(one: Mapping[str, Any], crs: int | None) -> Boundary | Fault:
    try:
        return boundary.from_geojson(one, crs=crs)
    except InputRefused as error:
        return Fault(detail=error.message, code=error.code, hint=error.hint)


def _checked(
    sites: Mapping[int, Boundary],
    store: Store,
    as_at: date,
    councils: Sequence[str] | None,
    surfaces: Sequence[str],
) -> dict[int, SiteAnswer]:
    if not sites:
        return {}
    shapes = np.array([site.geometry for site in sites.values()], dtype=object)
    series = geopandas.GeoSeries(shapes, index=list(sites), crs="EPSG:27700")
    findings = screen_many(series, store=store, as_at=as_at, councils=councils, workers=1)
    findings = findings[~findings["dataset"].isin(surfaces)]
    hits = screen_many(series, store=store, as_at=as_at, councils=councils, rows="hits", workers=1)
    refused = findings[findings["message"] != ""]
    said = {
        place: Fault(detail=text, code="site_refused", hint=None)
        for place, text in zip(refused["site"], refused["message"], strict=True)
    }
    by_site = dict(iter(findings.groupby("site", sort=False)))
    hits_of = dict(iter(hits[hits["message"] == ""].groupby("site", sort=False)))
    return {
        place: SiteAnswer(id="", outcome="refused", fault=said[place])
        if place in said
        else _answer(site, by_site[place], hits_of.get(place))
        for place, site in sites.items()
    }


def _answer(site: Boundary, findings: pd.DataFrame, hits: pd.DataFrame | None) -> SiteAnswer:
    reasons = zip(findings["dataset"], findings["status"], findings["reasons"], strict=True)
    return SiteAnswer(
        id="",
        outcome="checked",
        area_m2=round(site.area_m2, 2),
        statuses={
            str(dataset): Status(status)
            for dataset, status in zip(findings["dataset"], findings["status"], strict=True)
        },
        not_known={str(d): str(why).split(";") for d, status, why in reasons if status == Status.NOT_KNOWN.value},
        found=[] if hits is None else [_found(row) for row in hits.to_dict(orient="records")],
    )


def _found(row: Mapping[Any, Any]) -> Found:
    return Found(
        dataset=str(row["dataset"]),
        status=Status(row["status"]),
        relation=str(row["relation"]),
        feature=int(row["feature"]),
        reference=row["reference"] or "",
        name=row["name"] or "",
        overlap_m2=round(float(row["overlap_m2"]), 2),
        site_share=round(float(row["site_share"]), 6),
        distance_m=round(float(row["distance_m"]), 2),
        bearing=row["bearing"] or "",
    )
