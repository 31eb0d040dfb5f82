"""Features as files: CSV a piece at a time; GeoPackage, Shapefile and FlatGeobuf written by GDAL, then sent."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import geopandas
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from api.features.collection import Batch
from api.features.geojson import in_system
from api.maps.areas import CRS84
from api.maps.cql2.syntax import Property
from bopsgis import crs

__all__ = ["FORMATS", "FileFormat", "csv_text", "write_file"]


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A kind of file that features can be taken away in."""

    name: str
    media_type: str
    ending: str


FORMATS: Final[Mapping[str, FileFormat]] = {
    "geojson": FileFormat("GeoJSON", "application/geo+json", "geojson"),
    "gpkg": FileFormat("GeoPackage", "application/geopackage+sqlite3", "gpkg"),
    "csv": FileFormat("CSV", "text/csv; charset=utf-8", "csv"),
    "shp": FileFormat("Shapefile, zipped", "application/zip", "shp.zip"),
    "fgb": FileFormat("FlatGeobuf", "application/flatgeobuf", "fgb"),
}

_CHUNK = 1 << 16
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SHAPEFILE_NAME = 10
_SHAPEFILE_TEXT_BYTES = 254
_KINDS: Final = {"points": (0, 4), "lines": (1, 2, 5), "areas": (3, 6)}
"""A Shapefile holds one kind of shape; these are shapely's type numbers."""


def csv_text(batches: Iterable[Batch], properties: Mapping[str, Property], uri: str) -> Iterator[str]:
    """Rows with a place on the national grid (a point on the shape) and the shape as WKT in the system asked for.

    Text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    yield _rows([["id", *properties, "easting", "northing", "wkt"]])
    for batch in batches:
        points = shapely.get_coordinates(_points(batch.geometry)).round(2).astype(object)
        shapes = shapely.to_wkt(in_system(batch.geometry, uri), rounding_precision=9, trim=True)
        cells = zip(*([_cell(value) for value in batch.columns[name]] for name in properties), strict=True)
        yield _rows(
            [name, *row, *("" if np.isnan(value) else value for value in point), shape or ""]
            for name, row, point, shape in zip(batch.ids, cells, points, shapes, strict=True)
        )


def _points(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """A point on each shape; one of NaN where there is no shape, so that rows stay beside each other."""
    points = np.asarray(shapely.point_on_surface(geometry), dtype=object)
    points[shapely.is_missing(points) | shapely.is_empty(points)] = shapely.Point(np.nan, np.nan)
    return points


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return {True: "true", False: "false", None: ""}.get(value, value) if isinstance(value, bool | None) else value


def _rows(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def write_file(
    kind: str, layer: str, batches: Iterable[Batch], properties: Mapping[str, Property], uri: str, notes: str
) -> Iterator[bytes]:
    """Write a file of one of `FORMATS` now, and hand it out in pieces.

    The file has no name any more when the first piece is asked for: however sending it ends, nothing is left.
    """
    with tempfile.TemporaryDirectory(prefix="bopsgis-") as folder:
        frame = _frame(list(batches), properties, uri)
        path = Path(folder) / f"{layer}.{FORMATS[kind].ending}"
        if kind == "shp":
            _write_shapefiles(path, layer, frame, notes)
        else:
            driver = {"gpkg": "GPKG", "fgb": "FlatGeobuf"}[kind]
            _write(frame, path, driver, layer)
        opened = path.open("rb")
    return _pieces(opened)


def _pieces(opened: BinaryIO) -> Iterator[bytes]:
    with opened:
        while piece := opened.read(_CHUNK):
            yield piece


def _frame(batches: list[Batch], properties: Mapping[str, Property], uri: str) -> Any:
    columns: dict[str, Any] = {"feature_id": [name for batch in batches for name in batch.ids]}
    for name in properties:
        columns[name] = [value for batch in batches for value in batch.columns[name]]
    shapes = [in_system(batch.geometry, uri) for batch in batches]
    geometry = np.concatenate(shapes) if shapes else np.empty(0, object)
    code = crs.WGS84 if uri == CRS84 else crs.NATIONAL_GRID
    return geopandas.GeoDataFrame(columns, geometry=_alike(geometry), crs=f"EPSG:{code}")


def _alike(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Shapes of one kind made all single or all in parts: a layer has one type where it can."""
    kinds = set(shapely.get_type_id(geometry).tolist()) - {-1}
    for single, multiple, make in ((0, 4, shapely.multipoints), (1, 5, shapely.multilinestrings), (3, 6, _multi)):
        if kinds == {single, multiple}:
            alone = shapely.get_type_id(geometry) == single
            geometry[alone] = make(geometry[alone][:, None])
    return geometry


def _multi(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.asarray(shapely.multipolygons(shapes), dtype=object)


def _write(frame: Any, path: Path, driver: str, layer: str) -> None:
    kinds = set(shapely.get_type_id(frame.geometry.to_numpy()).tolist()) - {-1}
    names = {0: "Point", 1: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon"}
    kind = names[kinds.pop()] if len(kinds) == 1 else "Unknown"
    pyogrio.write_dataframe(frame, path, driver=driver, layer=layer, geometry_type=kind)


def _write_shapefiles(path: Path, layer: str, frame: Any, notes: str) -> None:
    """One Shapefile for each kind of shape, and a text that says what this old format made of the rest."""
    short = _short_names([str(name) for name in frame.columns if name != "geometry"])
    said = [notes, "", "A Shapefile's columns have at most 10 letters:"]
    said += [f"{new} = {old}" for old, new in short.items()]
    cut = 0
    for name in short:
        values = [_short_text(value) for value in frame[name]]
        cut += sum(new != old for new, old in zip(values, frame[name], strict=True) if isinstance(old, str))
        frame[name] = values
    said.append(f"Texts cut to {_SHAPEFILE_TEXT_BYTES} bytes, which is all that the format holds: {cut}.")
    types = shapely.get_type_id(frame.geometry.to_numpy())
    said.append(f"Features without a shape, which are left out: {int((types == -1).sum())}.")
    folder = path.parent / "shapefiles"
    folder.mkdir()
    for kind, numbers in _KINDS.items():
        part = frame[np.isin(types, numbers)].rename(columns=short)
        if len(part):
            part = part.set_geometry(_alike(part.geometry.to_numpy().copy()), crs=frame.crs)
            _write(part, folder / f"{layer}-{kind}.shp", "ESRI Shapefile", f"{layer}-{kind}")
    (folder / "README.txt").write_text("\n".join(said) + "\n", encoding="utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, part.name)


def _short_names(names: list[str]) -> dict[str, str]:
    """Names of at most 10 letters, each once."""
    short: dict[str, str] = {}
    for name in names:
        base = name.replace("-", "_")
        new, number = base[:_SHAPEFILE_NAME], 1
        while new in short.values():
            number += 1
            new = f"{base[: _SHAPEFILE_NAME - len(str(number))]}{number}"
        short[name] = new
    return short


def _short_text(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return value
    return value.encode()[:_SHAPEFILE_TEXT_BYTES].decode(errors="ignore")
