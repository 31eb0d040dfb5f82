"""The whole town in one value, which the constraint makers read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import plan
import shapely
from addresses import Address, addresses
from admin import Authorities, authorities
from blocks import Roads, blocks, road_areas
from buildings import Building, buildings
from names import street_names
from parcels import Fabric, Parcel, fabric
from plots import Frontages, Plot, cut_block
from shapely.geometry import Point, Polygon
from shapes import rng_for
from streets import Ground, Street, footpaths, ground, network, with_names

__all__ = ["Say", "Town", "build_town"]

Say = Callable[[str], None]
"""Told what is being done."""


@dataclass(frozen=True)
class Town:
    """Everything that was built. Coordinates are EPSG:27700 metres."""

    seed: int
    land: Ground
    streets: list[Street]
    faces: dict[str, Polygon]
    roads: Roads
    fabric: Fabric
    buildings: list[Building]
    authorities: Authorities
    addresses: list[Address]
    paths: list[Street]

    @property
    def parcels(self) -> list[Parcel]:
        """All parcels."""
        return self.fabric.parcels

    @cached_property
    def addresses_of(self) -> dict[int, list[Address]]:
        """Addresses by number of their building."""
        found: dict[int, list[Address]] = defaultdict(list)
        for address in self.addresses:
            found[address.building].append(address)
        return dict(found)

    @cached_property
    def parcel_at(self) -> dict[str, Parcel]:
        """Parcels by key."""
        return {parcel.key: parcel for parcel in self.parcels}

    @cached_property
    def parcel_tree(self) -> shapely.STRtree:
        """Index of the parcels' shapes, in order."""
        return shapely.STRtree([parcel.shape for parcel in self.parcels])

    @cached_property
    def street_tree(self) -> shapely.STRtree:
        """Index of the streets' centre lines, in order."""
        return shapely.STRtree([street.line for street in self.streets])

    def here(self, x: float, y: float) -> Point:
        """A point of the plan on the national grid."""
        return Point(plan.ORIGIN[0] + x, plan.ORIGIN[1] + y)

    def area(self, points: tuple[plan.XY, ...]) -> Polygon:
        """A shape of the plan on the national grid."""
        return Polygon([(plan.ORIGIN[0] + x, plan.ORIGIN[1] + y) for x, y in points])

    def parcels_in(self, shape: shapely.Geometry, kinds: set[str] | None = None) -> list[int]:
        """Numbers of the parcels whose middle lies in a shape, in order."""
        near = np.sort(self.parcel_tree.query(shape, predicate="intersects"))
        return [
            int(i)
            for i in near
            if (kinds is None or self.parcels[i].kind in kinds)
            and shape.contains(self.parcels[i].shape.representative_point())
        ]


def build_town(seed: int, say: Say) -> Town:
    """Build the town from its plan; `seed` decides all that the plan leaves open."""
    say("streets")
    land = ground(seed)
    streets, faces = network(seed, land)
    streets = with_names(streets, street_names(seed, streets))
    say("blocks")
    roads = road_areas(streets, land)
    say("plots")
    look = Frontages.of(streets, faces, land)
    rng = rng_for(seed, "plots")
    plots: list[Plot] = []
    left: list[Polygon] = []
    run = 0
    for block in blocks(land, roads):
        made, rest, run = cut_block(block, look, rng, run)
        plots.extend(made)
        left.extend(rest)
    say("parcels")
    ground_map = fabric(seed, land, roads, plots, left)
    say("buildings")
    houses = buildings(seed, ground_map.parcels, streets, land.railway)
    say("addresses")
    councils = authorities(land, streets)
    doors = addresses(seed, ground_map.parcels, houses, streets, councils.wards)
    return Town(seed, land, streets, faces, roads, ground_map, houses, councils, doors, footpaths())
