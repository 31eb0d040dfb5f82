"""Routes of signing in through the council's own service: out to it, and back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from api.accounts import council_sign_in
from api.accounts.guard import council_of, database_of, sender_of, set_session, throttle_of
from api.accounts.provider import Provider
from api.accounts.tables import CouncilRow
from api.accounts.throttle import Throttle
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import single_valued
from api.core.problems import described, from_error, respond
from bopsgis.errors import NotFound, NotSignedIn

__all__ = ["provider_for", "router"]

ATTEMPT_COOKIE = "bopsgis_sign_in"
"""The sign-in that a browser went out for, kept by the browser."""
_PATH = "/sign-in/council-account"

router = APIRouter(
    prefix=_PATH,
    tags=["Accounts"],
    dependencies=[Depends(single_valued)],
    responses=described(401, 404, 422, 429, 503),
    include_in_schema=False,
)

Council = Annotated[CouncilRow, Depends(council_of)]


def provider_for(request: Request, council: Council) -> Provider:
    """The sign-in service of the council that is served. Raises NotFound where it has none here."""
    provider: Provider | None = request.app.state.provider
    if provider is None or not provider.serves(council.code):
        raise NotFound("Officers of this council sign in with address and password.", code="no_sign_in_service")
    return provider


def throttled(request: Request, throttle: Annotated[Throttle, Depends(throttle_of)]) -> None:
    """Count the request against its sender's rate."""
    throttle.hit("council_account", sender_of(request))


Db = Annotated[Database, Depends(database_of)]
Service = Annotated[Provider, Depends(provider_for)]
_REDIRECT = {"status_code": 303, "response_class": RedirectResponse, "dependencies": [Depends(throttled)]}


@router.get("", summary="Sign in through the council's own service", **_REDIRECT)  # type: ignore[arg-type]  # a dict of several kinds
def go(
    request: Request,
    provider: Service,
    council: Council,
    next_path: Annotated[
        str, Query(alias="next", max_length=200, description="The page to go to afterwards: an address of ours.")
    ] = "/",
) -> Response:
    """Sends the browser to the council's sign-in service (OpenID Connect), which sends it back here."""
    attempt = council_sign_in.begin(council.id, next_path, clock.now())
    response = RedirectResponse(provider.address(attempt.state, attempt.nonce, attempt.verifier), 303)
    response.set_cookie(
        ATTEMPT_COOKIE,
        attempt.kept(),
        max_age=int(council_sign_in.WITHIN.total_seconds()),
        path=_PATH,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.get("/return", summary="Come back from the council's own service", **_REDIRECT)  # type: ignore[arg-type]  # as above
def come_back(
    request: Request,
    provider: Service,
    council: Council,
    database: Db,
    code: Annotated[str, Query(max_length=4000, description="What the service gives for the person.")] = "",
    state: Annotated[str, Query(max_length=100, description="Which sign-in it belongs to.")] = "",
    error: Annotated[str, Query(max_length=200, description="What the service says instead.")] = "",
) -> Response:
    """Where the council's sign-in service sends the browser. Each return counts once."""
    kept, sent = request.cookies.get(ATTEMPT_COOKIE, ""), "" if error else code
    try:
        token, next_path = _signed_in(provider, database, Access.public(council.id), (state, kept), sent)
    except NotSignedIn as refused:  # said here: the sign-in page, where others of its kind lead, could not say why
        return respond(request.scope, from_error(refused))
    response = RedirectResponse(next_path, 303)
    set_session(request, response, token)
    response.delete_cookie(ATTEMPT_COOKIE, path=_PATH)
    return response


def _signed_in(
    provider: Provider, database: Database, public: Access, states: tuple[str, str], code: str
) -> tuple[str, str]:
    """The token of a new session, and the page to go to. No transaction is open while the other service is asked."""
    attempt = council_sign_in.finish(public.council_id, *states, clock.now())
    if not code:
        raise NotSignedIn(
            "Your council's sign-in service did not sign you in.",
            code="sign_in_declined",
            hint="Start again from the sign-in page, and finish what the service asks for.",
        )
    identity = provider.identity(code, attempt.nonce, attempt.verifier, clock.now())
    with database.unit_of_work(public) as work:
        token = council_sign_in.open_session(work, identity, clock.now(), add=provider.add_officers)
    return token, attempt.next_path
