"""JSON that can mean one thing only (RFC 8259, with the interoperability rules of RFC 7493, I-JSON).

Refused: more than a number of bytes, not UTF-8, a byte order mark, duplicate keys, NaN, Infinity and numbers
that overflow, integers of more than 20 characters, lone surrogates, NUL, and nesting beyond a limit. Nesting is
counted on the bytes, before the parser recurses.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

import numpy as np

from bopsgis.errors import FormatRefused, TooLarge

__all__ = ["depth_of", "loads"]

_MAX_INTEGER_CHARACTERS = 20


def loads(data: bytes, *, max_bytes: int, max_depth: int = 32) -> Any:
    """The value of a JSON text given as bytes.

    Raises:
        TooLarge: over `max_bytes` bytes (code `too_large`) or nested over `max_depth` (code `too_deep`).
        FormatRefused: anything else; codes `not_utf8`, `json_not_valid`, `json_duplicate_key`,
            `json_number_out_of_range`, `json_bad_text`.
    """
    if len(data) > max_bytes:
        raise TooLarge(f"The text is {len(data):,} bytes long; at most {max_bytes:,} can be read.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatRefused("The text is not UTF-8.", code="not_utf8") from error
    if depth_of(data) > max_depth:
        raise TooLarge(f"The JSON is nested more than {max_depth} deep.", code="too_deep")
    try:
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_float=_number, parse_int=_integer, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        raise FormatRefused(
            f"The text is not valid JSON: line {error.lineno}, column {error.colno}.", code="json_not_valid"
        ) from error
    if b"\\u" in data:
        _refuse_bad_text(data, value)
    return value


def depth_of(data: bytes) -> int:
    """The deepest nesting of brackets outside strings, in one vectorised pass over the bytes."""
    plain = data.replace(b"\\\\", b"__").replace(b'\\"', b"__")
    codes = np.frombuffer(plain, dtype=np.uint8)
    outside = (np.cumsum(codes == ord('"')) & 1) == 0
    opening = ((codes == ord("[")) | (codes == ord("{"))) & outside
    closing = ((codes == ord("]")) | (codes == ord("}"))) & outside
    depth = np.cumsum(opening.astype(np.int8) - closing.astype(np.int8), dtype=np.int64)
    return int(depth.max(initial=0))


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise FormatRefused("The JSON has the same key twice in one object.", code="json_duplicate_key")
    return result


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise FormatRefused("The JSON has a number that is too large.", code="json_number_out_of_range")
    return value


def _integer(text: str) -> int:
    if len(text) > _MAX_INTEGER_CHARACTERS:
        raise FormatRefused("The JSON has a number that is too large.", code="json_number_out_of_range")
    return int(text)


def _constant(text: str) -> NoReturn:
    raise FormatRefused(f"The JSON has {text}, which is not a number.", code="json_number_out_of_range")


def _refuse_bad_text(data: bytes, value: object) -> None:
    """Lone surrogates and NUL can only come from escapes: elsewhere UTF-8 and the parser refuse them."""
    if b"\\u0000" in data.replace(b"\\\\", b"__"):
        raise FormatRefused("The JSON has a NUL character in a text.", code="json_bad_text")
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormatRefused("The JSON has half of a character pair in a text.", code="json_bad_text") from error
