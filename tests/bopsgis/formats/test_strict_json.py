from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bopsgis.errors import FormatRefused, InputRefused, TooLarge
from bopsgis.formats import strict_json

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    # No lone surrogates and no NUL: those are refused, and tested on their own.
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('abc"\\[{', max_size=4), inner, max_size=4),
    max_leaves=20,
)


def _loads(data: bytes) -> Any:
    return strict_json.loads(data, max_bytes=2_000_000, max_depth=32)


@given(JSON_VALUES, st.booleans())
def test_ordinary_json_is_read_as_it_is(value: Any, ascii_only: bool) -> None:  # noqa: FBT001 -- drawn by Hypothesis
    """Whatever the standard library writes, of moderate depth, is read back the same."""
    data = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8")
    assert _loads(data) == value


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"x":NaN}', "json_number_out_of_range"),
        (b'{"x":-Infinity}', "json_number_out_of_range"),
        (b"[1e999]", "json_number_out_of_range"),
        (b"[-1e400]", "json_number_out_of_range"),
        (b"9" * 5_000, "json_number_out_of_range"),
        (b'{"a":1,"a":2}', "json_duplicate_key"),
        (b'{"a":{"b":1,"b":1}}', "json_duplicate_key"),
        (b'{"a":1,"\\u0061":2}', "json_duplicate_key"),
        (b'"\xff"', "not_utf8"),
        ('{"a":1}'.encode("utf-16"), "not_utf8"),
        (b"\xef\xbb\xbf{}", "json_not_valid"),
        (b'"\\ud800"', "json_bad_text"),
        (b'{"\\udc00":1}', "json_bad_text"),
        (b'"\\u0000"', "json_bad_text"),
        (b'"\0"', "json_not_valid"),
        (b"", "json_not_valid"),
        (b"{'a':1}", "json_not_valid"),
        (b"[1,]", "json_not_valid"),
        (b'{"a":1}x', "json_not_valid"),
        (b"[01]", "json_not_valid"),
    ],
)
def test_json_that_could_mean_two_things_is_refused(data: bytes, code: str) -> None:
    """NaN, overflow, duplicates, other encodings, half characters, NUL and loose grammar each have their refusal."""
    with pytest.raises(FormatRefused) as refusal:
        _loads(data)
    assert refusal.value.code == code


@pytest.mark.parametrize("data", [b'"\\ud83d\\ude00"', b'"\\\\u0000"', b'"\\\\ud800"', b"[-0.0, 1E-300, 1e308]"])
def test_look_alikes_are_taken(data: bytes) -> None:
    """A whole surrogate pair, an escaped backslash before u, and extreme but finite numbers are fine."""
    assert _loads(data) == json.loads(data)


def test_depth_is_exact() -> None:
    """32 levels are read, 33 are not, and brackets in strings do not count."""
    assert _loads(b"[" * 32 + b"]" * 32) is not None
    with pytest.raises(TooLarge) as refusal:
        _loads(b"[" * 33 + b"]" * 33)
    assert refusal.value.code == "too_deep"
    assert _loads(json.dumps({"a": "[" * 1000, 'q"[{\\': "\\" + "{" * 99}).encode())


@given(JSON_VALUES)
def test_depth_agrees_with_a_walk(value: Any) -> None:
    """The vectorised count is the true depth for any value."""

    def walk(part: Any) -> int:
        if isinstance(part, dict):
            return 1 + max(map(walk, part.values()), default=0)
        if isinstance(part, list):
            return 1 + max(map(walk, part), default=0)
        return 0

    assert strict_json.depth_of(json.dumps(value).encode()) == walk(value)


def test_bytes_are_capped_exactly() -> None:
    """A text of exactly the limit is read; one byte more is not."""
    data = b'"' + b"x" * 8 + b'"'
    assert strict_json.loads(data, max_bytes=10) == "x" * 8
    with pytest.raises(TooLarge):
        strict_json.loads(data, max_bytes=9)


@pytest.mark.parametrize(
    "data",
    [
        json.dumps({"c": [[i * 1.5, i * 2.5] for i in range(75_000)]}).encode()[:1_990_000],
        b"[" * 2_000_000,
        b'"' + b'\\"' * 999_990,
        b'{"a":' * 333_333,
        b'"' * 2_000_000,
        b"\\" * 2_000_000,
        b"[" + b"0," * 999_990 + b"0]",
        b"[" + b'"\\u0041",' * 222_000 + b'""]',
    ],
    ids=["coordinates", "open brackets", "escaped quotes", "objects", "quotes", "backslashes", "zeros", "escapes"],
)
def test_two_megabytes_of_anything_are_read_or_refused(data: bytes) -> None:
    """Every text of the largest size is read or refused; none breaks the reader (measured: 0.1 to 0.5 s each)."""
    outcome: object
    try:
        outcome = _loads(data)
    except InputRefused as refusal:
        outcome = refusal
    assert outcome is not None
