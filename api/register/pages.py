"""The register's pages: the list with its map, and a case."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.accounts.guard import council_of, database_of, viewer
from api.accounts.tables import CouncilRow
from api.cases import store as cases
from api.cases.published import NEWEST
from api.cases.wanted import Sort
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import single_valued
from api.core.pages import show
from api.core.values import Reference
from api.documents.filing import Filing
from api.documents.routes import filing_of
from api.maps.basemap import BaseMap
from api.maps.case_search import WITHIN_M, read_search, type_choices
from api.maps.places import Places
from api.maps.routes import base_map_of, places_of
from api.register import queries
from api.register.case_view import case_page
from api.register.listing import register_list
from bopsgis.planning.case import CaseStatus, Decision

__all__ = ["PATH", "router"]

PATH = "/applications"
router = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[Depends(single_valued)])

Db = Annotated[Database, Depends(database_of)]
Council = Annotated[CouncilRow, Depends(council_of)]
Base = Annotated[BaseMap, Depends(base_map_of)]
Viewer = Annotated[Access | None, Depends(viewer)]

_STATUSES = (
    CaseStatus.VALID,
    CaseStatus.IN_CONSULTATION,
    CaseStatus.BEING_ASSESSED,
    CaseStatus.AWAITING_REVIEW,
    CaseStatus.AT_COMMITTEE,
    CaseStatus.DECIDED,
    CaseStatus.APPEALED,
    CaseStatus.WITHDRAWN,
)
_SORTS = {
    "": "Newest first",
    Sort.VALID.value: "Oldest first",
    Sort.DEADLINE.value: "Decision due first",
    f"-{Sort.DECIDED.value}": "Decided last",
    Sort.ADDRESS.value: "Address",
    Sort.REFERENCE.value: "Reference",
    Sort.DISTANCE.value: "Nearest first",
}


@router.get("")
def listed(
    request: Request,
    database: Db,
    council: Council,
    base: Base,
    places: Annotated[Places, Depends(places_of)],
    who: Viewer,
) -> Response:
    """The register: a search form, a list, and the same cases on a map."""
    search = read_search(PATH, dict(request.query_params), places, default=NEWEST)
    with database.reading(Access.public(council.id)) as work:
        shown = register_list(work, search, base, clock.today())
        wards = queries.wards(work)
    context = {
        "search": search,
        "list": shown,
        "council": council.name,
        "types": type_choices(),
        "statuses": [(status.value, status.in_words.capitalize()) for status in _STATUSES],
        "decisions": [(one.value, one.value.replace("_", " ").capitalize()) for one in Decision],
        "wards": wards,
        "within": WITHIN_M,
        "sorts": {key: words for key, words in _SORTS.items() if key != Sort.DISTANCE.value or search.place},
    }
    return show(request, "register/list.html", context, viewer=who, status=422 if search.errors else 200)


@router.get("/{reference}")
def case(
    request: Request,
    reference: Reference,
    database: Db,
    council: Council,
    base: Base,
    files: Annotated[Filing, Depends(filing_of)],
    who: Viewer,
) -> Response:
    """One case: how far it is, where it is, what applies there, its documents and what people say."""
    with database.reading(Access.public(council.id)) as work:
        page = case_page(work, cases.get(work, reference), files, base, clock.today())
    return show(request, "register/case.html", {"page": page, "council": council.name}, viewer=who)
