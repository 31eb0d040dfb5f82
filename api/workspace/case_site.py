"""The site of a case, for the map and the plan: officers see those of their council, others those on the register."""

from __future__ import annotations

from fastapi import Request

from api.accounts.guard import council_of
from api.cases import store as cases
from api.cases.constraints import site_of
from api.consultations import representations
from api.core.access import Access
from api.core.db import Database
from bopsgis.boundary import Boundary
from bopsgis.errors import NotFound

__all__ = ["site_of_case"]


def site_of_case(request: Request, database: Database, reference: str, who: Access | None) -> Boundary:
    """The site boundary. Raises NotFound for a case that this person may not see, or that has none."""
    access = who or Access.public(council_of(request, database).id)
    with database.reading(access) as work:
        row = cases.get(work, reference)
        if who is None:
            representations.open_case(row)
        if row.site is None:
            raise NotFound("This case has no site on the map.", code="site_unknown")
        return site_of(row)
