"""The protocol buffer wire format, as far as vector tiles need it: varints, fields and their lengths."""

from __future__ import annotations

from collections.abc import Iterator

from bopsgis.errors import FormatRefused

__all__ = [
    "BYTES",
    "FIXED32",
    "FIXED64",
    "VARINT",
    "Field",
    "field",
    "fields_of",
    "read_varint",
    "varint",
    "varints_of",
]

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types. The two for groups (3 and 4) are in no vector tile."""
_SIZE_OF = {FIXED64: 8, FIXED32: 4}
_MOST_BYTES = 10
_UINT64 = (1 << 64) - 1

Field = tuple[int, int, int, memoryview]
"""Number, wire type, value of a varint or else number of bytes, and the bytes."""


def varint(value: int) -> bytes:
    """Encode a whole number from 0 to 2^64 - 1."""
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    written.append(value)
    return bytes(written)


def field(number: int, content: bytes) -> bytes:
    """Encode a field of bytes, text or a message."""
    return varint(number << 3 | BYTES) + varint(len(content)) + content


def read_varint(data: memoryview, at: int) -> tuple[int, int]:
    """Value of the varint that begins at a place, and where the next thing begins.

    Raises FormatRefused where it does not end within the data or within ten bytes.
    """
    value = 0
    for shift, byte in enumerate(data[at : at + _MOST_BYTES]):
        value |= (byte & 127) << 7 * shift
        if byte < 128:
            return value & _UINT64, at + shift + 1
    raise FormatRefused(f"The number that begins at byte {at} does not end.")


def fields_of(data: memoryview) -> Iterator[Field]:
    """Take a message apart, one field after another, without copying.

    Raises FormatRefused where a field does not end within the data, or has a wire type that no tile uses.
    """
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = read_varint(data, at)
            yield number, wire, value, data[:0]
            continue
        if wire == BYTES:
            size, at = read_varint(data, at)
        elif wire in _SIZE_OF:
            size = _SIZE_OF[wire]
        else:
            raise FormatRefused(f"The field before byte {at} is of a kind that vector tiles do not have ({wire}).")
        if size > len(data) - at:
            raise FormatRefused(f"The field at byte {at} claims {size} bytes, and there are {len(data) - at}.")
        yield number, wire, size, data[at : at + size]
        at += size


def varints_of(data: memoryview) -> Iterator[int]:
    """Take packed varints apart, one after another. Raises FormatRefused as `read_varint`."""
    value = shift = 0
    for byte in data:
        if byte < 128:
            yield (value | byte << shift) & _UINT64
            value = shift = 0
        else:
            value |= (byte & 127) << shift
            shift += 7
            if shift == 7 * _MOST_BYTES:
                raise FormatRefused("A number in a packed list does not end.")
    if shift:
        raise FormatRefused("The last number of a packed list does not end.")
