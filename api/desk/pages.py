"""Pages of the officers' dashboard: the list with its map, saved views and files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response, StreamingResponse

from api.accounts.guard import database_of, officer
from api.cases.finding import Choices, choices, tab_counts, workloads
from api.cases.wanted import Order, Sort, Tab
from api.core import clock
from api.core.access import Access
from api.core.db import Database, Work
from api.core.incoming import SubmittedForm, single_valued, submitted_form
from api.core.page_forms import Answers, FieldError, attempt, see_other
from api.core.pages import show
from api.core.problems import RequestRefused
from api.desk import saved
from api.desk.export import ENDINGS, export
from api.desk.listing import desk_list
from api.desk.words import EMPTY, TABS
from api.features.files import FORMATS
from api.maps.basemap import BaseMap
from api.maps.case_search import WITHIN_M, CaseSearch, read_search
from api.maps.places import Places
from api.maps.routes import base_map_of, places_of
from bopsgis.errors import NotFound
from bopsgis.planning.application_types import application_types
from bopsgis.planning.case import CaseStatus, Decision, Role
from constraints.catalogue import datasets

__all__ = ["PATH", "router"]

PATH = "/cases"
router = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[Depends(single_valued)])

Db = Annotated[Database, Depends(database_of)]
Officer = Annotated[Access, Depends(officer())]
Base = Annotated[BaseMap, Depends(base_map_of)]
Addresses = Annotated[Places, Depends(places_of)]
Form = Annotated[SubmittedForm, Depends(submitted_form)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]

_SORTS = {
    Sort.DEADLINE.value: "Due first",
    f"-{Sort.DEADLINE.value}": "Due last",
    f"-{Sort.RECEIVED.value}": "Newest first",
    Sort.RECEIVED.value: "Oldest first",
    f"-{Sort.DECIDED.value}": "Decided last",
    Sort.ADDRESS.value: "Address",
    Sort.REFERENCE.value: "Reference",
    Sort.TYPE.value: "Type",
    Sort.STATUS.value: "Status",
    Sort.WARD.value: "Ward",
    Sort.OFFICER.value: "Case officer",
    Sort.DISTANCE.value: "Nearest first",
}
_NEWEST = Order(Sort.RECEIVED, descending=True)
"""How all cases are sorted: most of them are closed, and nothing of them is due."""
_HEADERS = (
    (Sort.ADDRESS, "Case"),
    (Sort.STATUS, "Status"),
    (Sort.DEADLINE, "Decision due"),
    (Sort.OFFICER, "Case officer"),
    (Sort.RECEIVED, "Received"),
)


@router.get("")
def dashboard(request: Request, access: Officer, database: Db, base: Base, places: Addresses) -> Response:
    """The officer's cases: parts, filters, list, map and workload."""
    return _dashboard(request, access, database, base, places, dict(request.query_params))


@router.get("/export.{ending}")
def exported(request: Request, ending: str, access: Officer, database: Db, places: Addresses) -> Response:
    """What the dashboard shows at the same address, all pages of it, as a file."""
    if ending not in ENDINGS:
        raise NotFound("There is no such file.", code="no_such_page")
    today = clock.today()
    with database.reading(access) as work:
        search, tab = _asked(dict(request.query_params), places, choices(work), access)
        if search.errors:
            raise RequestRefused(search.errors[0].message, code="search_refused")
        pieces = export(work, search, tab, ending, today)
    headers = {
        "Content-Disposition": f'attachment; filename="cases-{today.isoformat()}.{ending}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(pieces, media_type=FORMATS[ending].media_type, headers=headers)


@router.post("/views")
def keep_view(request: Request, form: Form, access: Officer, database: Db, base: Base, places: Addresses) -> Response:
    """Keep the search that is shown under a name."""
    form.only("name", "query")
    answers = Answers(form)
    name = answers.text("name", ask="Enter a name for this view", longest=saved.LONGEST_NAME)
    params = _params(form.fields.get("query", ""))
    with database.reading(access) as work:
        search, tab = _asked(params, places, choices(work), access)
    link = search.link(tab=tab.value, page="")
    if not answers.errors:
        attempt(lambda: _keep(database, access, name, link), answers, "name")
    if answers.errors:
        return _dashboard(request, access, database, base, places, params, answers)
    return see_other(f"{link}&done=view-kept")


@router.post("/views/{view_id:int}/remove")
def forget_view(view_id: Number, access: Officer, database: Db) -> Response:
    """Remove a search of one's own."""
    with database.unit_of_work(access) as work:
        saved.forget(work, view_id)
    return see_other(f"{PATH}?done=view-removed")


def _keep(database: Database, access: Access, name: str, link: str) -> None:
    with database.unit_of_work(access) as work:
        saved.keep(work, name, link.partition("?")[2], clock.now())


def _params(query: str) -> dict[str, str]:
    """The fields of a query string. Raises RequestRefused where one is given twice or they are too many."""
    try:
        pairs = parse_qsl(query, max_num_fields=60)
    except ValueError as error:
        raise RequestRefused("The search has too many fields.", code="search_refused") from error
    if len(dict(pairs)) != len(pairs):
        raise RequestRefused("The search gives a field more than once.", code="repeated_parameter")
    return {name: value for name, value in pairs if name not in {"page", "done"}}


def _asked(params: Mapping[str, str], places: Places, offered: Choices, access: Access) -> tuple[CaseSearch, Tab]:
    """The search and the part of the dashboard that an address asks for."""
    asked = params.get("tab", "")
    tab = Tab(asked) if asked in {tab.value for tab in Tab} else _first_tab(access)
    default = _NEWEST if tab is Tab.ALL else Order()
    officers = dict(offered.officers)
    return read_search(PATH, params, places, default=default, officers=officers, also=frozenset({"tab"})), tab


def _first_tab(access: Access) -> Tab:
    """What an officer sees who asks for nothing: what is theirs to do."""
    if Role.ASSESSOR in access.roles:
        return Tab.MINE
    return Tab.AWAITING_REVIEW if Role.REVIEWER in access.roles else Tab.ALL


def _dashboard(
    request: Request,
    access: Access,
    database: Database,
    base: BaseMap,
    places: Places,
    params: Mapping[str, str],
    answers: Answers | None = None,
) -> Response:
    with database.reading(access) as work:
        context = _context(work, params, base, places)
    faults: tuple[FieldError, ...] = (*context["search"].errors, *(answers.errors if answers else ()))
    context |= {"faults": faults, "answers": answers}
    return show(request, "desk/dashboard.html", context, viewer=access, status=422 if faults else 200)


def _context(work: Work, params: Mapping[str, str], base: BaseMap, places: Places) -> dict[str, Any]:
    today = clock.today()
    offered = choices(work)
    search, tab = _asked(params, places, offered, work.access)
    counts = tab_counts(work, search.wanted, on=today)
    return {
        "search": search,
        "tab": tab,
        "tabs": [(one, words, counts[one], search.link(tab=one.value, page="")) for one, words in TABS.items()],
        "list": desk_list(work, search, tab, base, today),
        "headers": _headers(search),
        "empty": EMPTY[tab],
        "types": [(code, application_types()[code].name) for code in offered.types],
        "statuses": [(status.value, status.in_words.capitalize()) for status in CaseStatus],
        "decisions": [(one.value, one.in_words) for one in Decision],
        "wards": offered.wards,
        "constraints": [(slug, datasets()[slug].name) for slug in offered.constraints if slug in datasets()],
        "officers": dict(offered.officers),
        "within": WITHIN_M,
        "sorts": _sorts(search, tab),
        "workloads": workloads(work, on=today),
        "views": [(view, f"{PATH}?{view.query}") for view in saved.views(work)],
        "query": search.link(tab=tab.value, page="").partition("?")[2],
        "export": {ending: search.link(f"{PATH}/export.{ending}", tab=tab.value, page="") for ending in ENDINGS},
    }


def _sorts(search: CaseSearch, tab: Tab) -> dict[str, str]:
    """By what the list can be sorted; nothing chosen is the part's own order."""
    own = f"-{_NEWEST.by.value}" if tab is Tab.ALL else Sort.DEADLINE.value
    unusable = {own} if search.place else {own, Sort.DISTANCE.value}
    return {"": _SORTS[own]} | {key: words for key, words in _SORTS.items() if key not in unusable}


def _headers(search: CaseSearch) -> list[dict[str, str]]:
    """The columns: what a click sorts by, and how the list is sorted now. A second click turns it round."""
    headers = []
    for sort, words in _HEADERS:
        here = search.order.by is sort
        turned = f"-{sort.value}" if here and not search.order.descending else sort.value
        sorted_now = ("descending" if search.order.descending else "ascending") if here else "none"
        headers.append({"words": words, "sorted": sorted_now, "href": search.link(sort=turned, page="")})
    return headers
