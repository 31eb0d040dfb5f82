"""Sites for the demo: real plots of the town, each chosen because it shows something."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plan
import shapely
from deliver import Delivery, Record
from parcels import Parcel
from policy import UPRN_ONLY_STREET
from shapely.geometry import Polygon
from shapes import Objects
from town import Town

__all__ = ["sites"]

_TODAY = "2026-11-22"
_EVERYWHERE = {"local-planning-authority", "ward", "parish"}
"""Datasets that cover every site, so they say nothing of it."""


@dataclass(frozen=True, slots=True)
class _Plots:
    """House plots with one address each, and what lies on and near them."""

    parcels: list[Parcel]
    shapes: Objects
    layers: dict[str, Objects]

    def area(self, dataset: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The largest overlap of each plot with one designation of a dataset, in m2."""
        shapes = self.layers[dataset]
        plot, feature = shapely.STRtree(shapes).query(self.shapes, predicate="intersects")
        overlap = np.zeros(len(self.shapes))
        np.maximum.at(overlap, plot, shapely.area(shapely.intersection(self.shapes[plot], shapes[feature])))
        return overlap

    def distance(self, dataset: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Distance in metres from each plot to the nearest designation of a dataset."""
        tree = shapely.STRtree(self.layers[dataset])
        (plot, _), metres = tree.query_nearest(self.shapes, return_distance=True, all_matches=False)
        nearest = np.empty(len(self.shapes))
        nearest[plot] = metres
        return nearest


def _in_force(record: Record) -> bool:
    """False for rows that had ended or not begun; dates in other forms than ISO 8601 are old ones."""
    start, end = str(record.fields.get("start-date", "")), str(record.fields.get("end-date", ""))
    return not (start.startswith("20") and start > _TODAY) and not end


def _layers(deliveries: Sequence[Delivery]) -> dict[str, Objects]:
    found: dict[str, list[shapely.Geometry]] = defaultdict(list)
    for delivery in deliveries:
        for record in delivery.records:
            if record.geometry is not None and _in_force(record) and delivery.dataset not in _EVERYWHERE:
                found[delivery.dataset].append(shapely.make_valid(record.geometry, method="structure"))
                level = record.fields.get("flood-risk-level")
                if level:
                    found[f"flood-risk-zone-{level}"].append(found[delivery.dataset][-1])
    return {dataset: np.array(shapes, dtype=object) for dataset, shapes in found.items()}


def _plots(town: Town, deliveries: Sequence[Delivery]) -> _Plots:
    doors: dict[str, int] = defaultdict(int)
    for address in town.addresses:
        doors[address.parcel] += 1
    parcels = [p for p in town.parcels if p.plot and doors[p.key] == 1 and p.shape.area > 120]
    return _Plots(parcels, np.array([p.shape for p in parcels], dtype=object), _layers(deliveries))


def _feature(town: Town, name: str, shows: str, parcels: Iterable[Parcel]) -> dict[str, Any]:
    chosen = list(parcels)
    keys = {parcel.key for parcel in chosen}
    doors = [address for address in town.addresses if address.parcel in keys]
    shape = shapely.union_all([parcel.shape for parcel in chosen], grid_size=0.01)
    return {
        "type": "Feature",
        "properties": {
            "name": name,
            "shows": shows,
            "address": doors[0].text if doors else "",
            "uprns": [address.uprn for address in doors],
            "parcels": sorted(keys),
            "area_m2": round(float(shape.area), 1),
        },
        "geometry": json.loads(shapely.to_geojson(shape)),
    }


def _first(plots: _Plots, wanted: np.ndarray[Any, np.dtype[np.bool_]]) -> Parcel:
    """The first plot that is wanted: the choice is the same whenever the town is."""
    return plots.parcels[int(np.flatnonzero(wanted)[0])]


def _clear_of_everything(plots: _Plots) -> Parcel:
    """The plot that is furthest from every designation."""
    nearest = np.min([plots.distance(name) for name in plots.layers if name != "main-river"], axis=0)
    return plots.parcels[int(np.argmax(nearest))]


def _council_share(plots: _Plots, council: Polygon) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(shapely.area(shapely.intersection(plots.shapes, council)) / shapely.area(plots.shapes))


def _constraint_sites(town: Town, plots: _Plots) -> list[dict[str, Any]]:
    """Sites that show one constraint each."""
    size = shapely.area(plots.shapes)
    area, outline = plots.area("conservation-area"), plots.area("listed-building-outline")
    inside = (area > 0.999 * size) & (outline == 0)
    sliver = (outline > 0.1) & (outline < 4)
    flooded = plots.area("flood-risk-zone-3") > 0.6 * size
    railway, marsh = plots.distance("railway"), plots.distance("site-of-special-scientific-interest")
    tree = plots.distance("tree") == 0
    outside = area == 0
    direction = plots.area("article-4-direction-area") > 0.99 * size
    return [
        _feature(
            town, "In a conservation area", "A house plot wholly inside a conservation area", [_first(plots, inside)]
        ),
        _feature(
            town,
            "Next door to a listed building",
            "The outline of the house next door reaches 0.15 m into this plot: adjacent, not present",
            [_first(plots, sliver)],
        ),
        _feature(town, "In flood zone 3", "Most of the plot lies in flood zone 3", [_first(plots, flooded & outside)]),
        _feature(
            town,
            "Near a site of special scientific interest",
            "The house plot nearest to a site of special scientific interest",
            [plots.parcels[int(np.argmin(np.where(marsh > 0, marsh, np.inf)))]],
        ),
        _feature(
            town,
            "A protected tree in the garden",
            "A tree of a tree preservation order stands in the garden",
            [_first(plots, tree & outside)],
        ),
        _feature(
            town,
            "Under an Article 4 direction",
            "Houses in multiple occupation need permission here",
            [_first(plots, direction & outside)],
        ),
        _feature(
            town,
            "Beside the railway",
            "Less than 10 m from railway land",
            [_first(plots, (railway > 0) & (railway < 10) & outside)],
        ),
    ]


def _telling_sites(town: Town, plots: _Plots) -> list[dict[str, Any]]:
    """Sites that show something about the data rather than about a constraint."""
    share = _council_share(plots, town.authorities.council)
    outline = plots.area("listed-building-outline")
    own = (outline > 30) & (plots.area("conservation-area") > 0)
    lane = next(a.parcel for a in town.addresses if a.street == UPRN_ONLY_STREET)
    works = [p for p in town.parcels if p.plot and p.plot.era == "industrial"]
    wood = plan.COUNTRYSIDE[0][0]
    edge = shapely.union_all([p.shape for p in town.parcels if p.name == wood])
    belt = shapely.union_all(plots.layers["green-belt"])
    field = next(p for p in town.parcels if p.kind == "field" and belt.contains(p.shape) and p.shape.distance(edge) < 1)
    return [
        _feature(
            town,
            "Across two councils",
            "The border between two councils cuts through the plot",
            [_first(plots, (share > 0.3) & (share < 0.7))],
        ),
        _feature(town, "Nothing at all", "The plot furthest from every designation", [_clear_of_everything(plots)]),
        _feature(
            town,
            "Article 4 direction known by UPRN only",
            "A direction that names UPRNs and has no boundary: it cannot be ruled out by looking at a map",
            [town.parcel_at[lane]],
        ),
        _feature(
            town,
            "A listed building in the old town",
            "Listed building, conservation area, Article 4 direction and archaeology together",
            [_first(plots, own)],
        ),
        _feature(
            town,
            "In the neighbouring council",
            "No trees, Article 4 directions or conservation areas of this council were delivered",
            [_first(plots, share == 0)],
        ),
        _feature(town, "A works site", "Two industrial plots, over half a hectare", works[3:5]),
        _feature(town, "A field beside ancient woodland", "Green belt, with ancient woodland at its edge", [field]),
    ]


def sites(town: Town, deliveries: Sequence[Delivery]) -> dict[str, Any]:
    """A GeoJSON collection in EPSG:27700 of named sites."""
    plots = _plots(town, deliveries)
    return {
        "type": "FeatureCollection",
        "name": "sites",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}},
        "features": [*_constraint_sites(town, plots), *_telling_sites(town, plots)],
    }
