"""A council's libraries: standard conditions, informatives and policies that an assessment may take from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter
from sqlalchemy import select

from api.core import audit
from api.core.access import visible_to
from api.core.db import Work
from api.core.values import ClosedModel, Line, LongText
from api.councils.rights import administrators_only
from api.councils.settings import TypeFilter
from api.councils.tables import LibraryEntryRow, LibraryKind, LibraryVersionRow
from bopsgis.errors import EditConflict, InputRefused, NotFound
from bopsgis.planning.application_types import ApplicationType

__all__ = [
    "Entry",
    "StandardCondition",
    "StandardInformative",
    "StandardPolicy",
    "add_entry",
    "archive_entry",
    "change_entry",
    "entries",
    "entry",
    "entry_of",
    "fitting",
    "versions",
]

Url = Annotated[str, StringConstraints(max_length=500, pattern=r"^(https?://[^\s\x00-\x1f\x7f]+)?$")]


class StandardCondition(ClosedModel):
    """A condition to take into an assessment."""

    title: Line
    text: LongText
    reason: LongText
    pre_commencement: bool = False
    types: TypeFilter = Field(default_factory=TypeFilter)


class StandardInformative(ClosedModel):
    """Advice to take into an assessment."""

    title: Line
    text: LongText
    types: TypeFilter = Field(default_factory=TypeFilter)


class StandardPolicy(ClosedModel):
    """A policy that proposals are weighed against, in the edition that the council works with."""

    policy_area: Line = Field(examples=["Design"])
    code: Line = Field(examples=["D1"])
    title: Line
    text: LongText
    edition: Line = Field(examples=["Local Plan 2024"])
    edition_date: date
    url: Url = ""
    types: TypeFilter = Field(default_factory=TypeFilter)


Entry = StandardCondition | StandardInformative | StandardPolicy

_KINDS: dict[LibraryKind, TypeAdapter[Entry]] = {
    LibraryKind.CONDITION: TypeAdapter(StandardCondition),
    LibraryKind.INFORMATIVE: TypeAdapter(StandardInformative),
    LibraryKind.POLICY: TypeAdapter(StandardPolicy),
}
_KIND_OF: dict[type[Entry], LibraryKind] = {
    StandardCondition: LibraryKind.CONDITION,
    StandardInformative: LibraryKind.INFORMATIVE,
    StandardPolicy: LibraryKind.POLICY,
}


def entries(work: Work, kind: LibraryKind, *, archived: bool = False) -> list[LibraryEntryRow]:
    """The council's texts of a kind in the order in which they came; with `archived` those put away as well."""
    query = select(LibraryEntryRow).where(visible_to(work.access, LibraryEntryRow), LibraryEntryRow.kind == kind.value)
    if not archived:
        query = query.where(LibraryEntryRow.archived.is_(False))
    return list(work.session.scalars(query.order_by(LibraryEntryRow.id)))


def entry(work: Work, entry_id: int) -> LibraryEntryRow:
    """One text. Raises NotFound, for another council's as well."""
    query = select(LibraryEntryRow).where(visible_to(work.access, LibraryEntryRow), LibraryEntryRow.id == entry_id)
    row = work.session.scalar(query)
    if row is None:
        raise NotFound("There is no such standard text.", code="library_entry")
    return row


def entry_of(row: LibraryEntryRow) -> Entry:
    """What a row says."""
    return _KINDS[LibraryKind(row.kind)].validate_python(row.content)


def fitting(work: Work, kind: LibraryKind, application: ApplicationType) -> list[Entry]:
    """The council's texts of a kind that are for this type of application."""
    return [one for row in entries(work, kind) if (one := entry_of(row)).types.fits(application)]


def versions(work: Work, row: LibraryEntryRow) -> Sequence[LibraryVersionRow]:
    """Everything that the text has said, oldest first."""
    query = select(LibraryVersionRow).where(
        visible_to(work.access, LibraryVersionRow), LibraryVersionRow.entry_id == row.id
    )
    return work.session.scalars(query.order_by(LibraryVersionRow.version)).all()


def add_entry(work: Work, content: Entry, at: datetime) -> LibraryEntryRow:
    """Add a text. Raises InputRefused where there is one of this kind and title."""
    administrators_only(work)
    kind = _KIND_OF[type(content)]
    _only_one(work, kind, content, None)
    row = LibraryEntryRow(
        council_id=work.access.council_id, kind=kind.value, content=content.model_dump(mode="json"), archived=False
    )
    work.session.add(row)
    return _keep(work, row, "add_library_entry", at)


def change_entry(work: Work, entry_id: int, version: int, content: Entry, at: datetime) -> LibraryEntryRow:
    """Word a text anew; what it said before is kept, and cases that took it keep what they took.

    Raises EditConflict where it is no longer at `version`, InputRefused for another kind's content.
    """
    administrators_only(work)
    row = _locked(work, entry_id, version)
    if _KIND_OF[type(content)].value != row.kind:
        raise InputRefused(f"This text is a {row.kind}.", code="library_kind")
    _only_one(work, LibraryKind(row.kind), content, row)
    row.content = content.model_dump(mode="json")
    return _keep(work, row, "change_library_entry", at)


def archive_entry(work: Work, entry_id: int, version: int, at: datetime, *, archived: bool) -> LibraryEntryRow:
    """Put a text away so that nobody takes it any more, or take it out again."""
    administrators_only(work)
    row = _locked(work, entry_id, version)
    if not archived:
        _only_one(work, LibraryKind(row.kind), entry_of(row), row)
    row.archived = archived
    return _keep(work, row, "archive_library_entry" if archived else "unarchive_library_entry", at)


def _locked(work: Work, entry_id: int, version: int) -> LibraryEntryRow:
    row = entry(work, entry_id)
    work.session.refresh(row, with_for_update=True)
    if row.version != version:
        raise EditConflict(
            "This text was changed by somebody else since you opened it.",
            hint="Look at the changes, then do this again if it is still right.",
        )
    return row


def _only_one(work: Work, kind: LibraryKind, content: Entry, itself: LibraryEntryRow | None) -> None:
    for row in entries(work, kind):
        if row is not itself and entry_of(row).title.casefold() == content.title.casefold():
            raise InputRefused(f"There is a {kind.value} “{content.title}” already.", code="library_title")


def _keep(work: Work, row: LibraryEntryRow, act: str, at: datetime) -> LibraryEntryRow:
    work.session.flush()
    work.session.add(
        LibraryVersionRow(
            council_id=row.council_id,
            entry_id=row.id,
            version=row.version,
            content=row.content,
            archived=row.archived,
            by=work.access.actor,
            at=at,
        )
    )
    told = {"entry": row.id, "kind": row.kind, "title": row.content["title"], "version": row.version}
    audit.record(work, act, at, case_id=None, detail=told)
    return row
