"""What the spatial API is asked, and what it answers."""

from __future__ import annotations

from datetime import date
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from api.core.values import ClosedModel
from api.maps.areas import CRS84, NATIONAL_GRID_URI, read_box
from bopsgis import crs as systems
from bopsgis.errors import InputRefused
from bopsgis.types import Point

__all__ = [
    "AddressNear",
    "CaseNear",
    "CasesAnswer",
    "CasesQuery",
    "DesignationNear",
    "HistoryAnswer",
    "HistoryCase",
    "NearAnswer",
    "NearQuery",
    "NeighboursAnswer",
    "NeighboursQuery",
    "SiteQuery",
]

_PAIR: Final = r"^-?[0-9]{1,7}(\.[0-9]{1,12})?,-?[0-9]{1,7}(\.[0-9]{1,12})?$"
_URIS: Final = {"27700": NATIONAL_GRID_URI, "4326": CRS84}
MOST_RADIUS_M: Final = 5_000
MOST_NEAR_M: Final = 1_000

Crs = Literal["4326", "27700"]


class _InSystem(ClosedModel):
    """A question whose coordinates are in one of two systems, x before y in both."""

    crs: Crs = Field(
        default="4326",
        description="System of the coordinates asked and answered: 4326 (longitude, latitude) or 27700 "
        "(easting, northing in metres).",
    )


class SiteQuery(_InSystem):
    """In which system coordinates are answered, and how many cases."""

    limit: str = Field(default="100", pattern="^([1-9]|[1-9][0-9]|[1-4][0-9]{2}|500)$", description="Most, 1 to 500.")


class CasesQuery(SiteQuery):
    """Where, by at least one of these; of several, all have to hold."""

    bbox: str | None = Field(
        default=None, max_length=200, description="West, south, east, north.", examples=["-1.41,52.09,-1.36,52.11"]
    )
    point: str | None = Field(
        default=None, pattern=_PAIR, description="A place, with `radius`.", examples=["-1.38,52.1"]
    )
    radius: str | None = Field(
        default=None, pattern=r"^[0-9]{1,4}(\.[0-9]{1,3})?$", description="Metres from `point`, up to 5,000."
    )
    ward: str | None = Field(
        default=None, min_length=1, max_length=200, description="Name of a ward, as it is written."
    )
    constraint: str | None = Field(
        default=None, pattern="^[a-z0-9-]{1,100}$", description="A dataset that affects the site.",
        examples=["conservation-area"],
    )  # fmt: skip

    @model_validator(mode="after")
    def _somewhere(self) -> CasesQuery:
        if (self.point is None) != (self.radius is None):
            raise ValueError("point and radius go together")
        if self.radius is not None and not 0 < float(self.radius) <= MOST_RADIUS_M:
            raise ValueError(f"radius is over 0 and at most {MOST_RADIUS_M} metres")
        if not (self.bbox or self.point or self.ward or self.constraint):
            raise ValueError("give bbox, point with radius, ward or constraint")
        return self

    def area(self) -> Any:
        """The box on the national grid, None where none limits. Raises InputRefused."""
        return None if self.bbox is None else read_box(self.bbox, _URIS[self.crs])


class NearQuery(_InSystem):
    """A place, how far round it, and on which day."""

    point: str = Field(pattern=_PAIR, description="A place.", examples=["-1.38,52.1"])
    within: str = Field(default="100", pattern="^[0-9]{1,4}$", description="Metres, up to 1,000.")
    as_at: str | None = Field(
        default=None, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="Designations in force then; today."
    )

    @model_validator(mode="after")
    def _not_too_far(self) -> NearQuery:
        if int(self.within) > MOST_NEAR_M:
            raise ValueError(f"within is at most {MOST_NEAR_M} metres")
        return self


class NeighboursQuery(_InSystem):
    """By distance, or by shared boundary where no distance is given."""

    within: str | None = Field(
        default=None,
        pattern="^[0-9]{1,3}$",
        description="Metres from the site, 1 to 500; by shared boundary if left out.",
    )
    uprns: str = Field(
        default="", pattern="^([0-9]{1,12}(,[0-9]{1,12}){0,49})?$", description="UPRNs of the site itself, left out."
    )


def point_of(text: str, code: str) -> Point:
    """A place `x,y` in EPSG:`code` on the national grid. Raises InputRefused."""
    x, y = (float(part) for part in text.split(","))
    easting, northing = systems.to_national_grid(x, y, int(code))
    place = Point(float(easting), float(northing))
    if not (0 <= place.easting <= 700_000 and 0 <= place.northing <= 1_300_000):
        raise InputRefused("The place is not on the national grid.", code="outside_area_of_use")
    return place


class CaseNear(ClosedModel):
    """A case with its site. Of a case that is not public, only those who may see it are told."""

    properties: dict[str, Any] = Field(description="As in the collection `cases` of `/ogc`.")
    published: bool
    site: dict[str, Any] | None = Field(description="GeoJSON geometry in the system asked.")
    distance_m: float | None = Field(description="From the place asked; 0 inside the site. None without a place.")
    bearing: str = Field(description="Compass point from the place, such as NE; empty where there is none.")


class CasesAnswer(ClosedModel):
    """Cases found, nearest first where a place was asked, else newest first."""

    crs: int
    cases: list[CaseNear]
    truncated: bool = Field(description="True: there are more than were asked for.")


class HistoryCase(CaseNear):
    """A case whose site meets the site asked."""

    overlap_m2: float = Field(description="Of the two sites; 0 where they only touch.")
    site_share: float = Field(description="Overlap as a share of the site asked, 0 to 1.")
    case_share: float = Field(description="Overlap as a share of the case's own site, 0 to 1.")


class HistoryAnswer(ClosedModel):
    """Cases on a site, newest first."""

    crs: int
    area_m2: float
    cases: list[HistoryCase]
    truncated: bool


class DesignationNear(ClosedModel):
    """A designation at a place or near it."""

    dataset: str
    name: str
    designation: str = Field(description="The designation's own name.")
    reference: str
    feature: int = Field(description="Number in the collection of the dataset below `/ogc`.")
    distance_m: float = Field(description="0 where the place is inside.")
    bearing: str


class AddressNear(ClosedModel):
    """An address near a place or site."""

    uprn: str
    address: str
    distance_m: float
    bearing: str


class NearAnswer(ClosedModel):
    """What is near a place. What nothing is known of is named: it is not a no."""

    easting: float
    northing: float
    grid_reference: str
    within_m: float
    as_at: date
    designations: list[DesignationNear]
    not_known: list[str] = Field(description="Datasets of which nothing is loaded.")
    cases: list[CaseNear]
    addresses: list[AddressNear]
    addresses_known: bool = Field(description="False: no addresses are held here.")
    truncated: list[str] = Field(description="Lists that hold only the nearest: designations, cases or addresses.")


class NeighboursAnswer(ClosedModel):
    """Addresses beside a site, nearest first."""

    rule: str
    neighbours: list[AddressNear]
    own: list[AddressNear] = Field(description="Left out as the site's own.")
