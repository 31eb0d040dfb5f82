"""Addresses and land parcels: from a UPRN or an address to a site boundary.

Reads `places.gpkg`: layer `addresses` (uprn, address, parcel, and where known street and postcode; points) and
layer `parcels` (parcel; polygons), both on the national grid (EPSG:27700).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from math import hypot
from pathlib import Path
from typing import Any

import geopandas

from bopsgis import boundary
from bopsgis.boundary import Boundary
from bopsgis.errors import InputRefused, NotFound
from bopsgis.types import Point, Uprn

__all__ = ["Address", "Places", "Street", "parse_uprn"]

_MOST_FOUND = 100


@dataclass(frozen=True, slots=True)
class Address:
    """One address with its place on the national grid (EPSG:27700, metres)."""

    uprn: Uprn
    text: str
    postcode: str
    parcel: str
    at: Point
    street: str = ""


@dataclass(frozen=True, slots=True)
class Street:
    """A street by its name; `at` is the place of the address that is nearest to the middle of all of its own."""

    name: str
    at: Point


@dataclass(frozen=True, slots=True)
class _Indexed:
    """The addresses, with what they are searched by beside each."""

    by_uprn: dict[str, Address]
    searched: tuple[tuple[str, Address], ...]


class Places:
    """The addresses and parcels of one file. Read on first use and kept."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def available(self) -> bool:
        """True where there is a file of addresses at all."""
        return self.path.is_file()

    def address(self, uprn: str) -> Address:
        """The address with this UPRN. Raises NotFound, or InputRefused for text that is no UPRN."""
        number = parse_uprn(uprn)
        found = self._addresses.by_uprn.get(number)
        if found is None:
            raise NotFound(f"There is no address with the UPRN {number} in the data held here.", code="uprn_unknown")
        return found

    def site_of(self, uprn: str) -> Boundary:
        """The land parcel that the address with this UPRN stands on, as a site boundary.

        Raises NotFound where there is no such address or it has no parcel, InputRefused for text that is
        no UPRN.
        """
        address = self.address(uprn)
        parcel = self.plot(address)
        if parcel is None:
            raise NotFound(
                f"The address with the UPRN {address.uprn} has no land parcel in the data held here.",
                code="parcel_unknown",
                hint="Draw the site or give a grid reference and a radius.",
            )
        return boundary.from_geometry(parcel)

    def plot(self, address: Address) -> Any | None:
        """The land parcel that an address stands on (a polygon, EPSG:27700), or None."""
        return self._parcels.get(address.parcel)

    def street(self, text: str) -> Street | None:
        """The street of exactly this name, however it is spaced and spelled in capitals; None for no such street."""
        named = f" {' '.join(_words(text))} "
        return next((street for searched, street in self._streets if searched == named), None)

    def streets(self, text: str, limit: int = 5) -> tuple[Street, ...]:
        """Streets whose name has every word of `text`, at most `limit`, in order of their names."""
        words = _words(text)
        fit = (street for searched, street in self._streets if all(_holds(searched, word) for word in words))
        return tuple(islice(fit, limit if words else 0))

    def search(self, text: str, limit: int = 10) -> tuple[Address, ...]:
        """Addresses that hold every word of `text`, in order of the address; at most `limit`.

        A number must match a whole word of the address, so that `1 High Street` does not find number 11.
        """
        words = _words(text)
        if not words:
            return ()
        most = max(0, min(limit, _MOST_FOUND))
        found: list[Address] = []
        for searched, address in self._addresses.searched:
            if len(found) == most:
                break
            if all(_holds(searched, word) for word in words):
                found.append(address)
        return tuple(found)

    @cached_property
    def _addresses(self) -> _Indexed:
        rows = self._read("addresses")
        addresses = [
            Address(
                uprn=Uprn(str(row.uprn)),
                text=str(row.address),
                postcode=str(getattr(row, "postcode", None) or ""),
                parcel=str(row.parcel),
                at=_point(row.geometry),
                street=str(getattr(row, "street", None) or ""),
            )
            for row in rows.itertuples(index=False)
        ]
        addresses.sort(key=lambda address: _natural(address.text))
        searched = tuple((f" {' '.join(_words(f'{a.text} {a.postcode}'))} ", a) for a in addresses)
        return _Indexed({address.uprn: address for address in addresses}, searched)

    @cached_property
    def _streets(self) -> tuple[tuple[str, Street], ...]:
        """Each street with its name as it is searched, by name; none where the addresses do not tell theirs."""
        by_name: dict[str, list[Point]] = {}
        for address in self._addresses.by_uprn.values():
            if address.street:
                by_name.setdefault(address.street, []).append(address.at)
        return tuple((f" {' '.join(_words(name))} ", _middle(name, at)) for name, at in sorted(by_name.items()))

    @cached_property
    def _parcels(self) -> dict[str, Any]:
        rows = self._read("parcels")
        return dict(zip(rows["parcel"].astype(str), rows.geometry.array, strict=True))

    def _read(self, layer: str) -> Any:
        if not self.available:
            raise NotFound(
                "There are no addresses here: the sample town has not been made.",
                code="addresses_missing",
                hint="Draw the site, paste it, upload it or give a grid reference and a radius.",
            )
        return geopandas.read_file(self.path, layer=layer)


def parse_uprn(text: str) -> Uprn:
    """A UPRN as people write it: 1 to 12 digits, leading zeros and spaces dropped.

    >>> parse_uprn(" 0010 0023 ")
    '100023'

    Raises InputRefused for anything else.
    """
    digits = re.sub(r"\s", "", text)
    if not re.fullmatch(r"[0-9]{1,12}", digits) or int(digits) == 0:
        raise InputRefused("A UPRN is a number of up to 12 digits.", code="uprn_refused")
    return Uprn(str(int(digits)))


def _point(geometry: Any) -> Point:
    return Point(float(geometry.x), float(geometry.y))


def _middle(name: str, at: Sequence[Point]) -> Street:
    east = sum(place.easting for place in at) / len(at)
    north = sum(place.northing for place in at) / len(at)
    return Street(name, min(at, key=lambda place: hypot(place.easting - east, place.northing - north)))


def _words(text: str) -> list[str]:
    """Words as they are compared: lower case, letters and digits only, a postcode without its space."""
    joined = re.sub(r"\b([a-z]{1,2}[0-9][a-z0-9]?)\s+([0-9][a-z]{2})\b", r"\1\2", text.casefold())
    return re.findall(r"[a-z0-9]+", joined.replace("'", ""))


def _holds(searched: str, word: str) -> bool:
    """True where the address has the word, or for a word of letters one that begins with it."""
    return (f" {word} " if word.isdigit() else f" {word}") in searched


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key under which number 9 comes before number 10, street by street."""
    number = re.match(r"\s*([0-9]+)", text)
    rest = text[number.end() :] if number else text
    street = (1, 0, re.sub(r"^[a-z]?[\s,]*", "", rest.casefold()))
    return [street, (0, int(number[1]) if number else 0, text)]
