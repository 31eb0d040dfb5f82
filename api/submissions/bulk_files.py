"""Files that another system exported: which column means what, and the rows as text.

CSV with a column of WKT, GeoPackage and GeoParquet. A mapping file (TOML) names the columns and translates codes.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyogrio
import shapely
from pydantic import Field, ValidationError

from api.core.values import ClosedModel
from bopsgis.errors import FormatRefused, InputRefused, TooLarge

__all__ = ["FIELDS", "MOST_ROWS", "ColumnMapping", "Table", "read_mapping", "read_table"]

FIELDS = (
    "alternative_reference",
    "application_type",
    "status",
    "received_on",
    "proposal",
    "address",
    "postcode",
    "uprn",
    "ward",
    "parish",
    "applicant",
    "agent",
    "valid_on",
    "determination_deadline",
    "decision",
    "decided_on",
    "appeal_lodged_on",
    "appeal_outcome",
    "ended_because",
    "site",
)
"""What a column can mean. `site` is WKT in a CSV; the other formats have a geometry of their own."""

NEEDED = FIELDS[:6]
MOST_ROWS = 1_000_000


class FileOptions(ClosedModel):
    """How the file is written."""

    date_format: str = "%Y-%m-%d"
    crs: int = 27700
    """EPSG code of a CSV's coordinates; the other formats say it themselves."""
    publish: bool = False
    """Whether cases that were valid go on the public register at once."""


class ColumnMapping(ClosedModel):
    """Which column means what, and what its codes mean."""

    columns: dict[str, str]
    """Ours to theirs."""
    application_types: dict[str, str] = Field(default_factory=dict)
    """Theirs to ours; so are the next ones. A code that is not named stands for itself."""
    statuses: dict[str, str] = Field(default_factory=dict)
    decisions: dict[str, str] = Field(default_factory=dict)
    appeal_outcomes: dict[str, str] = Field(default_factory=dict)
    file: FileOptions = FileOptions()


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows as text, empty where there is nothing, and their geometries where the format has them."""

    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    geometry: list[shapely.Geometry | None] | None = None
    crs: int | None = None


def read_mapping(path: Path) -> ColumnMapping:
    """Read a mapping file. Raises InputRefused where it is not one, or a column that is needed is not named."""
    try:
        mapping = ColumnMapping.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputRefused(f"{path} cannot be read: {error}.", code="mapping_refused") from error
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise InputRefused(f"{path}: {place}: {fault['msg']}.", code="mapping_refused") from None
    unknown, lacking = set(mapping.columns) - set(FIELDS), set(NEEDED) - set(mapping.columns)
    if unknown:
        hint = f"Use {', '.join(FIELDS)}."
        raise InputRefused(f"{path}: there is no {', '.join(sorted(unknown))}.", code="mapping_refused", hint=hint)
    if lacking:
        raise InputRefused(f"{path}: say which column is {', '.join(sorted(lacking))}.", code="mapping_refused")
    return mapping


def read_table(path: Path) -> Table:
    """Read a file by its ending. Raises FormatRefused where it is not what its name says, TooLarge over a million."""
    readers = {".csv": _csv, ".gpkg": _geopackage, ".parquet": _geoparquet, ".geoparquet": _geoparquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise FormatRefused("Give a .csv, .gpkg or .parquet file.", code="file_type")
    if not path.is_file():
        raise InputRefused(f"There is no file {path}.", code="file_missing")
    table = reader(path)
    if len(table.rows) > MOST_ROWS:
        raise TooLarge(f"The file has more than {MOST_ROWS:,} rows.")
    return table


def _csv(path: Path) -> Table:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="", restval="", strict=True)
            rows = [{name: (text or "").strip() for name, text in row.items() if name} for row in reader]
            columns = tuple(reader.fieldnames or ())
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatRefused(f"The CSV cannot be read: {error}.", code="csv_refused") from error
    if len(set(columns)) != len(columns):
        raise FormatRefused("The CSV has two columns of the same name.", code="csv_refused")
    return Table(columns, rows)


def _geopackage(path: Path) -> Table:
    try:
        return _of_frame(pyogrio.read_dataframe(path))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise FormatRefused("The file is not a GeoPackage that can be read.", code="geopackage_refused") from error


def _geoparquet(path: Path) -> Table:
    try:
        return _of_frame(geopandas.read_parquet(path))
    except (ValueError, OSError) as error:
        raise FormatRefused("The file is not GeoParquet that can be read.", code="geoparquet_refused") from error


def _of_frame(frame: geopandas.GeoDataFrame) -> Table:
    code = None if frame.crs is None else frame.crs.to_epsg()
    if code is None:
        raise FormatRefused("The file does not say which coordinate system it is in.", code="crs_missing")
    values = frame.drop(columns=frame.geometry.name)
    columns = tuple(str(name) for name in values.columns)
    records: list[Mapping[Any, Any]] = values.to_dict(orient="records")
    rows = [{str(name): _text(value) for name, value in record.items()} for record in records]
    return Table(columns, rows, list(frame.geometry), code)


def _text(value: Any) -> str:
    """A cell as text: dates as 2026-01-31, whole numbers without a point, nothing for what is not there."""
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):  # noqa: PLR0124  # NaN
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
