"""Values that cannot be mixed up: a place on the national grid is not a longitude and latitude."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

__all__ = ["BBox", "CouncilCode", "LonLat", "Point", "Uprn"]

CouncilCode = NewType("CouncilCode", str)
"""A council's identifier as its datasets give it, for example `E09000028` or `local-authority:SWK`."""

Uprn = NewType("Uprn", str)
"""A Unique Property Reference Number: 1 to 12 digits, no leading zeros."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the national grid (EPSG:27700), in metres."""

    easting: float
    northing: float


@dataclass(frozen=True, slots=True)
class LonLat:
    """A place in ETRS89 longitude and latitude (EPSG:4258; EPSG:4326 in UK data means the same), in degrees."""

    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class BBox:
    """A rectangle on the national grid (EPSG:27700), in metres; west <= east and south <= north."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        if not (self.west <= self.east and self.south <= self.north):
            raise ValueError(f"a box needs west <= east and south <= north, not {self}")

    def grown(self, distance_m: float) -> BBox:
        """The box with every side moved outwards by `distance_m` metres."""
        return BBox(self.west - distance_m, self.south - distance_m, self.east + distance_m, self.north + distance_m)
