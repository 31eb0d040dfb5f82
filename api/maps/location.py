"""The checks of a location plan with what this service holds: council boundaries, the base map, the addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from api.maps.basemap import BaseMap
from api.maps.location_plan import ROADS_WITHIN_M, AddressPlace, CouncilArea, Location, LocationAnswer, check_location
from api.maps.places import Address, Places
from bopsgis.boundary import Boundary
from bopsgis.errors import BopsgisError
from bopsgis.types import BBox
from constraints.engine import clipped_geometry, relate
from constraints.screen.state import state_of
from constraints.store import Store

__all__ = ["Given", "check_plan"]

_ROADS: Final = "road_areas"
_MOST_ROADS: Final = 50_000
_ROUND_M: Final = 20.0
"""Councils' areas are cut this far from the site."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an application says of where it is."""

    home: str | None = None
    """Code of the council that is asked."""
    uprns: Sequence[str] = ()
    address: str = ""
    """In words; used where no UPRN is known, if it fits exactly one address."""


def check_plan(
    site: Boundary, store: Store | None, base: BaseMap, places: Places, given: Given
) -> tuple[LocationAnswer, ...]:
    """The answers for one site, from the data loaded; without a store nothing is known of councils."""
    known = Location(
        councils=_councils(site, store, given.home),
        home=given.home,
        roads=_roads(site, base),
        addresses=_addresses(places, given),
    )
    return check_location(site, known)


def _councils(site: Boundary, store: Store | None, home: str | None) -> list[CouncilArea] | None:
    if store is None:
        return None
    state = state_of(store)
    if state.council_slug is None:
        return None
    pairs = relate(store, np.array([site.geometry], dtype=object), {state.council_slug: _ROUND_M}, as_at=None)
    shapes = clipped_geometry(store, pairs.feature, site.bbox.grown(_ROUND_M))
    found: dict[str, CouncilArea] = {}
    for number, shape in zip(pairs.feature.tolist(), shapes, strict=True):
        feature = store.feature(number)
        found[feature.reference] = CouncilArea(feature.reference, feature.name or feature.reference, shape)
    names = state.council_names(store)
    if home is not None and home in names and home not in found:
        found[home] = CouncilArea(home, names[home], shapely.Polygon())
    return list(found.values())


def _roads(site: Boundary, base: BaseMap) -> list[shapely.Geometry] | None:
    """Areas of roads round the site; None where the base map has none, or does not reach that far."""
    if _ROADS not in base.layers or base.extent is None or not _holds(base.extent, site.bbox):
        return None
    near = base.shapes(_ROADS, site.bbox.grown(ROADS_WITHIN_M), _MOST_ROADS)
    return [road for road in near if shapely.dwithin(road, site.geometry, ROADS_WITHIN_M)]


def _holds(outer: BBox, inner: BBox) -> bool:
    return (
        outer.west <= inner.west
        and outer.south <= inner.south
        and inner.east <= outer.east
        and inner.north <= outer.north
    )


def _addresses(places: Places, given: Given) -> list[AddressPlace] | None:
    if not places.available:
        return None
    found: list[Address] = []
    for uprn in given.uprns:
        try:
            found.append(places.address(uprn))
        except BopsgisError:  # no address here has this UPRN
            continue
    if not found and given.address:
        fit = places.search(given.address, 2)
        found = list(fit) if len(fit) == 1 else []
    return [AddressPlace(one.text, one.at, places.plot(one)) for one in found]
