"""Pages for alerts: what to be told of comes from a search of the register, or is one case."""

from __future__ import annotations

import re
from typing import Annotated, Final

import shapely
from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.accounts.guard import council_of, database_of, same_origin, sender_of, throttle_of
from api.accounts.tables import CouncilRow
from api.accounts.throttle import Throttle
from api.cases import store as cases
from api.cases.acting import Moment
from api.cases.desk import moment
from api.cases.published import NEWEST
from api.consultations.representations import open_case
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import SubmittedForm, single_valued, submitted_form
from api.core.page_forms import Answers, attempt, see_other
from api.core.pages import show
from api.core.problems import RequestRefused
from api.maps.case_search import CaseSearch, read_search
from api.maps.places import Places
from api.maps.routes import places_of
from api.register import alerts
from api.register.alerts import NewAlert

__all__ = ["router"]

router = APIRouter(prefix="/alerts", include_in_schema=False, dependencies=[Depends(single_valued)])

Db = Annotated[Database, Depends(database_of)]
Council = Annotated[CouncilRow, Depends(council_of)]
Known = Annotated[Places, Depends(places_of)]
Now = Annotated[Moment, Depends(moment)]
Secret = Annotated[str, Path(min_length=20, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]

_KEPT: Final = ("near", "within", "area", "ward", "type")
"""Parts of a search that an alert is about; the others are of the list as it is today."""
_REFERENCE: Final = re.compile(r"[0-9]{2}-[0-9]{5,7}-[A-Z0-9]{1,6}", re.ASCII)


@router.get("/new")
def new(request: Request, places: Known) -> Response:
    """What the mails will be about, and the question where to send them."""
    return _form(request, _search(dict(request.query_params), places), request.query_params.get("case", ""), None)


@router.post("", dependencies=[Depends(same_origin)])
def ask(
    request: Request,
    form: Annotated[SubmittedForm, Depends(submitted_form)],
    database: Db,
    council: Council,
    places: Known,
    throttle: Annotated[Throttle, Depends(throttle_of)],
    now: Now,
) -> Response:
    """Send the mail that confirms the alert."""
    form.only("email", "case", *_KEPT)
    answers = Answers(form)
    email = answers.email("email", ask="Enter your email address")
    search, reference = _search(dict(form.fields), places), form.fields.get("case", "")

    def sent() -> bool:
        throttle.hit("alert", sender_of(request), f"mail:{email}")
        with database.unit_of_work(Access.public(council.id)) as work:
            if reference:
                alerts.follow(work, open_case(cases.get(work, reference)), email, now)
            else:
                alerts.ask(work, _wish(search, email), now)
        return True

    if answers.errors or not attempt(sent, answers, "email"):
        return _form(request, search, reference, answers)
    return see_other("/alerts/asked")


@router.get("/asked")
def asked(request: Request) -> Response:
    """What to do now: the mail has a link to confirm."""
    return show(request, "register/alert_asked.html", {})


@router.get("/{secret}")
def read(request: Request, secret: Secret, database: Db, council: Council) -> Response:
    """The alert of a mail's link, with the button that confirms it: a link alone is opened by mail filters too."""
    return _page(request, "register/alert.html", secret, database, council)


@router.post("/{secret}", dependencies=[Depends(same_origin)])
def confirm(secret: Secret, database: Db, council: Council, now: Now) -> Response:
    """Confirm the alert."""
    with database.unit_of_work(Access.public(council.id)) as work:
        alerts.confirm(alerts.by_secret(work, secret), now)
    return see_other(f"/alerts/{secret}?done=confirmed")


@router.get("/{secret}/stop")
def ask_to_stop(request: Request, secret: Secret, database: Db, council: Council) -> Response:
    """The button that stops the alert."""
    return _page(request, "register/alert_stop.html", secret, database, council)


@router.post("/{secret}/stop")
def stop(secret: Secret, database: Db, council: Council) -> Response:
    """Stop the alert. Mail programs send this by themselves (RFC 8058): the secret alone is what it needs."""
    with database.unit_of_work(Access.public(council.id)) as work:
        alerts.stop(work, alerts.by_secret(work, secret))
    return see_other("/alerts/asked?done=stopped")


def _search(params: dict[str, str], places: Places) -> CaseSearch:
    """The part of a search that an alert keeps."""
    kept = {name: value for name, value in params.items() if name in _KEPT}
    return read_search("/alerts/new", kept, places, default=NEWEST)


def _wish(search: CaseSearch, email: str) -> NewAlert:
    """The alert that a search means. Raises RequestRefused where a part of it cannot be used."""
    if search.errors:
        raise RequestRefused(search.errors[0].message, code="parameters_refused")
    wanted, near = search.wanted, search.wanted.near
    area = wanted.area if near is None else shapely.Point(near.easting, near.northing).buffer(near.within_m)
    about = "; ".join(tag.text for tag in search.tags)
    return NewAlert(
        email=email,
        words=f"new applications: {about}" if about else "every new application",
        area=area,
        centre=None if near is None else (near.easting, near.northing),
        ward=next(iter(wanted.wards), None),
        types=wanted.types,
    )


def _form(request: Request, search: CaseSearch, reference: str, answers: Answers | None) -> Response:
    known = reference if _REFERENCE.fullmatch(reference) else ""
    context = {"search": search, "case": known, "answers": answers, "kept": _KEPT}
    failed = bool(answers and answers.errors) or bool(search.errors)
    return show(request, "register/alert_new.html", context, status=answers.status if failed and answers else 200)


def _page(request: Request, template: str, secret: str, database: Database, council: CouncilRow) -> Response:
    with database.reading(Access.public(council.id)) as work:
        row = alerts.by_secret(work, secret)
        context = {"secret": secret, "words": row.words, "confirmed": row.confirmed_at is not None}
    return show(request, template, context, secret=True)
