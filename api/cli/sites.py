"""A site as people name it at a terminal: a file, stdin, WKT or GeoJSON, a grid reference, a UPRN."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from api.maps.places import Places
from bopsgis import boundary, gridref
from bopsgis.boundary import Boundary
from bopsgis.errors import InputRefused, NotFound

__all__ = ["read_site"]

MOST_DIGITS_OF_A_UPRN = 12
_GEOMETRY_TEXT = re.compile(
    r"\s*(\{|(SRID=\d+;\s*)?(POINT|LINESTRING|POLYGON|MULTI\w+|GEOMETRYCOLLECTION|CIRCULARSTRING|COMPOUNDCURVE|CURVEPOLYGON)\b"
    r"|0[01][0-9A-F]{8,}\s*$)",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\s*([A-HJ-Z]{2}(\s*\d){2,10}|\d{1,7}(\.\d+)?\s*,\s*\d{1,7}(\.\d+)?)\s*$", re.IGNORECASE)
"""A grid reference, or an easting and a northing with a comma between."""
_UPRN = re.compile(r"\s*(?:uprn:\s*(?P<named>\S+)|(?P<bare>\d{1,12}))\s*$", re.IGNORECASE)
_WAYS = (
    "give a file, - for stdin, WKT or GeoJSON text, a grid reference with --radius (TQ 33400 77900), "
    "or a UPRN (uprn:100021234567)"
)


def read_site(text: str, *, radius_m: float | None, crs: int | None, places: Path) -> Boundary:
    """The site boundary that `text` names; EPSG:27700, checked at the one door for outside geometry.

    `radius_m` goes only with a place: an easting and northing, or a grid reference, which stands for the
    south-west corner of its square. `crs` (an EPSG code) goes with geometry that does not name its own, `places`
    is the GeoPackage in which UPRNs are looked up. A file of that name wins over every other reading.

    Raises InputRefused or NotFound in plain words.
    """
    if _PLACE.match(text) and not _is_file(Path(text)):
        return _circle(text, radius_m)
    if radius_m is not None:
        raise InputRefused(
            "A radius goes with a grid reference only.",
            code="radius_without_place",
            hint="leave --radius out, or give the place as a grid reference such as TQ 33400 77900.",
        )
    return _read_area(text, crs, places)


def _read_area(text: str, crs: int | None, places: Path) -> Boundary:
    if text == "-":
        return boundary.read(sys.stdin.buffer.read(boundary.LIMITS.max_bytes + 1), name="stdin", crs=crs)
    if _GEOMETRY_TEXT.match(text):
        return boundary.read(text, crs=crs)
    path = Path(text)
    if _is_file(path):
        return boundary.read(_bytes_of(path), name=path.name, crs=crs)
    if found := _UPRN.match(text):
        return _of_uprn(found["named"] or found["bare"], places)
    raise InputRefused(f"There is no file {text!r}, and it is no other kind of site.", code="no_such_site", hint=_WAYS)


def _is_file(path: Path) -> bool:
    """Whether it is a file; a text too long or too strange to be a file's name is not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _bytes_of(path: Path) -> bytes:
    """A file's bytes; of one far over the limit only enough for the door to see that it is."""
    try:
        with path.open("rb") as file:
            return file.read(boundary.LIMITS.max_bytes + 1)
    except OSError as error:
        raise InputRefused(f"{path} cannot be read: {error.strerror}.", code="unreadable_file") from error


def _circle(text: str, radius_m: float | None) -> Boundary:
    place = gridref.parse_point(text)
    if radius_m is None:
        raise InputRefused(
            f"{text.strip()} is a place, not a site.",
            code="radius_missing",
            hint="say how far round it, in metres: --radius 25",
        )
    return boundary.from_circle(place, radius_m)


def _of_uprn(uprn: str, places: Path) -> Boundary:
    if not places.is_file():
        raise NotFound(
            f"UPRN {uprn} cannot be looked up: there is no file of addresses ({places}).",
            code="no_addresses",
            hint="`bopsgis demo --prepare-only` makes the sample town, whose UPRNs can be asked.",
        )
    return Places(places).site_of(uprn)
