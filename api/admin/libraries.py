"""The administrator's pages of standard conditions, informatives and policies."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.responses import Response

from api.accounts.guard import officer
from api.admin.common import Administrator, Db, Form, Number, admin_page
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import single_valued
from api.core.page_forms import Answers, attempt, see_other
from api.councils import library
from api.councils.library import Entry, StandardCondition, StandardInformative, StandardPolicy
from api.councils.tables import LibraryKind
from bopsgis.planning.application_types import families
from bopsgis.planning.case import Role

__all__ = ["router"]

PATH = "/admin/library"
router = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[Depends(single_valued)])

_MODELS: dict[LibraryKind, type[Entry]] = {
    LibraryKind.CONDITION: StandardCondition,
    LibraryKind.INFORMATIVE: StandardInformative,
    LibraryKind.POLICY: StandardPolicy,
}
_FIELDS: dict[LibraryKind, tuple[tuple[str, str, bool], ...]] = {
    LibraryKind.CONDITION: (("title", "Title", False), ("text", "Condition", True), ("reason", "Reason", True)),
    LibraryKind.INFORMATIVE: (("title", "Title", False), ("text", "Informative", True)),
    LibraryKind.POLICY: (
        ("policy_area", "Policy area", False),
        ("code", "Code", False),
        ("title", "Title", False),
        ("text", "Policy", True),
        ("edition", "Edition", False),
        ("edition_date", "Date of the edition, as 2024-07-01", False),
        ("url", "Address of the policy (optional)", False),
    ),
}
"""Name, label, and whether it takes several lines."""


@router.get("", dependencies=[Depends(officer(Role.ADMINISTRATOR))])
def first() -> Response:
    """The conditions, to begin with."""
    return see_other(f"{PATH}/{LibraryKind.CONDITION.value}")


@router.get("/{kind}")
def listed(request: Request, kind: LibraryKind, access: Administrator, database: Db) -> Response:
    """All texts of a kind, those put away as well, and the form for another."""
    return _list(request, access, database, kind)


@router.post("/{kind}")
def add(request: Request, kind: LibraryKind, form: Form, access: Administrator, database: Db) -> Response:
    """Add a text."""
    answers = Answers(form)
    content = _content(answers, form, kind)

    if content is None or attempt(lambda: _added(database, access, content), answers, "title") is None:
        return _list(request, access, database, kind, answers)
    return see_other(f"{PATH}/{kind.value}?done=kept")


@router.get("/entry/{entry_id:int}")
def entry(request: Request, entry_id: Number, access: Administrator, database: Db) -> Response:
    """One text with everything that it has said."""
    return _one(request, access, database, entry_id)


@router.post("/entry/{entry_id:int}")
def change(request: Request, entry_id: Number, form: Form, access: Administrator, database: Db) -> Response:
    """Word a text anew."""
    answers = Answers(form)
    with database.reading(access) as work:
        kind = LibraryKind(library.entry(work, entry_id).kind)
    content = _content(answers, form, kind)

    if content is None:
        return _one(request, access, database, entry_id, answers)
    if attempt(lambda: _changed(database, access, entry_id, answers, content), answers, "title") is None:
        return _one(request, access, database, entry_id, answers)
    return see_other(f"{PATH}/{kind.value}?done=kept")


@router.post("/entry/{entry_id:int}/state")
def put_away(request: Request, entry_id: Number, form: Form, access: Administrator, database: Db) -> Response:
    """Put a text away so that nobody takes it any more, or take it out again."""
    form.only("version", "archived")
    answers = Answers(form)
    archived = answers.choice("archived", ("yes", "no"), ask="Select what to do") == "yes"

    def done() -> str:
        with database.unit_of_work(access) as work:
            row = library.archive_entry(work, entry_id, _version(answers), clock.now(), archived=archived)
            return row.kind

    kind = None if answers.errors else attempt(done, answers, "title")
    if kind is None:
        return _one(request, access, database, entry_id, answers)
    return see_other(f"{PATH}/{kind}?done=kept")


def _added(database: Database, access: Access, content: Entry) -> int:
    with database.unit_of_work(access) as work:
        return library.add_entry(work, content, clock.now()).id


def _changed(database: Database, access: Access, entry_id: int, answers: Answers, content: Entry) -> int:
    with database.unit_of_work(access) as work:
        return library.change_entry(work, entry_id, _version(answers), content, clock.now()).id


def _version(answers: Answers) -> int:
    given = answers.fields.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _content(answers: Answers, form: Any, kind: LibraryKind) -> Entry | None:
    """What was written. None where a field cannot be used, which is among the errors then."""
    names = [name for name, _, _ in _FIELDS[kind]]
    form.only("version", "pre_commencement", *names, *(f"family-{key}" for key in families()))
    content: dict[str, Any] = {name: answers.text(name, longest=20_000) for name in names}
    content["types"] = {"families": list(answers.ticked("family", families()))}
    if kind is LibraryKind.CONDITION:
        content["pre_commencement"] = "pre_commencement" in answers.fields
    try:
        return _MODELS[kind].model_validate(content)
    except ValidationError as refused:
        for error in refused.errors(include_url=False):
            field = str(error["loc"][0])
            label = next((label for name, label, _ in _FIELDS[kind] if name == field), field).partition(",")[0]
            answers.fault(field, f"{label} is missing or cannot be used")
        return None


def _list(
    request: Request, access: Access, database: Database, kind: LibraryKind, answers: Answers | None = None
) -> Response:
    with database.reading(access) as work:
        rows = [(row, library.entry_of(row)) for row in library.entries(work, kind, archived=True)]
    context = {"rows": rows, **_offered(kind, answers.fields if answers else {})}
    return admin_page(request, access, "library.html", context, answers)


def _one(
    request: Request, access: Access, database: Database, entry_id: int, answers: Answers | None = None
) -> Response:
    with database.reading(access) as work:
        row = library.entry(work, entry_id)
        held = library.entry_of(row).model_dump(mode="json")
        versions = library.versions(work, row)
    ticked = {f"family-{key}": "1" for key in held["types"]["families"]}
    fields = answers.fields if answers else {**held, **ticked}
    context = {"row": row, "versions": versions, **_offered(LibraryKind(row.kind), fields)}
    return admin_page(request, access, "library_entry.html", context, answers)


def _offered(kind: LibraryKind, fields: Any) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "kinds": {"condition": "Conditions", "informative": "Informatives", "policy": "Policies"},
        "form_fields": _FIELDS[kind],
        "families": [(key, one.name) for key, one in families().items()],
        "fields": fields,
    }
