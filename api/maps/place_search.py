"""Where somebody means: a postcode, an address, a street, a UPRN, a grid reference, coordinates."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from api.maps.places import Address, Places, Street
from bopsgis import crs, gridref
from bopsgis.errors import BopsgisError, InputRefused, NotFound, TransformUnavailable
from bopsgis.types import Point

__all__ = ["PlaceFound", "find_place"]

_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?\s*[0-9][A-Z]{2}", re.ASCII | re.IGNORECASE)
_PAIR = re.compile(r"(-?[0-9]{1,7}(?:\.[0-9]{1,8})?)\s*[,;\s]\s*(-?[0-9]{1,7}(?:\.[0-9]{1,8})?)", re.ASCII)
_GRID_REFERENCE = re.compile(r"[A-Z]{2}[0-9\s]{2,16}", re.ASCII | re.IGNORECASE)
_MOST = 10
_EAST_M, _NORTH_M = 700_000.0, 1_300_000.0


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """A place in words, and where it is (EPSG:27700 metres). `asked` finds exactly it again."""

    words: str
    at: Point
    asked: str


def find_place(text: str, places: Places) -> tuple[PlaceFound, ...]:
    """The place that is meant, or several streets and addresses that fit, at most ten.

    Raises InputRefused, in words for the person who typed, where nothing fits.
    """
    text = " ".join(text.split())
    if pair := _PAIR.fullmatch(text):
        return (_coordinates(float(pair[1]), float(pair[2]), text),)
    if _GRID_REFERENCE.fullmatch(text) and not _POSTCODE.fullmatch(text):
        return (_referenced(text),)
    try:
        return _addressed(text, places)
    except NotFound as error:
        raise InputRefused("There is no such place in the addresses held here. Check the spelling") from error


def _coordinates(first: float, second: float, text: str) -> PlaceFound:
    """Easting and northing, or latitude and longitude as a telephone gives them: told apart by their size."""
    if abs(first) <= 90.0 and abs(second) <= 180.0:
        try:
            east, north = crs.to_national_grid(np.array([second]), np.array([first]), crs.WGS84)
        except TransformUnavailable:
            raise
        except BopsgisError as error:
            raise InputRefused("The place is not in Great Britain") from error
        first, second = float(east[0]), float(north[0])
    if not (0.0 <= first <= _EAST_M and 0.0 <= second <= _NORTH_M):
        raise InputRefused("The place is not in Great Britain")
    return PlaceFound(f"{first:.0f}, {second:.0f}", Point(first, second), text)


def _referenced(text: str) -> PlaceFound:
    try:
        return PlaceFound(text.upper(), gridref.parse_point(text), text)
    except BopsgisError as error:
        raise InputRefused(error.message) from error


def _addressed(text: str, places: Places) -> tuple[PlaceFound, ...]:
    if re.fullmatch(r"[0-9]{4,12}", text, re.ASCII):
        return (_of(places.address(text)),)
    if street := places.street(text):
        return (_of_street(street),)
    found = places.search(text, _MOST if not _POSTCODE.fullmatch(text) else 100)
    if not found:
        raise NotFound("No address fits.")
    if _POSTCODE.fullmatch(text):
        at = Point(
            float(np.mean([one.at.easting for one in found])), float(np.mean([one.at.northing for one in found]))
        )
        return (PlaceFound(found[0].postcode, at, text),)
    streets = (_of_street(street) for street in places.streets(text))
    return (*streets, *(_of(address) for address in found))[:_MOST]


def _of(address: Address) -> PlaceFound:
    return PlaceFound(address.text, address.at, str(address.uprn))


def _of_street(street: Street) -> PlaceFound:
    return PlaceFound(f"{street.name} (the street)", street.at, street.name)
