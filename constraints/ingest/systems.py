"""Which EPSG code a file means by what it writes about its reference system."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import pyproj
from pyproj.exceptions import CRSError

from bopsgis import crs

__all__ = ["code_of", "code_of_member"]

_SAME: Final[Mapping[int, int]] = {
    crs.ETRS89: crs.WGS84,  # differs by plate motion only, which UK data does not express
    3785: crs.WEB_MERCATOR,
    102100: crs.WEB_MERCATOR,
    102113: crs.WEB_MERCATOR,
    900913: crs.WEB_MERCATOR,
    7405: crs.NATIONAL_GRID,  # with heights above Newlyn
}
_EPSG_NAME: Final = re.compile(r"EPSG:+(?:[\d.]*:)?(\d{4,6})$", re.IGNORECASE)
_NATIONAL_GRID_NAME: Final = re.compile(r"british[\s_]*national[\s_]*grid", re.IGNORECASE)
_MERCATOR_NAME: Final = re.compile(r"web[\s_]*mercator|pseudo-?mercator|popular visualisation", re.IGNORECASE)


def code_of(definition: Any) -> int | None:
    """The EPSG code of a definition (`EPSG:27700`, WKT of any age, PROJJSON); 0 for a system without one.

    None where there is no definition. ETRS89 counts as WGS 84, and the national grid with heights as the
    national grid. ESRI's `.prj` files name the national grid without a code: the name decides.
    """
    if definition is None or definition == "":
        return None
    try:
        system = pyproj.CRS.from_user_input(definition)
    except CRSError:
        return 0
    if system.is_compound:
        system = system.sub_crs_list[0]
    if _NATIONAL_GRID_NAME.search(system.name):
        return crs.NATIONAL_GRID
    if _MERCATOR_NAME.search(system.name):
        return crs.WEB_MERCATOR
    if "CRS84" in str(definition):
        return crs.WGS84
    code = system.to_epsg(min_confidence=25) or 0
    return _SAME.get(code, code)


def code_of_member(member: Any) -> int | None:
    """The EPSG code of GeoJSON's `crs` member (the 2008 specification); None without one, 0 if not understood."""
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    if not isinstance(name, str):
        return 0
    if name.upper().endswith("CRS84"):
        return crs.WGS84
    match = _EPSG_NAME.search(name.strip())
    code = int(match.group(1)) if match else 0
    return _SAME.get(code, code)
