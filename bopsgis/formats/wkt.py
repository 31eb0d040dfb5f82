"""Well-known text (OGC 06-103r4) and PostGIS's EWKT to bare rings, without a geometry library."""

from __future__ import annotations

import re

import numpy as np

from bopsgis.errors import BoundaryRefused, FormatRefused, TooLarge
from bopsgis.formats.limits import Limits
from bopsgis.formats.outline import Outline, Polygon, Ring, refuse_counts, refuse_kind

__all__ = ["is_wkt", "parse"]

_HEAD = re.compile(r"(?:SRID\s*=\s*([0-9]{1,6})\s*;)?\s*([A-Z]{1,30})\s*(ZM|Z|M)?\s*(?=[(E])", re.ASCII)
_KINDS = (
    "POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION|CURVEPOLYGON|CIRCULARSTRING|"
    "COMPOUNDCURVE|MULTICURVE|MULTISURFACE|TIN|TRIANGLE|POLYHEDRALSURFACE|LINEARRING"
)
_START = re.compile(
    rf"\s*(?:SRID\s*=\s*[0-9]+\s*;)?\s*(?:{_KINDS})(?:\s*(?:ZM|Z|M))?\s*(?:\(|EMPTY)", re.ASCII | re.IGNORECASE
)
_RING = re.compile(r"\(([^()]*)\)")
_RINGS = r"\(\s*\([^()]*\)\s*(?:,\s*\([^()]*\)\s*)*\)"
_POLYGON_BODY = re.compile(_RINGS)
_MULTIPOLYGON_BODY = re.compile(rf"\(\s*{_RINGS}\s*(?:,\s*{_RINGS}\s*)*\)")
# No number can be read in two ways, so that no text makes the pattern try many.
_NUMBER = r"[-+]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:E[-+]?[0-9]{1,4})?"
_POSITION = re.compile(rf"\s*{_NUMBER}(?:\s+{_NUMBER}){{1,3}}\s*", re.ASCII)
_HEIGHTS_NOTE = "Heights in the coordinates were left out."


def is_wkt(text: str) -> bool:
    """Whether a text begins like WKT or EWKT."""
    return _START.match(text) is not None


def parse(text: str, *, limits: Limits) -> Outline:
    """The site in a WKT or EWKT text. The system is the SRID if there is one, else unknown.

    Raises:
        InputRefused: with the fault in words.
    """
    upper = text.strip().upper()
    _refuse_depth(upper, limits)
    head = _HEAD.match(upper)
    if head is None:
        raise FormatRefused("The text is not well-known text (WKT).", code="not_wkt")
    srid, kind, body = head[1], head[2], upper[head.end() :]
    if kind in ("POLYGONZ", "POLYGONM", "POLYGONZM", "MULTIPOLYGONZ", "MULTIPOLYGONM", "MULTIPOLYGONZM"):
        kind = kind.rstrip("ZM")
    if kind not in ("POLYGON", "MULTIPOLYGON"):
        raise refuse_kind(kind)
    if body == "EMPTY":
        raise BoundaryRefused("The site boundary is empty.", code="empty", hint="Draw the outline of the site.")
    polygons = _polygons(kind, body, limits)
    name = "EWKT" if srid else "WKT"
    notes = (_HEIGHTS_NOTE,) if head[3] or _has_heights(body) else ()
    return Outline(polygons, name, int(srid) if srid and int(srid) else None, notes=notes)


def _refuse_depth(text: str, limits: Limits) -> None:
    codes = np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
    depth = np.cumsum((codes == ord("(")).astype(np.int8) - (codes == ord(")")).astype(np.int8), dtype=np.int64)
    if int(depth.max(initial=0)) > limits.max_depth:
        raise TooLarge(f"The shapes are nested more than {limits.max_depth} deep.", code="too_deep")


def _polygons(kind: str, body: str, limits: Limits) -> tuple[Polygon, ...]:
    pattern = _POLYGON_BODY if kind == "POLYGON" else _MULTIPOLYGON_BODY
    if pattern.fullmatch(body) is None:
        raise FormatRefused("The brackets in the well-known text do not fit its type.", code="not_wkt")
    parts = [body] if kind == "POLYGON" else _POLYGON_BODY.findall(body[1:-1])
    refuse_counts(len(parts), body.count(",") + 1, limits)
    return tuple(tuple(_ring(ring) for ring in _RING.findall(part)) for part in parts)


def _ring(text: str) -> Ring:
    positions = text.split(",")
    if not all(_POSITION.fullmatch(position) for position in positions):
        raise FormatRefused("A position in the well-known text is not two to four numbers.", code="not_wkt")
    return np.array([[float(number) for number in position.split()[:2]] for position in positions], dtype=np.float64)


def _has_heights(body: str) -> bool:
    return len(_RING.findall(body)[0].split(",")[0].split()) > 2
