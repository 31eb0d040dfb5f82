"""Why a shape is not valid, in plain words, with the place (OGC Simple Features, ISO 19125-1, section 6.1.11)."""

from __future__ import annotations

import re

import shapely

__all__ = ["fault_of"]

_REASON = re.compile(r"(?P<why>[^\[]+)(?:\[(?P<x>\S+) (?P<y>\S+)\])?")

_WORDS = {
    "Self-intersection": ("crosses_itself", "The site boundary crosses itself"),
    "Ring Self-intersection": ("touches_itself", "The site boundary touches itself"),
    "Hole lies outside shell": ("hole_outside", "A hole in the site lies outside the site boundary"),
    "Holes are nested": ("nested_holes", "A hole in the site lies inside another hole"),
    "Nested shells": ("nested_parts", "One part of the site lies inside another"),
    "Interior is disconnected": ("cut_apart", "Holes cut the site into pieces that only touch"),
    "Duplicate Rings": ("duplicate_rings", "The same ring is given twice"),
    "Too few points in geometry component": ("too_few_points", "The site boundary has too few different points"),
}


def fault_of(geometry: shapely.Geometry) -> tuple[str, str, tuple[float, float] | None] | None:
    """The first fault of a polygon or multipolygon: a code, a sentence without its end, and x, y; None if valid.

    The place is in the geometry's own coordinates.
    """
    if shapely.is_valid(geometry):
        return None
    match = _REASON.fullmatch(str(shapely.is_valid_reason(geometry)))
    why = match["why"].strip() if match else ""
    place = (float(match["x"]), float(match["y"])) if match and match["x"] else None
    code, words = _WORDS.get(why, ("not_valid", "The site boundary is not a proper area"))
    if code in ("crosses_itself", "touches_itself"):
        code, words = _sharper(geometry) or (code, words)
    return code, words, place


def _sharper(geometry: shapely.Geometry) -> tuple[str, str] | None:
    """GEOS calls many faults a self-intersection; tell parts and holes from an outer ring that crosses itself."""
    parts = shapely.get_parts(geometry)
    if len(parts) > 1 and bool(shapely.is_valid(parts).all()):
        return "parts_overlap", "Two parts of the site overlap or share a side"
    faulty = parts[~shapely.is_valid(parts)]
    shells = shapely.polygons(shapely.get_exterior_ring(faulty))
    if bool(shapely.is_valid(shells).all()):
        return "hole_crosses", "A hole in the site crosses or shares a side with the site boundary or another hole"
    return None
