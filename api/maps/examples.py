"""Sites of the sample town that show something: links for whoever looks for the first time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import shapely

from bopsgis import boundary
from bopsgis.boundary import Boundary

__all__ = ["Example", "read_examples", "site_text"]


@dataclass(frozen=True, slots=True)
class Example:
    """One site with what there is to see on it."""

    name: str
    shows: str
    site_text: str


def read_examples(path: Path) -> tuple[Example, ...]:
    """The examples in a GeoJSON file (EPSG:27700, as its `crs` member says); none where there is no file."""
    if not path.is_file():
        return ()
    collection = json.loads(path.read_bytes())
    return tuple(
        Example(
            name=feature["properties"]["name"],
            shows=feature["properties"]["shows"],
            site_text=site_text(boundary.from_geojson(feature["geometry"], crs=27700)),
        )
        for feature in collection["features"]
    )


def site_text(site: Boundary) -> str:
    """The site as it stands in links and fields: WKT in EPSG:27700, to the 0.1 mm that its hash is taken of."""
    return str(shapely.to_wkt(site.geometry, rounding_precision=4, trim=True))
