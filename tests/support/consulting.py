"""Cases ready to be consulted on, and findings as a kept constraint report has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import shapely

from api.cases import service, store
from api.cases.acting import Moment
from api.cases.receive import NewCase, Person, receive
from api.cases.tables import ScreeningRow
from api.core.access import Access
from api.core.db import Database
from bopsgis.boundary import from_geometry
from bopsgis.planning.case import Role

__all__ = ["OFFICER", "VALID_ON", "a_case", "at", "finding"]

VALID_ON = date(2025, 12, 1)
OFFICER = Access(council_id=1, actor="A. Officer", roles=frozenset({Role.ASSESSOR}))
SQUARE = shapely.box(430000, 280000, 430020, 280030)


def at(day: date) -> Moment:
    """Noon of a day."""
    return Moment(datetime.combine(day, time(12), tzinfo=UTC), day)


def finding(dataset: str, status: str = "present", *references: str, consultee: str = "") -> dict[str, Any]:
    """A finding as a kept report has it, as far as consultations read it."""
    follows = {"kind": "consultee", "who": consultee, "text": "Consult.", "citation": "An Act", "edition": "1990"}
    return {
        "dataset": dataset,
        "name": dataset,
        "status": status,
        "sentence": "",
        "hits": [{"reference": reference} for reference in references],
        "consequences": [{**follows, "verified": False}] if consultee else [],
    }


def a_case(
    database: Database, findings: Sequence[dict[str, Any]] = (), *, valid: date | None = VALID_ON, **parts: Any
) -> str:
    """Receive a householder application, mark it valid unless told otherwise, keep findings; its reference."""
    on = valid or VALID_ON
    plain: dict[str, Any] = {
        "application_type": "pp.full.householder",
        "received_on": on,
        "proposal": "A single-storey rear extension",
        "address": "1 Example Street",
        "site": from_geometry(SQUARE),
        "people": {"applicant": Person("A. Applicant", email="a@example.org")},
    }
    with database.unit_of_work(OFFICER) as work:
        row = receive(work, NewCase(**{**plain, **parts}), at(on))
        if valid is not None:
            service.validate(work, store.lock(work, row.reference), on, at(on))
        kept = {"council_id": 1, "case_id": row.id, "as_at": on, "identity": "x", "site_sha256": "x", "at": at(on).at}
        work.session.add(ScreeningRow(**kept, report={"findings": list(findings)}))
        return row.reference
