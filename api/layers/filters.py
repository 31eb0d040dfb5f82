"""A layer with only those features for which a CQL2 filter over its attributes holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from api.layers.layer import Layer
from api.maps.areas import CRS84
from api.maps.cql2.building import Builder
from api.maps.cql2.json_reader import read_json
from api.maps.cql2.matching import Column, Features, matches
from api.maps.cql2.syntax import GEOMETRY, All, Any, Expression, Kind, Negation, Property, Spatial, refused
from api.maps.cql2.text_reader import read_text
from tiles.features import Value
from tiles.snapshot import Edits, Snapshot

__all__ = ["LANGUAGES", "filtered", "properties_of"]

LANGUAGES: Final[Mapping[str, Callable[[str, Builder], Expression]]] = {"cql2-text": read_text, "cql2-json": read_json}
_KINDS: Final[Mapping[str, Kind]] = {"Boolean": "boolean", "Number": "number", "String": "text"}
_DATES: Final = ("-date", "_on", "_deadline")
"""How the names of attributes end that hold days."""


def properties_of(layer: Layer) -> dict[str, Property]:
    """What a filter of the layer's tiles may name: the attributes that stand in tiles."""
    fields = layer.snapshots[0].fields()
    return {
        name: Property("date" if name.endswith(_DATES) else _KINDS[kind], "An attribute of the tile's features.")
        for name, kind in fields.items()
    }


def filtered(layer: Layer, text: str, language: str) -> Layer:
    """The layer with those features only for which the filter holds; its tiles have a key of their own.

    Raises RequestRefused (400) for a filter that cannot be read, is too large, names what is not there or asks for
    a place, which a tile has already; and for a layer that is several layers.
    """
    if len(layer.snapshots) != 1:
        raise refused("Only tiles of a single layer can be filtered.", hint="Ask for one dataset.")
    if language not in LANGUAGES:
        raise refused("filter-lang is cql2-text or cql2-json.", "parameter_refused")
    expression = LANGUAGES[language](text, Builder(properties_of(layer), CRS84))
    if _asks_for_place(expression):
        raise refused(f"A filter of tiles does not ask for places: leave {GEOMETRY} out.")
    digest = hashlib.sha256(repr(expression).encode()).hexdigest()[:16]
    snapshot = _only(layer.snapshots[0], layer.edits, expression)
    mark = f"{layer.version}~{digest}"
    return replace(layer, snapshots=(snapshot,), version=mark, base=mark, stamps={}, shared=False)


def _only(snapshot: Snapshot, edits: Edits | None, expression: Expression) -> Snapshot:
    """The snapshot without the features for which the filter does not hold."""
    table = snapshot.table if snapshot.delta is None else snapshot.delta.table
    columns = {name: _column(codes, table.values) for name, codes in zip(table.names, table.codes, strict=True)}
    holds = matches(Features(np.empty((len(table.ids), 4)), columns, _no_shapes), expression)
    own = len(snapshot.table.ids)
    gone = table.ids[~holds]
    if edits is None:
        return snapshot.edited(Edits(np.empty(0, object), np.empty(0, np.uint64), removed=gone))
    kept = holds[own:]
    changed = {name: replace(column, codes=column.codes[kept]) for name, column in edits.columns.items()}
    # What was changed and holds now takes the place of what it was, whether that held or not.
    gone = np.setdiff1d(np.concatenate([gone, edits.removed]), edits.ids[kept])
    return snapshot.edited(Edits(edits.geometry[kept], edits.ids[kept], changed, gone))


def _column(codes: NDArray[np.int32], values: Sequence[Value]) -> Column:
    """An attribute with a dictionary of its own: its values can be compared, as those of all attributes cannot."""
    used, places = np.unique(codes, return_inverse=True)
    first = int(used[0] == -1) if len(used) else 0
    own = np.empty(len(used) - first, object)
    own[:] = [values[int(code)] for code in used[first:]]
    return Column((places - first).astype(np.int32), own)


def _asks_for_place(expression: Expression) -> bool:
    if isinstance(expression, All | Any):
        return any(_asks_for_place(part) for part in expression.parts)
    if isinstance(expression, Negation):
        return _asks_for_place(expression.part)
    return isinstance(expression, Spatial)


def _no_shapes(index: NDArray[np.int64]) -> NDArray[np.object_]:
    raise AssertionError(f"nobody asks for the {len(index)} shapes: filters with places were refused")
