"""Pages for signing in and out."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.accounts import resets, sessions
from api.accounts.guard import COOKIE, council_of, database_of, same_origin, sender_of, set_session, throttle_of, viewer
from api.accounts.provider import Provider
from api.accounts.tables import CouncilRow
from api.accounts.throttle import Throttle
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import SubmittedForm, single_valued, submitted_form
from api.core.page_forms import Answers, attempt, local_path, see_other
from api.core.pages import show

__all__ = ["AFTER_SIGN_IN", "router", "sign_in_path"]

AFTER_SIGN_IN = "/cases"
"""Where an officer goes who asked for nothing else."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(single_valued)])

Db = Annotated[Database, Depends(database_of)]
Council = Annotated[CouncilRow, Depends(council_of)]
Form = Annotated[SubmittedForm, Depends(submitted_form)]
Counters = Annotated[Throttle, Depends(throttle_of)]
ResetToken = Annotated[str, Path(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


def sign_in_path(request: Request) -> str:
    """Where to sign in so as to come back to the page that was asked for."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/sign-in?{urlencode({'next': asked})}"


@router.get("/sign-in")
def sign_in_page(request: Request, who: Annotated[Access | None, Depends(viewer)], council: Council) -> Response:
    """The form; somebody who is signed in already goes on."""
    onwards = local_path(request.query_params.get("next", ""), AFTER_SIGN_IN)
    if who is not None:
        return see_other(onwards)
    return show(request, "accounts/sign_in.html", _sign_in_context(request, council, onwards))


@router.post("/sign-in", dependencies=[Depends(same_origin)])
def sign_in(request: Request, form: Form, database: Db, council: Council, throttle: Counters) -> Response:
    """Start a session, or say what is wrong: the same sentence whether the address or the password is not right."""
    form.only("email", "password", "next")
    answers = Answers(form)
    email = answers.text("email", ask="Enter your email address")
    password = form.fields.get("password", "")
    if not password:
        answers.fault("password", "Enter your password")
    onwards = local_path(form.fields.get("next", ""), AFTER_SIGN_IN)
    token = None if answers.errors else _tried(request, database, council, throttle, answers, email, password)
    if token is None:
        context = _sign_in_context(request, council, onwards) | {"email": email, "answers": answers}
        return show(request, "accounts/sign_in.html", context, status=answers.status)
    with database.reading(Access.public(council.id)) as work:
        waits = not sessions.is_open(work, token)
    response = see_other(f"/sign-in/code?{urlencode({'next': onwards})}" if waits else onwards)
    set_session(request, response, token)
    return response


@router.get("/sign-in/code")
def code_page(request: Request) -> Response:
    """The form for the one-time code."""
    onwards = local_path(request.query_params.get("next", ""), AFTER_SIGN_IN)
    return show(request, "accounts/code.html", {"onwards": onwards})


@router.post("/sign-in/code", dependencies=[Depends(same_origin)])
def give_code(request: Request, form: Form, database: Db, council: Council, throttle: Counters) -> Response:
    """Open the session with the code, or ask for it again."""
    form.only("code", "next")
    answers = Answers(form)
    code = answers.text("code", ask="Enter the six digits that your device shows", longest=20).replace(" ", "")
    onwards = local_path(form.fields.get("next", ""), AFTER_SIGN_IN)
    token = request.cookies.get(COOKIE, "")

    def opened() -> str:
        public = Access.public(council.id)
        with database.reading(public) as work:
            throttle.hit("code", f"officer:{sessions.officer_of(work, token)}")
        with database.unit_of_work(public) as work:
            return sessions.give_code(work, token, code, clock.now())

    fresh = None if answers.errors else attempt(opened, answers, "code", also_not_signed_in=True)
    if fresh is None:
        return show(request, "accounts/code.html", {"onwards": onwards, "answers": answers}, status=answers.status)
    response = see_other(onwards)
    set_session(request, response, fresh)
    return response


@router.get("/sign-in/reset/{token}")
def new_password_page(
    request: Request, token: ResetToken, database: Db, council: Council, throttle: Counters
) -> Response:
    """The form behind the link in an officer's mail; trying links is held up by address."""
    throttle.hit("link", sender_of(request))
    with database.reading(Access.public(council.id)) as work:
        officer = resets.officer_of(work, token, clock.now())
        context = {"token": token, "email": officer.email}
    return show(request, "accounts/new_password.html", context)


@router.post("/sign-in/reset/{token}", dependencies=[Depends(same_origin)])
def choose_password(
    request: Request, token: ResetToken, form: Form, database: Db, council: Council, throttle: Counters
) -> Response:
    """Set the password and lead to signing in with it; a weak one is asked for again."""
    form.only("email", "password")
    throttle.hit("link", sender_of(request))
    public, answers = Access.public(council.id), Answers(form)
    with database.reading(public) as work:
        email = resets.officer_of(work, token, clock.now()).email
    password = form.fields.get("password", "")
    if not password:
        answers.fault("password", "Enter a password")

    def chosen() -> bool:
        with database.unit_of_work(public) as work:
            resets.use(work, token, password, clock.now())
        return True

    if answers.errors or attempt(chosen, answers, "password") is None:
        context = {"token": token, "email": email, "answers": answers}
        return show(request, "accounts/new_password.html", context, status=answers.status)
    return see_other("/sign-in?done=new-password")


@router.post("/sign-out", dependencies=[Depends(same_origin)])
def sign_out(request: Request, database: Db, council: Council) -> Response:
    """End the session and say so on the sign-in page."""
    with database.unit_of_work(Access.public(council.id)) as work:
        sessions.sign_out(work, request.cookies.get(COOKIE, ""), clock.now())
    response = see_other("/sign-in?done=signed-out")
    response.delete_cookie(COOKIE, path="/")
    return response


def _tried(
    request: Request,
    database: Database,
    council: CouncilRow,
    throttle: Throttle,
    answers: Answers,
    email: str,
    password: str,
) -> str | None:
    """The token of a new session, or None with the fault among the answers."""

    def started() -> str:
        throttle.hit("sign_in_address", sender_of(request))
        throttle.hit("sign_in", f"account:{council.id}:{email.lower()}")
        with database.unit_of_work(Access.public(council.id)) as work:
            return sessions.sign_in(work, email, password, clock.now())

    return attempt(started, answers, "email", also_not_signed_in=True)


def _sign_in_context(request: Request, council: CouncilRow, onwards: str) -> dict[str, object]:
    """`own_service` is the way out to the council's own sign-in service, None where it has none here."""
    provider: Provider | None = request.app.state.provider
    known = provider is not None and provider.serves(council.code)
    away = f"/sign-in/council-account?{urlencode({'next': onwards})}" if known else None
    return {"onwards": onwards, "council": council.name, "own_service": away}
