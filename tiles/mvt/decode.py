"""Reading Mapbox Vector Tiles, 1 and 2.

Strict reading follows version 2.1 of the specification and refuses whatever breaks one of its rules. Lenient
reading takes from any bytes at all what can be taken, and never fails. Neither believes a count or a length
before it has been compared with the bytes that are there.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bopsgis.errors import FormatRefused
from tiles.features import POLYGON, Value
from tiles.mvt.commands import geometry_of
from tiles.mvt.layer import Feature, Layer
from tiles.mvt.wire import BYTES, FIXED32, FIXED64, VARINT, Field, fields_of, varints_of

__all__ = ["decode"]

_LAYER = 3
_NAME, _FEATURES, _KEYS, _VALUES, _EXTENT, _VERSION = 1, 2, 3, 4, 5, 15
_LAYER_WIRES = {_NAME: BYTES, _FEATURES: BYTES, _KEYS: BYTES, _VALUES: BYTES, _EXTENT: VARINT, _VERSION: VARINT}
_ID, _TAGS, _KIND, _GEOMETRY = 1, 2, 3, 4
_FEATURE_WIRES = {_ID: VARINT, _TAGS: BYTES, _KIND: VARINT, _GEOMETRY: BYTES}
_REPEATED = {_FEATURES, _KEYS, _VALUES}
_DEFAULT_EXTENT = 4096
_VERSIONS = (1, 2)
_INT64 = 1 << 63
_UINT32_END = 1 << 32

_VALUE_OF: Mapping[int, tuple[int, Callable[[int, memoryview], Value]]] = {
    1: (BYTES, lambda _, data: str(data, "utf-8")),
    2: (FIXED32, lambda _, data: np.float32(struct.unpack("<f", data)[0])),
    3: (FIXED64, lambda _, data: float(struct.unpack("<d", data)[0])),
    4: (VARINT, lambda number, _: number - 2 * _INT64 if number >= _INT64 else number),
    5: (VARINT, lambda number, _: number),
    6: (VARINT, lambda number, _: number >> 1 ^ -(number & 1)),
    7: (VARINT, lambda number, _: number != 0),
}
"""Field of a value: its wire type, and what its number or its bytes mean."""


def decode(data: bytes, *, strict: bool = True) -> tuple[Layer, ...]:
    """Read a tile (not compressed). Whole numbers come as `int`, float values as `np.float32`.

    Strict: raises FormatRefused where the tile breaks a rule of version 2.1. Lenient: leaves out what cannot be
    read, layers of the same name stay apart, and nothing is raised.
    """
    layers = []
    for number, wire, _, content in _fields(memoryview(data), strict=strict):
        if number == _LAYER and wire == BYTES:
            layers.append(_layer(content, strict=strict))
        elif number == _LAYER and strict:
            raise FormatRefused("A layer is no message.")
    if strict and len({layer.name for layer in layers}) < len(layers):
        raise FormatRefused("Two layers of the tile have the same name.")
    return tuple(layers)


def _fields(data: memoryview, *, strict: bool) -> Iterator[Field]:
    """The fields of a message: when lenient, those before the fault."""
    try:
        yield from fields_of(data)
    except FormatRefused:
        if strict:
            raise


def _message(data: memoryview, wires: Mapping[int, int], *, strict: bool) -> dict[int, list[Any]]:
    """Known fields of a message: numbers and bytes by the number of their field. Unknown ones may be extensions."""
    found: dict[int, list[Any]] = {number: [] for number in wires}
    for number, wire, value, content in _fields(data, strict=strict):
        if number not in wires:
            continue
        if wire == wires[number]:
            found[number].append(value if wire == VARINT else content)
        elif strict:
            raise FormatRefused(f"Field {number} has the wire type {wire} instead of {wires[number]}.")
    return found


def _only(found: Sequence[Any], what: str, default: Any, *, strict: bool) -> Any:
    """The one value of a field that may stand once; when lenient, the last one."""
    if strict and len(found) > 1:
        raise FormatRefused(f"There are {len(found)} fields for {what} where one may be.")
    return found[-1] if found else default


def _layer(data: memoryview, *, strict: bool) -> Layer:
    found = _message(data, _LAYER_WIRES, strict=strict)
    version = _only(found[_VERSION], "the version", None, strict=strict)
    name = _only(found[_NAME], "the name", None, strict=strict)
    extent = _only(found[_EXTENT], "the extent", _DEFAULT_EXTENT, strict=strict)
    if strict and (version not in _VERSIONS or name is None):
        raise FormatRefused(f"A layer has the version {version} and {'a' if name is not None else 'no'} name.")
    if not 0 < extent < _UINT32_END:
        if strict:
            raise FormatRefused(f"A layer has an extent of {extent}.")
        extent = _DEFAULT_EXTENT
    keys = [_text(key, strict=strict) for key in found[_KEYS]]
    values = [_value(value, strict=strict) for value in found[_VALUES]]
    features = (_feature(each, keys, values, strict=strict) for each in found[_FEATURES])
    return Layer(
        name=_text(name or memoryview(b""), strict=strict),
        version=1 if version is None else version,
        extent=extent,
        features=tuple(feature for feature in features if feature is not None),
    )


def _text(data: memoryview, *, strict: bool) -> str:
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        if strict:
            raise FormatRefused("A text is not UTF-8.") from error
        return str(data, "utf-8", "replace")


def _value(data: memoryview, *, strict: bool) -> Value | None:
    """The value of a message that holds one; when lenient, None where it holds none that can be read."""
    value: Value | None = None
    fields = 0
    for number, wire, whole, content in _fields(data, strict=strict):
        fields += 1
        wanted, meaning = _VALUE_OF.get(number, (None, None))
        if meaning is not None and wire == wanted:
            value = _text(content, strict=strict) if number == 1 else meaning(whole, content)
        elif strict:
            raise FormatRefused(f"A value is in field {number} with the wire type {wire}: there is no such kind.")
    if strict and fields != 1:
        raise FormatRefused(f"A value is given {fields} times.")
    return value


def _feature(data: memoryview, keys: Sequence[str], values: Sequence[Value | None], *, strict: bool) -> Feature | None:
    """A feature; when lenient, None where it should have a geometry and none can be read."""
    found = _message(data, _FEATURE_WIRES, strict=strict)
    kind = _only(found[_KIND], "the kind of geometry", None, strict=strict)
    drawn = _only(found[_GEOMETRY], "the geometry", None, strict=strict)
    if strict and (kind is None or kind > POLYGON or drawn is None):
        raise FormatRefused(f"A feature has the kind {kind} and {'a' if drawn is not None else 'no'} geometry.")
    tags = _numbers(_only(found[_TAGS], "the tags", b"", strict=strict), strict=strict)
    kind = kind if kind is not None and kind <= POLYGON else 0
    parts, exterior = geometry_of(kind, _numbers(drawn or b"", strict=strict), strict=strict)
    if kind and not parts and not strict:
        return None
    return Feature(
        id=_only(found[_ID], "the id", None, strict=strict),
        kind=kind,
        parts=parts,
        exterior=exterior,
        properties=_properties(tags, keys, values, strict=strict),
    )


def _numbers(data: memoryview | bytes, *, strict: bool) -> list[int]:
    """Packed numbers; when lenient, those before the fault."""
    numbers: list[int] = []
    try:
        numbers.extend(varints_of(memoryview(data)))
    except FormatRefused:
        if strict:
            raise
    return numbers


def _properties(
    tags: Sequence[int], keys: Sequence[str], values: Sequence[Value | None], *, strict: bool
) -> dict[str, Value]:
    pairs = list(zip(tags[::2], tags[1::2], strict=False))
    if strict:
        if len(tags) % 2:
            raise FormatRefused("A feature has a key without a value.")
        if any(key >= len(keys) or value >= len(values) for key, value in pairs):
            raise FormatRefused("A feature has a key or a value that its layer does not have.")
        if len({key for key, _ in pairs}) < len(pairs):
            raise FormatRefused("A feature has a key twice.")
    found = ((key, values[value]) for key, value in pairs if key < len(keys) and value < len(values))
    return {keys[key]: value for key, value in found if value is not None}
