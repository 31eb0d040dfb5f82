"""The administrator's pages of officers: adding them, roles, passwords, second factors, leaving."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import segno
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.accounts import officers, resets, store
from api.accounts.tables import OfficerRow
from api.admin.common import Administrator, Db, Form, Number, admin_page
from api.core import clock
from api.core.access import Access
from api.core.db import Database, Work
from api.core.incoming import single_valued
from api.core.page_forms import Answers, attempt, see_other
from bopsgis.planning.case import Role

__all__ = ["router"]

PATH = "/admin/users"
router = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[Depends(single_valued)])

_ROLES = {
    Role.ASSESSOR.value: "Assessor: works on cases and recommends",
    Role.REVIEWER.value: "Reviewer: reviews recommendations and decides",
    Role.ADMINISTRATOR.value: "Administrator: these pages",
}


@router.get("")
def users(request: Request, access: Administrator, database: Db) -> Response:
    """All officers, those who left as well, and the form for another."""
    return _list(request, access, database)


@router.post("")
def add(request: Request, form: Form, access: Administrator, database: Db) -> Response:
    """Add an officer."""
    form.only("name", "email", "password", *(f"role-{role}" for role in _ROLES))
    answers = Answers(form)
    name = answers.text("name", ask="Enter the officer's name")
    email = answers.text("email", ask="Enter the officer's email address", longest=254)
    if email and "@" not in email:
        answers.fault("email", "Enter an email address such as name@example.org")
    roles = _roles(answers)
    password = form.fields.get("password", "") or None

    def added() -> int:
        with database.unit_of_work(access) as work:
            row = officers.add_officer(work, email=email, name=name, roles=roles, password=password, at=clock.now())
            return row.id

    number = None if answers.errors else attempt(added, answers, "password" if password else "email")
    if number is None:
        return _list(request, access, database, answers)
    return see_other(f"{PATH}/{number}?done=added")


@router.get("/{officer_id:int}")
def user(request: Request, officer_id: Number, access: Administrator, database: Db) -> Response:
    """One officer."""
    return _one(request, access, database, officer_id)


@router.post("/{officer_id:int}/roles")
def change_roles(request: Request, officer_id: Number, form: Form, access: Administrator, database: Db) -> Response:
    """Give an officer exactly the roles that are ticked."""
    form.only(*(f"role-{role}" for role in _ROLES))
    answers = Answers(form)
    roles = _roles(answers)
    if officer_id == access.officer_id and Role.ADMINISTRATOR not in roles:
        answers.fault("role-administrator", "You cannot take these pages from yourself")
    return _act(
        request,
        access,
        database,
        officer_id,
        answers,
        "role-assessor",
        "roles",
        lambda work, row: officers.set_roles(work, row, roles, clock.now()),
    )


@router.post("/{officer_id:int}/password")
def change_password(request: Request, officer_id: Number, form: Form, access: Administrator, database: Db) -> Response:
    """Give an officer a new password; whoever is signed in as them is signed out."""
    form.only("password")
    answers = Answers(form)
    password = form.fields.get("password", "")
    return _act(
        request,
        access,
        database,
        officer_id,
        answers,
        "password",
        "password",
        lambda work, row: officers.set_password(work, row, password, clock.now()),
    )


@router.post("/{officer_id:int}/reset-link")
def send_reset_link(request: Request, officer_id: Number, form: Form, access: Administrator, database: Db) -> Response:
    """Mail an officer a link for choosing a new password; the present one works until then."""
    form.only()
    return _act(
        request,
        access,
        database,
        officer_id,
        Answers(form),
        "reset-link",
        "link-sent",
        lambda work, row: resets.send_link(work, row, clock.now()),
    )


@router.post("/{officer_id:int}/deactivate")
def leave(request: Request, officer_id: Number, access: Administrator, database: Db, form: Form) -> Response:
    """End what an officer may do."""
    form.only("sure")
    answers = Answers(form)
    if "sure" not in form.fields:
        answers.fault("sure", "Tick that this officer is to be signed out for good")
    if officer_id == access.officer_id:
        answers.fault("sure", "You cannot deactivate yourself")
    return _act(
        request,
        access,
        database,
        officer_id,
        answers,
        "sure",
        "deactivated",
        lambda work, row: officers.deactivate(work, row, clock.now()),
    )


@router.post("/{officer_id:int}/second-factor")
def second_factor(request: Request, officer_id: Number, access: Administrator, database: Db) -> Response:
    """A new secret for one-time codes, shown this once as a code to scan."""
    with database.unit_of_work(access) as work:
        row = store.officer_by_id(work, officer_id)
        uri = officers.begin_second_factor(work, row, clock.now(), issuer="bopsgis")
        name = row.name
    image = io.BytesIO()
    segno.make(uri, error="m").save(image, kind="svg", scale=5, border=4)
    picture = f"data:image/svg+xml;base64,{base64.b64encode(image.getvalue()).decode('ascii')}"
    context = {"name": name, "picture": picture, "uri": uri, "officer_id": officer_id}
    return admin_page(request, access, "second_factor.html", context)


def _roles(answers: Answers) -> set[Role]:
    ticked = answers.ticked("role", _ROLES)
    if not ticked:
        answers.fault("role-assessor", "Select at least one role")
    return {Role(role) for role in ticked}


def _act(
    request: Request,
    access: Access,
    database: Database,
    officer_id: int,
    answers: Answers,
    field: str,
    done: str,
    do: Callable[[Work, OfficerRow], Any],
) -> Response:
    def acted() -> bool:
        with database.unit_of_work(access) as work:
            do(work, store.officer_by_id(work, officer_id))
        return True

    if answers.errors or attempt(acted, answers, field) is None:
        return _one(request, access, database, officer_id, answers)
    return see_other(f"{PATH}/{officer_id}?done={done}")


def _list(request: Request, access: Access, database: Database, answers: Answers | None = None) -> Response:
    with database.reading(access) as work:
        rows = [(row, sorted(role.value for role in store.roles_of(work, row))) for row in store.officers(work)]
    return admin_page(request, access, "users.html", {"rows": rows, "roles": _ROLES}, answers)


def _one(
    request: Request, access: Access, database: Database, officer_id: int, answers: Answers | None = None
) -> Response:
    with database.reading(access) as work:
        row = store.officer_by_id(work, officer_id)
        held = {role.value for role in store.roles_of(work, row)}
    return admin_page(request, access, "user.html", {"row": row, "held": held, "roles": _ROLES}, answers)
