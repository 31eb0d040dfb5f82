"""Queries on cases. Every one starts from what the actor's council may see."""

from __future__ import annotations

from sqlalchemy import select, text

from api.cases.tables import BoundaryVersionRow, CaseConstraintRow, CaseRow, NoteRow, PartyRow, ScreeningRow
from api.cases.words import found_by
from api.core.access import visible_to
from api.core.db import Work, waiting_in_line
from bopsgis.errors import EditConflict, NotFound
from bopsgis.planning.case import CaseStatus

__all__ = [
    "boundary_versions",
    "get",
    "latest_screening",
    "lock",
    "lock_by_id",
    "next_number",
    "notes",
    "officer_constraints",
    "parties",
    "search",
]


def get(work: Work, reference: str) -> CaseRow:
    """The case with this reference. Raises NotFound, for another council's case as well."""
    query = select(CaseRow).where(visible_to(work.access, CaseRow), CaseRow.reference == reference)
    row = work.session.scalar(query)
    if row is None:
        raise NotFound(f"There is no case {reference[:30]}.", code="case")
    return row


def lock(work: Work, reference: str, expected_version: int | None = None) -> CaseRow:
    """The case, locked until the unit of work ends.

    Raises EditConflict where it is no longer at `expected_version`: the person acted on an older page.
    """
    query = select(CaseRow).where(visible_to(work.access, CaseRow), CaseRow.reference == reference)
    row = work.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound(f"There is no case {reference[:30]}.", code="case")
    if expected_version is not None and row.version != expected_version:
        raise EditConflict(
            f"Case {row.reference} was changed by somebody else since you opened it.",
            hint="Look at the changes, then do this again if it is still right.",
        )
    return row


def lock_by_id(work: Work, case_id: int) -> CaseRow:
    """The case with this id, locked until the unit of work ends: for jobs, which come from another row."""
    query = select(CaseRow).where(visible_to(work.access, CaseRow), CaseRow.id == case_id)
    return work.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def search(
    work: Work,
    *,
    status: CaseStatus | None,
    application_type: str | None,
    words: str | None,
    before: int | None,
    limit: int,
) -> list[CaseRow]:
    """Cases that fit all that is given, newest first, at most `limit`; `before` is the id to go on from.

    Each of the words has to begin a word by which the case is found (`api.cases.words`).
    """
    query = select(CaseRow).where(visible_to(work.access, CaseRow))
    if status is not None:
        query = query.where(CaseRow.status == status.value)
    if application_type is not None:
        query = query.where(CaseRow.application_type == application_type)
    if before is not None:
        query = query.where(CaseRow.id < before)
    query = query.where(*found_by(work.access, words or "", public=False))
    return list(work.session.scalars(query.order_by(CaseRow.id.desc()).limit(limit)))


_NEXT_NUMBER = text(
    "INSERT INTO case_number (council_id, year, last) VALUES (:council, :year, 1) "
    "ON CONFLICT (council_id, year) DO UPDATE SET last = case_number.last + 1 RETURNING last"
)

_NUMBERS = 1
"""The line in which a council's case numbers are waited for."""


def next_number(work: Work, year: int) -> int:
    """The next case number of the council in `year`, without gap or clash.

    The counter's row stays locked until the unit of work ends, and goes back with it if that fails.
    """
    with waiting_in_line(work, _NUMBERS):
        row = work.session.execute(_NEXT_NUMBER, {"council": work.access.council_id, "year": year}).one()
    return int(row[0])


def boundary_versions(work: Work, case: CaseRow) -> list[BoundaryVersionRow]:
    """All site boundaries that the case has had, oldest first."""
    query = select(BoundaryVersionRow).where(
        visible_to(work.access, BoundaryVersionRow), BoundaryVersionRow.case_id == case.id
    )
    return list(work.session.scalars(query.order_by(BoundaryVersionRow.id)))


def parties(work: Work, case: CaseRow) -> dict[str, PartyRow]:
    """Applicant and agent by role."""
    query = select(PartyRow).where(visible_to(work.access, PartyRow), PartyRow.case_id == case.id)
    return {party.role: party for party in work.session.scalars(query)}


def latest_screening(work: Work, case: CaseRow) -> ScreeningRow | None:
    """The newest constraint report on the case, None before the first."""
    query = select(ScreeningRow).where(visible_to(work.access, ScreeningRow), ScreeningRow.case_id == case.id)
    return work.session.scalars(query.order_by(ScreeningRow.id.desc()).limit(1)).first()


def officer_constraints(work: Work, case: CaseRow) -> list[CaseConstraintRow]:
    """What officers added to or dismissed from the constraints that were found."""
    query = select(CaseConstraintRow).where(
        visible_to(work.access, CaseConstraintRow), CaseConstraintRow.case_id == case.id
    )
    return list(work.session.scalars(query.order_by(CaseConstraintRow.dataset, CaseConstraintRow.designation)))


def notes(work: Work, case: CaseRow) -> list[NoteRow]:
    """Officers' notes, newest first."""
    query = select(NoteRow).where(visible_to(work.access, NoteRow), NoteRow.case_id == case.id)
    return list(work.session.scalars(query.order_by(NoteRow.id.desc())))
