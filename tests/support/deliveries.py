"""Small deliveries in every format, written with the programs that councils' own tools are built on."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis import crs
from constraints.ingest import Delivery, prepare
from constraints.ingest.normalise import Normalised
from constraints.source import Coverage

RETRIEVED = date(2026, 11, 1)
SQUARES = tuple(shapely.box(x, 178_000.0, x + 40.0, 178_050.0) for x in (533_000.0, 533_100.0, 533_200.0))
COLUMNS: dict[str, list[str]] = {
    "reference": ["CA1", "CA2", "CA3"],
    "name": ["High Street", "Mill Lane", "Église Row"],
    "start-date": ["1980-02-05", "05/03/1991", ""],
}


def in_system(geometry: NDArray[np.object_] | list[shapely.Geometry], code: int) -> list[shapely.Geometry]:
    """Geometries on the national grid brought to another system."""
    return list(crs.geometry_from_national_grid(np.array(geometry, dtype=object), code))


def frame(code: int | None = 27700, geometry: list[Any] | None = None, columns: Mapping[str, Any] = COLUMNS) -> Any:
    """A GeoDataFrame of the three squares in the system wanted; None leaves the system unsaid."""
    shapes = list(SQUARES) if geometry is None else geometry
    if code is not None and code != 27700:
        shapes = in_system(shapes, code)
    return geopandas.GeoDataFrame(dict(columns), geometry=shapes, crs=code)


def feature(properties: Mapping[str, Any], geometry: Any) -> dict[str, Any]:
    """A GeoJSON feature of a shapely geometry, a mapping or None."""
    if isinstance(geometry, shapely.Geometry):
        geometry = json.loads(shapely.to_geojson(geometry))
    return {"type": "Feature", "properties": dict(properties), "geometry": geometry}


def write_geojson(path: Path, features: list[dict[str, Any]], **top: Any) -> Path:
    """A GeoJSON file, gzipped where its name says so."""
    text = json.dumps({"type": "FeatureCollection", **top, "features": features})
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def zip_shapefile(folder: Path, archive: Path) -> Path:
    """All files of a folder in one zip file."""
    with zipfile.ZipFile(archive, "w") as opened:
        for part in sorted(folder.iterdir()):
            opened.write(part, part.name)
    return archive


def take(path: Path, dataset: str = "conservation-area", **more: Any) -> Normalised:
    """Reads and normalises one file without any store."""
    coverage = more.pop("coverage", Coverage(councils=("E09000028",)))
    return prepare(Delivery(path, dataset, more.pop("retrieved", RETRIEVED), coverage, **more))[1]


def codes(normalised: Normalised) -> dict[int, set[str]]:
    """Row -> codes of the remarks about it."""
    found: dict[int, set[str]] = {}
    for row, code, sentence in normalised.account.remarks:
        assert sentence
        found.setdefault(row, set()).add(code)
    return found
