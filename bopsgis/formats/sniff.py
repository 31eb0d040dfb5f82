"""Which format some bytes are in, judged by the bytes; a file's name may only agree."""

from __future__ import annotations

import re

from bopsgis import formats
from bopsgis.errors import FormatRefused, TooLarge
from bopsgis.formats import geojson, gridlist, kml, wkb, wkt
from bopsgis.formats.limits import Limits
from bopsgis.formats.magic import SQLITE
from bopsgis.formats.outline import Outline

__all__ = ["outline_of"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HEX = re.compile(rb"\s*0[01](?:[0-9A-Fa-f]{2}){8,}\s*")
_ENDINGS = {
    "geojson": ("GeoJSON",),
    "json": ("GeoJSON",),
    "gpkg": ("GeoPackage",),
    "kml": ("KML",),
    "wkb": ("WKB",),
    "wkt": ("WKT",),
    "csv": ("grid references",),
    "txt": ("WKT", "WKB", "grid references"),
    "zip": ("Shapefile",),
}
_HINTS = {
    "shp": "Zip the .shp, .shx, .dbf and .prj files together and give the zip.",
    "kmz": "Unzip the KMZ and give the KML inside.",
    "gml": "Save the site as GeoJSON or GeoPackage.",
    "dxf": "Save the site as GeoJSON or GeoPackage.",
    "dwg": "Save the site as GeoJSON or GeoPackage.",
    "pdf": "A site boundary must be coordinates, not a picture.",
}


def outline_of(data: bytes | str, *, name: str | None, crs: int | None, limits: Limits) -> Outline:
    """The site in a file's bytes or in pasted text, read in the format that it is in.

    Raises:
        InputRefused: with the fault in words.
    """
    raw = _bytes(data, limits)
    ending = name.rpartition(".")[2].lower() if name is not None and "." in name else None
    kind = _format_of(raw)
    if ending is not None and kind not in _ENDINGS.get(ending, ()):
        raise _refuse_ending(ending)
    if kind == "GeoPackage":
        return formats.tables.parse_geopackage(raw, limits=limits)
    if kind == "Shapefile":
        return formats.tables.parse_zipped_shapefile(raw, crs=crs, limits=limits)
    if kind == "KML":
        return kml.parse(raw, limits=limits)
    if kind == "GeoJSON":
        return geojson.parse(raw, limits=limits)
    if kind == "WKB":
        return wkb.parse(bytes.fromhex(raw.decode("ascii")) if _is_hex(raw) else raw, limits=limits)
    text = _text(raw)
    return wkt.parse(text, limits=limits) if kind == "WKT" else gridlist.parse(text, limits=limits)


def _bytes(data: bytes | str, limits: Limits) -> bytes:
    if isinstance(data, str):
        try:
            data = data.encode("utf-8")
        except UnicodeEncodeError as error:
            raise FormatRefused("The text has half of a character pair in it.", code="not_utf8") from error
    if len(data) > limits.max_bytes:
        raise TooLarge(
            f"The file is {len(data):,} bytes long; at most {limits.max_bytes:,} can be read.",
            hint="Give the site boundary alone, without other features.",
        )
    raw = bytes(data).removeprefix(_BYTE_ORDER_MARK)
    if not raw.strip():
        raise FormatRefused("There is nothing in the file.", code="empty")
    return raw


def _format_of(raw: bytes) -> str:
    if raw.startswith(SQLITE):
        return "GeoPackage"
    if raw.startswith(b"PK\x03\x04"):
        return "Shapefile"
    if wkb.is_wkb(raw) or _is_hex(raw):
        return "WKB"
    start = raw.lstrip()
    if start.startswith(b"<"):
        return "KML"
    if start.startswith((b"{", b"[")):
        return "GeoJSON"
    return "WKT" if wkt.is_wkt(_text(raw)) else "grid references"


def _is_hex(raw: bytes) -> bool:
    return _HEX.fullmatch(raw) is not None


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatRefused(
            "The file is in none of the formats that can be read.",
            code="unknown_format",
            hint="Give GeoJSON, KML, WKT, a GeoPackage, a zipped Shapefile or a list of grid references.",
        ) from error
    if "\0" in text:
        raise FormatRefused("The file is in none of the formats that can be read.", code="unknown_format")
    return text


def _refuse_ending(ending: str) -> FormatRefused:
    known = " or ".join(_ENDINGS.get(ending, ()))
    if not known:
        shown = ending[:12] if ending.isalnum() and ending.isascii() else "?"
        return FormatRefused(
            f"Files of the kind .{shown} cannot be read.",
            code="unknown_format",
            hint=_HINTS.get(ending, "Give GeoJSON, KML, WKT, a GeoPackage or a zipped Shapefile."),
        )
    return FormatRefused(
        f"The file's name says {known}, but its content is not that.",
        code="name_and_content_differ",
        hint="Export the file again, or give it the right ending.",
    )
