"""The page on which an officer enters an application that came on paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.accounts.guard import council_of, database_of, officer
from api.accounts.tables import CouncilRow
from api.cases.acting import Moment
from api.cases.arriving import Eyes
from api.cases.arriving import enter as enter_case
from api.cases.desk import eyes_of, moment
from api.consultations.addresses import has_addresses
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import SubmittedForm, single_valued, submitted_form
from api.core.page_forms import Answers, attempt, see_other
from api.core.pages import show
from api.desk.new_case import PEOPLE, read_new_case
from api.maps.case_search import type_choices
from api.maps.location import Given
from api.maps.places import Address, Places
from api.maps.routes import places_of
from api.maps.site_field import LATER, SiteGiven, text_of
from api.maps.site_view import NAMES, site_context, site_sent
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
def form_page(request: Request, access: Officer, database: Db, places: Addresses, now: Now) -> Response:
    """The form; `find` looks for addresses, `uprn` takes one of them over, with its plot as the boundary."""
    sought, chosen = (request.query_params.get(name, "").strip()[:200] for name in ("find", "uprn"))
    found = _found(places, sought)
    taken = next(iter(_found(places, chosen)), None) if chosen else None
    fields: dict[str, str] = {}
    given = SiteGiven()
    if taken is not None:
        given = _plot(places, taken)
        fields = {"address": taken.text, "postcode": taken.postcode, "uprn": taken.uprn}
        fields |= {NAMES.of("site"): text_of(given), NAMES.of("route"): "draw" if given.site else LATER}
    context: dict[str, Any] = {"fields": fields, "sought": sought, "found": found}
    return _page(request, access, database, now, given, context)


@router.post("")
def enter(
    request: Request,
    form: Annotated[SubmittedForm, Depends(submitted_form)],
    access: Officer,
    database: Db,
    now: Now,
    eyes: Annotated[Eyes, Depends(eyes_of)],
    council: Annotated[CouncilRow, Depends(council_of)],
) -> Response:
    """Open the case and screen its site, or show the form again with what is wrong."""
    answers = Answers(form)
    sent = site_sent(request, form, answers, optional=True)
    if sent.looked:
        context = {"fields": sent.fields, "answers": answers if answers.errors else None, "found": (), "sought": ""}
        return _page(request, access, database, now, sent.given, context, answers.status if answers.errors else 200)
    new, passed = read_new_case(form, answers, sent.given.site, now.on)
    reference = None
    if not answers.errors:
        reference = attempt(lambda: enter_case(database, access, council, new, passed, eyes, now), answers, "type")
    if reference is None:
        context = {"fields": form.fields, "answers": answers, "found": (), "sought": ""}
        return _page(request, access, database, now, sent.given, context, answers.status)
    return see_other(f"/cases/{reference}?done=entered")


def _found(places: Places, text: str) -> tuple[Address, ...]:
    """Addresses that fit what was typed; none where there are no addresses."""
    if not text or not places.available:
        return ()
    try:
        return (places.address(text),) if text.isdigit() else places.search(text, _MOST)
    except BopsgisError:  # no such UPRN
        return ()


def _plot(places: Places, address: Address) -> SiteGiven:
    """The plot of an address as the boundary; nothing where it has none, for it can be drawn."""
    try:
        return SiteGiven(places.site_of(address.uprn), address=address)
    except BopsgisError:
        return SiteGiven()


def _page(
    request: Request,
    access: Access,
    database: Database,
    now: Moment,
    given: SiteGiven,
    context: dict[str, Any],
    status: int = 200,
) -> Response:
    """The form. A boundary that is there already is checked as a location plan against the address typed."""
    typed: Mapping[str, str] = context["fields"]
    chosen = "" if given.address is None else given.address.uprn
    uprns = [uprn] if (uprn := typed.get("uprn", "").strip() or chosen) else []
    about = Given(council_of(request, database).code, uprns, typed.get("address", ""))
    with database.reading(access) as work:
        site = site_context(request, given, about, own_plots=has_addresses(work))
    shown = {"types": type_choices(), "people": PEOPLE, "addresses": places_of(request).available}
    shown |= {"today": in_words(now.on), "site": site}
    return show(request, "desk/new.html", {**shown, **context}, viewer=access, status=status)
