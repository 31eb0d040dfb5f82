"""Access: every route of the service against everybody who should not get in, asked from the table of routes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from support.casework import key_for, signed_in
from support.documents import a_pdf
from support.filled import Filled, filled_service, row_counts
from support.route_table import Listed, least_body, route_table
from support.submissions import SITE

from api.accounts.clients import SCOPES
from bopsgis.planning.case import Role

PUBLIC = re.compile(
    r"/$|/(check|report|report/download|datasets|docs|cookies|accessibility|privacy)$"
    r"|/api/(check|datasets|places)$|/api/v2/(near|spatial/cases|spatial/history)$|/maps?/(?!plots)|/ogc"
    r"|/sign-(in|out)\b|/api/v2/session(/code|/end)?$|/api/v2/public/|/applications\b|/requests/|/consultations/|/alerts\b|/brand\.css$|/tiles\b|/archives/|/map$"
)
"""Routes that anybody may ask: site checks, maps, signing in, what is published, and what a secret link opens."""

CASE = "/cases/{reference}"
HEADERS = {
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cache-control",
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """The whole application, with one of everything in it."""
    made = filled_service(tmp_path_factory.mktemp("home"))
    yield made
    made.database.dispose()


@pytest.fixture
def kept(filled: Filled) -> Iterator[None]:
    """Fails a test after which there is a row more or less than before."""
    before = row_counts(filled.database)
    yield
    assert row_counts(filled.database) == before


_FORM = {"content": b"", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
_TEXTS: dict[str, dict[str, Any]] = {
    "/boundary": {"site": json.loads(shapely.to_geojson(SITE)), "site_crs": 27700},
    "/assessment": {"section": "site_description", "text": "x"},
    "/council/library/{entry_id:int}": {"condition": {"title": "x", "text": "x", "reason": "x"}},
}
"""What bodies of JSON need beyond the least that their schema asks for, by the end of the route's path."""


def body_for(route: Listed) -> dict[str, Any]:
    """A body that the route takes: so whatever answers does so for who asks for what, not for how."""
    if route.method == "GET":
        return {}
    if not route.path.startswith("/api/"):
        return _FORM
    if route.model is None and "documents" in route.path:
        version = {"data": {"version": "1"}} if "{document_id" in route.path else {}
        return {"files": {"file": ("plan.pdf", a_pdf())}, **version}
    more = next((more for end, more in _TEXTS.items() if route.path.endswith(end)), {})
    return {"json": least_body(route.model) | more}


def asked(filled: Filled, client: TestClient, route: Listed, **more: Any) -> Any:
    """One request to a route, with a body that it takes."""
    body = body_for(route)
    headers = {"headers": {**body.get("headers", {}), **more.get("headers", {})}}
    return client.request(route.method, route.address(filled.values), follow_redirects=False, **(body | more | headers))


def stranger(filled: Filled, **headers: str) -> TestClient:
    """A browser in which nobody has signed in, on a page of ours."""
    return TestClient(filled.app, base_url="http://localhost", headers={"Sec-Fetch-Site": "same-origin"} | headers)


def turned_away(answer: Any) -> bool:
    """True for a 401, and for a page that sends a person to sign in."""
    return answer.status_code == 401 or (
        answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?")
    )


def test_a02_every_route_names_who_may_ask_or_is_on_the_short_public_list() -> None:
    """A route with neither a guard nor a place on the list above is a hole; a list that nothing is on is stale."""
    routes = route_table()
    assert len(routes) > 100
    open_ones = [route.path for route in routes if not route.guarded]
    assert [path for path in open_ones if not PUBLIC.match(path)] == [], "guard these, or put them on the public list"
    guarded = [route for route in routes if route.guarded]
    assert [route.path for route in guarded if PUBLIC.match(route.path)] == []
    assert len([route for route in guarded if route.method == "POST" and CASE in route.path]) > 40


@pytest.mark.usefixtures("kept")
def test_a01_nobody_gets_in_without_a_session_or_a_key(filled: Filled) -> None:
    """No route with a guard lets a stranger in, nor a made-up cookie or key."""
    made_up = {"Authorization": "Bearer bops_000000000000_x"}
    for headers in ({}, {"Cookie": "bopsgis_session=x"}, made_up):
        client = stranger(filled, **headers)
        for route in route_table():
            if route.guarded:
                answer = asked(filled, client, route)
                assert turned_away(answer) or answer.status_code == 415, (
                    f"{route.method} {route.path}: {answer.status_code} {answer.text[:200]}"
                )


def test_a01_no_role_of_another_council_sees_or_changes_anything(filled: Filled) -> None:
    """Every route, page and JSON, x role x an id of council `a`, asked by council `b`: it is not there.

    Each role alone may be told that the act is not for it; who has all of them is told 404 by every route, so that
    no answer hangs on anything but whose it is. Lists and pages without an id say nothing of `a` either.
    """
    filled.app.state.council = "b"
    try:
        roles = (Role.ASSESSOR, Role.REVIEWER, Role.ADMINISTRATOR)
        doors = [(signed_in(filled.app, role, council_id=2), {403, 404}) for role in roles]
        doors.append((signed_in(filled.app, *roles, council_id=2), {404}))
        before = row_counts(filled.database)
        reached = 0
        for route in route_table():
            ids = "{" in route.path
            if not (route.guarded or (ids and re.search(r"\{(reference|token)", route.path))):
                continue
            if not ids and route.method != "GET":
                continue  # of their own council; what they open is counted by the tests of each
            for door, answers in doors:
                answer = asked(filled, door, route)
                told = f"{route.method} {route.path}: {answer.status_code} {answer.text[:200]}"
                assert not ids or answer.status_code in answers or "{kind}" in route.path, told
                assert answer.status_code < 500 or "store" in answer.text, told
                assert "Example Street" not in answer.text, told
                assert filled.values["reference"] not in answer.text or ids, told
                reached += answer.status_code == 404
        assert row_counts(filled.database) == before
        assert reached > 800
    finally:
        filled.app.state.council = "a"
        _forget_officers_of_b(filled)


def _forget_officers_of_b(filled: Filled) -> None:
    """What signing in left behind, so that the rows are as before (the audit keeps what it has)."""
    with filled.database.engine.execution_options(write=True).begin() as connection:
        for table in ("officer_session", "officer_role", "officer"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE council_id = 2")  # noqa: S608  # names above
        connection.exec_driver_sql("DROP TRIGGER audit_event_no_delete")
        for table in ("audit_event", "audit_head"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE council_id = 2")  # noqa: S608  # names above


def test_a08_a_key_opens_only_what_its_scope_says(filled: Filled) -> None:
    """For each scope: a client changes nothing that the scope does not name, and no key works from an address."""
    keys = {scope: key_for(filled.app, scope) for scope in SCOPES}
    before = row_counts(filled.database)
    for scope in ("cases:read", "representations:write"):
        client = TestClient(filled.app, base_url="http://localhost", headers=keys[scope])
        for route in route_table():
            if route.guarded and route.method != "GET":
                answer = asked(filled, client, route)
                assert answer.status_code in {401, 403, 415, 422}, f"{route.path}: {answer.status_code}"
    key = keys["cases:read"]["Authorization"].partition(" ")[2]
    visitor = stranger(filled)
    assert visitor.get("/api/v2/cases", headers=keys["cases:read"]).status_code == 200
    for query in (f"?key={key}", f"?api_key={key}", f"?access_token={key}", f"?authorization=Bearer {key}"):
        assert visitor.get(f"/api/v2/cases{query}").status_code == 401
    assert row_counts(filled.database) == before


@pytest.mark.usefixtures("kept")
def test_a05_a_page_of_another_site_changes_nothing(filled: Filled) -> None:
    """Cross-site, of a neighbouring name, from a foreign origin or from nowhere: refused with a signed-in browser."""
    cookie = {"Cookie": f"bopsgis_session={filled.officer.cookies['bopsgis_session']}"}
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {},
    ):
        client = TestClient(filled.app, base_url="http://localhost", headers=cookie | headers)
        for route in route_table():
            if route.method != "GET" and (route.guarded or "session" in route.path or "sign-" in route.path):
                answer = asked(filled, client, route)
                assert answer.status_code in {403, 415, 422}, f"{headers} {route.path}: {answer.status_code}"
    assert filled.officer.get("/api/v2/cases").status_code == 200


def test_a05_nothing_signs_out_or_changes_by_get(filled: Filled) -> None:
    """Signing out, and every other change, is a POST."""
    paths = {route.path for route in route_table() if route.method == "GET"}
    assert not [path for path in paths if re.search(r"sign-?out|logout|/end$|delete|revoke", path)]
    for path in ("/sign-out", "/api/v2/session/end"):
        assert filled.officer.get(path).status_code == 405
    assert filled.officer.get("/api/v2/cases").status_code == 200


def test_j22_every_get_is_safe(filled: Filled) -> None:
    """An officer and a stranger crawl every address that can be read: no table gains or loses a row."""
    before = row_counts(filled.database)
    seen = []
    for client in (filled.officer, stranger(filled)):
        for route in route_table():
            if route.method == "GET":
                answer = asked(filled, client, route)
                assert answer.status_code < 500 or "store" in answer.text or "Service Unavailable" in answer.text, (
                    f"{route.path}: {answer.text[:200]}"
                )
                seen.append((route.guarded, answer.status_code))
    assert row_counts(filled.database) == before
    assert seen.count((True, 200)) > 20
    assert seen.count((False, 200)) > 15


def test_a14_every_answer_carries_the_security_headers(filled: Filled) -> None:
    """Of every route, refused and answered; over TLS the browser is told to stay there."""
    client = stranger(filled)
    for route in route_table():
        headers = asked(filled, client, route).headers
        assert set(headers) >= HEADERS, route.path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert not re.search(r"unsafe-(inline|eval)", headers["content-security-policy"]), route.path
    for path in ("/", "/nowhere", "/api/v2/cases"):
        secure = TestClient(filled.app, base_url="https://localhost").get(path)
        assert "max-age=" in secure.headers["strict-transport-security"]
        assert "strict-transport-security" not in client.get(path).headers


def test_a16_the_description_has_what_programs_may_ask_and_nothing_else(filled: Filled) -> None:
    """Every JSON route is in it once, no page and no probe is, and no example of it is a secret."""
    document = filled.app.openapi()
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    listed = {(route.method, re.sub(r":\w+}", "}", route.path)) for route in route_table() if route.in_schema}
    assert described == listed
    assert [
        path
        for _, path in described
        if not path.startswith(("/api/", "/map/", "/maps/", "/ogc", "/tiles/", "/archives/"))
    ] == []
    assert [route.path for route in route_table() if route.path.startswith("/api/") and not route.in_schema] == []
    assert not re.search(r"bops_[0-9a-f]{12}_|argon2|totp_secret|token_hash", str(document))


HOSTILE_IDS = ["-1", "99999999999999999999", "1_0", "1.0", "%27%20OR%201=1--", "%D9%A1"]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("bad", HOSTILE_IDS)
def test_j12_hostile_ids_are_not_found_or_refused(filled: Filled, bad: str) -> None:
    """In each part of each address: an answer of the 4xx, whatever the store makes of the number."""
    for route in route_table():
        for part in re.findall(r"\{(\w+)(?::\w+)?\}", route.path):
            hostile = {name: value for name, value in filled.values.items() if not name.endswith(part)}
            answer = asked(replace(filled, values={**hostile, part: bad}), filled.officer, route)
            assert 400 <= answer.status_code < 500, f"{route.method} {route.path} {part}: {answer.status_code}"


@pytest.mark.usefixtures("kept")
def test_j13_a_repeated_parameter_is_refused_by_every_json_route(filled: Filled) -> None:
    """Of two values for one name none is chosen silently."""
    for route in route_table():
        if route.path.startswith("/api/"):
            answer = asked(filled, filled.officer, route, params={"limit": ["1", "2"]})
            assert (answer.status_code, answer.json()["code"]) == (400, "repeated_parameter"), route.path


@pytest.mark.parametrize("query", ["limit=-5", "limit=1000000000", "limit=0", "limit=nan", "before=-1", "before=x"])
def test_j13_pages_of_cases_are_bounded(filled: Filled, query: str) -> None:
    """A limit outside 1 to 100 and a place that is none are refused; one beyond the end is an empty page."""
    assert filled.officer.get(f"/api/v2/cases?{query}").status_code == 422
    assert filled.officer.get("/api/v2/cases?before=1").json()["cases"] == []
    assert len(filled.officer.get("/api/v2/cases?before=999999999999").json()["cases"]) == 1


@pytest.mark.usefixtures("kept")
def test_j17_other_methods_are_405_on_every_route(filled: Filled) -> None:
    """TRACE, OPTIONS, PUT, DELETE, and a method override in a header, change nothing anywhere."""
    for method in ("TRACE", "OPTIONS", "PUT", "PATCH", "CONNECT", "PROPFIND"):
        assert filled.officer.request(method, "/api/v2/cases").status_code == 405
    reads = {route.path for route in route_table() if route.method == "GET"}
    for route in route_table():
        address = route.address(filled.values)
        assert filled.officer.delete(address).status_code == 405, route.path
        if route.path not in reads:
            override = {"X-HTTP-Method-Override": "POST", "X-Method-Override": "POST"}
            answer = filled.officer.get(address, headers=override, params={"_method": "POST"})
            assert answer.status_code in {404, 405, 422}, f"{route.path}: {answer.status_code}"


def test_j18_a_forged_host_or_forwarded_address_changes_nothing(filled: Filled) -> None:
    """Another host is refused on every route; what strangers say of a proxy reaches no link, cookie or redirect."""
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}
    for route in route_table():
        assert asked(filled, filled.officer, route, headers={"Host": "evil.example"}).status_code == 400
        if route.method == "GET":
            answer = asked(filled, stranger(filled), route, headers=forged)
            assert "evil.example" not in answer.text + str(answer.headers), route.path
            assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    "onwards",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aX: 1", "javascript:1"],
)
def test_j19_nobody_is_sent_to_another_site(filled: Filled, onwards: str) -> None:
    """Whatever a page is asked to go on to, a redirect stays here and carries no second header."""
    asking = dict.fromkeys(("next", "return", "url", "redirect"), onwards)
    pages = [route for route in route_table() if route.method == "GET" and not route.in_schema]
    assert len(pages) > 8
    for route in pages:
        answer = asked(filled, filled.officer, route, params=asking)
        target = answer.headers.get("location", "/")
        assert re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", target), f"{route.path}: {target}"
        assert "x" not in answer.headers
