"""Whether what came from outside is what was asked for: an error page must never be handed on as a tile."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

from api.basemap.paths import Kind
from api.basemap.upstream import Answer
from bopsgis.errors import FormatRefused
from tiles.mvt.wire import BYTES, fields_of

__all__ = ["Rubbish", "checked", "json_of", "unpacked"]

_PROTOBUF: Final = frozenset(
    {
        "",
        "application/octet-stream",
        "application/protobuf",
        "application/vnd.mapbox-vector-tile",
        "application/x-protobuf",
        "binary/octet-stream",
    }
)
_JSON: Final = frozenset({"application/json", "text/json", "text/plain"})
_TYPES: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.METADATA: _JSON,
    Kind.STYLE: _JSON,
    Kind.SPRITE_INDEX: _JSON,
    Kind.SPRITE_PICTURE: frozenset({"image/png"}),
    Kind.TILE: _PROTOBUF,
    Kind.FONTS: _PROTOBUF,
}
_FIELD: Final = {Kind.TILE: 3, Kind.FONTS: 1}
"""The one field of the outermost message: the layers of a tile, the font stacks of a file of glyphs."""
_EXTENSIONS: Final = 16
"""Fields from here on are extensions of the tile format, which a decoder passes over (Mapbox Vector Tile 2.1, 4)."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_DEEPEST: Final = 60


class Rubbish(ValueError):  # a signal to the proxy, which has something else to serve
    """An answer that says 200 and is not what was asked for."""


def checked(kind: Kind, answer: Answer, max_bytes: int) -> bytes:
    """The answer's content, unpacked, once its type and its bytes are what `kind` wants. Raises Rubbish."""
    if answer.content_type not in _TYPES[kind]:
        raise Rubbish(f"the content type is {answer.content_type[:60]!r}")
    content = unpacked(answer.body, answer.encoding, max_bytes)
    if kind in _FIELD:
        _check_fields(content, _FIELD[kind])
    elif kind is Kind.SPRITE_PICTURE:
        if not content.startswith(_PNG):
            raise Rubbish("it is no PNG")
    else:
        json_of(content)
    return content


def unpacked(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """A body without its gzip. Raises Rubbish where that is damaged, cut off, or larger than `max_bytes`."""
    if encoding != "gzip":
        return body
    unpacking = zlib.decompressobj(wbits=31)
    try:
        content = unpacking.decompress(body, max_bytes)
    except zlib.error as error:
        raise Rubbish("the gzip is damaged") from error
    if not unpacking.eof or unpacking.unused_data:
        raise Rubbish("the gzip is cut off, or unpacks to too much")
    return content


def json_of(content: bytes) -> Mapping[str, Any]:
    """The content as one JSON object of ordinary depth. Raises Rubbish."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Rubbish("it is no JSON") from error
    if not isinstance(found, dict) or _depth(found) > _DEEPEST:
        raise Rubbish("it is not one JSON object")
    return found


def _depth(value: object) -> int:
    """How deep the value is nested, without recursion."""
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
        ]
    return deepest


def _check_fields(content: bytes, wanted: int) -> None:
    """Every part of the message is the field wanted and ends where it says; no content at all is an empty tile."""
    try:
        numbers = {(number, wire) for number, wire, _, _ in fields_of(memoryview(content))}
    except FormatRefused as error:
        raise Rubbish("the message is cut off, or it is none") from error
    if not {each for each in numbers if each[0] < _EXTENSIONS} <= {(wanted, BYTES)}:
        raise Rubbish("it is another message")
