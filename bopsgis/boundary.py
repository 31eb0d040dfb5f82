"""The one door for a site boundary from outside: checked, never repaired, brought to the national grid.

In this order, so that no library sees what it could choke on: size in bytes, strict parsing with nesting and
counts checked on the way, kind of shape, finite numbers, area of use (with a guess when axes or system are
wrong), validity with the reason and the place, transformation (OSTN15), validity again, area in square metres.
Whatever comes in, only a `Boundary` or an `InputRefused` comes out.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis import crs as systems
from bopsgis import gridref, measure
from bopsgis.errors import BoundaryRefused, InputRefused
from bopsgis.formats import explain, geojson, sniff, whereabouts
from bopsgis.formats.limits import LIMITS, Limits
from bopsgis.formats.outline import Outline, Polygon, Ring, refuse_counts, refuse_kind
from bopsgis.types import BBox, Point

__all__ = ["LIMITS", "Boundary", "Limits", "from_circle", "from_geojson", "from_geometry", "read", "sketch"]

_DECIMALS = 4
"""Coordinates are kept to a tenth of a millimetre, so that the same site has the same hash."""
_CIRCLE_SEGMENTS = 32
"""Sides to a quarter circle: the area is then within 0.05 % of the true circle's."""
_LARGEST_CIRCLE_M = 10_000.0


@dataclass(frozen=True)
class Boundary:
    """A site boundary that can be trusted.

    `geometry` is a valid, normalised Polygon or MultiPolygon in EPSG:27700, coordinates in metres rounded to
    0.1 mm. `source_format` and `source_crs` (EPSG) say what was given, `transform` how it came to the national
    grid, `notes` what the person should know. Made by the functions of this module only.
    """

    geometry: shapely.Polygon | shapely.MultiPolygon
    source_format: str
    source_crs: int
    transform: systems.TransformNote
    notes: tuple[str, ...] = ()

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the normalised geometry as little-endian WKB: the same site gives the same text."""
        wkb: bytes = shapely.to_wkb(self.geometry, byte_order=1, output_dimension=2)
        return hashlib.sha256(wkb).hexdigest()

    @cached_property
    def area_m2(self) -> float:
        """Area in square metres, holes left out."""
        return float(measure.area_m2(self.geometry))

    @cached_property
    def perimeter_m(self) -> float:
        """Length of all rings in metres."""
        return float(measure.perimeter_m(self.geometry))

    @cached_property
    def bbox(self) -> BBox:
        """The smallest rectangle on the national grid that holds the site."""
        west, south, east, north = (float(value) for value in self.geometry.bounds)
        return BBox(west, south, east, north)

    @cached_property
    def centre(self) -> Point:
        """The centroid, or a point on the site where the centroid is not on it."""
        centroid = self.geometry.centroid
        inside = centroid if self.geometry.intersects(centroid) else self.geometry.representative_point()
        return Point(round(float(inside.x), _DECIMALS), round(float(inside.y), _DECIMALS))


def read(data: bytes | str, *, name: str | None = None, crs: int | None = None, limits: Limits = LIMITS) -> Boundary:
    """A site boundary from a file's bytes or pasted text, in whatever format it turns out to be.

    GeoJSON, WKT, EWKT, WKB and EWKB (bytes or hex), GeoPackage, zipped Shapefile, KML, or a list of grid
    references or `easting, northing` pairs, one a line. `name` is the file's name: its ending must agree with
    the content. `crs` is the EPSG code of the coordinates where the format does not say.

    Raises:
        InputRefused: and nothing else, with words for the person, a code, a hint and a place where there is one.
    """
    return _accept(sniff.outline_of(data, name=name, crs=crs, limits=limits), crs, limits)


def sketch(
    data: bytes | str, *, name: str | None = None, crs: int | None = None, limits: Limits = LIMITS
) -> shapely.Polygon | shapely.MultiPolygon | None:
    """The outline as it was given, on the national grid, valid or not: only to show somebody where a fault is.

    None where `read` would find a fault before there is an outline, such as text that is no boundary at all.
    """
    try:
        outline = sniff.outline_of(data, name=name, crs=crs, limits=limits)
        _refuse_bare_faults(outline, limits)
        source_crs, _ = _source_crs(outline, crs)
        whereabouts.refuse_misplaced(_all_coordinates(outline.polygons), source_crs)
        moved = shapely.transform(systems.transform_geometry(_build(outline.polygons), source_crs)[0], _rounded)
    except InputRefused:
        return None
    shape: shapely.Polygon | shapely.MultiPolygon = moved
    return shape


def from_geojson(data: Mapping[str, Any], *, crs: int | None = None, limits: Limits = LIMITS) -> Boundary:
    """A site boundary from GeoJSON that is already parsed (Feature, FeatureCollection, Polygon, MultiPolygon).

    Raises:
        InputRefused: see `read`.
    """
    return _accept(geojson.outline_of(data, limits=limits), crs, limits)


def from_geometry(geom: shapely.Geometry, *, crs: int = systems.NATIONAL_GRID, limits: Limits = LIMITS) -> Boundary:
    """A site boundary from a shapely Polygon or MultiPolygon in EPSG:`crs`; heights are dropped.

    Raises:
        InputRefused: see `read`.
    """
    kind = geom.geom_type if isinstance(geom, shapely.Geometry) else "nothing"
    if kind not in ("Polygon", "MultiPolygon"):
        raise refuse_kind(kind)
    refuse_counts(int(shapely.get_num_geometries(geom)), int(shapely.get_num_coordinates(geom)), limits)
    polygons = tuple(
        tuple(shapely.get_coordinates(ring) for ring in shapely.get_rings(part)) for part in shapely.get_parts(geom)
    )
    return _accept(Outline(polygons, "geometry", crs), None, limits)


def from_circle(point: Point, radius_m: float, *, limits: Limits = LIMITS) -> Boundary:
    """A site boundary drawn as a circle of `radius_m` metres around a place on the national grid (EPSG:27700).

    Raises:
        InputRefused: see `read`.
    """
    if not (math.isfinite(radius_m) and 0 < radius_m <= _LARGEST_CIRCLE_M):
        raise BoundaryRefused(
            "The radius of a site must be a number of metres above 0 and at most 10,000.", code="radius_out_of_range"
        )
    if not (math.isfinite(point.easting) and math.isfinite(point.northing)):
        raise BoundaryRefused("The centre of the circle is not a place.", code="not_finite")
    circle = shapely.Point(point.easting, point.northing).buffer(radius_m, quad_segs=_CIRCLE_SEGMENTS)
    outline = Outline(
        ((shapely.get_coordinates(circle),),),
        "circle",
        systems.NATIONAL_GRID,
        notes=(f"The site is a circle of {radius_m:g} m drawn around a point, not a surveyed boundary.",),
    )
    return _accept(outline, None, limits)


def _accept(outline: Outline, crs: int | None, limits: Limits) -> Boundary:
    """Everything that is the same for all formats, from bare rings to a boundary."""
    _refuse_bare_faults(outline, limits)
    source_crs, notes = _source_crs(outline, crs)
    whereabouts.refuse_misplaced(_all_coordinates(outline.polygons), source_crs)
    given = _build(outline.polygons)
    _refuse_invalid(given, source_crs)
    moved = shapely.transform(systems.transform_geometry(given, source_crs)[0], _rounded)
    geometry = shapely.normalize(shapely.remove_repeated_points(moved))
    _refuse_invalid(geometry, systems.NATIONAL_GRID)
    _refuse_area(geometry, limits)
    _refuse_at_sea(geometry)
    return Boundary(geometry, outline.source_format, source_crs, systems.note_for(source_crs), notes)


def _refuse_bare_faults(outline: Outline, limits: Limits) -> None:
    """What can be seen on the numbers alone: nothing there, too many, not finite, open or too short rings."""
    rings = [ring for polygon in outline.polygons for ring in polygon]
    if not outline.polygons or any(not polygon or len(polygon[0]) == 0 for polygon in outline.polygons):
        raise BoundaryRefused(
            "The site boundary, or a part of it, is empty.", code="empty", hint="Draw the outline of the site."
        )
    refuse_counts(len(outline.polygons), sum(len(ring) for ring in rings), limits)
    for ring in rings:
        if not np.isfinite(ring).all():
            raise BoundaryRefused("A coordinate is not an ordinary number.", code="not_finite")
        if len(ring) >= 3 and not (ring[0] == ring[-1]).all():
            raise BoundaryRefused(
                "The site boundary is not closed: it does not end where it starts.",
                code="not_closed",
                hint="Repeat the first point at the end of each ring.",
            )
        if len(np.unique(ring[:-1], axis=0)) < 3:
            raise BoundaryRefused("The site boundary has fewer than three different points.", code="too_few_points")


def _source_crs(outline: Outline, given: int | None) -> tuple[int, tuple[str, ...]]:
    """The EPSG code to read the numbers by, and the notes to hand on."""
    if given is not None and outline.crs is not None and not outline.crs_assumed and given != outline.crs:
        raise BoundaryRefused(
            f"The file says that its coordinates are EPSG:{outline.crs}, but EPSG:{given} was asked for.",
            code="crs_contradiction",
        )
    declared = given if given is not None else outline.crs
    if declared is not None:
        systems.note_for(declared)
        return declared, outline.notes
    found = whereabouts.guess(_all_coordinates(outline.polygons))
    if found is None:
        raise BoundaryRefused(
            "The coordinates do not say which system they are in, and fit none in Great Britain.",
            code="crs_unknown",
            hint="Say that they are EPSG:27700 (eastings and northings) or EPSG:4326 (longitude and latitude).",
        )
    return found, (*outline.notes, f"The coordinates do not name their system; they were taken as EPSG:{found}.")


def _all_coordinates(polygons: tuple[Polygon, ...]) -> NDArray[np.float64]:
    return np.concatenate([ring for polygon in polygons for ring in polygon])


def _build(polygons: tuple[Polygon, ...]) -> shapely.Polygon | shapely.MultiPolygon:
    parts = [_polygon(polygon[0], polygon[1:]) for polygon in polygons]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _polygon(shell: Ring, holes: tuple[Ring, ...]) -> shapely.Polygon:
    return shapely.Polygon(shapely.linearrings(shell), [shapely.linearrings(hole) for hole in holes])


def _rounded(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    # Adding zero turns -0.0 into 0.0, which WKB would otherwise tell apart.
    return np.round(coordinates, _DECIMALS) + 0.0


def _refuse_invalid(geometry: shapely.Geometry, crs: int) -> None:
    fault = explain.fault_of(geometry)
    if fault is None:
        return
    code, words, place = fault
    at = _on_grid(place, crs) if place is not None else None
    near = f" near {gridref.format(at)}" if at is not None else ""
    raise BoundaryRefused(f"{words}{near}.", code=code, at=at, hint="Correct the outline there and give it again.")


def _on_grid(place: tuple[float, float], crs: int) -> Point | None:
    try:
        easting, northing = systems.to_national_grid(place[0], place[1], crs)
        point = Point(float(easting), float(northing))
        gridref.format(point)
    except InputRefused:
        return None
    return point


def _refuse_area(geometry: shapely.Geometry, limits: Limits) -> None:
    area_m2 = float(measure.area_m2(geometry))
    if area_m2 < limits.min_area_m2:
        raise BoundaryRefused(
            f"The site is only {area_m2:.2g} m² in area; it must be at least {limits.min_area_m2:g} m².",
            code="too_small",
        )
    if area_m2 > limits.max_area_m2:
        raise BoundaryRefused(
            f"The site is {area_m2 / 1e6:,.1f} km² in area; at most {limits.max_area_m2 / 1e6:g} km² can be checked.",
            code="too_big",
        )
    perimeter_m = float(measure.perimeter_m(geometry))
    if perimeter_m**2 > limits.max_intricacy * area_m2:
        raise BoundaryRefused(
            f"The site boundary runs back and forth too often: it is {perimeter_m:,.0f} m long for {area_m2:,.0f} m².",
            code="too_complex",
            hint="Draw the outline of the site only.",
        )


def _refuse_at_sea(geometry: shapely.Geometry) -> None:
    centre = geometry.representative_point()
    place = Point(float(centre.x), float(centre.y))
    if not gridref.has_land(place):
        raise BoundaryRefused(
            f"The site is at sea or in Ireland: there is no land of Great Britain around {gridref.format(place, 4)}.",
            code="outside_great_britain",
            at=place,
        )
