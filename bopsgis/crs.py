"""The one place where coordinates change between reference systems. x, y order always; OSTN15 always.

Sources and targets are the national grid (27700), ETRS89 (4258), WGS 84 (4326, taken as ETRS89, as UK data
means it) and Web Mercator (3857). PROJ is not asked: without its OSTN15 grid it silently answers with a Helmert
transformation, 1.75 m off on average in England and over 4 m in Cornwall (measured against OSTN15).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]  # pyproj leaves it out of __all__

from bopsgis import ostn15
from bopsgis.errors import InputRefused, TransformUnavailable

__all__ = [
    "ETRS89",
    "NATIONAL_GRID",
    "SUPPORTED",
    "WEB_MERCATOR",
    "WGS84",
    "Outside",
    "TransformNote",
    "check",
    "from_national_grid",
    "geometry_from_national_grid",
    "note_for",
    "to_national_grid",
    "transform_geometry",
    "use_ostn15_in_proj",
]

NATIONAL_GRID: Final = 27700
ETRS89: Final = 4258
WGS84: Final = 4326
WEB_MERCATOR: Final = 3857

SUPPORTED: Final = (WEB_MERCATOR, ETRS89, WGS84, NATIONAL_GRID)
"""EPSG codes that can be read and written."""

Outside = Literal["refuse", "nan"]
"""What to do with coordinates that OSTN15 does not reach."""

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

_SPHERE_M = 6_378_137.0
"""Radius of the sphere of Web Mercator (EPSG:3857), in metres."""

_PROJ_ACCURACY_M = 0.03
"""How close PROJ comes with our grid file, whose nodes do not fall on those of the table."""

# Three of Ordnance Survey's published OSTN15 test points: longitude, latitude, easting, northing.
_GOLDEN = np.array(
    [
        [-0.11992557180, 51.48936564950, 530624.974, 178388.464],  # TP09, Lambeth
        [-5.20304609998, 49.96006137820, 170370.718, 11572.405],  # TP02, Lizard Point lighthouse
        [-1.61657685184, 54.97912273660, 424639.355, 565012.703],  # TP25, Newcastle
    ]
)


@dataclass(frozen=True, slots=True)
class TransformNote:
    """How coordinates came to the national grid: `name` in words, `accuracy_m` of that step in metres."""

    name: str
    accuracy_m: float


_OSTN15_NOTE = TransformNote("OSTN15, from ETRS89", ostn15.ACCURACY_M)
_NOTES = {
    NATIONAL_GRID: TransformNote("none: already on the national grid", 0.0),
    ETRS89: _OSTN15_NOTE,
    WGS84: TransformNote("OSTN15, with WGS 84 taken as ETRS89", ostn15.ACCURACY_M),
    WEB_MERCATOR: TransformNote("OSTN15, from Web Mercator with WGS 84 taken as ETRS89", ostn15.ACCURACY_M),
}


def note_for(source_crs: int) -> TransformNote:
    """What is done to bring coordinates in EPSG:`source_crs` to the national grid, for provenance.

    Raises:
        InputRefused: `source_crs` is not one of `SUPPORTED`.
    """
    _require_supported(source_crs)
    return _NOTES[source_crs]


def to_national_grid(
    x: ArrayLike, y: ArrayLike, source_crs: int, *, outside: Outside = "refuse"
) -> tuple[Floats, Floats]:
    """Eastings and northings (EPSG:27700, metres) of coordinates in EPSG:`source_crs`, x before y.

    `x` and `y` are arrays of one shape (or scalars); two float64 arrays of that shape come back.

    Raises:
        InputRefused: the system is not supported, or a coordinate lies outside the area of OSTN15 and `outside`
            is "refuse" (with "nan" such places come back as NaN).
        TransformUnavailable: the OSTN15 table is not installed.
    """
    _require_supported(source_crs)
    x_flat, y_flat, shape = _flat(x, y)
    if source_crs == NATIONAL_GRID:
        return x_flat.reshape(shape).copy(), y_flat.reshape(shape).copy()
    lon, lat = _from_web_mercator(x_flat, y_flat) if source_crs == WEB_MERCATOR else (x_flat, y_flat)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        easting, northing = ostn15.etrs89_to_national_grid(*_plausible(lon, lat))
    _refuse_outside(easting, outside)
    return easting.reshape(shape), northing.reshape(shape)


def from_national_grid(
    easting: ArrayLike, northing: ArrayLike, target_crs: int, *, outside: Outside = "refuse"
) -> tuple[Floats, Floats]:
    """Coordinates in EPSG:`target_crs` (x before y) of eastings and northings (EPSG:27700, metres).

    Shapes and errors as for `to_national_grid`.
    """
    _require_supported(target_crs)
    east, north, shape = _flat(easting, northing)
    if target_crs == NATIONAL_GRID:
        return east.reshape(shape).copy(), north.reshape(shape).copy()
    with np.errstate(invalid="ignore", over="ignore"):
        lon, lat = ostn15.national_grid_to_etrs89(east, north)
    _refuse_outside(lon, outside)
    x, y = _to_web_mercator(lon, lat) if target_crs == WEB_MERCATOR else (lon, lat)
    return x.reshape(shape), y.reshape(shape)


def transform_geometry(
    geoms: shapely.Geometry | Sequence[shapely.Geometry | None] | Geometries,
    source_crs: int,
    *,
    outside: Outside = "refuse",
) -> Geometries:
    """Geometries in EPSG:`source_crs` brought to the national grid (EPSG:27700); heights are dropped.

    Takes one geometry, a sequence, an (n,) object array or a GeoSeries (None stays None); gives an (n,) object
    array. With `outside` "nan", a geometry that OSTN15 does not wholly reach becomes None. Validity is not
    checked. Errors as for `to_national_grid`.
    """
    _require_supported(source_crs)
    return _transformed(geoms, lambda x, y: to_national_grid(x, y, source_crs, outside=outside))


def geometry_from_national_grid(
    geoms: shapely.Geometry | Sequence[shapely.Geometry | None] | Geometries,
    target_crs: int,
    *,
    outside: Outside = "refuse",
) -> Geometries:
    """Geometries on the national grid (EPSG:27700) brought to EPSG:`target_crs`; see `transform_geometry`."""
    _require_supported(target_crs)
    return _transformed(geoms, lambda x, y: from_national_grid(x, y, target_crs, outside=outside))


@cache
def check() -> None:
    """Prove on published test points that OSTN15 is here and right, both ways, to a millimetre.

    Programs call this once when they start. Source of the points: Ordnance Survey, OSTN15 developer pack.

    Raises:
        TransformUnavailable: the table is missing or gives a different answer.
    """
    lon, lat, easting, northing = _GOLDEN.T.copy()
    east, north = ostn15.etrs89_to_national_grid(lon, lat)
    lon_back, lat_back = ostn15.national_grid_to_etrs89(easting, northing)
    metres_a_degree = 111_320.0
    worst_m = max(
        float(np.abs(east - easting).max()),
        float(np.abs(north - northing).max()),
        float(np.abs(lon_back - lon).max()) * metres_a_degree,
        float(np.abs(lat_back - lat).max()) * metres_a_degree,
    )
    if not worst_m <= ostn15.ACCURACY_M:
        raise TransformUnavailable(f"The OSTN15 transformation misses published test points by {worst_m:.3f} m.")


def use_ostn15_in_proj(folder: Path) -> Path:
    """Make `to_crs(27700)` of geopandas, and all else that asks pyproj, use OSTN15 from now on in this process.

    Writes the grid file that PROJ looks for into `folder` (18 MB, once; a few seconds) and tells pyproj of the
    folder; PROJ's network stays off. Answers are then within 3 cm of ours instead of metres off. rasterio and
    pyogrio have a PROJ of their own, which this does not reach. Gives the file's path.

    Raises:
        TransformUnavailable: the OSTN15 table is missing, or PROJ does not take the file.
    """
    path = folder / ostn15.NTV2_NAME
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(ostn15.ntv2())
        part.replace(path)
    set_network_enabled(active=False)
    pyproj.datadir.append_data_dir(str(folder))
    lon, lat, easting, northing = _GOLDEN.T
    by_proj = pyproj.Transformer.from_crs(WGS84, NATIONAL_GRID, always_xy=True).transform(lon, lat)
    worst_m = float(np.hypot(by_proj[0] - easting, by_proj[1] - northing).max())
    if not worst_m <= _PROJ_ACCURACY_M:
        raise TransformUnavailable(f"PROJ does not use the OSTN15 grid: it is {worst_m:.2f} m off at a test point.")
    return path


def _transformed(geoms: object, change: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> Geometries:
    """Geometries with their coordinates changed; those that come to NaN become None, never broken shapes."""
    array = np.array(geoms, dtype=object, ndmin=1)
    coordinates, owner = shapely.get_coordinates(array, return_index=True)
    moved = np.column_stack(change(coordinates[:, 0], coordinates[:, 1]))
    lost = np.unique(owner[np.isnan(moved).any(axis=1)])
    if lost.size:
        array[lost] = None
        moved = moved[~np.isin(owner, lost)]
    result: Geometries = shapely.set_coordinates(array, moved)
    return result


def _require_supported(crs: int) -> None:
    if crs not in _NOTES:
        raise InputRefused(
            f"Coordinates in EPSG:{crs} cannot be used.",
            code="crs_not_supported",
            hint="Use the national grid (EPSG:27700), longitude and latitude (EPSG:4326 or 4258) "
            "or Web Mercator (EPSG:3857).",
        )


def _flat(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats, tuple[int, ...]]:
    x_array, y_array = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if x_array.shape != y_array.shape:
        raise ValueError(f"x and y need the same shape, not {x_array.shape} and {y_array.shape}")
    return np.ravel(x_array), np.ravel(y_array), x_array.shape


def _plausible(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """NaN for anything far from Great Britain, where the projection's series would give nonsense."""
    far = ~((lon > -12) & (lon < 6) & (lat > 48) & (lat < 63))
    return np.where(far, np.nan, lon), np.where(far, np.nan, lat)


def _refuse_outside(values: Floats, outside: Outside) -> None:
    if outside == "refuse" and np.isnan(values).any():
        raise InputRefused(
            "A coordinate lies outside the area that the national grid and OSTN15 cover.",
            code="outside_area_of_use",
            hint="Places must be in or near Great Britain; longitude comes before latitude.",
        )


def _from_web_mercator(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.degrees(x / _SPHERE_M), np.degrees(np.arctan(np.sinh(y / _SPHERE_M)))


def _to_web_mercator(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    return np.radians(lon) * _SPHERE_M, np.arcsinh(np.tan(np.radians(lat))) * _SPHERE_M
