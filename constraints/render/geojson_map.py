"""The site and its hits as GeoJSON (RFC 7946)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis import crs as systems
from bopsgis import gridref
from constraints.model import ConstraintFinding, ConstraintReport, Hit
from constraints.render.json_text import written
from constraints.render.sections import hit_title, numbered, title

__all__ = ["geojson", "geojson_data"]

_NATIONAL_GRID: Final = 27700
_DECIMALS: Final = {27700: 3, 4326: 8}
"""A millimetre in either system."""
_LONGEST_EDGE_M: Final = 1000.0
"""A straight line on the grid bends in longitude and latitude by up to 0.03 m over a kilometre."""


def geojson(report: ConstraintReport, *, crs: int = 4326) -> str:
    """The report's shapes as GeoJSON text; see `geojson_data`."""
    return written(geojson_data(report, crs=crs))


def geojson_data(report: ConstraintReport, *, crs: int = 4326) -> dict[str, Any]:
    """A FeatureCollection: the site first, then every hit, numbered as in the other forms of the report.

    In longitude and latitude (EPSG:4326, through OSTN15) as RFC 7946 wants it; `crs=27700` gives metres on
    the national grid and says so in a `crs` member, as GeoJSON of 2008 did. Shapes are cut to the site's
    surroundings; `absent` and `not_known` have no shape and are in the collection's own members. Raises
    `ValueError` for another system.
    """
    if crs not in _DECIMALS:
        raise ValueError(f"GeoJSON is written in EPSG:4326 or EPSG:27700, not EPSG:{crs}")
    hits = list(numbered(report))
    shapes = np.empty(1 + len(hits), dtype=object)
    shapes[:] = [report.site.geometry, *(hit.geometry for _, _, hit in hits)]
    members = _geometries(shapes, crs)
    data: dict[str, Any] = {"type": "FeatureCollection"}
    if crs == _NATIONAL_GRID:
        data["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    data["features"] = [
        {"type": "Feature", "id": "site", "geometry": members[0], "properties": _site(report)},
        *(
            {"type": "Feature", "id": number, "geometry": member, "properties": _hit(number, finding, hit)}
            for member, (number, finding, hit) in zip(members[1:], hits, strict=True)
        ),
    ]
    data["findings"] = [
        {"dataset": finding.dataset, "status": finding.status.value, "sentence": finding.sentence}
        for finding in report.findings
    ]
    return data


def _geometries(shapes: NDArray[np.object_], crs: int) -> list[dict[str, Any] | None]:
    if crs != _NATIONAL_GRID:
        shapes = systems.geometry_from_national_grid(shapely.segmentize(shapes, _LONGEST_EDGE_M), crs)
    digits = _DECIMALS[crs]
    rounded = shapely.transform(shapes, lambda coordinates: np.round(coordinates, digits) + 0.0)
    # RFC 7946 section 3.1.6: outer rings run anticlockwise.
    wound = shapely.orient_polygons(rounded)
    return [None if shape.is_empty else shapely.geometry.mapping(shape) for shape in wound]


def _site(report: ConstraintReport) -> dict[str, Any]:
    return {
        "kind": "site",
        "title": title(report),
        "sha256": report.site.sha256,
        "area_m2": round(report.site.area_m2, 2),
        "grid_reference": gridref.format(report.site.centre),
        "as_at": report.as_at.isoformat(),
        "councils": list(report.councils),
        "store_version": report.store_version,
        "identity": report.identity,
    }


def _hit(number: int, finding: ConstraintFinding, hit: Hit) -> dict[str, Any]:
    source = hit.provenance
    return {
        "kind": "hit",
        "number": number,
        "dataset": hit.dataset,
        "title": hit_title(finding, hit),
        "reference": hit.reference,
        "name": hit.name,
        "entity": hit.entity,
        "status": hit.status.value,
        "relation": hit.relation.value,
        "likely": hit.likely,
        "provisional": hit.provisional,
        "overlap_m2": hit.overlap_m2,
        "overlap_length_m": hit.overlap_length_m,
        "site_share": hit.site_share,
        "feature_share": hit.feature_share,
        "inscribed_radius_m": hit.inscribed_radius_m,
        "distance_m": hit.distance_m,
        "bearing": hit.bearing,
        "publisher": source.publisher,
        "retrieved": source.retrieved.isoformat(),
        "licence": source.licence,
        "attribution": source.attribution,
        "attributes": dict(hit.attributes),
    }
