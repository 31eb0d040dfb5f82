"""What every page of a case stands on: who asks, where things are kept, and when it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from api.accounts.guard import council_of, database_of, officer
from api.cases import store as cases
from api.cases.acting import Moment
from api.cases.constraints import Check
from api.cases.desk import check_of, moment
from api.cases.tables import CaseRow
from api.casework.head import head_of
from api.consultations.addresses import AddressSource, has_addresses
from api.consultations.routes import source_of
from api.core.access import Access
from api.core.db import Database, Work
from api.core.pages import show
from api.core.values import Reference
from api.documents.filing import Filing
from api.documents.routes import filing_of
from api.maps.basemap import BaseMap
from api.maps.location import Given
from api.maps.routes import base_map_of
from api.maps.site_field import SiteGiven
from api.maps.site_view import site_context
from bopsgis.errors import NotFound

__all__ = ["PREFIX", "At", "Desk", "desk_of"]

PREFIX = "/cases/{reference}"
"""Where the pages of a case are."""

_MOST: int = 2**31 - 1
"""The largest id that a column of both stores holds."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One officer at one case."""

    request: Request
    reference: str
    access: Access
    database: Database
    base: BaseMap
    files: Filing
    check: Check
    now: Moment

    @property
    def item(self) -> int:
        """The number in the address, of what belongs to the case. Raises NotFound for one that can be none."""
        number: int = self.request.path_params["item"]
        if number > _MOST:
            raise NotFound("The case has nothing with this number.", code="number")
        return number

    @property
    def key(self) -> str:
        """The name in the address, of what belongs to the case."""
        name: str = self.request.path_params["key"]
        return name

    @property
    def path(self) -> str:
        """The address of the case's page."""
        return f"/cases/{self.reference}"

    def case(self, work: Work) -> CaseRow:
        """The case. Raises NotFound."""
        return cases.get(work, self.reference)

    def addresses(self, work: Work) -> AddressSource:
        """Where addresses and land parcels come from."""
        return source_of(self.request, work)

    def site_field(self, work: Work, row: CaseRow, given: SiteGiven | None) -> Mapping[str, Any]:
        """What the field for a site boundary is shown with; what was given is checked as a location plan."""
        about = self.where(row)
        return site_context(self.request, given or SiteGiven(), about, own_plots=has_addresses(work))

    def where(self, row: CaseRow) -> Given:
        """What the application says of where it is."""
        return Given(council_of(self.request, self.database).code, row.uprns, row.address)

    def show(
        self, work: Work, row: CaseRow, template: str, context: Mapping[str, Any], *, status: int = 200
    ) -> Response:
        """A page of this case, under its head."""
        head = head_of(work, row, self.now.on)
        return show(self.request, template, {"case": head, **context}, viewer=self.access, status=status)


def desk_of(
    request: Request,
    reference: Reference,
    access: Annotated[Access, Depends(officer())],
    database: Annotated[Database, Depends(database_of)],
    base: Annotated[BaseMap, Depends(base_map_of)],
    files: Annotated[Filing, Depends(filing_of)],
    check: Annotated[Check, Depends(check_of)],
    now: Annotated[Moment, Depends(moment)],
) -> Desk:
    """The desk of an officer who is signed in."""
    return Desk(request, reference, access, database, base, files, check, now)


At = Annotated[Desk, Depends(desk_of)]
