"""The basemap layers and the address and parcel look-up, in EPSG:27700."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import plan
import shapely
from deliver import write_layer
from shapes import areas_of
from town import Town

__all__ = ["write_base", "write_places"]

_GREEN = {
    "park": "park",
    "sports": "playing_field",
    "school": "school_grounds",
    "churchyard": "churchyard",
    "cemetery": "cemetery",
    "castle": "historic",
    "allotments": "allotments",
    "amenity": "amenity",
    "wood": "wood",
    "meadow": "meadow",
    "field": "field",
}


def _features(path: Path, rows: list[tuple[dict[str, Any], shapely.Geometry]]) -> None:
    """A GeoJSON file in EPSG:27700, coordinates in metres to 1 cm."""
    features = [
        {"type": "Feature", "id": number, "properties": properties, "geometry": json.loads(shapely.to_geojson(shape))}
        for number, (properties, shape) in enumerate(rows, 1)
    ]
    content = {
        "type": "FeatureCollection",
        "name": path.stem,
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}},
        "features": features,
    }
    path.write_text(
        json.dumps(content, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
    )


def _areas(shape: shapely.Geometry, smallest_m2: float = 0.5) -> list[shapely.Polygon]:
    return areas_of(shape, smallest_m2)


def _roads(town: Town) -> list[tuple[dict[str, Any], shapely.Geometry]]:
    rows: list[tuple[dict[str, Any], shapely.Geometry]] = []
    for street in [*town.streets, *town.paths]:
        kind = {0: "main", 1: "main", 2: "main", 3: "lane", 6: "path"}.get(street.rank, "local")
        fields = {
            "name": street.name,
            "class": street.road_class,
            "ref": street.ref,
            "kind": kind,
            "usrn": street.usrn,
            "width_m": street.carriageway_m,
        }
        rows.append((fields, shapely.set_precision(street.line.intersection(town.land.extent), 0.01)))
    return rows


def _road_areas(town: Town) -> list[tuple[dict[str, Any], shapely.Geometry]]:
    """Pavements, verges and squares first, so that carriageways are drawn over them."""
    carriageway = town.roads.carriageway.intersection(town.fabric.highway)
    beside = town.fabric.highway.difference(carriageway)
    rows: list[tuple[dict[str, Any], shapely.Geometry]] = [({"kind": "pavement"}, part) for part in _areas(beside)]
    rows.extend(({"kind": "carriageway"}, part) for part in _areas(carriageway))
    return [(fields, shapely.set_precision(part, 0.01)) for fields, part in rows]


def _buildings(town: Town) -> list[tuple[dict[str, Any], shapely.Geometry]]:
    rows: list[tuple[dict[str, Any], shapely.Geometry]] = []
    for number, building in enumerate(town.buildings):
        doors = town.addresses_of.get(number, [])
        label = building.name or (doors[-1].label.split(", ")[-1] if doors else "")
        fields = {
            "kind": building.kind,
            "form": building.form,
            "label": label,
            "name": building.name,
            "addresses": len(doors),
        }
        rows.append((fields, building.shape))
    return rows


def _labels(town: Town) -> list[tuple[dict[str, Any], shapely.Geometry]]:
    """Names to print on the map, each once but for the water's, the most important first."""
    wanted: list[tuple[str, str, int, shapely.Geometry]] = [(plan.TOWN, "town", 1, town.here(1840, 1700))]
    wanted.extend((d.name, "suburb", 2, town.here(*d.at)) for d in plan.DISTRICTS if d.era != "core")
    wanted.extend((p.name, p.kind, 3, p.shape) for p in town.parcels if p.name and p.kind != "railway")
    wanted.extend((b.name, b.kind, 3, b.shape) for b in town.buildings if b.kind in {"farm", "station"})
    rows: dict[str, tuple[dict[str, Any], shapely.Geometry]] = {}
    for name, kind, rank, shape in wanted:
        at = shapely.set_precision(shape.representative_point(), 0.01)
        rows.setdefault(name, ({"name": name, "kind": kind, "rank": rank}, at))
    along = [
        (name, line, share)
        for name, line in (("River Thissel", town.land.river), ("Abbey Brook", town.land.brook))
        for share in (0.2, 0.5, 0.8)
    ]
    water = [
        (
            {"name": name, "kind": "water", "rank": 3},
            shapely.set_precision(line.interpolate(share, normalized=True), 0.01),
        )
        for name, line, share in along
    ]
    return [*rows.values(), *water]


def write_base(town: Town, folder: Path) -> dict[str, int]:
    """Write the basemap layers; gives the number of features in each."""
    railway = town.land.railway.intersection(town.land.extent)
    rail_rows: list[tuple[dict[str, Any], shapely.Geometry]] = [
        ({"kind": "line", "name": "Thistleford branch"}, shapely.set_precision(railway, 0.01))
    ]
    rail_rows.extend(({"kind": "land", "name": p.name}, p.shape) for p in town.parcels if p.kind == "railway")
    water = [({"kind": "surface", "name": ""}, part) for part in _areas(town.fabric.water)]
    layers = {
        "buildings": _buildings(town),
        "roads": _roads(town),
        "road_areas": _road_areas(town),
        "water": water,
        "green": [({"kind": _GREEN[p.kind], "name": p.name}, p.shape) for p in town.parcels if p.kind in _GREEN],
        "parcels": [({"parcel": p.key, "kind": p.kind}, p.shape) for p in town.parcels],
        "railway": rail_rows,
        "places": _labels(town),
    }
    folder.mkdir()
    for name, rows in layers.items():
        _features(folder / f"{name}.geojson", rows)
    return {name: len(rows) for name, rows in layers.items()}


def write_places(town: Town, path: Path) -> None:
    """Write `addresses` and `parcels` into one GeoPackage."""
    doors = geopandas.GeoDataFrame(
        {
            "uprn": [a.uprn for a in town.addresses],
            "address": [a.text for a in town.addresses],
            "street": [a.street for a in town.addresses],
            "postcode": [a.postcode for a in town.addresses],
            "ward": [a.ward for a in town.addresses],
            "parcel": [a.parcel for a in town.addresses],
            "easting": [a.easting for a in town.addresses],
            "northing": [a.northing for a in town.addresses],
            "usrn": [a.usrn for a in town.addresses],
        },
        geometry=list(shapely.points(np.array([(a.easting, a.northing) for a in town.addresses]))),
        crs=27700,
    )
    uprns: dict[str, list[str]] = defaultdict(list)
    for address in town.addresses:
        uprns[address.parcel].append(address.uprn)
    land = geopandas.GeoDataFrame(
        {
            "parcel": [p.key for p in town.parcels],
            "uprns": [",".join(uprns[p.key]) for p in town.parcels],
            "kind": [p.kind for p in town.parcels],
        },
        geometry=[p.shape for p in town.parcels],
        crs=27700,
    )
    write_layer(doors, path, "GPKG", "addresses")
    write_layer(land, path, "GPKG", "parcels", append=True)
