"""Who asks: dependencies that turn a request into an `Access`, or refuse it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Response

from api.accounts import clients, sessions, store
from api.accounts.tables import CouncilRow
from api.accounts.throttle import Throttle
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from bopsgis.errors import NotAllowed, NotFound, NotSignedIn
from bopsgis.planning.case import Role

__all__ = [
    "COOKIE",
    "client",
    "council_of",
    "database_of",
    "officer",
    "officer_or_client",
    "same_origin",
    "sender_of",
    "set_session",
    "throttle_of",
    "viewer",
]

COOKIE = "bopsgis_session"


def database_of(request: Request) -> Database:
    """The database of this application."""
    database: Database = request.app.state.database
    return database


def throttle_of(request: Request) -> Throttle:
    """The counters of this application."""
    throttle: Throttle = request.app.state.throttle
    return throttle


def council_of(request: Request, database: Annotated[Database, Depends(database_of)]) -> CouncilRow:
    """The council that this server serves. Raises NotFound where the database knows none, or not this one."""
    code: str = request.app.state.council
    with database.reading(Access.public(0)) as work:
        if code:
            return store.council_by_code(work, code)
        known = store.councils(work)
    if len(known) != 1:
        raise NotFound("This server has not been told which council it serves.", code="council")
    return known[0]


def same_origin(request: Request) -> None:
    """Refuse a change that another site's page asks a signed-in browser for.

    Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`; a request that says
    neither does not come from a page, and such a one with a session cookie is refused as well.
    """
    if request.method in {"GET", "HEAD"}:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if site in {"same-origin", "none"} or (site is None and origin == own):
        return
    raise NotAllowed("This request does not come from a page of this service.", code="cross_site")


def sender_of(request: Request) -> str:
    """The key under which tries are counted by the address that a request comes from."""
    return f"address:{request.client.host if request.client else 'unknown'}"


def set_session(request: Request, response: Response, token: str) -> None:
    """Give the browser the session; scripts cannot read it, other sites cannot send it along with a form."""
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, path="/", httponly=True, samesite="lax", secure=secure)


def viewer(
    request: Request,
    database: Annotated[Database, Depends(database_of)],
    council: Annotated[CouncilRow, Depends(council_of)],
) -> Access | None:
    """The signed-in officer who reads a page that is also for others, or None."""
    try:
        return _officer_access(request, database, council)
    except NotSignedIn:
        return None


def officer(*roles: Role) -> Callable[..., Access]:
    """A dependency that wants a signed-in officer, with one of these roles where any is named."""

    def guard(
        request: Request,
        database: Annotated[Database, Depends(database_of)],
        council: Annotated[CouncilRow, Depends(council_of)],
    ) -> Access:
        access = _officer_access(request, database, council)
        if roles and not access.roles & set(roles):
            wanted = " or ".join(role.value for role in roles)
            raise NotAllowed(f"This is for the {wanted}.", code="wrong_role")
        return access

    return guard


def client(scope: str) -> Callable[..., Access]:
    """A dependency that wants an API client whose key has this scope."""

    def guard(
        request: Request,
        database: Annotated[Database, Depends(database_of)],
        council: Annotated[CouncilRow, Depends(council_of)],
    ) -> Access:
        return _client_access(request, database, council, scope)

    return guard


def officer_or_client(scope: str) -> Callable[..., Access]:
    """A dependency that takes a signed-in officer, or an API client whose key has this scope."""

    def guard(
        request: Request,
        database: Annotated[Database, Depends(database_of)],
        council: Annotated[CouncilRow, Depends(council_of)],
    ) -> Access:
        if "authorization" in request.headers:
            return _client_access(request, database, council, scope)
        return _officer_access(request, database, council)

    return guard


def _officer_access(request: Request, database: Database, council: CouncilRow) -> Access:
    token = request.cookies.get(COOKIE)
    if not token:
        raise NotSignedIn("Sign in first.")
    same_origin(request)
    at, public = clock.now(), Access.public(council.id)
    # Most requests only read: a writer's lock for each of them would queue all readers behind it.
    with database.reading(public) as work:
        access, long_unseen = sessions.look_up(work, token, at)
    if long_unseen:
        with database.unit_of_work(public) as work:
            sessions.access_of(work, token, at)
    return access


def _client_access(request: Request, database: Database, council: CouncilRow, scope: str) -> Access:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise NotSignedIn("Send the API key as “Authorization: Bearer ...”.", code="api_key_refused")
    at, public = clock.now(), Access.public(council.id)
    with database.reading(public) as work:
        access, long_unused = clients.look_up(work, key.strip(), at)
    if long_unused:
        with database.unit_of_work(public) as work:
            clients.access_of_key(work, key.strip(), at)
    clients.require_scope(access, scope)
    return access
