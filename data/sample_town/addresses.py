"""Addresses: house numbers along every street, flats, names, postcodes and UPRNs. All of them invented."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import plan
import shapely
from admin import Area
from buildings import Building
from parcels import Parcel
from shapely.geometry import Point
from shapes import rng_for
from streets import Street

__all__ = ["ADDRESSES", "Address", "addresses"]

ADDRESSES = 12_000
_FIRST_UPRN = 990_040_000_001
"""No UPRN has been given out in this range."""
_POSTCODE_AREA = "XT"
"""There is no such postcode area."""
_UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_POSTCODE_SIZE = 17


@dataclass(frozen=True, slots=True)
class Address:
    """One address. Easting and northing are EPSG:27700 metres, inside its building."""

    uprn: str
    label: str
    """What stands before the street: `12`, `Flat 2, 12` or a name."""
    street: str
    usrn: str
    postcode: str
    ward: str
    parcel: str
    building: int
    easting: float
    northing: float

    @property
    def text(self) -> str:
        """The whole address on one line."""
        joint = " " if self.label[-1].isdigit() or self.label[-2:-1].isdigit() else ", "
        return f"{self.label}{joint}{self.street}, {plan.TOWN}, {self.postcode}"


@dataclass(slots=True)
class _Door:
    """One building's front door: where it opens to, and how many dwellings or shops lie behind it."""

    building: int
    street: int
    chainage: float
    odd: bool
    name: str
    units: int = 1
    label: str = ""


def _nearest_street(at: Point, tree: shapely.STRtree) -> int:
    return int(tree.nearest(at))


def _doors(parcels: list[Parcel], houses: list[Building], streets: list[Street]) -> list[_Door]:
    """A door for each main building: on its plot's street, or for the rest on the nearest."""
    tree = shapely.STRtree([street.line for street in streets])
    doors = []
    named: set[str] = set()
    for i, building in enumerate(houses):
        if not building.main or building.name in named:
            continue
        if building.name:
            named.add(building.name)
        plot = parcels[building.parcel].plot
        at = building.shape.representative_point()
        street = plot.street if plot else _nearest_street(at, tree)
        line = streets[street].line
        chainage = float(line.project(at))
        before, after = line.interpolate(max(0, chainage - 1)), line.interpolate(min(line.length, chainage + 1))
        side = (after.x - before.x) * (at.y - before.y) - (after.y - before.y) * (at.x - before.x)
        doors.append(_Door(i, street, chainage, side > 0, building.name))
    return doors


def _number(doors: list[_Door], streets: list[Street]) -> list[_Door]:
    """The doors in postal order: odd numbers on one side, even ones on the other, from the town's middle outwards."""
    middle = Point(plan.ORIGIN[0] + 1840, plan.ORIGIN[1] + 1700)
    by_street: dict[int, list[_Door]] = defaultdict(list)
    for door in doors:
        by_street[door.street].append(door)
    ordered = []
    for number in sorted(by_street):
        line = streets[number].line
        outwards = Point(line.coords[0]).distance(middle) <= Point(line.coords[-1]).distance(middle)
        sign = 1 if outwards else -1
        for odd in (True, False):
            side = sorted((d for d in by_street[number] if d.odd is odd), key=lambda d: (sign * d.chainage, d.building))
            at = 1 if odd else 2
            for door in side:
                door.label = door.name or str(at)
                at += 0 if door.name else 2
            ordered.extend(side)
    return ordered


def _add_flats(doors: list[_Door], houses: list[Building], parcels: list[Parcel], seed: int) -> None:
    """Put flats into blocks, over shops and into some Victorian houses until there are `ADDRESSES` addresses."""
    rng = rng_for(seed, "flats")
    wanted = ADDRESSES - len(doors)
    order = rng.permutation(len(doors))
    sizes = rng.integers(0, 4, len(doors))
    for kind, most in (("flats", 5), ("shop", 0), ("house", 1)):
        for at in order:
            door = doors[at]
            plot = parcels[houses[door.building].parcel].plot
            suits = plot is not None and (kind != "house" or plot.era == "victorian")
            if wanted <= 0 or door.name or houses[door.building].kind != kind or not suits:
                continue
            more = min(wanted, most + int(sizes[at]) if kind != "shop" else int(sizes[at]) % 3)
            door.units += more
            wanted -= more


def _labels(door: _Door, kind: str) -> list[str]:
    if door.units == 1:
        return [door.label]
    flats = [f"Flat {number}, {door.label}" for number in range(1, door.units + (kind != "shop"))]
    return [door.label, *flats] if kind == "shop" else flats


def _postcodes(ordered: list[_Door], streets: list[Street]) -> list[str]:
    """A postcode for each door: units follow streets, sectors follow districts."""
    sectors = {district.key: place for place, district in enumerate(plan.DISTRICTS)}
    used: dict[str, int] = defaultdict(int)
    codes = []
    current, filled, last = "", 0, -1
    for door in ordered:
        if door.street != last or filled + door.units > _POSTCODE_SIZE:
            place = sectors.get(streets[door.street].district, 0)
            sector = f"{_POSTCODE_AREA}{1 + place // 9} {1 + place % 9}"
            high, low = divmod(used[sector], len(_UNIT_LETTERS))
            used[sector] += 1
            current, filled, last = f"{sector}{_UNIT_LETTERS[high]}{_UNIT_LETTERS[low]}", 0, door.street
        filled += door.units
        codes.append(current)
    return codes


def addresses(
    seed: int, parcels: list[Parcel], houses: list[Building], streets: list[Street], wards: list[Area]
) -> list[Address]:
    """All addresses in postal order."""
    doors = _number(_doors(parcels, houses, streets), streets)
    _add_flats(doors, houses, parcels, seed)
    codes = _postcodes(doors, streets)
    points = shapely.point_on_surface(np.array([houses[door.building].shape for door in doors], dtype=object))
    xy = np.round(shapely.get_coordinates(points), 2)
    asked, found = shapely.STRtree([ward.shape for ward in wards]).query(shapely.points(xy), predicate="intersects")
    ward_of = dict(zip(asked[::-1].tolist(), found[::-1].tolist(), strict=True))
    made: list[Address] = []
    for number, (door, code) in enumerate(zip(doors, codes, strict=True)):
        building = houses[door.building]
        street = streets[door.street]
        for label in _labels(door, building.kind):
            made.append(
                Address(
                    uprn=str(_FIRST_UPRN + 7 * len(made)),
                    label=label,
                    street=street.name,
                    usrn=street.usrn,
                    postcode=code,
                    ward=wards[ward_of[number]].name,
                    parcel=parcels[building.parcel].key,
                    building=door.building,
                    easting=float(xy[number, 0]),
                    northing=float(xy[number, 1]),
                )
            )
    return made
