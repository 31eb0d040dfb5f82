"""Three officers at their browsers, on a day that moves on, with a case that has just come."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import shapely
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from support.casework import app_of, nothing_found, nowhere, signed_in
from support.documents import AlwaysClean, a_filing
from support.html_forms import form_of

from api.cases import store
from api.cases.acting import Moment
from api.cases.desk import areas_of, check_of
from api.cases.receive import NewCase, Person, receive
from api.cases.tables import CaseRow
from api.casework import pages
from api.consultations.addresses import PlacesFile
from api.core.access import Access
from api.core.db import Database
from api.decisions import routes as decisions
from api.documents import routes as documents
from api.maps.basemap import BaseMap
from api.maps.places import Places
from api.maps.service import SiteChecks
from bopsgis.boundary import from_geometry
from bopsgis.planning.case import Role

_MESSAGES = r'<a href="#[^>]*>([^<]*)</a>|<h1[^>]*>([^<]*)</h1>'

__all__ = ["OFFICER", "Office", "boxes", "open_office"]

SITE = shapely.box(430000, 280000, 430020, 280030)
OFFICER = Access(council_id=1, actor="Post room", roles=frozenset({Role.ASSESSOR}))


@dataclass
class Office:
    """A service with three officers. `day` is today."""

    app: FastAPI
    database: Database
    day: date = date(2026, 6, 1)
    reference: str = ""
    browsers: dict[Role, TestClient] = field(default_factory=dict)

    @property
    def assessor(self) -> TestClient:
        """The case officer's browser."""
        return self.browsers[Role.ASSESSOR]

    @property
    def reviewer(self) -> TestClient:
        """The reviewer's browser."""
        return self.browsers[Role.REVIEWER]

    @property
    def administrator(self) -> TestClient:
        """The administrator's browser."""
        return self.browsers[Role.ADMINISTRATOR]

    def move_to(self, day: date) -> None:
        """Another day: sessions do not last so long, so everybody signs in anew."""
        self.day = day
        for role in (Role.ASSESSOR, Role.REVIEWER, Role.ADMINISTRATOR):
            self.browsers[role] = signed_in(self.app, role)
            self.browsers[role].follow_redirects = False

    @property
    def path(self) -> str:
        """The address of the case."""
        return f"/cases/{self.reference}"

    def now(self) -> datetime:
        """Noon of today."""
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)

    def receive(self, **parts: Any) -> str:
        """A householder application that has just come; it is the case at hand from now on."""
        plain: dict[str, Any] = {
            "application_type": "pp.full.householder",
            "received_on": self.day,
            "proposal": "A single-storey rear extension",
            "address": "1 Example Street",
            "site": from_geometry(SITE),
            "people": {"applicant": Person("A. Applicant", email="applicant@example.org")},
        }
        with self.database.unit_of_work(OFFICER) as work:
            self.reference = receive(work, NewCase(**{**plain, **parts}), Moment(self.now(), self.day)).reference
        return self.reference

    def see(self, who: TestClient, page: str = "") -> str:
        """A page below the case's, as somebody sees it."""
        answer = who.get(f"{self.path}/{page}".rstrip("/"))
        assert answer.status_code == 200, f"{page}: {answer.text}"
        return answer.text

    def send(
        self, who: TestClient, page: str, given: Mapping[str, str] | None = None, *, file: bytes | None = None
    ) -> Response:
        """Open the form of a page, fill it in, send it; what has no form now is sent as one opened before was."""
        shown = self.see(who, page)
        earlier = {"stamp": f"case-{self.row(lambda row: row.version)}", "seen": "0"}
        fields = {**(form_of(shown) if 'id="task"' in shown else earlier), **(given or {})}
        files = {"file": ("plan.pdf", file)} if file is not None else None
        return who.post(f"{self.path}/{page}", data=fields, files=files)

    def do(self, who: TestClient, page: str, given: Mapping[str, str] | None = None, **more: Any) -> str:
        """The same, done: the page that comes after it, with its banner."""
        answer = self.send(who, page, given, **more)
        assert answer.status_code == 303, f"{page}: {answer.status_code} {re.findall(_MESSAGES, answer.text)}"
        after = who.get(answer.headers["location"])
        assert after.status_code == 200
        assert "govuk-notification-banner--success" in after.text, page
        return after.text

    def row(self, read: Callable[[CaseRow], Any]) -> Any:
        """Something of the case's row."""
        with self.database.reading(OFFICER) as work:
            return read(store.get(work, self.reference))


def boxes(name: str, day: date) -> dict[str, str]:
    """A day in the three boxes of a date input."""
    return {f"{name}-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


def open_office(database: Database, folder: Path) -> Office:
    """The service over an empty map, without addresses, where a check of a site finds nothing."""
    given = {
        "town": None,
        "base_map": BaseMap(folder),
        "filing": a_filing(folder / "papers", AlwaysClean()),
        "addresses": PlacesFile(folder / "no.gpkg"),
        "checks": SiteChecks(folder / "no-store"),
        "places": Places(folder / "no.gpkg"),
        "address": "https://planning.example",
    }
    app = app_of(database, documents.router, decisions.router, pages.router, **given)
    app.dependency_overrides |= {check_of: lambda: nothing_found, areas_of: lambda: nowhere}
    return Office(app, database)
