from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from support.serving import client_of

GEOJSON = {"Content-Type": "application/geo+json"}
SQUARE = [[440980, 244690], [441020, 244690], [441020, 244720], [440980, 244720], [440980, 244690]]

WORDS = ["type", "coordinates", "geometry", "geometries", "features", "properties", "crs", "Polygon", "Feature"]
SHARED = client_of(Path("no-such-home"))
"""For the tests of Hypothesis, which cannot take fixtures of a test."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """The service without a store: whatever gets past the door is answered 503."""
    return client_of(tmp_path_factory.mktemp("home"))


def ask(client: TestClient, body: bytes, query: str = "") -> tuple[int, dict[str, object]]:
    """Status and problem of a check."""
    answer = client.post(f"/api/check{query}", content=body, headers=GEOJSON)
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, object] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["detail"]
    return answer.status_code, problem


BAD_JSON = {
    "J01 NaN": (b'{"type":"Polygon","coordinates":[[[NaN,1]]]}', "json_number_out_of_range"),
    "J01 Infinity": (b'{"type":"Polygon","coordinates":[[[-Infinity,1]]]}', "json_number_out_of_range"),
    "J01 1e999": (b'{"type":"Polygon","coordinates":[[[1e999,1]]]}', "json_number_out_of_range"),
    "J03 lone surrogate": (b'{"type":"\\ud800"}', "json_bad_text"),
    "J04 NUL": (b'{"type":"Poly\\u0000gon"}', "json_bad_text"),
    "J05 900 deep": (b'{"a":' * 900 + b"1" + b"}" * 900, "too_deep"),
    "J05 100,000 deep": (b"[" * 100_000 + b"]" * 100_000, "too_deep"),
    "J06 duplicate key": (b'{"type":"Point","type":"Polygon"}', "json_duplicate_key"),
    "J07 5,000 digits": (b'{"type":' + b"9" * 5_000 + b"}", "json_number_out_of_range"),
    "J08 invalid UTF-8": (b'{"type":"\xff\xfe"}', "not_utf8"),
    "J09 UTF-16": ('{"type":"Polygon"}'.encode("utf-16"), "not_utf8"),
    "J09 byte order mark": (b'\xef\xbb\xbf{"type":"Polygon"}', "json_not_valid"),
    "empty": (b"", "json_not_valid"),
    "cut short": (b'{"type":"Polygon","coordinates":[[[1,', "json_not_valid"),
    "not an object": (b"[1,2,3]", "not_geojson"),
    "a text": (b'"Polygon"', "not_geojson"),
}


@pytest.mark.parametrize(("body", "code"), BAD_JSON.values(), ids=BAD_JSON)
def test_j01_j03_to_j09_bad_json_is_400_with_a_reason(client: TestClient, body: bytes, code: str) -> None:
    """J01, J03 to J09: JSON that could mean two things, or nothing, is refused as 400 and named."""
    status, problem = ask(client, body)
    assert (status, problem["code"]) == (400, code)


@pytest.mark.parametrize(
    "coordinates",
    [True, "1.5", [[True, 1]], [[["1e2", 2], [3, 4], [5, 6], ["1e2", 2]]], [[[None, 1]]], {"0": 1}, None],
    ids=repr,
)
def test_j10_types_are_not_coerced(client: TestClient, coordinates: object) -> None:
    """J10: a boundary of booleans, texts or nothing is refused, never read as numbers."""
    status, _ = ask(client, json.dumps({"type": "Polygon", "coordinates": coordinates}).encode())
    assert status in (400, 422)


@pytest.mark.parametrize(
    "query",
    [
        "?is_admin=true",
        "?as_at=2026-03-27&limit=1",
        "?as_at=nan",
        "?as_at=2026-02-30",
        "?as_at=1946-01-01",
        "?as_at=9999-12-31",
        "?as_at=2026-3-7",
        "?crs=1e400",
        "?crs=+27700",
        "?crs=27_700",
        "?crs=99999999999999999999999",
        "?councils=",
        "?councils=a,,b",
        "?councils=" + "a" * 500,
    ],
)
def test_j02_j11_j12_unknown_and_unbounded_parameters_are_422(client: TestClient, query: str) -> None:
    """J02, J11, J12: parameters that are unknown, not finite, too long or not plain digits are refused."""
    body = json.dumps({"type": "Polygon", "coordinates": [SQUARE]}).encode()
    assert ask(client, body, query)[0] == 422


@pytest.mark.parametrize("query", ["?as_at=2026-03-27&as_at=2026-03-28", "?crs=27700&crs=4326"])
def test_j13_repeated_parameters_are_400(client: TestClient, query: str) -> None:
    """J13: of two values for one name none is chosen silently."""
    body = json.dumps({"type": "Polygon", "coordinates": [SQUARE]}).encode()
    status, problem = ask(client, body, query)
    assert (status, problem["code"]) == (400, "repeated_parameter")


@pytest.mark.parametrize("limit", ["-5", "0", "1000000000", "101", "1_0", "+1", "1.0", "nan", ""])
def test_j13_limits_are_bounded(client: TestClient, limit: str) -> None:
    """J13: a limit outside 1 to 100 is refused, not cut or counted backwards."""
    assert client.get(f"/api/places?q=street&limit={limit}").status_code == 422


def test_a_self_crossing_boundary_is_422_with_its_place(client: TestClient) -> None:
    """A boundary that crosses itself is refused with the place on the national grid."""
    bow_tie = [[440980, 244690], [441020, 244720], [441020, 244690], [440980, 244720], [440980, 244690]]
    status, problem = ask(client, json.dumps({"type": "Polygon", "coordinates": [bow_tie]}).encode(), "?crs=27700")
    assert status == 422
    assert problem["at"] == {"easting": 441000.0, "northing": 244705.0, "grid_reference": "SP 41000 44705"}


def test_a_missing_store_is_503_and_names_no_folder(client: TestClient) -> None:
    """Without a store a good question is 503, and the answer tells no folder of the server."""
    body = json.dumps({"type": "Polygon", "coordinates": [SQUARE]}).encode()
    status, problem = ask(client, body, "?crs=27700")
    assert (status, problem["code"]) == (503, "store_missing")
    assert "/" not in str(problem["detail"])


@given(st.binary(max_size=300))
def test_no_bytes_give_500(body: bytes) -> None:
    """Whatever the bytes, the answer is a refusal with a reason and never a fault of ours."""
    assert ask(SHARED, body)[0] in (400, 413, 422)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
        max_leaves=20,
    )
)
def test_no_json_gives_500(value: object) -> None:
    """Whatever the JSON, with GeoJSON's own words in it, the answer is a refusal and never a fault of ours."""
    assert ask(SHARED, json.dumps(value).encode("utf-8", "surrogatepass"))[0] in (400, 413, 422)
