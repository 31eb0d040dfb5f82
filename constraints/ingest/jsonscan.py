"""Reads a large JSON document one list item at a time, so that memory holds the text and one feature."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

__all__ = ["JsonFault", "members"]

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()


class JsonFault(ValueError):
    """The text is not JSON of the expected shape; the message says where. Never leaves this package."""


def members(text: str, listed: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """(name, value) of each member of the document's outermost object.

    A member named in `listed` whose value is a list comes item by item, each under the member's name. A
    document that is itself a list comes item by item under the empty name.

    Raises:
        JsonFault: the text ends early, is no JSON, or is nested more deeply than Python will read.
    """
    position = _skip(text, 0)
    if text.startswith("[", position):
        for value, after in _items(text, position):
            if after is None:
                yield "", value
            else:
                _end(text, after)
    elif text.startswith("{", position):
        yield from _members(text, _skip(text, position + 1), listed)
    else:
        raise JsonFault("it does not start with an object or a list")


def _members(text: str, position: int, listed: frozenset[str]) -> Iterator[tuple[str, Any]]:
    while not text.startswith("}", position):
        name, position = _decode(text, position)
        position = _expect(text, position, ":")
        if isinstance(name, str) and name in listed and text.startswith("[", position):
            for value, after in _items(text, position):
                if after is None:
                    yield name, value
                else:
                    position = after
        else:
            value, position = _decode(text, position)
            yield str(name), value
        position = _next(text, position, "}")
    _end(text, position + 1)


def _end(text: str, position: int) -> None:
    """Nothing may follow: a second document would be rows that nobody counts."""
    position = _skip(text, position)
    if position < len(text):
        raise JsonFault(f"something follows its end, at character {position:,}")


def _items(text: str, position: int) -> Iterator[tuple[Any, int | None]]:
    """Each item of the list at `position` with None; at the end (None, the position after the list)."""
    position = _skip(text, position + 1)
    while not text.startswith("]", position):
        value, position = _decode(text, position)
        yield value, None
        position = _next(text, position, "]")
    yield None, position + 1


def _next(text: str, position: int, closing: str) -> int:
    """The start of the next item, or the place of the closing bracket."""
    position = _skip(text, position)
    if text.startswith(",", position):
        return _skip(text, position + 1)
    if not text.startswith(closing, position):
        raise JsonFault(_where(text, position))
    return position


def _expect(text: str, position: int, mark: str) -> int:
    position = _skip(text, position)
    if not text.startswith(mark, position):
        raise JsonFault(_where(text, position))
    return _skip(text, position + 1)


def _decode(text: str, position: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, position)
    except json.JSONDecodeError as error:
        raise JsonFault(_where(text, error.pos)) from error
    except RecursionError as error:
        raise JsonFault("it is nested too deeply") from error
    except ValueError as error:
        raise JsonFault(f"a number near character {position:,} is too long") from error


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _where(text: str, position: int) -> str:
    if position >= len(text):
        return f"it ends in the middle, after {len(text):,} characters"
    return f"it is no JSON at character {position:,}"
