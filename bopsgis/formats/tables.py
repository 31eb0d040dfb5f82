"""GeoPackage and zipped Shapefile to bare rings. GDAL reads them, told nothing it could guess wrongly from.

The bytes must begin as the format says, are written under a name of ours into a private folder, opened for
reading only, and give up their geometry as WKB, which our own reader takes apart.
"""

from __future__ import annotations

import re
import tempfile
import warnings
from pathlib import Path
from typing import Any

import pyogrio
import pyproj

from bopsgis.errors import BoundaryRefused, FormatRefused
from bopsgis.formats import archive, wkb
from bopsgis.formats.limits import Limits
from bopsgis.formats.magic import SQLITE
from bopsgis.formats.outline import Outline

__all__ = ["is_geopackage", "parse_geopackage", "parse_zipped_shapefile"]

_GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")
_SHAPEFILE = (9994).to_bytes(4, "big")
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj")
_VIEW = re.compile(rb"create\b[^\0]{0,200}?\bview\b", re.IGNORECASE)
_MAX_PRJ_BYTES = 20_000
# pyogrio's own errors are RuntimeErrors; UnboundLocalError is what pyogrio 0.13 makes of a system that is no text.
_READING_ERRORS = (RuntimeError, ValueError, MemoryError, OverflowError, UnboundLocalError)
_MIN_CRS_CONFIDENCE = 25


def is_geopackage(data: bytes) -> bool:
    """Whether bytes begin like an SQLite database that says it is a GeoPackage (OGC 12-128r19, requirement 2)."""
    return data.startswith(SQLITE) and data[68:72] in _GEOPACKAGE_IDS


def parse_geopackage(data: bytes, *, limits: Limits) -> Outline:
    """The site in a GeoPackage given as bytes: one layer with one feature.

    Raises:
        InputRefused: with the fault in words.
    """
    if not is_geopackage(data):
        raise FormatRefused("The file is a database, but not a GeoPackage.", code="not_geopackage")
    if _VIEW.search(data):
        raise FormatRefused(
            "The GeoPackage has views in it, which are not run.",
            code="geopackage_view",
            hint="Export the site alone as a new GeoPackage.",
        )
    return _read({"site.gpkg": data}, "GeoPackage", None, limits)


def parse_zipped_shapefile(data: bytes, *, crs: int | None, limits: Limits) -> Outline:
    """The site in a zipped Shapefile given as bytes: one .shp with its .shx, .dbf and .prj, and one feature.

    With `crs` given the .prj may be missing.

    Raises:
        InputRefused: with the fault in words.
    """
    members = archive.members_of(data, limits=limits)
    shapes = sorted(name for name in members if name.endswith(".shp"))
    if len(shapes) != 1:
        raise FormatRefused(
            f"The zip has {len(shapes)} Shapefiles (.shp) in it; it needs one.", code="not_one_shapefile"
        )
    stem = shapes[0].removesuffix(".shp")
    missing = [ending for ending in _SHAPEFILE_PARTS if stem + ending not in members]
    if crs is not None and ".prj" in missing:
        missing.remove(".prj")
    if missing:
        raise FormatRefused(
            f"The Shapefile is not whole: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing.",
            code="shapefile_incomplete",
            hint="Zip the .shp, .shx, .dbf and .prj files together.",
        )
    if not members[shapes[0]].startswith(_SHAPEFILE):
        raise FormatRefused("The .shp file is not a Shapefile.", code="not_shapefile")
    declared = crs if stem + ".prj" not in members else _epsg(_prj_text(members[stem + ".prj"]))
    # The .dbf and .prj are not needed for the geometry, so GDAL never sees them.
    files = {"site" + ending: members[stem + ending] for ending in (".shp", ".shx")}
    return _read(files, "Shapefile", declared, limits)


def _prj_text(data: bytes) -> str:
    if len(data) > _MAX_PRJ_BYTES:
        raise _unknown_crs()
    return data.decode("utf-8", errors="replace")


def _read(files: dict[str, bytes], source_format: str, crs: int | None, limits: Limits) -> Outline:
    """The one feature in the first of `files`; `crs` is the system where the file itself does not say."""
    with tempfile.TemporaryDirectory(prefix="bopsgis-") as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        metadata, geometry = _only_feature(Path(folder) / next(iter(files)), source_format)
    outline = wkb.parse(bytes(geometry), limits=limits)
    declared = _epsg(metadata["crs"]) if metadata["crs"] else crs
    return Outline(outline.polygons, source_format, declared, notes=outline.notes)


def _only_feature(path: Path, source_format: str) -> tuple[dict[str, Any], bytes]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
            if len(layers) != 1:
                raise _not_one(source_format, f"{len(layers)} layers with geometry")
            metadata, _, geometry, _ = pyogrio.raw.read(path, layer=layers[0], columns=[], max_features=2)
    except _READING_ERRORS as error:
        raise FormatRefused(f"The {source_format} is damaged and cannot be read.", code="file_damaged") from error
    if geometry is None or len(geometry) != 1:
        raise _not_one(
            source_format, "more than one feature" if geometry is not None and len(geometry) else "no features"
        )
    if geometry[0] is None:
        raise BoundaryRefused("The feature has no geometry.", code="empty", hint="Draw the outline of the site.")
    return metadata, geometry[0]


def _not_one(source_format: str, what: str) -> BoundaryRefused:
    return BoundaryRefused(
        f"The {source_format} has {what}; a site boundary is one feature.",
        code="not_one_site",
        hint="Export the site alone; a site in several parts is one multi-part feature.",
    )


def _epsg(name: str) -> int:
    """The EPSG code of a CRS in any of GDAL's spellings; ESRI's names for the national grid are recognised."""
    try:
        code = pyproj.CRS.from_user_input(name).to_epsg(min_confidence=_MIN_CRS_CONFIDENCE)
    except pyproj.exceptions.CRSError:
        code = None
    if code is None:
        raise _unknown_crs()
    return int(code)


def _unknown_crs() -> BoundaryRefused:
    return BoundaryRefused(
        "The file's coordinate system is not one that is known.",
        code="crs_not_supported",
        hint="Save it in the national grid (EPSG:27700).",
    )
