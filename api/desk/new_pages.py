"""The page on which an officer enters an application that came on paper."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.accounts.guard import database_of, officer
from api.cases import constraints
from api.cases.acting import Moment
from api.cases.receive import NewCase, receive
from api.cases.routes import check_of, moment
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import SubmittedForm, single_valued, submitted_form
from api.core.page_forms import Answers, attempt, see_other
from api.core.pages import show
from api.desk.new_case import PEOPLE, read_new_case
from api.maps.case_search import type_choices
from api.maps.places import Address, Places
from api.maps.routes import places_of
from bopsgis.errors import BopsgisError
from bopsgis.planning.calendar import in_words

__all__ = ["PATH", "router"]

PATH = "/cases/new"
_MOST = 20
router = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[Depends(single_valued)])

Db = Annotated[Database, Depends(database_of)]
Officer = Annotated[Access, Depends(officer())]
Addresses = Annotated[Places, Depends(places_of)]
Now = Annotated[Moment, Depends(moment)]


@router.get("")
def form_page(request: Request, access: Officer, places: Addresses, now: Now) -> Response:
    """The form; `find` looks for addresses, `uprn` takes one of them over."""
    sought, chosen = (request.query_params.get(name, "").strip()[:200] for name in ("find", "uprn"))
    found = _found(places, sought)
    taken = next(iter(_found(places, chosen)), None) if chosen else None
    fields: dict[str, str] = {}
    if taken is not None:
        fields = {"address": taken.text, "postcode": taken.postcode, "uprn": taken.uprn, "parcel": "1"}
    context: dict[str, Any] = {"fields": fields, "sought": sought, "found": found}
    return _page(request, access, now, places, context)


@router.post("")
def enter(
    request: Request,
    form: Annotated[SubmittedForm, Depends(submitted_form)],
    access: Officer,
    database: Db,
    places: Addresses,
    now: Now,
    check: Annotated[constraints.Check, Depends(check_of)],
) -> Response:
    """Open the case and screen its site, or show the form again with what is wrong."""
    answers = Answers(form)
    new = read_new_case(form, answers, places, now.on)
    reference = None
    if not answers.errors:
        reference = attempt(lambda: _received(database, access, new, check, now), answers, "type")
    if reference is None:
        context = {"fields": form.fields, "answers": answers, "found": (), "sought": ""}
        return _page(request, access, now, places, context, answers.status)
    return see_other(f"/cases/{reference}?done=entered")


def _received(database: Database, access: Access, new: NewCase, check: constraints.Check, now: Moment) -> str:
    # Before the unit of work, so that others wait as short as can be for the next number.
    report = None if new.site is None else check(new.site, now.on)
    with database.unit_of_work(access) as work:
        row = receive(work, new, now)
        if report is not None:
            constraints.screen_case(work, row, lambda _site, _on: report, now)
        return row.reference


def _found(places: Places, text: str) -> tuple[Address, ...]:
    """Addresses that fit what was typed; none where there are no addresses."""
    if not text or not places.available:
        return ()
    try:
        return (places.address(text),) if text.isdigit() else places.search(text, _MOST)
    except BopsgisError:  # no such UPRN
        return ()


def _page(
    request: Request, access: Access, now: Moment, places: Places, context: dict[str, Any], status: int = 200
) -> Response:
    given = {"types": type_choices(), "people": PEOPLE, "addresses": places.available, "today": in_words(now.on)}
    return show(request, "desk/new.html", {**given, **context}, viewer=access, status=status)
