"""A case to work on, and a service of one router round it, signed in for real."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import shapely
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from api import main
from api.accounts.clients import add_client
from api.accounts.guard import COOKIE
from api.accounts.officers import add_officer
from api.accounts.sessions import sign_in
from api.accounts.throttle import TRIES, Throttle
from api.cases import store
from api.cases.acting import Moment
from api.cases.receive import NewCase, receive
from api.cases.service import validate
from api.core import clock, web
from api.core.access import Access
from api.core.db import Database
from api.core.limits import WebLimits
from bopsgis.boundary import Boundary, from_geometry
from bopsgis.planning.case import Role
from constraints.model import ConstraintReport

__all__ = [
    "ADMINISTRATOR",
    "NOON",
    "OFFICER",
    "PASSWORD",
    "a_case",
    "app_of",
    "key_for",
    "nothing_found",
    "nowhere",
    "settled",
    "signed_in",
]

NOON = Moment(datetime(2026, 6, 1, 12, tzinfo=UTC), date(2026, 6, 1))
OFFICER = Access(council_id=1, actor="A. Officer", roles=frozenset({Role.ASSESSOR}))
ADMINISTRATOR = Access(council_id=1, actor="Administrator", roles=frozenset({Role.ADMINISTRATOR}))
PASSWORD = "seven green bicycles"  # noqa: S105  # of invented officers


def a_case(database: Database, access: Access = OFFICER, *, valid: bool = True) -> str:
    """The reference of a householder case; a valid one is on the public register."""
    new = NewCase(
        application_type="pp.full.householder",
        received_on=date(2026, 5, 28),
        proposal="A single-storey rear extension",
        address="1 Example Street",
        site=from_geometry(shapely.box(430000, 280000, 430020, 280030)),
    )
    with database.unit_of_work(access) as work:
        reference = receive(work, new, NOON).reference
        if valid:
            validate(work, store.lock(work, reference), date(2026, 5, 29), NOON)
    return reference


def nothing_found(site: Boundary, as_at: date) -> ConstraintReport:
    """A constraint check over no data at all."""
    return ConstraintReport(
        site=site,
        as_at=as_at,
        councils=(),
        council_names=(),
        store_version="none",
        settings={},
        findings=(),
        software="test",
        seal=lambda report: f"{report.site.sha256[:32]:0>64}",
    )


def nowhere(site: Boundary, as_at: date) -> dict[str, str]:
    """The ward and parish of a site where no boundaries are loaded."""
    del site, as_at
    return {}


def settled(officer: TestClient, case: dict[str, Any]) -> dict[str, Any]:
    """The case as answered after an officer has said of all that it lacks that it is met."""
    for one in case["missing"]:
        body = {"version": case["version"], "requirement": one, "reason": "Seen on paper."}
        answer = officer.post(f"/api/v2/cases/{case['reference']}/requirements/settle", json=body)
        assert answer.status_code == 200, answer.text
        case = answer.json()
    return case


def app_of(database: Database, *routers: APIRouter, **state: Any) -> FastAPI:
    """A service of council `a` with these routers, behind the real doors and with the real answers to errors."""
    app = FastAPI()
    for router in routers:
        app.include_router(router)
    main._handle_errors(app)
    limits = WebLimits()
    given = {"database": database, "council": "a", "throttle": Throttle("memory://", TRIES), "limits": limits}
    given["provider"] = None
    for name, value in (given | state).items():
        setattr(app.state, name, value)
    web.install(app, limits)
    return app


def signed_in(app: FastAPI, *roles: Role, council_id: int = 1) -> TestClient:
    """A browser in which an officer of a council with these roles has signed in."""
    email = f"{'-'.join(roles)}-{uuid.uuid4().hex[:6]}@council.example"
    with app.state.database.unit_of_work(replace(ADMINISTRATOR, council_id=council_id)) as work:
        add_officer(work, email=email, name="Sample Officer", roles=set(roles), password=PASSWORD, at=clock.now())
    with app.state.database.unit_of_work(Access.public(council_id)) as work:
        token = sign_in(work, email, PASSWORD, clock.now())
    browser = TestClient(app, base_url="http://localhost", headers={"Sec-Fetch-Site": "same-origin"})
    browser.cookies.set(COOKIE, token)
    return browser


def key_for(app: FastAPI, *scopes: str) -> dict[str, str]:
    """The headers of an API client with these scopes."""
    with app.state.database.unit_of_work(ADMINISTRATOR) as work:
        _, key = add_client(work, "Portal", scopes, clock.now())
    return {"Authorization": f"Bearer {key}"}
