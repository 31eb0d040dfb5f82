"""What a location plan must show, checked from geometry: the council's area, the highway, the address.

A plan on which the site boundary stops short of the road, leaves out the house or lies in another council's area
sends an application back. National guidance asks that the boundary take in all land that the development needs, such
as access from a public highway (Planning Practice Guidance, “Making an application”; from memory, not checked).
Nothing here is a refusal: each answer is met, a warning, or not known for want of data. Geometries are EPSG:27700.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import shapely

from bopsgis import gridref, measure
from bopsgis.boundary import Boundary
from bopsgis.types import Point
from constraints.screen import words

__all__ = [
    "ROADS_WITHIN_M",
    "AddressPlace",
    "CouncilArea",
    "Location",
    "LocationAnswer",
    "Part",
    "State",
    "check_location",
]

ROADS_WITHIN_M: Final = 200.0
"""Roads are looked for within this distance of the site."""
TOLERANCE_M: Final = 1.0
"""What large-scale maps and drawn lines may be out by."""
_LEAST_M2: Final = 0.01


class Part(StrEnum):
    """What is checked."""

    COUNCIL = "council"
    HIGHWAY = "highway"
    ADDRESS = "address"


class State(StrEnum):
    """What was found. `not_known` is never a yes."""

    MET = "met"
    WARNING = "warning"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True)
class CouncilArea:
    """A council's area, as far as it lies round the site."""

    code: str
    name: str
    area: shapely.Geometry


@dataclass(frozen=True, slots=True)
class AddressPlace:
    """An address that was given, with its place and the plot that it stands on where that is known."""

    text: str
    at: Point
    plot: shapely.Geometry | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """What is known round a site. None means that there is no data; an empty sequence that there is nothing there."""

    councils: Sequence[CouncilArea] | None = None
    home: str | None = None
    """Code of the council that is asked; None where any one council will do."""
    roads: Sequence[shapely.Geometry] | None = None
    """Areas of roads within `ROADS_WITHIN_M`."""
    addresses: Sequence[AddressPlace] | None = None


@dataclass(frozen=True, slots=True)
class LocationAnswer:
    """One check in words: what is so, and what to do where it is not as it should be; `at` is where."""

    part: Part
    state: State
    sentence: str
    hint: str = ""
    at: Point | None = None

    @property
    def place(self) -> str:
        """Where, as a grid reference; nothing where it is nowhere in particular."""
        return "" if self.at is None else gridref.format(self.at)


def check_location(site: Boundary, known: Location) -> tuple[LocationAnswer, ...]:
    """The answers for one site: council, highway, address, in this order."""
    return (
        _council(site.geometry, known),
        _highway(site.geometry, known.roads),
        _address(site.geometry, known.addresses),
    )


def _council(site: shapely.Geometry, known: Location) -> LocationAnswer:
    hint = "Check on the plan that the site is in the area of the council that is to decide."
    if known.councils is None:
        return LocationAnswer(Part.COUNCIL, State.NOT_KNOWN, "No boundary of a council is loaded.", hint)
    met = [one for one in known.councils if _inside_m2(site, one.area) > 0.0]
    wanted = met if known.home is None else [one for one in known.councils if one.code == known.home]
    if known.home is not None and not wanted:
        return LocationAnswer(Part.COUNCIL, State.NOT_KNOWN, "The boundary of this council is not loaded.", hint)
    if not wanted:
        sentence = "The site lies in no council whose boundary is loaded."
        return LocationAnswer(Part.COUNCIL, State.WARNING, sentence, _WRONG_COUNCIL, _inner(site))
    if len(wanted) > 1:
        named = words.and_list([one.name for one in wanted])
        sentence = f"The site lies in {len(wanted)} councils: {named}."
        return LocationAnswer(Part.COUNCIL, State.WARNING, sentence, _ASTRIDE, _inner(site))
    return _in_one(site, wanted[0], [one.name for one in met if one.code != wanted[0].code])


_WRONG_COUNCIL: Final = "Correct the boundary, or send the application to the council whose area the land is in."
_ASTRIDE: Final = (
    "Correct the boundary if it is not meant to cross into another area. If it is, the same application goes to each "
    "council."
)


def _in_one(site: shapely.Geometry, council: CouncilArea, others: Sequence[str]) -> LocationAnswer:
    outside = shapely.difference(site, _grown(council.area, site))
    if outside.area <= _LEAST_M2:
        return LocationAnswer(Part.COUNCIL, State.MET, f"The site lies inside {council.name}.")
    elsewhere = f"in {words.and_list(list(others))}" if others else "in no other council whose boundary is loaded"
    at = _inner(outside)
    if _inside_m2(site, council.area) <= 0.0:
        sentence = f"The site lies outside {council.name}: it is {elsewhere}."
        return LocationAnswer(Part.COUNCIL, State.WARNING, sentence, _WRONG_COUNCIL, at)
    left_m2 = float(shapely.difference(site, council.area).area)
    share = words.percent(left_m2 / float(site.area))
    sentence = f"{words.area(left_m2)} of the site ({share}) lie outside {council.name}, {elsewhere}."
    return LocationAnswer(Part.COUNCIL, State.WARNING, sentence, _ASTRIDE, at)


def _inside_m2(site: shapely.Geometry, area: shapely.Geometry) -> float:
    """Area of the site in a council, 0 where no more of it than maps may be out by."""
    shared = shapely.intersection(site, area)
    thin = shapely.difference(shared, _grown(shapely.difference(site, area), site))
    return float(shared.area) if thin.area > _LEAST_M2 else 0.0


def _grown(area: shapely.Geometry, site: shapely.Geometry) -> shapely.Geometry:
    """What there is of an area round the site, wider by what maps may be out by."""
    west, south, east, north = site.bounds
    room = 10.0 * TOLERANCE_M
    near = shapely.intersection(area, shapely.box(west - room, south - room, east + room, north + room))
    return shapely.buffer(near, TOLERANCE_M, join_style="mitre")


def _highway(site: shapely.Geometry, roads: Sequence[shapely.Geometry] | None) -> LocationAnswer:
    if roads is None:
        sentence = "No roads are loaded, so access to the highway was not checked."
        return LocationAnswer(Part.HIGHWAY, State.NOT_KNOWN, sentence, "Check it on the plan.")
    if not roads:
        sentence = f"There is no road within {words.metres(ROADS_WITHIN_M)} of the site."
        return LocationAnswer(Part.HIGHWAY, State.WARNING, sentence, _ACCESS, _inner(site))
    nearest = min(roads, key=lambda road: float(shapely.distance(site, road)))
    away_m = float(shapely.distance(site, nearest))
    if away_m <= TOLERANCE_M:
        return LocationAnswer(Part.HIGHWAY, State.MET, "The site reaches a road.")
    sentence = f"The site does not reach a road: the nearest is {_away(site, nearest, away_m)}."
    (east, north), _ = shapely.get_coordinates(shapely.shortest_line(site, nearest))
    return LocationAnswer(Part.HIGHWAY, State.WARNING, sentence, _ACCESS, Point(float(east), float(north)))


_ACCESS: Final = (
    "Draw the boundary to the public highway, so that it takes in the land needed for access, or show that there is "
    "another way in. The map does not say which roads are adopted."
)


def _address(site: shapely.Geometry, addresses: Sequence[AddressPlace] | None) -> LocationAnswer:
    if not addresses:
        sentence = "No address with a known place was given, so it was not compared with the site."
        return LocationAnswer(Part.ADDRESS, State.NOT_KNOWN, sentence, "Give the UPRN of the site.")
    taken = next((one for one in addresses if _takes_in(site, one)), None)
    if taken is not None:
        return LocationAnswer(Part.ADDRESS, State.MET, f"The site takes in the address given, {taken.text}.")
    places = [shapely.Point(one.at.easting, one.at.northing) for one in addresses]
    away_m, number = min((float(shapely.distance(site, place)), n) for n, place in enumerate(places))
    nearest = addresses[number]
    away = _away(site, places[number], away_m)
    sentence = f"The site does not take in the address given, {nearest.text}: that is {away}."
    hint = "Check that the address and the boundary are of the same property."
    return LocationAnswer(Part.ADDRESS, State.WARNING, sentence, hint, nearest.at)


def _takes_in(site: shapely.Geometry, one: AddressPlace) -> bool:
    """The address stands on the site, or the site and its plot share ground."""
    if shapely.distance(site, shapely.Point(one.at.easting, one.at.northing)) <= TOLERANCE_M:
        return True
    return one.plot is not None and float(shapely.intersection(site, one.plot).area) > _LEAST_M2


def _away(site: shapely.Geometry, other: shapely.Geometry, away_m: float) -> str:
    direction = words.compass(str(measure.bearing(site, other)))
    return f"{words.metres(away_m)} to the {direction}" if direction else words.metres(away_m)


def _inner(shape: shapely.Geometry) -> Point:
    place = shapely.point_on_surface(shape)
    return Point(round(float(place.x), 2), round(float(place.y), 2))
