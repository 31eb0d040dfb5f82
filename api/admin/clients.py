"""The administrator's page of API clients."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.accounts import clients, store
from api.admin.common import Administrator, Db, Form, Number, admin_page
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import single_valued
from api.core.page_forms import Answers, attempt, see_other

__all__ = ["router"]

PATH = "/admin/clients"
router = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[Depends(single_valued)])


@router.get("")
def listed(request: Request, access: Administrator, database: Db) -> Response:
    """All programs that have, or had, a key."""
    return _page(request, access, database)


@router.post("")
def add(request: Request, form: Form, access: Administrator, database: Db) -> Response:
    """Add a program; its key is on the page that answers, this once."""
    form.only("name", *(f"scope-{scope}" for scope in clients.SCOPES))
    answers = Answers(form)
    name = answers.text("name", ask="Enter a name for the program")
    scopes = answers.ticked("scope", clients.SCOPES)
    if not scopes:
        answers.fault(f"scope-{next(iter(clients.SCOPES))}", "Select at least one thing that it may do")

    def added() -> str:
        with database.unit_of_work(access) as work:
            return clients.add_client(work, name, scopes, clock.now())[1]

    key = None if answers.errors else attempt(added, answers, "name")
    return _page(request, access, database, answers if key is None else None, key or "")


@router.post("/{client_id:int}/revoke")
def revoke(client_id: Number, access: Administrator, database: Db) -> Response:
    """Shut a program off, from its next request on."""
    with database.unit_of_work(access) as work:
        clients.revoke_client(work, client_id, clock.now())
    return see_other(f"{PATH}?done=revoked")


def _page(
    request: Request, access: Access, database: Database, answers: Answers | None = None, key: str = ""
) -> Response:
    with database.reading(access) as work:
        rows = store.clients(work)
    context = {"rows": rows, "scopes": clients.SCOPES, "key": key}
    return admin_page(request, access, "clients.html", context, answers)
