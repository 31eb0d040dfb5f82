"""Reads GeoPackage, Shapefile (also zipped) and FlatGeobuf with GDAL.

GDAL picks a driver by looking into the file, and some drivers fetch other files or addresses. A file is
handed over only after its first bytes show the one format meant, and the driver that answers is checked.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from constraints.ingest import shapes, systems
from constraints.ingest.raw import Declared, RawTable, as_text, refuse_file

__all__ = ["OgrFile", "read_ogr"]

_FAULTS: Final = (DataSourceError, DataLayerError, ValueError, UnicodeDecodeError, OverflowError)


@dataclass(frozen=True, slots=True)
class OgrFile:
    """A file for GDAL: its path (`/vsizip/...` for a member of a zip), the one driver allowed, its name."""

    path: str
    driver: str
    name: str
    where_crs: str
    """Where the format keeps its reference system, for messages."""


def read_ogr(file: OgrFile, layer: str | None) -> RawTable:
    """The rows of one layer, in the order of the file.

    With several layers of features and no `layer`, refuses and names them.

    Raises:
        FormatRefused: unreadable, of another format, or a layer must be chosen.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            chosen = _layer(file, layer)
            found = pyogrio.read_info(file.path, layer=chosen)["driver"]
            if found != file.driver:
                raise refuse_file(
                    file.name,
                    f"its bytes are {file.driver}, but GDAL takes it for {found}",
                    code="format_other",
                    hint="Give it the ending that its format has.",
                )
            meta, _, geometry, fields = pyogrio.raw.read(file.path, layer=chosen, force_2d=True)
        except _FAULTS as error:
            raise refuse_file(file.name, f"it is damaged ({_short(error)})", code="file_damaged") from error
    notes = tuple(dict.fromkeys(f"GDAL says: {_short(warning.message)}" for warning in caught))
    return _table(file, chosen, meta, geometry, fields, notes)


def _layer(file: OgrFile, wanted: str | None) -> str:
    layers: list[tuple[str, str | None]] = [(str(name), kind) for name, kind in pyogrio.list_layers(file.path)]
    names = [name for name, kind in layers if kind is not None] or [name for name, _ in layers]
    if wanted is not None:
        if wanted in names:
            return wanted
        raise refuse_file(
            file.name, f"it has no layer {wanted!r}", code="layer_missing", hint=f"It has: {', '.join(names)}."
        )
    if not names:
        raise refuse_file(file.name, "it has no layer", code="layer_missing")
    if len(names) > 1:
        raise refuse_file(
            file.name,
            f"it has {len(names)} layers and one must be chosen",
            code="layer_needed",
            hint=f"Say which layer: {', '.join(names)}.",
        )
    return names[0]


def _table(
    file: OgrFile, layer: str, meta: Mapping[str, Any], geometry: Any, fields: Sequence[Any], notes: tuple[str, ...]
) -> RawTable:
    rows = len(geometry) if geometry is not None else (len(fields[0]) if fields else 0)
    read, unreadable = shapes.read_each(geometry if geometry is not None else [None] * rows, shapes.from_wkb)
    code = systems.code_of(meta.get("crs"))
    return RawTable(
        format=file.driver,
        layer=layer,
        geometry=read,
        columns={str(name): _texts(values) for name, values in zip(meta["fields"], fields, strict=True)},
        declared=Declared(code, file.where_crs) if code is not None else Declared(),
        unreadable=unreadable,
        notes=notes,
        has_geometry_column=geometry is not None,
    )


def _texts(values: Any) -> list[str]:
    if np.issubdtype(values.dtype, np.datetime64):
        return ["" if text == "NaT" else text for text in values.astype("datetime64[D]").astype(str).tolist()]
    return [as_text(value) for value in values.tolist()]


def _short(error: object) -> str:
    return str(error).split("\n", maxsplit=1)[0].strip().rstrip(".")[:200]
