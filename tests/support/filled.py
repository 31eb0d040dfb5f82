"""A service with one case in which there is one of everything, so that every address has something to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from support.casework import OFFICER, a_case, signed_in
from support.documents import a_pdf
from support.stores import sqlalchemy_url
from support.submissions import a_report

from api.accounts.tables import CouncilRow
from api.core.access import Access
from api.core.db import Base, Database
from api.core.outbox import MessageRow
from api.core.settings import Settings
from api.documents.filing import open_filing
from api.documents.settings import DocumentSettings
from api.main import create_app
from api.schema import upgrade
from bopsgis.planning.case import Role

__all__ = ["COMMENT", "Filled", "filled_service", "row_counts"]

COMMENT = {
    "sentiment": "objection",
    "topics": ["light"],
    "text": "It would be dark.",
    "name": "Jane Example",
    "address": "12 Example Road, Town",
    "email": "jane@example.org",
}


@dataclass(frozen=True, slots=True)
class Filled:
    """The service of council `a`, in which there is a council `b` as well, and what stands for each address part."""

    app: FastAPI
    officer: TestClient
    values: Mapping[str, str]

    @property
    def database(self) -> Database:
        """Of the service."""
        database: Database = self.app.state.database
        return database


_LINKS = {"requests": "applicant_request", "consultations": "consultee_request"}
"""Kinds of secret links, and the template of the message that each goes out in."""


def filled_service(home: Path) -> Filled:
    """Make it, on the embedded store, over HTTP where there is a route."""
    app = create_app(Settings(home=home, database=sqlalchemy_url(home / "cases.db"), council="a"))
    app.state.filing = open_filing(DocumentSettings(publish_unscanned=True), home)
    upgrade(app.state.database)
    with app.state.database.unit_of_work(Access.public(0)) as work:
        work.session.add_all([CouncilRow(id=1, code="a", name="A"), CouncilRow(id=2, code="b", name="B")])
    reference = a_case(app.state.database)
    officer = signed_in(app, Role.ASSESSOR, Role.REVIEWER, Role.ADMINISTRATOR)
    visitor = TestClient(app, base_url="http://localhost", headers={"Sec-Fetch-Site": "same-origin"})
    case, public = f"/api/v2/cases/{reference}", f"/api/v2/public/cases/{reference}"
    _made(officer.post(f"{case}/documents", files={"file": ("plan.pdf", a_pdf())}))
    _made(officer.post(f"{case}/documents/1/publish", json={"version": 1}))
    _made(officer.post(f"{case}/notices", json={"means": "site_notice"}))
    _made(officer.post(f"{case}/neighbours", json={"address": "2 Example Street, Town, XX1 1XX"}))
    _made(officer.post(f"{case}/letters", json={}))
    _made(officer.post("/api/v2/contacts", json={"organisation": "Body", "email": "body@example.org"}))
    _made(officer.post(f"{case}/consultees", json={"contact_id": 1}))
    _made(officer.post(f"{case}/consultees/1/consult", json={}))
    _made(officer.post(f"{case}/consultees/1/responses", json=_response()))
    _made(visitor.post(f"{public}/representations", json=COMMENT))
    version = officer.get(case).json()["version"]
    asking = {"kind": "description_change", "reason": "Clearer.", "details": {"proposal": "A rear extension"}}
    _made(officer.post(f"{case}/requests", json={"version": version, **asking}))
    _made(officer.post("/api/v2/clients", json={"name": "Portal", "scopes": ["cases:read"]}))
    sent = _made(officer.post("/api/v2/submissions", json=a_report()))
    values = {"reference": reference, "submission": sent["submission"], "kind": "html", "layer": "buildings"}
    links = {f"{kind}/token": _link(app.state.database, words) for kind, words in _LINKS.items()}
    return Filled(app, officer, {**values, **links})


def _made(answer: Any) -> Any:
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def _response() -> dict[str, str]:
    return {"verdict": "no_objection", "text": "Fine.", "received_on": "2026-06-01"}


def _link(database: Database, template: str) -> str:
    """The secret of the newest link of a kind that went into the outbox."""
    with database.reading(OFFICER) as work:
        payloads = work.session.scalars(select(MessageRow.payload).order_by(MessageRow.id.desc())).all()
    return next(str(one["secret"]) for one in payloads if "secret" in one and one["template"] == template)


def row_counts(database: Database) -> dict[str, int]:
    """How many rows each table has, of all councils."""
    with database.engine.connect() as connection:
        return {
            table.name: int(connection.scalar(select(func.count()).select_from(table)) or 0)
            for table in Base.metadata.sorted_tables
        }
