"""JSON routes of a council's settings and libraries."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.accounts.guard import database_of, officer
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import body_of, single_valued
from api.core.problems import RequestRefused, described
from api.councils import library, service
from api.councils.forms import (
    EntryAnswer,
    EntryForm,
    EntryVersionAnswer,
    KeptAnswer,
    SettingsAnswer,
    SettingsForm,
    StateForm,
)
from api.councils.library import Entry
from api.councils.settings import CouncilSettings
from api.councils.tables import CouncilSettingsRow, LibraryEntryRow, LibraryKind
from bopsgis.planning.case import Role

__all__ = ["router"]

router = APIRouter(
    prefix="/api/v2/council",
    tags=["Council"],
    dependencies=[Depends(single_valued)],
    responses=described(400, 401, 403, 404, 409, 422),
)

Db = Annotated[Database, Depends(database_of)]
Officer = Annotated[Access, Depends(officer())]
Administrator = Annotated[Access, Depends(officer(Role.ADMINISTRATOR))]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/settings", summary="Read the council's settings")
def read_settings(access: Administrator, database: Db) -> SettingsAnswer:
    """As they hold now, with what comes with the service where the council has set nothing."""
    with database.reading(access) as work:
        kept = service.history(work)[:1]
    return _settings(kept[0]) if kept else SettingsAnswer(version=0, settings=CouncilSettings(), by=None, at=None)


@router.post("/settings", summary="Set the council's settings")
def keep_settings(
    form: Annotated[SettingsForm, Depends(body_of(SettingsForm))], access: Administrator, database: Db
) -> SettingsAnswer:
    """All of them at once, from the version that was read; every version is kept. 409 where somebody was faster."""
    with database.unit_of_work(access) as work:
        return _settings(service.keep_settings(work, form.settings, form.version, clock.now()))


@router.get("/settings/versions", summary="List the versions of the settings")
def list_versions(access: Administrator, database: Db) -> list[KeptAnswer]:
    """Newest first, with who set them."""
    with database.reading(access) as work:
        return [KeptAnswer(version=one.version, by=one.by, at=one.at) for one in service.history(work)]


@router.get("/settings/versions/{version:int}", summary="Read an earlier version of the settings")
def read_version(version: Number, access: Administrator, database: Db) -> SettingsAnswer:
    """As they held then."""
    with database.reading(access) as work:
        return _settings(service.settings_at(work, version))


@router.get("/library/{kind}", summary="List the standard texts of a kind")
def list_entries(kind: LibraryKind, access: Officer, database: Db) -> list[EntryAnswer]:
    """Those put away as well."""
    with database.reading(access) as work:
        return [_entry(row) for row in library.entries(work, kind, archived=True)]


@router.post("/library", summary="Add a standard text", status_code=201)
def add_entry(
    form: Annotated[EntryForm, Depends(body_of(EntryForm))], access: Administrator, database: Db
) -> EntryAnswer:
    """A condition, an informative or a policy that an assessment may take from."""
    with database.unit_of_work(access) as work:
        return _entry(library.add_entry(work, _only(form), clock.now()))


@router.post("/library/{entry_id:int}", summary="Word a standard text anew")
def change_entry(
    entry_id: Number,
    form: Annotated[EntryForm, Depends(body_of(EntryForm))],
    access: Administrator,
    database: Db,
) -> EntryAnswer:
    """What it said before is kept, and so is what cases took from it."""
    if form.version is None:
        raise RequestRefused("Give the version of the text that you read.", code="version_missing")
    with database.unit_of_work(access) as work:
        return _entry(library.change_entry(work, entry_id, form.version, _only(form), clock.now()))


@router.post("/library/{entry_id:int}/state", summary="Put a standard text away, or take it out again")
def set_state(
    entry_id: Number,
    form: Annotated[StateForm, Depends(body_of(StateForm))],
    access: Administrator,
    database: Db,
) -> EntryAnswer:
    """A text that is put away is offered to nobody."""
    with database.unit_of_work(access) as work:
        return _entry(library.archive_entry(work, entry_id, form.version, clock.now(), archived=form.archived))


@router.get("/library/{entry_id:int}/versions", summary="Read all versions of a standard text")
def entry_versions(entry_id: Number, access: Officer, database: Db) -> list[EntryVersionAnswer]:
    """Oldest first, with who wrote them."""
    with database.reading(access) as work:
        return [
            EntryVersionAnswer(version=one.version, archived=one.archived, content=one.content, by=one.by, at=one.at)
            for one in library.versions(work, library.entry(work, entry_id))
        ]


def _only(form: EntryForm) -> Entry:
    given = form.given()
    if len(given) != 1:
        raise RequestRefused("Give one condition, informative or policy.", code="content_mismatch")
    return given[0]


def _settings(row: CouncilSettingsRow) -> SettingsAnswer:
    return SettingsAnswer(
        version=row.version, settings=CouncilSettings.model_validate(row.settings), by=row.by, at=row.at
    )


def _entry(row: LibraryEntryRow) -> EntryAnswer:
    return EntryAnswer.model_validate(
        {
            "id": row.id,
            "kind": row.kind,
            "version": row.version,
            "archived": row.archived,
            "content": row.content,
        }
    )
