from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
import shapely
from support.decision_desk import Desk, at

from api.cases import service, store
from api.cases.receive import NewCase, Person, receive
from api.consultations import publicity
from api.core.access import Access
from api.core.db import Database
from bopsgis.boundary import from_geometry
from bopsgis.planning.case import Role
from bopsgis.planning.publicity import Means

SQUARE = shapely.box(430000, 280000, 430020, 280030)

Filed = Callable[..., str]


@pytest.fixture
def assessor() -> Access:
    """The case officer."""
    return Access(council_id=1, actor="A. Assessor <a@council.example>", roles=frozenset({Role.ASSESSOR}))


@pytest.fixture
def reviewer() -> Access:
    """Somebody who may both assess and review: only not their own."""
    roles = frozenset({Role.ASSESSOR, Role.REVIEWER})
    return Access(council_id=1, actor="R. Reviewer <r@council.example>", roles=roles)


@pytest.fixture
def filed(database: Database, assessor: Access) -> Filed:
    """Makes a valid case, by default one of the case officer's council, and gives its reference."""

    def file(access: Access = assessor, notices: Sequence[Means] = (Means.SITE_NOTICE,), **parts: Any) -> str:
        plain: dict[str, Any] = {
            "application_type": "pp.full.householder",
            "received_on": date(2026, 5, 28),
            "proposal": "A single-storey rear extension",
            "address": "1 Example Street",
            "site": from_geometry(SQUARE),
            "people": {"applicant": Person("A. Applicant", email="applicant@example.org")},
        }
        with database.unit_of_work(access) as work:
            row = receive(work, NewCase(**{**plain, **parts}), at(5, 28))
            service.validate(work, store.lock(work, row.reference), date(2026, 5, 29), at(6, 1))
            for means in notices:
                notice = publicity.require_notice(work, row, means, at(6, 1))
                publicity.confirm_notice(work, row, notice.id, date(2026, 6, 1), at(6, 1))
            return row.reference

    return file


@pytest.fixture
def desk(database: Database, filed: Filed, assessor: Access, reviewer: Access) -> Desk:
    """A valid householder case on two desks."""
    return Desk(database, filed(), assessor, reviewer)
