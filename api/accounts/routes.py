"""JSON routes: signing in and out, officers and API clients."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import JSONResponse

from api.accounts import clients, officers, resets, sessions, store
from api.accounts.forms import (
    ClientAnswer,
    CodeForm,
    NewClientAnswer,
    NewClientForm,
    NewOfficerForm,
    OfficerAnswer,
    SessionAnswer,
    SignInForm,
)
from api.accounts.guard import (
    COOKIE,
    council_of,
    database_of,
    officer,
    same_origin,
    sender_of,
    set_session,
    throttle_of,
)
from api.accounts.tables import ApiClientRow, CouncilRow, OfficerRow
from api.accounts.throttle import Throttle
from api.core import clock
from api.core.access import Access
from api.core.db import Database, Work
from api.core.incoming import body_of, single_valued
from api.core.problems import described
from bopsgis.errors import NotSignedIn
from bopsgis.planning.case import Role

__all__ = ["router"]

router = APIRouter(
    prefix="/api/v2",
    tags=["Accounts"],
    dependencies=[Depends(single_valued)],
    responses=described(400, 401, 403, 404, 422, 429),
)

Db = Annotated[Database, Depends(database_of)]
Council = Annotated[CouncilRow, Depends(council_of)]
Administrator = Annotated[Access, Depends(officer(Role.ADMINISTRATOR))]


@router.post("/session", summary="Sign in", dependencies=[Depends(same_origin)])
def sign_in(
    request: Request,
    form: Annotated[SignInForm, Depends(body_of(SignInForm))],
    database: Db,
    council: Council,
    throttle: Annotated[Throttle, Depends(throttle_of)],
) -> Response:
    """Give address and password; the session comes as a cookie. With a second factor its code is needed next."""
    throttle.hit("sign_in_address", sender_of(request))
    throttle.hit("sign_in", f"account:{council.id}:{form.email.lower()}")
    with database.unit_of_work(Access.public(council.id)) as work:
        token = sessions.sign_in(work, form.email, form.password, clock.now())
        waits = not sessions.is_open(work, token)
    return _session_answer(request, token, "code_needed" if waits else "signed_in")


@router.post("/session/code", summary="Give the one-time code", dependencies=[Depends(same_origin)])
def give_code(
    request: Request,
    form: Annotated[CodeForm, Depends(body_of(CodeForm))],
    database: Db,
    council: Council,
    throttle: Annotated[Throttle, Depends(throttle_of)],
) -> Response:
    """The six digits that the officer's device shows; each counts once."""
    token = _cookie(request)
    public = Access.public(council.id)
    with database.reading(public) as work:
        throttle.hit("code", f"officer:{sessions.officer_of(work, token)}")
    with database.unit_of_work(public) as work:
        fresh = sessions.give_code(work, token, form.code, clock.now())
    return _session_answer(request, fresh, "signed_in")


@router.post("/session/end", summary="Sign out", dependencies=[Depends(same_origin)])
def sign_out(request: Request, database: Db, council: Council) -> Response:
    """End the session; harmless where there is none."""
    with database.unit_of_work(Access.public(council.id)) as work:
        sessions.sign_out(work, request.cookies.get(COOKIE, ""), clock.now())
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/officers", summary="List the officers")
def list_officers(access: Administrator, database: Db) -> list[OfficerAnswer]:
    """All officers of the council, also those who left."""
    with database.reading(access) as work:
        return [_officer(work, row) for row in store.officers(work)]


@router.post("/officers", summary="Add an officer", status_code=201)
def add_officer(
    form: Annotated[NewOfficerForm, Depends(body_of(NewOfficerForm))], access: Administrator, database: Db
) -> OfficerAnswer:
    """An officer without a password signs in through the council's own service."""
    with database.unit_of_work(access) as work:
        row = officers.add_officer(
            work,
            email=form.email,
            name=form.name,
            roles={Role(role) for role in form.roles},
            password=form.password,
            at=clock.now(),
        )
        return _officer(work, row)


@router.post("/officers/{officer_id:int}/deactivate", summary="End what an officer may do", status_code=204)
def deactivate(officer_id: int, access: Administrator, database: Db) -> None:
    """Their sessions end at once; their name stays wherever they acted."""
    with database.unit_of_work(access) as work:
        officers.deactivate(work, store.officer_by_id(work, officer_id), clock.now())


@router.post(
    "/officers/{officer_id:int}/reset-password",
    summary="Send an officer a link for choosing a new password",
    status_code=204,
)
def reset_password(officer_id: int, access: Administrator, database: Db) -> None:
    """By mail; the link works once, for an hour. The old password works until it is used."""
    with database.unit_of_work(access) as work:
        resets.send_link(work, store.officer_by_id(work, officer_id), clock.now())


@router.post(
    "/officers/{officer_id:int}/untie", summary="Untie an officer from the council's sign-in service", status_code=204
)
def untie(officer_id: int, access: Administrator, database: Db) -> None:
    """After the service has given the person another identity; the next sign-in through it ties them again."""
    with database.unit_of_work(access) as work:
        officers.untie(work, store.officer_by_id(work, officer_id), clock.now())


@router.get("/clients", summary="List the API clients")
def list_clients(access: Administrator, database: Db) -> list[ClientAnswer]:
    """All API clients of the council, revoked ones too."""
    with database.reading(access) as work:
        return [_client(row) for row in store.clients(work)]


@router.post("/clients", summary="Add an API client", status_code=201)
def add_client(
    form: Annotated[NewClientForm, Depends(body_of(NewClientForm))], access: Administrator, database: Db
) -> NewClientAnswer:
    """The answer has the key: it is shown this once."""
    with database.unit_of_work(access) as work:
        row, key = clients.add_client(work, form.name, form.scopes, clock.now())
        return NewClientAnswer(client=_client(row), key=key)


@router.post("/clients/{client_id:int}/revoke", summary="Shut an API client off", status_code=204)
def revoke_client(client_id: int, access: Administrator, database: Db) -> None:
    """From the client's next request on."""
    with database.unit_of_work(access) as work:
        clients.revoke_client(work, client_id, clock.now())


def _cookie(request: Request) -> str:
    token = request.cookies.get(COOKIE)
    if not token:
        raise NotSignedIn("Sign in first.")
    return token


def _session_answer(request: Request, token: str, state: str) -> Response:
    response = JSONResponse(SessionAnswer.model_validate({"state": state}).model_dump())
    set_session(request, response, token)
    return response


def _officer(work: Work, row: OfficerRow) -> OfficerAnswer:
    return OfficerAnswer(
        id=row.id,
        email=row.email,
        name=row.name,
        roles=sorted(role.value for role in store.roles_of(work, row)),
        active=row.active,
        second_factor=row.totp_secret is not None,
    )


def _client(row: ApiClientRow) -> ClientAnswer:
    return ClientAnswer(
        id=row.id,
        name=row.name,
        scopes=row.scopes,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
