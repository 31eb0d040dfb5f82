"""Fault list, groups M and J, for features, filters and files: what is sent by people who want to break them."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from support.casework import a_case, app_of
from support.stores import sqlalchemy_url

from api.core.db import Database
from api.core.problems import RequestRefused
from api.features import routes
from api.maps.areas import CRS84, NATIONAL_GRID_URI
from api.maps.cql2.building import Builder
from api.maps.cql2.json_reader import read_json
from api.maps.cql2.syntax import Expression, Property
from api.maps.cql2.text_reader import read_text
from api.maps.service import SiteChecks

TREES = "/ogc/collections/tree/items"
CASES = "/ogc/collections/cases/items"
PROPERTIES = {"name": Property("text", "A name.")}


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Database]:
    """A database with one public case and one that is not."""
    file = tmp_path_factory.mktemp("cases") / "cases.db"
    file.write_bytes(migrated_file.read_bytes())
    database = Database(sqlalchemy_url(file))
    a_case(database)
    a_case(database, valid=False)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def client(held: Database, sample_store: Path) -> TestClient:
    """Anybody."""
    return TestClient(app_of(held, routes.router, checks=SiteChecks(sample_store)), base_url="http://localhost")


def check_refused(answer: Any, code: str | None = None) -> None:
    """The answer is a 400 in words, as JSON."""
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if code is not None:
        assert answer.json()["code"] == code


BOXES = [
    "",
    "1,2,3",
    "1,2,3,4,5",
    "1,2,3,4,5,6,7,8",
    "-1,52,-2,53",
    "-1,53,-2,52",
    "-1,52,-1,53",
    "-1,52,-1,52",
    "nan,52,-1,53",
    "-inf,52,inf,53",
    "1e400,52,-1,53",
    "52,-2,53,-1",
    "-181,0,0,1",
    "0x1,1,2,3",
    "-2,52,-1,53;DROP TABLE planning_case",
    "-2\uff0c52\uff0c-1\uff0c53",
    "\uff11,2,3,4",
]


@pytest.mark.parametrize("box", BOXES)
def test_m02_boxes_that_are_none(client: TestClient, box: str) -> None:
    """M02: inverted, empty, four-dimensional, not finite, latitude first, not digits: refused by name."""
    for address in (TREES, CASES):
        check_refused(client.get(address, params={"bbox": box}), "bbox_refused")


def test_m02_all_of_england_is_answered_in_pages(client: TestClient) -> None:
    """M02: a box round everything is answered up to the limit, and says that there is more."""
    for box in ("-180,-90,180,90", "-7,49,2,56", "-7,49,0,2,56,100"):
        page = client.get(TREES, params={"bbox": box, "limit": "5"}).json()
        assert (page["numberReturned"], page["numberMatched"], page["truncated"]) == (5, 217, True)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=0, max_size=8))
def test_m02_no_box_of_numbers_breaks_it(client: TestClient, sides: list[float]) -> None:
    """M02: any numbers at all give an answer or a refusal."""
    params = {"bbox": ",".join(map(str, sides)), "bbox-crs": NATIONAL_GRID_URI, "limit": "1"}
    assert client.get(TREES, params=params).status_code in (200, 400)


NAMES = [
    "nowhere",
    "../tree",
    "%2e%2e",
    "%2e%2e%2ftree",
    "tree'--",
    'tree"',
    "tree;SELECT 1",
    "planning_case",
    "Tree",
    "tree ",
    "conservation-area,tree",
    "x" * 500,
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rest", ["", "/items", "/items/1", "/queryables", "/download?f=csv"])
def test_m06_collections_that_there_are_not(client: TestClient, held: Database, name: str, rest: str) -> None:
    """M06: a name that is no collection is 404, and no statement of the database has ever seen it."""
    seen: list[str] = []
    listener = lambda *given: seen.append(f"{given[2]} {given[3]}")  # noqa: E731  # one line says it
    event.listen(held.engine, "before_cursor_execute", listener)
    try:
        answer = client.get(f"/ogc/collections/{name if '%' in name else quote(name, safe='')}{rest}")
    finally:
        event.remove(held.engine, "before_cursor_execute", listener)
    assert answer.status_code == 404
    assert not any("nowhere" in each or "--" in each or "SELECT 1;" in each for each in seen)


FEATURES = ["-1", "+1", "1_0", "0x1", "1.0", "99999999999999999999999", "1e3", "\uff11", "1'--", "a b", "%00"]


@pytest.mark.parametrize("name", FEATURES)
def test_j12_features_are_asked_by_digits_only(client: TestClient, name: str) -> None:
    """J12: what Python would take for a number, or bend into one, is no feature."""
    path = name if "%" in name else quote(name, safe="")
    assert client.get(f"{TREES}/{path}").status_code == (400 if name == "%00" else 404)


J13: list[dict[str, str]] = [
    {"limit": "-5"},
    {"limit": "0"},
    {"limit": "1_0"},
    {"limit": "+5"},
    {"limit": "5.0"},
    {"limit": "\u0665"},
    {"limit": ""},
    {"after": "-1"},
    {"after": "1' OR '1'='1"},
    {"after": "x" * 31},
    {"offset": "1000000000"},
    {"startindex": "5"},
    {"is_admin": "true"},
    {"council_id": "2"},
    {"crs": "EPSG:3857"},
    {"crs": "file:///etc/passwd"},
    {"bbox-crs": "http://169.254.169.254/"},
    {"filter-lang": "sql"},
    {"datetime": "2026-02-30"},
    {"datetime": "2026-12-31/2026-01-01"},
    {"datetime": "a/b/c"},
    {"datetime": "20260101"},
    {"f": "exe"},
]


@pytest.mark.parametrize("params", J13, ids=str)
def test_j13_parameters_are_known_and_bounded(client: TestClient, params: dict[str, str]) -> None:
    """J13: negative, unknown, deep and foreign parameters are refused, and not one of them is left out silently."""
    for address in (TREES, CASES):
        check_refused(client.get(address, params=params))


def test_j13_repeated_and_boundless(client: TestClient) -> None:
    """J13: a name given twice is refused; a limit of a thousand million is the largest page, and not an error."""
    check_refused(client.get(f"{TREES}?limit=1&limit=2"), "repeated_parameter")
    check_refused(client.get(f"{TREES}?bbox=-2,52,-1,53&bbox=-7,49,2,56"), "repeated_parameter")
    page = client.get(TREES, params={"limit": "1000000000"}).json()
    assert page["numberReturned"] == 217
    assert client.get(TREES, params={"after": "71a0.5"}).status_code == 409


INJECTIONS = [
    "1=1",
    "reference = 'x' OR 1=1",
    "reference = 'x'; DROP TABLE planning_case; --",
    "reference = 'x' UNION SELECT password FROM officer",
    "reference = (SELECT name FROM party)",
    "council_id = 2",
    "applicant = 'Smith'",
    "\"reference\" = 'x' /* */",
    "CAST(reference AS int) = 1",
    "version() = 'x'",
    "pg_sleep(10) = 1",
    "load_extension('x')",
    "reference = $1",
    "reference = ${jndi:ldap://x}",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "reference LIKE 'a%' ESCAPE 'b'",
    "reference ILIKE '%a%'",
    "reference SIMILAR TO '(a+)+$'",
    "reference ~ '(a+)+$'",
    "CASEI(reference) = 'x'",
    "A_CONTAINS(reference, ('x'))",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_m07_injections_are_refused(client: TestClient, text: str) -> None:
    """M07: nothing outside the subset gets as far as a query."""
    for address in (TREES, CASES):
        check_refused(client.get(address, params={"filter": text}))


def test_m07_injections_in_values_are_values(client: TestClient) -> None:
    """M07: quotes, wildcards and statements inside a value find what is so called: nothing."""
    for value in ("x'' OR ''1''=''1", "''; DROP TABLE planning_case; --", "%", "_", "*", "[a-z]", "\\", "🌳"):
        for address in (TREES, CASES):
            found = client.get(address, params={"filter": f"reference = '{value}'"})
            assert (found.status_code, found.json()["numberMatched"]) == (200, 0)
    assert client.get(CASES).json()["numberMatched"] == 1


def test_m07_wildcards_can_be_escaped(client: TestClient) -> None:
    r"""M07: `\%` and `\_` are themselves, so that a pattern of them finds nothing here."""
    wild = client.get(CASES, params={"filter": "proposal LIKE '%'"}).json()["numberMatched"]
    escaped = client.get(CASES, params={"filter": "proposal LIKE '\\%'"}).json()["numberMatched"]
    assert (wild, escaped) == (1, 0)


_PLAIN = "()'=,"
"""Sent as they are: percent-encoded, 1,600 brackets are an address too long."""
DEEP = {
    "brackets": "(" * 1_600 + "reference = 'x'" + ")" * 1_600,
    "unclosed": "(" * 1_600,
    "not": "NOT " * 1_600 + "reference = 'x'",
    "shape": "S_INTERSECTS(geometry, POLYGON" + "(" * 1_600 + "0 0" + ")" * 1_600 + ")",
}


@pytest.mark.parametrize("which", DEEP)
def test_m07_deep_filters_are_refused(client: TestClient, which: str) -> None:
    """M07: 1,600 levels are refused at the ninth, without recursion."""
    check_refused(client.get(f"{TREES}?filter={quote_plus(DEEP[which], safe=_PLAIN)}"))


def test_m07_deep_and_long_json(client: TestClient) -> None:
    """M07: the same in JSON, whose own parser is not given the depth either."""
    deep = '{"op":"isNull","args":[{"property":"name"}]}'
    for level in range(1_600):
        deep = f'{{"op":"not","args":[{deep}]}}'
        if level == 8:
            check_refused(client.get(TREES, params={"filter-lang": "cql2-json", "filter": deep}), "filter_too_deep")
    with pytest.raises(RequestRefused):
        read_json(deep, Builder(PROPERTIES, CRS84))
    for text in ('{"op":', "[]", "null", '{"op":"=","args":[{"property":"reference"},NaN]}', '{"op":["="],"args":[]}'):
        check_refused(client.get(TREES, params={"filter-lang": "cql2-json", "filter": text}))
    wide = {"op": "or", "args": [{"op": "isNull", "args": [{"property": "name"}]}] * 101}
    with pytest.raises(RequestRefused):
        read_json(json.dumps(wide), Builder(PROPERTIES, CRS84))


ENDLESS = {
    "terms": " OR ".join(["name = 'x'"] * 10_000),
    "values": "name IN (" + ",".join(["'x'"] * 10_000) + ")",
    "shape": "S_INTERSECTS(geometry, LINESTRING(" + ",".join(["0 0,1 1"] * 50_000) + "))",
    "quotes": "name = '" + "''" * 500_000,
    "spaces": " " * 1_000_000 + "!",
    "digits": "name = " + "9" * 1_000_000,
    "letters": "a" * 1_000_000,
}


@pytest.mark.parametrize("which", ENDLESS)
def test_m07_endless_filters_are_refused_in_little_memory(which: str) -> None:
    """M07: 10,000 terms, and a million of anything, are refused, holding a bounded part of it."""
    tracemalloc.start()
    with pytest.raises(RequestRefused):
        read_text(ENDLESS[which], Builder(PROPERTIES, CRS84))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000
    if which == "terms":
        many = {"op": "or", "args": [{"op": "isNull", "args": [{"property": "name"}]}] * 10_000}
        with pytest.raises(RequestRefused):
            read_json(json.dumps(many), Builder(PROPERTIES, CRS84))


def test_m07_patterns_that_try_everything(client: TestClient) -> None:
    """M07: patterns made to be tried in every way are answered or refused on both kinds of collection."""
    for pattern in ("%a" * 10 + "b", "%" * 10, "_" * 200, "a_%" * 10, "%" + "a" * 190 + "%b"):
        for address in (TREES, CASES):
            assert client.get(address, params={"filter": f"reference LIKE '{pattern}'"}).status_code == 200
    check_refused(client.get(CASES, params={"filter": "reference LIKE '" + "%a" * 11 + "'"}))


@settings(max_examples=150)
@given(st.text(alphabet="()'\"=<>,.%_ \\-0123456789ANDORNTISLKEBWPGYname", max_size=60))
def test_m07_no_text_breaks_the_reader(text: str) -> None:
    """M07: any text is a filter or is refused as one; there is no third outcome."""
    assert _outcome(lambda: read_text(text, Builder(PROPERTIES, CRS84)))


@settings(max_examples=80)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=5), st.just({"property": "name"})),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.fixed_dictionaries(
                {
                    "op": st.sampled_from(["and", "not", "=", "in", "like", "between", "s_within", "t_after"]),
                    "args": inner,
                }
            ),
        ),
        max_leaves=6,
    )
)
def test_m07_no_json_breaks_the_reader(value: Any) -> None:
    """M07: any JSON is a filter or is refused as one."""
    assert _outcome(lambda: read_json(json.dumps(value), Builder(PROPERTIES, CRS84)))


def _outcome(read: Callable[[], Expression]) -> str | Expression:
    """The filter, or the words in which it is refused."""
    try:
        return read()
    except RequestRefused as refusal:
        return refusal.message


def test_m07_shapes_are_bounded_and_valid() -> None:
    """M07: a shape of too many points, one that crosses itself, and one of half a polygon are refused."""
    circle = shapely.Point(0, 0).buffer(1, quad_segs=2_000)
    for text in (
        circle.wkt,
        "POLYGON((0 0, 2 2, 2 0, 0 2, 0 0))",
        "POLYGON((0 0, 1 1))",
        "POINT(1e400 1)",
        "POINT EMPTY",
    ):
        with pytest.raises(RequestRefused):
            read_text(f"S_INTERSECTS(geometry, {text})", Builder(PROPERTIES, NATIONAL_GRID_URI))


def test_m09_nothing_private_comes_out_by_any_door(client: TestClient) -> None:
    """M09: a case that is not published is in no page, file, extent or count, whatever is asked."""
    doors = [CASES, f"{CASES}?f=html", "/ogc/collections/cases", f"{CASES}?filter=status<>'x'", f"{CASES}?limit=1000"]
    doors += [f"/ogc/collections/cases/download?f={form}" for form in ("geojson", "csv")]
    for door in doors:
        answer = client.get(door)
        assert answer.status_code == 200
        assert "-00002-" not in answer.text
    assert client.get(CASES).json()["numberMatched"] == 1
    for name in ("applicant", "case_officer", "alternative_reference", "published_at", "site_sha256"):
        check_refused(client.get(CASES, params={"filter": f"{name} IS NULL"}), "property_unknown")


def test_m10_only_reading_is_open_to_other_sites(client: TestClient) -> None:
    """M10: any page may read what is public; nothing here can be changed, and no credentials are allowed."""
    answer = client.get(TREES, headers={"Origin": "https://other.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        other = client.request(method, TREES, headers={"Origin": "https://other.example"})
        assert other.status_code == 405
        assert "access-control-allow-origin" not in other.headers


def test_texts_of_others_are_text_on_pages(client: TestClient) -> None:
    """A parameter that is markup is nowhere on a page as markup."""
    marked = "<script>alert(1)</script>"
    answer = client.get(TREES, params={"filter": f"reference = '{marked}'"}, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert marked not in answer.text
