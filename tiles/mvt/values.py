"""Attribute values: their bytes, dictionaries that are encoded once, and columns made of plain Python values.

A value is written in the type that it has (Mapbox Vector Tile 2.1, section 4.1 and 4.4): none is turned into
another one, and none is left out silently. 1, 1.0 and True are three values, and so are `1.5` and `float32(1.5)`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from functools import singledispatch
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from bopsgis.errors import InputRefused
from tiles.features import Column, Value
from tiles.mvt.wire import field, varint

__all__ = ["Dictionary", "columns_of", "encode_value"]

_LAYER_VALUES = 4
"""Number of the field of a layer that holds its values."""
_STRING, _FLOAT, _DOUBLE, _INT, _UINT, _SINT, _BOOL = b"\x0a", b"\x15", b"\x19", b"\x20", b"\x28", b"\x30", b"\x38"
"""Number and wire type of each kind of value."""
_UINT64_END = 1 << 64
_INT64 = 1 << 63


def encode_value(value: Value) -> bytes:
    """Encode a value as an entry of a layer's list of values, with its header.

    Raises InputRefused where the value is of none of the types of a tile, or a whole number outside -2^63 to 2^64 - 1.
    """
    write = _WRITERS.get(type(value))
    if write is None:
        raise _refusal(value)
    return field(_LAYER_VALUES, write(value))


def _refusal(value: object) -> InputRefused:
    return InputRefused(f"A vector tile cannot hold {value!r} ({type(value).__name__}).")


def _whole(value: int) -> bytes:
    if not -_INT64 <= value < _UINT64_END:
        raise InputRefused(f"{value} does not fit into the 64 bits that a vector tile has for whole numbers.")
    return _UINT + varint(value) if value >= 0 else _SINT + varint(-2 * value - 1)


_WRITERS: Mapping[type, Callable[[Any], bytes]] = {
    bool: lambda value: _BOOL + varint(value),
    str: lambda value: field(1, value.encode()),
    int: _whole,
    float: lambda value: _DOUBLE + struct.pack("<d", value),
    np.float64: lambda value: _DOUBLE + struct.pack("<d", value),
    np.float32: lambda value: _FLOAT + struct.pack("<f", value),
    np.int64: lambda value: _INT + varint(int(value) % _UINT64_END),
    np.uint64: lambda value: _UINT + varint(int(value)),
}


class Dictionary(Sequence[Value]):
    """Values that are encoded already, in two arrays that may lie in a memory-mapped file.

    Columns that share one dictionary share the values in a tile: nothing is written twice. Equal values must not
    be in it twice; `columns_of` sees to that.
    """

    __slots__ = ("encoded", "starts")

    def __init__(self, encoded: NDArray[np.uint8], starts: NDArray[np.int64]) -> None:
        self.encoded = encoded
        """(b,) the bytes of all values, as `encode_value` gives them, one after another."""
        self.starts = starts
        """(v + 1,) value i has the bytes starts[i]:starts[i + 1]."""

    @classmethod
    def of(cls, values: Iterable[Value]) -> Dictionary:
        """Encode values, in their order."""
        return cls._of_bytes([encode_value(value) for value in values])

    @classmethod
    def _of_bytes(cls, entries: Sequence[bytes]) -> Dictionary:
        starts = np.zeros(len(entries) + 1, np.int64)
        np.cumsum([len(entry) for entry in entries], out=starts[1:])
        return cls(np.frombuffer(b"".join(entries), np.uint8), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @overload
    def __getitem__(self, at: int) -> Value: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Value]: ...

    def __getitem__(self, at: int | slice) -> Value | Sequence[Value]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        place = range(len(self))[at]
        return _decoded(self.encoded[self.starts[place] : self.starts[place + 1]].tobytes())

    def __iter__(self) -> Iterator[Value]:
        return (self[i] for i in range(len(self)))

    def bytes_of(self, places: NDArray[np.int64]) -> list[bytes]:
        """Encoded values at these places, apart."""
        first, last = self.starts[places], self.starts[places + 1]
        return [self.encoded[a:b].tobytes() for a, b in zip(first, last, strict=True)]


def _decoded(entry: bytes) -> Value:
    """Undo `encode_value`: kinds and lengths are ours, so nothing has to be checked."""
    at = 1
    while entry[at] > 127:
        at += 1
    kind, content = entry[at + 1 : at + 2], entry[at + 2 :]
    if kind == _STRING:
        at = next(place for place, byte in enumerate(content) if byte < 128)
        return content[at + 1 :].decode()
    if kind == _FLOAT:
        return np.float32(struct.unpack("<f", content)[0])
    if kind == _DOUBLE:
        return float(struct.unpack("<d", content)[0])
    number = sum((byte & 127) << 7 * place for place, byte in enumerate(content))
    return _number(kind, number)


def _number(kind: bytes, number: int) -> Value:
    if kind == _BOOL:
        return bool(number)
    if kind == _SINT:
        return -(number + 1 >> 1) if number & 1 else number >> 1
    return number - _UINT64_END if kind == _INT and number >= _INT64 else number


def columns_of(attributes: Mapping[str, Iterable[object]]) -> dict[str, Column]:
    """Make columns that share one dictionary, of one sequence of values for each attribute.

    None and NaN mean that a feature has no value. Numpy's numbers are taken as numbers, dates and times as text
    in ISO 8601, decimals as doubles.

    Raises InputRefused where a value is of none of these types.
    """
    places: dict[bytes, int] = {}
    codes = {name: _coded(values, places) for name, values in attributes.items()}
    dictionary = Dictionary._of_bytes(list(places))  # noqa: SLF001  # our own class, in our own module
    return {name: Column(found, dictionary) for name, found in codes.items()}


def _coded(values: Iterable[object], places: dict[bytes, int]) -> NDArray[np.int32]:
    """Places of values in a dictionary, which grows by those that it lacks."""
    known: dict[tuple[type, Value], int] = {}
    codes = []
    for value in values:
        plain = _plain(value)
        if plain is None:
            codes.append(-1)
            continue
        key = (type(plain), plain)
        code = known.get(key)
        if code is None:
            code = places.setdefault(encode_value(plain), len(places))
            if plain != 0:  # 0.0 and -0.0 are equal and two values all the same
                known[key] = code
        codes.append(code)
    return np.array(codes, np.int32)


def _known(value: Any, convert: Callable[[Any], Value]) -> Value | None:
    """What differs from itself is NaN, or pandas' NaT: no value."""
    return convert(value) if value == value else None  # noqa: PLR0124  # see above


@singledispatch
def _plain(value: object) -> Value | None:
    """A value that a tile can hold, or None for no value."""
    raise _refusal(value)


_plain.register(type(None), lambda value: value)
_plain.register(str, str)
_plain.register(bool, bool)
_plain.register(np.bool_, bool)
_plain.register(int, int)
_plain.register(np.integer, int)
_plain.register(np.float16, lambda value: _known(value, np.float32))
_plain.register(np.float32, lambda value: _known(value, np.float32))
_plain.register(float, lambda value: _known(value, float))
_plain.register(Decimal, lambda value: _known(value, float))
_plain.register(date, lambda value: _known(value, lambda moment: moment.isoformat()))
_plain.register(time, lambda value: value.isoformat())
