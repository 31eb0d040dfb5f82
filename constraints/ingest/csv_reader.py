"""Reads delimited text with WKT or hexadecimal WKB columns, or with a pair of coordinate columns.

The bulk CSV files of planning.data.gov.uk have `geometry` and `point` columns in WKT (EPSG:4326); older
ones are separated by `|`. Councils and agencies give easting and northing, or longitude and latitude.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from constraints.ingest import shapes
from constraints.ingest.naming import key_of
from constraints.ingest.raw import Declared, RawTable, UnreadableGeometry, refuse_file

__all__ = ["read_csv"]

_DELIMITERS: Final = ",|;\t"
_FIELD_BYTES: Final = 2**31 - 1
_SHAPE_KEYS: Final = (
    "geometry",
    "wkt",
    "geom",
    "thegeom",
    "wktgeometry",
    "geometrywkt",
    "geomwkt",
    "shape",
    "wkbgeometry",
    "polygon",
    "multipolygon",
    "point",
)
_PAIR_KEYS: Final = (
    ("easting", "northing"),
    ("eastings", "northings"),
    ("geox", "geoy"),
    ("xcoordinate", "ycoordinate"),
    ("xcoord", "ycoord"),
    ("x", "y"),
    ("longitude", "latitude"),
    ("lon", "lat"),
    ("long", "lat"),
    ("lng", "lat"),
)
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_BETWEEN: Final = re.compile(r"[\s,;|]+")


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a row's geometry stands: columns with shapes in order of trust, and pairs of coordinate columns."""

    shapes: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]


def read_csv(text: str, name: str, named: Mapping[str, str]) -> RawTable:
    """The rows of a delimited text; `named` are columns that the operator named: field -> column.

    Of those `geometry`, `easting` with `northing` and `longitude` with `latitude` say where the geometry is.
    A row takes the first of its geometry columns that is not empty. Blank lines are no rows.

    Raises:
        FormatRefused: not a table.
    """
    header, rows, remarks = _rows(text, name)
    places = _places(header, named)
    geometry, unreadable = shapes.read_each(rows, lambda row: _geometry(row, places))
    return RawTable(
        format="CSV",
        layer=name,
        geometry=geometry,
        columns={
            column: [row[index].strip() for row in rows]
            for index, column in enumerate(header)
            if index not in places.shapes and column
        },
        declared=Declared(),
        unreadable=unreadable,
        remarks=tuple(remarks),
        has_geometry_column=bool(places.shapes or places.pairs),
    )


def _rows(text: str, name: str) -> tuple[list[str], list[list[str]], list[tuple[int, str, str]]]:
    csv.field_size_limit(_FIELD_BYTES)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if line]
    except csv.Error as error:
        raise refuse_file(name, f"it is no table of text ({error})", code="csv_broken") from error
    header = [column.strip() for column in lines[0]] if lines else []
    if len(header) < 2 or not all(column.isprintable() for column in header):
        raise refuse_file(
            name, "its first line does not name two or more columns", code="csv_no_header", hint="Is it a CSV file?"
        )
    remarks = []
    for number, line in enumerate(lines[1:], start=1):
        if len(line) > len(header):
            sentence = f"The row has {len(line)} fields, the header {len(header)}: its columns may be shifted."
            remarks.append((number, "extra_fields", sentence))
        line.extend([""] * (len(header) - len(line)))
    return header, lines[1:], remarks


def _places(header: Sequence[str], named: Mapping[str, str]) -> _Places:
    keys = [key_of(column) for column in header]

    def index(column: str) -> int | None:
        return keys.index(key_of(column)) if key_of(column) in keys else None

    if "geometry" in named:
        chosen = index(named["geometry"])
        return _Places(() if chosen is None else (chosen,), ())
    for first, second in (("easting", "northing"), ("longitude", "latitude")):
        if first in named and second in named:
            x, y = index(named[first]), index(named[second])
            return _Places((), () if x is None or y is None else ((x, y),))
    pairs = [(index(first), index(second)) for first, second in _PAIR_KEYS]
    return _Places(
        tuple(keys.index(key) for key in _SHAPE_KEYS if key in keys),
        tuple((x, y) for x, y in pairs if x is not None and y is not None),
    )


def _geometry(row: Sequence[str], places: _Places) -> shapely.Geometry | None:
    for column in places.shapes:
        if row[column].strip():
            return shapes.from_text(row[column])
    for x, y in places.pairs:
        if row[x].strip() and row[y].strip():
            return _from_pair(row[x], row[y])
    return None


def _from_pair(x_text: str, y_text: str) -> shapely.Geometry:
    """A point; several glued coordinates ("376909.95, 376909.95, ...") that agree are one point, others many."""
    xs, ys = _numbers(x_text), _numbers(y_text)
    if len(xs) != len(ys):
        raise UnreadableGeometry(f"it has {len(xs)} values across and {len(ys)} up in its coordinate columns")
    positions = np.unique(np.column_stack([xs, ys]), axis=0)
    return shapely.points(positions[0]) if len(positions) == 1 else shapely.MultiPoint(positions)


def _numbers(text: str) -> list[float]:
    pieces = [piece for piece in _BETWEEN.split(text.strip()) if piece]
    if not all(_NUMBER.fullmatch(piece) for piece in pieces):
        raise UnreadableGeometry(f"{text.strip()[:60]!r} in its coordinate columns is no number")
    return [float(piece) for piece in pieces]
