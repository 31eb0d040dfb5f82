"""Reads GeoJSON, and the entity lists (JSON and GeoJSON) of planning.data.gov.uk.

Sources: RFC 7946; the `crs` member of the 2008 GeoJSON specification; the API and the bulk files of
planning.data.gov.uk, whose JSON gives `geometry` and `point` as WKT (EPSG:4326).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import shapely

from bopsgis import crs
from constraints.ingest import shapes, systems
from constraints.ingest.jsonscan import JsonFault, members
from constraints.ingest.raw import Declared, RawTable, UnreadableGeometry, as_text, object_array, refuse_file

__all__ = ["read_json"]

_LISTS: Final = frozenset({"features", "entities"})
_GEOMETRY_TYPES: Final = frozenset(
    {
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
        "GeometryCollection",
    }
)


@dataclass(slots=True)
class _Gathered:
    """What has been read so far of a document."""

    geometry: list[shapely.Geometry | None] = field(default_factory=list)
    properties: list[dict[str, str]] = field(default_factory=list)
    unreadable: dict[int, str] = field(default_factory=dict)
    remarks: list[tuple[int, str, str]] = field(default_factory=list)
    top: dict[str, Any] = field(default_factory=dict)
    entities: bool = False

    def add_row(self, properties: Mapping[str, Any], shape: Any) -> None:
        """One row; `shape` is a GeoJSON geometry or a WKT text."""
        row = len(self.geometry)
        try:
            geometry = shapes.from_text(shape) if isinstance(shape, str) else shapes.from_mapping(shape)
        except UnreadableGeometry as error:
            geometry = None
            self.unreadable[row] = str(error)
        self.geometry.append(geometry)
        self.properties.append({str(key): as_text(value) for key, value in properties.items()})


def read_json(text: str, name: str) -> RawTable:
    """The rows of a GeoJSON document or an entity list; `name` is the file's name, for messages.

    A document that says it is only part of an answer (one page of entities, ArcGIS's transfer limit) is
    refused: a cut answer would turn into "there is nothing here".

    Raises:
        FormatRefused: no JSON, of another shape, or cut off.
    """
    gathered = _Gathered()
    try:
        for key, value in members(text, _LISTS):
            _take(gathered, key, value)
    except JsonFault as error:
        raise refuse_file(name, str(error), code="json_broken") from error
    _take_single(gathered, name)
    _refuse_partial(gathered, name)
    return _table(gathered, name)


def _take(gathered: _Gathered, key: str, value: Any) -> None:
    if key == "features":
        _take_feature(gathered, value)
    elif key in {"entities", ""}:
        _take_entity(gathered, value)
    else:
        gathered.top[key] = value


def _take_feature(gathered: _Gathered, feature: Any) -> None:
    if not isinstance(feature, Mapping):
        _take_nonsense(gathered)
        return
    properties = feature.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    if "id" in feature and "id" not in properties:
        properties = {**properties, "id": feature["id"]}
    shape = feature.get("geometry")
    gathered.add_row(properties, properties.get("point") if shape is None and "point" in properties else shape)


def _take_entity(gathered: _Gathered, entity: Any) -> None:
    gathered.entities = True
    if not isinstance(entity, Mapping):
        _take_nonsense(gathered)
        return
    if entity.get("type") == "Feature":
        _take_feature(gathered, entity)
        return
    properties = {key: value for key, value in entity.items() if key not in {"geometry", "point"}}
    gathered.add_row(properties, entity.get("geometry") or entity.get("point") or None)


def _take_nonsense(gathered: _Gathered) -> None:
    gathered.add_row({}, None)
    gathered.remarks.append((len(gathered.geometry), "not_a_record", "This item of the list is not an object."))


def _take_single(gathered: _Gathered, name: str) -> None:
    """A document that is one Feature or one bare geometry is one row."""
    if gathered.geometry or gathered.entities:
        return
    kind = gathered.top.get("type")
    if kind == "Feature":
        _take_feature(gathered, gathered.top)
    elif kind in _GEOMETRY_TYPES:
        gathered.add_row({}, gathered.top)
    elif kind != "FeatureCollection" and "count" not in gathered.top:
        raise refuse_file(name, "it is JSON, but neither GeoJSON nor a list of entities", code="json_other")


def _refuse_partial(gathered: _Gathered, name: str) -> None:
    found = len(gathered.geometry)
    count = gathered.top.get("count")
    properties = gathered.top.get("properties")
    limit_hit = gathered.top.get("exceededTransferLimit") is True or (
        isinstance(properties, Mapping) and properties.get("exceededTransferLimit") is True
    )
    more = isinstance(count, int) and not isinstance(count, bool) and count > found
    if more or limit_hit:
        rest = f"it holds {found:,} of {count:,} records" if more else "its server says that it was cut short"
        raise refuse_file(
            name,
            rest,
            code="partial_answer",
            hint="Fetch every page, or the bulk file: the missing records would look like open land.",
        )


def _table(gathered: _Gathered, name: str) -> RawTable:
    code = systems.code_of_member(gathered.top.get("crs"))
    declared = Declared(code, "its crs member") if code is not None else Declared(crs.WGS84, "the GeoJSON standard")
    names = dict.fromkeys(key for row in gathered.properties for key in row)
    return RawTable(
        format="planning.data.gov.uk entities" if gathered.entities else "GeoJSON",
        layer=name,
        geometry=object_array(gathered.geometry),
        columns={key: [row.get(key, "") for row in gathered.properties] for key in names},
        declared=declared,
        unreadable=gathered.unreadable,
        remarks=tuple(gathered.remarks),
    )
