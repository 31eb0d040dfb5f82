"""Reads GeoParquet (1.0 and 1.1). GDAL's wheels have no Parquet driver, so Arrow does it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import geopandas
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from bopsgis import crs
from constraints.ingest import shapes, systems
from constraints.ingest.raw import (
    Declared,
    Geometries,
    RawTable,
    as_text,
    object_array,
    refuse_file,
)

__all__ = ["read_parquet"]

_FAULTS: Final = (pa.ArrowException, OSError, ValueError, TypeError, KeyError)


def read_parquet(path: Path) -> RawTable:
    """The rows of a GeoParquet file.

    Raises:
        FormatRefused: damaged, or Parquet without the `geo` metadata that makes it GeoParquet.
    """
    name = path.name
    try:
        table = pq.ParquetFile(path).read()
        about = _geo_metadata(table)
        primary = str(about["primary_column"])
        column: Mapping[str, Any] = about["columns"][primary]
    except _FAULTS as error:
        why = str(error).split("\n", maxsplit=1)[0][:160]
        raise refuse_file(name, f"it is no sound GeoParquet file ({why})", code="parquet_broken") from error
    encoding = str(column.get("encoding"))
    if encoding == "WKB":
        geometry, unreadable = shapes.read_each(table.column(primary).to_pylist(), shapes.from_wkb)
    else:
        geometry, unreadable = _native(path, primary, encoding), {}
    others = [field for field in table.column_names if field not in about["columns"] and field != "bbox"]
    return RawTable(
        format="GeoParquet",
        layer=path.stem,
        geometry=geometry,
        columns={field: [as_text(value) for value in table.column(field).to_pylist()] for field in others},
        declared=_declared(column),
        unreadable=unreadable,
    )


def _geo_metadata(table: pa.Table) -> dict[str, Any]:
    metadata = table.schema.metadata or {}
    if b"geo" not in metadata:
        raise ValueError("it has no geo metadata")
    about = json.loads(metadata[b"geo"])
    if not isinstance(about, dict):
        raise TypeError("its geo metadata is not an object")
    return about


def _declared(column: Mapping[str, Any]) -> Declared:
    """The specification's default, where `crs` is not given, is OGC:CRS84; null means unknown."""
    if "crs" not in column:
        return Declared(crs.WGS84, "the GeoParquet standard")
    code = systems.code_of(column["crs"])
    return Declared(code, "its geo metadata") if code is not None else Declared()


def _native(path: Path, primary: str, encoding: str) -> Geometries:
    """Geometry in one of Arrow's own encodings, which GeoPandas knows."""
    try:
        read = geopandas.read_parquet(path, columns=[primary])
    except _FAULTS as error:
        why = f"its geometry encoding {encoding!r} is not known"
        raise refuse_file(path.name, why, code="parquet_broken") from error
    return object_array(list(shapely.force_2d(read[primary].to_numpy())))
