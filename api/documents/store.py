"""Queries on documents. Every one starts from what the actor's council may see."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from api.cases.tables import CaseRow
from api.core.access import visible_to
from api.core.db import Work
from api.documents.tables import DocumentRow, ScanState
from bopsgis.errors import EditConflict, NotFound

__all__ = [
    "count_current",
    "for_consultees",
    "get",
    "has_redacted_copy",
    "keys_in_use",
    "lock",
    "lock_by_id",
    "of_case",
    "pending",
    "public",
    "redacted_copies",
    "replacement_of",
]


def of_case(work: Work, case: CaseRow) -> list[DocumentRow]:
    """All documents of a case, archived ones too, in the order in which they came."""
    query = select(DocumentRow).where(visible_to(work.access, DocumentRow), DocumentRow.case_id == case.id)
    return list(work.session.scalars(query.order_by(DocumentRow.id)))


def get(work: Work, case: CaseRow, document_id: int) -> DocumentRow:
    """One document of this case. Raises NotFound, for another case's document as well."""
    query = select(DocumentRow).where(
        visible_to(work.access, DocumentRow), DocumentRow.case_id == case.id, DocumentRow.id == document_id
    )
    row = work.session.scalar(query)
    if row is None:
        raise NotFound(f"Case {case.reference} has no document {document_id}.", code="document")
    return row


def lock(work: Work, case: CaseRow, document_id: int, expected_version: int | None = None) -> DocumentRow:
    """The document, locked until the unit of work ends. Raises EditConflict where it is at another version."""
    row = get(work, case, document_id)
    work.session.refresh(row, with_for_update=True)
    if expected_version is not None and row.version != expected_version:
        raise EditConflict(
            f"“{row.title}” was changed by somebody else since you opened it.",
            hint="Look at the changes, then do this again if it is still right.",
        )
    return row


def lock_by_id(work: Work, document_id: int) -> DocumentRow:
    """A document of any case, locked until the unit of work ends. Raises NotFound."""
    query = select(DocumentRow).where(visible_to(work.access, DocumentRow), DocumentRow.id == document_id)
    row = work.session.scalar(query.with_for_update())
    if row is None:
        raise NotFound(f"There is no document {document_id}.", code="document")
    return row


def count_current(work: Work, case: CaseRow) -> int:
    """How many documents of a case are not archived."""
    query = select(func.count()).select_from(DocumentRow)
    query = query.where(
        visible_to(work.access, DocumentRow), DocumentRow.case_id == case.id, DocumentRow.archived_at.is_(None)
    )
    return work.session.scalar(query) or 0


def replacement_of(work: Work, row: DocumentRow) -> DocumentRow | None:
    """The next version of a document, None for the newest."""
    query = select(DocumentRow).where(visible_to(work.access, DocumentRow), DocumentRow.replaces_id == row.id)
    return work.session.scalar(query)


def redacted_copies(work: Work, row: DocumentRow) -> list[DocumentRow]:
    """The redacted copies of a document, archived ones too, oldest first."""
    query = select(DocumentRow).where(visible_to(work.access, DocumentRow), DocumentRow.redacts_id == row.id)
    return list(work.session.scalars(query.order_by(DocumentRow.id)))


def has_redacted_copy(work: Work, row: DocumentRow) -> bool:
    """True where there is or was a redacted copy, so that the document itself is not for the public."""
    return bool(redacted_copies(work, row))


def public(work: Work, case: CaseRow, *, unscanned_too: bool) -> list[DocumentRow]:
    """What the public may see of a case: nothing of one that is not on the register.

    Every condition of publication is asked again here, so that a flag that was set once opens nothing for good.
    """
    if case.published_at is None:
        return []
    return _given_out(work, case, _shown(), unscanned_too=unscanned_too)


def for_consultees(work: Work, case: CaseRow, *, unscanned_too: bool) -> list[DocumentRow]:
    """What consultees may see of a case: what the public may, and what was made available to them."""
    condition: ColumnElement[bool] = DocumentRow.for_consultees.is_(True)
    if case.published_at is not None:
        condition = or_(condition, _shown())
    return _given_out(work, case, condition, unscanned_too=unscanned_too)


def _shown() -> ColumnElement[bool]:
    """Published, and without a redacted copy that would be shown in its place."""
    copies = aliased(DocumentRow)
    redacted = exists(select(copies.id).where(copies.redacts_id == DocumentRow.id))
    return and_(DocumentRow.published.is_(True), ~redacted)


def _given_out(work: Work, case: CaseRow, condition: ColumnElement[bool], *, unscanned_too: bool) -> list[DocumentRow]:
    states = [ScanState.CLEAN.value, *([ScanState.UNSCANNED.value] if unscanned_too else [])]
    query = select(DocumentRow).where(
        visible_to(work.access, DocumentRow),
        DocumentRow.case_id == case.id,
        DocumentRow.archived_at.is_(None),
        DocumentRow.quarantined_because == "",
        DocumentRow.public_key.is_not(None),
        DocumentRow.scan_state.in_(states),
        condition,
    )
    return list(work.session.scalars(query.order_by(DocumentRow.id)))


def pending(work: Work) -> list[DocumentRow]:
    """Documents that wait for the virus scanner, oldest first."""
    query = select(DocumentRow).where(
        visible_to(work.access, DocumentRow), DocumentRow.scan_state == ScanState.PENDING.value
    )
    return list(work.session.scalars(query.order_by(DocumentRow.added_at, DocumentRow.id)))


def keys_in_use(work: Work) -> set[str]:
    """The storage keys of all files that a row of the council names."""
    query = select(DocumentRow.storage_key, DocumentRow.public_key, DocumentRow.thumbnail_key)
    rows = work.session.execute(query.where(visible_to(work.access, DocumentRow)))
    return {key for row in rows for key in row if key is not None}
