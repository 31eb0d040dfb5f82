"""Sites for sample cases, chosen from the sample town by what they are and what lies on them.

The same town always gives the same sites: candidates are taken in the order of a hash of the case's key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import shapely
from numpy.typing import NDArray

from api.sample.script import SiteWanted
from bopsgis import boundary
from bopsgis.boundary import Boundary
from bopsgis.errors import NotFound
from bopsgis.types import Point
from constraints.engine import overlaps
from constraints.store import Store

__all__ = ["Place", "TownPlaces"]

_APART_M = 90.0
"""Cases lie at least so far from each other, unless one is on another's land on purpose."""
_ALONGSIDE_M = 8.0
"""Two plots that are taken together share at least so much of their boundary."""
_FROM_HOUSE_M = 4.0
_KINDS = {
    "house": ("plot", ("house",)),
    "pair": ("plot", ("house",)),
    "garden": ("plot", ("house",)),
    "gap": ("plot", ()),
    "shop": ("plot", ("shop",)),
    "works": ("plot", ("industrial",)),
    "field": ("field", ()),
    "farm": ("field", ("farm",)),
}
"""Pick -> kind of parcel and the kinds of building that stand on it, outbuildings apart."""


@dataclass(frozen=True, slots=True)
class Place:
    """A site with its address and the main building on it (None for open land); geometry in EPSG:27700."""

    site: Boundary
    address: str
    postcode: str | None
    uprns: tuple[str, ...]
    ward: str | None
    building: Any = None
    parcels: tuple[int, ...] = field(default=())


class TownPlaces:
    """The parcels, addresses and buildings of a sample town, and the constraints on each parcel."""

    def __init__(self, town: Path, store: Store, council: str, as_at: date) -> None:
        self._town = town
        self._parcels = geopandas.read_file(town / "places.gpkg", layer="parcels")
        self._addresses = geopandas.read_file(town / "places.gpkg", layer="addresses")
        self._shapes: NDArray[np.object_] = self._parcels.geometry.to_numpy()
        self._kinds = self._parcels["kind"].to_numpy()
        self._areas = shapely.area(self._shapes)
        self._tree = shapely.STRtree(self._shapes)
        self._store = store
        self._met = overlaps(store, self._shapes, as_at=as_at)
        self._found = self._datasets_on()
        self._ours = shapely.covers(_council(store, council), self._shapes)
        self._taken: list[Any] = []

    def layer(self, name: str) -> Any:
        """A layer of the base map, as a GeoDataFrame in EPSG:27700."""
        return geopandas.read_file(self._town / "base" / f"{name}.geojson")

    @cached_property
    def buildings(self) -> Any:
        """All buildings of the town."""
        return self.layer("buildings")

    @cached_property
    def road_areas(self) -> NDArray[np.object_]:
        """The surfaces of all roads."""
        shapes: NDArray[np.object_] = self.layer("road_areas").geometry.to_numpy()
        return shapes

    @cached_property
    def roads(self) -> Any:
        """The middle lines of all roads, with their names."""
        return self.layer("roads")

    @property
    def parcels(self) -> NDArray[np.object_]:
        """The shapes of all parcels."""
        return self._shapes

    def take(self, key: str, wanted: SiteWanted) -> Place:
        """The first place that fits and is not near one taken before. Raises NotFound where there is none."""
        for parcels in self._candidates(key, wanted):
            place = self._place(parcels, wanted)
            if place is None:
                continue
            near = any(place.site.geometry.distance(other) < _APART_M for other in self._taken)
            if wanted.demo or not near:
                self._taken.append(place.site.geometry)
                return place
        raise NotFound(f"The sample town has no site for the case “{key}”.", code="sample_site")

    def _datasets_on(self) -> dict[str, NDArray[np.bool_]]:
        """Which parcels have anything of each loaded dataset on them."""
        dataset = np.asarray(self._store.feature_dataset)[self._met.feature]
        found = {}
        for index, slug in enumerate(self._store.datasets):
            found[slug] = np.zeros(len(self._shapes), dtype=bool)
            found[slug][self._met.site[dataset == index]] = True
        return found

    def _candidates(self, key: str, wanted: SiteWanted) -> Iterator[tuple[int, ...]]:
        if wanted.demo:
            yield self._demo_site(wanted.demo)
            return
        kind, buildings = _KINDS[wanted.pick]
        fits = self._ours & (self._kinds == kind)
        for slug in wanted.on:
            fits = fits & self._found[slug]
        for slug in wanted.clear:
            fits = fits & ~self._found[slug]
        if wanted.pick not in {"pair", "garden"}:
            fits = fits & (self._areas >= wanted.area[0]) & (self._areas <= wanted.area[1])
        for index in sorted(np.flatnonzero(fits).tolist(), key=lambda one: _lot(key, self._parcels["parcel"][one])):
            if not self._suits(index, buildings, wanted.form):
                continue
            if wanted.pick == "pair":
                yield from self._pairs(index, buildings, wanted.area)
            else:
                yield (index,)

    def _suits(self, index: int, kinds: Sequence[str], form: str) -> bool:
        standing = self._on_parcel.get(index, ())
        found = {self.buildings["kind"][one] for one in standing} - {"outbuilding"}
        forms = {self.buildings["form"][one] for one in standing}
        return found == set(kinds) and (not form or form in forms)

    def _pairs(self, index: int, kinds: Sequence[str], area: tuple[float, float]) -> Iterator[tuple[int, ...]]:
        for other in sorted(self._tree.query(self._shapes[index], predicate="touches").tolist()):
            total = float(self._areas[index] + self._areas[other])
            shared = shapely.length(shapely.intersection(self._shapes[index], self._shapes[other]))
            if self._suits(other, kinds, "") and area[0] <= total <= area[1] and shared >= _ALONGSIDE_M:
                yield (index, other)

    def _demo_site(self, name: str) -> tuple[int, ...]:
        listed = json.loads((self._town / "sites.geojson").read_bytes())["features"]
        keys = next((one["properties"]["parcels"] for one in listed if one["properties"]["name"] == name), None)
        if keys is None:
            raise NotFound(f"The sample town has no site called “{name}”.", code="sample_site")
        return tuple(np.flatnonzero(self._parcels["parcel"].isin(keys)).tolist())

    @cached_property
    def _on_parcel(self) -> dict[int, list[int]]:
        """Parcel -> buildings on it, by position."""
        points = shapely.point_on_surface(self.buildings.geometry.to_numpy())
        building, parcel = self._tree.query(points, predicate="within")
        standing: dict[int, list[int]] = {}
        for one, index in zip(building.tolist(), parcel.tolist(), strict=True):
            standing.setdefault(index, []).append(one)
        return standing

    def _place(self, parcels: tuple[int, ...], wanted: SiteWanted) -> Place | None:
        land = shapely.union_all(self._shapes[list(parcels)])
        standing = [one for index in parcels for one in self._on_parcel.get(index, ())]
        shapes = self.buildings.geometry.to_numpy()[standing]
        building = None if not standing else shapes[int(np.argmax(shapely.area(shapes)))]
        site = boundary.from_geometry(land)
        if wanted.radius_m:
            garden = shapely.difference(land, shapely.buffer(shapely.union_all(shapes), _FROM_HOUSE_M))
            tree = self._tree_in(garden, parcels, wanted)
            if tree is None:
                return None
            site = boundary.from_circle(tree, wanted.radius_m)
        return self._addressed(site, land, parcels, building)

    def _tree_in(self, garden: Any, parcels: tuple[int, ...], wanted: SiteWanted) -> Point | None:
        """Where the tree stands: in the part of the garden on which the wanted constraint lies, None for no part."""
        if wanted.on:
            there = np.isin(self._met.site, parcels)
            features = self._met.feature[there]
            dataset = np.asarray(self._store.feature_dataset)[features]
            wanted_ones = features[dataset == self._store.datasets.index(wanted.on[0])]
            shapes = self._store.feature_geometry(wanted_ones)
            garden = shapely.intersection(garden, shapely.union_all(shapes))
        if garden.is_empty:
            return None
        middle = shapely.get_coordinates(shapely.point_on_surface(garden))[0]
        return Point(float(middle[0]), float(middle[1]))

    def _addressed(self, site: Boundary, land: Any, parcels: tuple[int, ...], building: Any) -> Place:
        keys = self._parcels["parcel"].iloc[list(parcels)]
        own = self._addresses[self._addresses["parcel"].isin(keys)]
        if own.empty:
            nearest = self._addresses.iloc[int(np.argmin(self._addresses.distance(land)))]
            street, town = str(nearest["street"]), str(nearest["address"]).split(", ")[-2]
            return Place(site, f"Land off {street}, {town}", None, (), str(nearest["ward"]), building, parcels)
        first = own.iloc[0]
        words, _, postcode = str(first["address"]).rpartition(", ")
        uprns = tuple(str(one) for one in own["uprn"])
        return Place(site, words, postcode, uprns, str(first["ward"]), building, parcels)


def _council(store: Store, code: str) -> Any:
    index = store.datasets.index("local-planning-authority")
    for feature in np.flatnonzero(np.asarray(store.feature_dataset) == index).tolist():
        if store.feature(feature).reference == code:
            shape = store.feature_geometry(np.array([feature]))[0]
            shapely.prepare(shape)
            return shape
    raise NotFound(f"The store has no boundary of {code}.", code="sample_site")


def _lot(key: str, parcel: str) -> str:
    return hashlib.sha256(f"{key} {parcel}".encode()).hexdigest()
