"""Writes constraint deliveries in the formats in which publishers hand them over, the same bytes every time."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyogrio
import shapely

from bopsgis import crs

__all__ = ["WRITTEN", "Delivery", "Record", "write", "write_layer"]

WRITTEN = "2026-11-20"
"""The date inside files whose format insists on one."""
_DECIMALS = 9
"""Of a degree: a tenth of a millimetre."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its fields, and its geometry in EPSG:27700 (None where the publisher gave none)."""

    fields: dict[str, Any]
    geometry: shapely.Geometry | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file of one dataset from one publisher."""

    file: str
    dataset: str
    name: str
    publisher: str
    form: str
    """`geojson`, `entities`, `csv-wkt`, `csv-points`, `gpkg`, `shp.zip`, `fgb` or `parquet`"""
    records: Sequence[Record]
    councils: tuple[str, ...] = ()
    """Codes of the councils for which it is complete; empty means all of England."""
    epsg: int = 4326
    layer: str = ""
    about: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further keys for the manifest."""

    def manifest(self, retrieved: str) -> dict[str, Any]:
        """The manifest's entry, from which ingest knows what the file itself does not say."""
        entry: dict[str, Any] = {
            "file": f"deliveries/{self.file}",
            "dataset": self.dataset,
            "name": self.name,
            "publisher": self.publisher,
            "retrieved": retrieved,
            "councils": list(self.councils) or "everywhere",
            "crs": self.epsg,
            "rows": len(self.records),
            "about": self.about,
        }
        if self.layer:
            entry["layer"] = self.layer
        return entry | dict(self.extra)


def _geometries(delivery: Delivery) -> list[shapely.Geometry | None]:
    """The records' geometries in the delivery's own reference system."""
    shapes = [record.geometry for record in delivery.records]
    if delivery.epsg == 27700:
        return shapes
    decimals = 3 if delivery.epsg == 3857 else _DECIMALS
    changed = crs.geometry_from_national_grid(np.array(shapes, dtype=object), delivery.epsg)
    return [None if shape is None else shapely.transform(shape, lambda xy: np.round(xy, decimals)) for shape in changed]


def _fields(delivery: Delivery) -> list[str]:
    """All field names, in order of first appearance."""
    return list(dict.fromkeys(name for record in delivery.records for name in record.fields))


def _geojson(delivery: Delivery, path: Path) -> None:
    names = _fields(delivery)
    features = [
        {
            "type": "Feature",
            "properties": {name: record.fields.get(name, "") for name in names},
            "geometry": json.loads(shapely.to_geojson(shape)) if shape is not None else None,
        }
        for record, shape in zip(delivery.records, _geometries(delivery), strict=True)
    ]
    collection: dict[str, Any] = {"type": "FeatureCollection", "name": delivery.dataset}
    if delivery.epsg != 4326:
        collection["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{delivery.epsg}"}}
    collection["features"] = features
    path.write_text(json.dumps(collection, indent=None, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def _entities(delivery: Delivery, path: Path) -> None:
    """The national platform's `entity.json` shape: geometry as WKT text among the fields."""
    names = _fields(delivery)
    rows = []
    for record, shape in zip(delivery.records, _geometries(delivery), strict=True):
        row = {name: record.fields.get(name, "") for name in names}
        row["geometry"] = "" if shape is None or shape.geom_type == "Point" else _wkt(shape)
        row["point"] = (
            "" if shape is None else _wkt(shape if shape.geom_type == "Point" else shape.representative_point())
        )
        rows.append(row)
    content = {"entities": rows, "links": {}, "count": len(rows)}
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def _wkt(shape: shapely.Geometry) -> str:
    return str(shapely.to_wkt(shape, rounding_precision=_DECIMALS, trim=True))


def _csv(
    delivery: Delivery, path: Path, place: Callable[[shapely.Geometry | None], list[str]], headings: list[str]
) -> None:
    names = _fields(delivery)
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*names, *headings])
    for record, shape in zip(delivery.records, _geometries(delivery), strict=True):
        writer.writerow([*(record.fields.get(name, "") for name in names), *place(shape)])
    path.write_text(out.getvalue(), encoding="utf-8", newline="\n")


def _csv_wkt(delivery: Delivery, path: Path) -> None:
    """The national platform's bulk CSV: `geometry` and `point` columns in WKT."""

    def place(shape: shapely.Geometry | None) -> list[str]:
        if shape is None:
            return ["", ""]
        point = shape if shape.geom_type == "Point" else shape.representative_point()
        return ["" if shape is point else _wkt(shape), _wkt(point)]

    _csv(delivery, path, place, ["geometry", "point"])


def _csv_points(delivery: Delivery, path: Path) -> None:
    """A council's list with eastings and northings."""

    def place(shape: shapely.Geometry | None) -> list[str]:
        return ["", ""] if shape is None else [f"{shape.x:.2f}", f"{shape.y:.2f}"]

    _csv(delivery, path, place, ["Easting", "Northing"])


def _frame(delivery: Delivery) -> geopandas.GeoDataFrame:
    rows = [{name: record.fields.get(name) for name in _fields(delivery)} for record in delivery.records]
    frame = geopandas.GeoDataFrame(rows, geometry=_geometries(delivery))
    return frame.set_crs(delivery.epsg)


def write_layer(frame: geopandas.GeoDataFrame, path: Path, driver: str, layer: str, **options: Any) -> None:
    """Write one layer with nothing in the file that depends on the day or the machine."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{WRITTEN}T00:00:00.000Z"})
    try:
        pyogrio.write_dataframe(frame, path, layer=layer, driver=driver, **options)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _gpkg(delivery: Delivery, path: Path) -> None:
    write_layer(_frame(delivery), path, "GPKG", delivery.layer or delivery.dataset, promote_to_multi=True)


def _fgb(delivery: Delivery, path: Path) -> None:
    write_layer(_frame(delivery), path, "FlatGeobuf", delivery.dataset, promote_to_multi=True)


def _parquet(delivery: Delivery, path: Path) -> None:
    _frame(delivery).to_parquet(path, index=False, compression="snappy")


def _shapefile(delivery: Delivery, path: Path) -> None:
    """A zipped Shapefile; stored without compression, since zlib's output differs between versions."""
    stem = path.name.removesuffix(".shp.zip")
    folder = path.with_name(f".{stem}")
    folder.mkdir()
    try:
        write_layer(_frame(delivery), folder / f"{stem}.shp", "ESRI Shapefile", stem, DBF_DATE_LAST_UPDATE=WRITTEN)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for part in sorted(folder.iterdir()):
                entry = zipfile.ZipInfo(part.name, (2026, 11, 20, 0, 0, 0))
                entry.external_attr = 0o644 << 16
                entry.create_system = 3
                archive.writestr(entry, part.read_bytes())
    finally:
        shutil.rmtree(folder)


_WRITERS: dict[str, Callable[[Delivery, Path], None]] = {
    "geojson": _geojson,
    "entities": _entities,
    "csv-wkt": _csv_wkt,
    "csv-points": _csv_points,
    "gpkg": _gpkg,
    "shp.zip": _shapefile,
    "fgb": _fgb,
    "parquet": _parquet,
}


def write(delivery: Delivery, folder: Path) -> None:
    """Write one delivery into a folder."""
    _WRITERS[delivery.form](delivery, folder / delivery.file)
