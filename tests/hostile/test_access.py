"""Access: every route of the service against everybody who should not get in (A01, A02, A05, J22)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from support.casework import OFFICER, a_case, key_for, signed_in
from support.stores import sqlalchemy_url

from api.accounts.tables import CouncilRow
from api.core.access import Access
from api.core.audit import AuditEvent
from api.core.settings import Settings
from api.main import create_app
from api.schema import upgrade
from bopsgis.planning.case import Role

OPEN = re.compile(
    r"/api/v2/public/|/api/v2/session$|/api/v2/session/code$|/api/v2/session/end$|/api/v2/application-types"
)
"""Routes of cases that anybody may ask; those of the public look at what is published, or at a secret link."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The whole application for council `a`, with one published case in it; council `b` is there as well."""
    home = tmp_path_factory.mktemp("home")
    app = create_app(Settings(home=home, database=sqlalchemy_url(home / "cases.db"), council="a"))
    upgrade(app.state.database)
    with app.state.database.unit_of_work(Access.public(0)) as work:
        work.session.add_all([CouncilRow(id=1, code="a", name="A"), CouncilRow(id=2, code="b", name="B")])
    a_case(app.state.database)
    yield app
    app.state.database.dispose()


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Method and address of every route of cases, with the case's reference and a 1 for every other part."""
    found = []
    for path, methods in app.openapi()["paths"].items():
        if path.startswith("/api/v2/"):
            address = re.sub(r"\{[^}]+\}", "1", path.replace("{reference}", "26-00001-HAPP"))
            found += [(method.upper(), address) for method in methods]
    return found


def ask(client: TestClient, method: str, address: str, **more: Any) -> Any:
    """One request, with the least body that a route may read."""
    body = {} if method == "GET" else {"json": {"version": 1}}
    return client.request(method, address, **body, **more)


def events(app: FastAPI) -> int:
    """How much has been done in council `a`."""
    with app.state.database.reading(OFFICER) as work:
        return int(work.session.scalar(select(func.count()).select_from(AuditEvent)) or 0)


def test_the_route_table_is_known(service: FastAPI) -> None:
    """There are routes to ask, and the list of open ones names only what is there."""
    addresses = {address for _, address in routes_of(service)}
    assert len(addresses) > 60
    assert sum(bool(OPEN.search(address)) for address in addresses) >= 8


def test_nobody_gets_in_without_a_session_or_a_key(service: FastAPI) -> None:
    """Every route that is not open answers 401 to a stranger and to a made-up key or cookie."""
    before = events(service)
    stranger = TestClient(service, base_url="http://localhost", headers={"Sec-Fetch-Site": "same-origin"})
    for method, address in routes_of(service):
        if OPEN.search(address):
            continue
        for more in ({}, {"headers": {"Authorization": "Bearer bops_000000000000_x"}}):
            answer = ask(stranger, method, address, **more)
            assert answer.status_code in {401, 415, 422}, (
                f"{method} {address}: {answer.status_code} {answer.text[:200]}"
            )
            assert answer.headers["content-type"] == "application/problem+json"
        if method == "GET":
            assert ask(stranger, method, address).status_code == 401, address
    assert events(service) == before


def test_another_council_s_officers_see_and_change_nothing(service: FastAPI) -> None:
    """An officer of council `b` with every role finds none of `a`'s cases, whatever the route."""
    other = service.state.council
    service.state.council = "b"
    try:
        with service.state.database.unit_of_work(Access.public(0)) as work:
            assert work.session.get(CouncilRow, 2) is not None
        browser = _officer_of_b(service)
        before = events(service)
        for method, address in routes_of(service):
            if "26-00001-HAPP" not in address:
                continue
            answer = ask(browser, method, address)
            assert answer.status_code in {404, 409, 415, 422}, f"{method} {address}: {answer.status_code}"
            assert "Example Street" not in answer.text
            if method == "GET":
                assert answer.status_code in {404, 422}, f"{method} {address}"
        assert events(service) == before
    finally:
        service.state.council = other


def _officer_of_b(app: FastAPI) -> TestClient:
    from_a = signed_in(app, Role.ASSESSOR, Role.REVIEWER, Role.ADMINISTRATOR, council_id=2)
    assert from_a.get("/api/v2/cases").json() == {"cases": [], "next_before": None}
    return from_a


def test_a_key_opens_only_what_its_scope_says(service: FastAPI) -> None:
    """A client that may only read cases changes nothing, anywhere."""
    client = TestClient(service, base_url="http://localhost", headers=key_for(service, "cases:read"))
    before = events(service)
    for method, address in routes_of(service):
        if method == "GET" or OPEN.search(address):
            continue
        answer = ask(client, method, address)
        assert answer.status_code in {401, 403, 415, 422}, f"{method} {address}: {answer.status_code}"
    assert events(service) == before


def test_reading_writes_nothing(service: FastAPI, tmp_path: Path) -> None:  # noqa: ARG001  # a folder of its own
    """An officer who asks every address that can be read leaves no event behind."""
    browser = signed_in(service, Role.ASSESSOR)
    before = events(service)
    for method, address in routes_of(service):
        if method == "GET":
            assert ask(browser, method, address).status_code < 500, address
    assert events(service) == before


def test_a_page_of_another_site_changes_nothing(service: FastAPI) -> None:
    """With a signed-in browser every change that another site asks for is refused."""
    browser = signed_in(service, Role.REVIEWER)
    before = events(service)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        for method, address in routes_of(service):
            if method == "POST" and not OPEN.search(address):
                answer = ask(browser, method, address, headers=headers)
                assert answer.status_code in {403, 415, 422}, f"{address}: {answer.status_code}"
    assert events(service) == before
