"""What lies near a place or beside a site: designations, addresses. Metres on the national grid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from api.consultations.addresses import AddressPoint
from api.nearby.forms import AddressNear, DesignationNear
from bopsgis import measure
from bopsgis.types import Point
from constraints.catalogue import datasets
from constraints.engine import relate
from constraints.store import Store

__all__ = ["MOST_LISTED", "NearHere", "addresses_by_distance", "designations_near"]

MOST_LISTED = 200
_HALF_SIDE_M = 0.005
"""The engine measures from areas: a place is asked as a square of a centimetre, and told to a decimetre."""


@dataclass(frozen=True, slots=True)
class NearHere:
    """Designations near a place, nearest first, and what cannot be told."""

    found: list[DesignationNear]
    truncated: bool
    not_known: list[str]


def designations_near(store: Store, place: Point, within_m: float, as_at: date) -> NearHere:
    """Designations in force at most so far from a place, of every dataset that sites are checked against."""
    screened = {slug: item for slug, item in datasets().items() if item.screened}
    x, y, half = place.easting, place.northing, _HALF_SIDE_M
    square = shapely.box(x - half, y - half, x + half, y + half)
    pairs = relate(store, np.array([square], dtype=object), dict.fromkeys(screened, within_m), as_at=as_at)
    order = np.lexsort((pairs.feature, pairs.distance_m))[:MOST_LISTED]
    numbers = pairs.feature[order]
    directions = measure.bearing(shapely.Point(x, y), store.feature_geometry(numbers))
    found = []
    for number, distance, direction in zip(numbers, pairs.distance_m[order], directions, strict=True):
        feature = store.feature(int(number))
        found.append(
            DesignationNear(
                dataset=feature.dataset,
                name=screened[feature.dataset].name,
                designation=feature.name,
                reference=feature.reference,
                feature=feature.id,
                distance_m=round(float(distance), 1),
                bearing=str(direction) if distance > 0 else "",
            )
        )
    return NearHere(found, len(pairs) > MOST_LISTED, sorted(screened.keys() - set(store.datasets)))


def addresses_by_distance(site: BaseGeometry, addresses: Iterable[AddressPoint]) -> list[AddressNear]:
    """Addresses with distance and direction from a place or site, nearest first."""
    listed = list(addresses)
    points = np.array([one.point for one in listed], dtype=object)
    distances, directions = measure.distance_m(site, points), measure.bearing(site, points)
    told = [
        AddressNear(uprn=one.uprn, address=one.address, distance_m=round(float(distance), 1), bearing=str(direction))
        for one, distance, direction in zip(listed, distances, directions, strict=True)
    ]
    return sorted(told, key=lambda one: (one.distance_m, one.uprn))
