"""Queries on submissions. Every one starts from what the actor's council may see."""

from __future__ import annotations

from sqlalchemy import select, text

from api.cases.tables import CaseRow
from api.core.access import Access, visible_to
from api.core.db import Work, waiting_in_line
from api.submissions.tables import EnforcementReportRow, ExpectedDocumentRow, SubmissionKeyRow, SubmissionRow
from bopsgis.errors import NotFound

__all__ = [
    "claim",
    "enforcement_report",
    "expected_documents",
    "get",
    "key_of",
    "known_alternative_references",
    "of_key",
    "sender_of",
]

_CLAIM = text(
    "INSERT INTO submission_key (council_id, sender, key, body_sha256) VALUES (:council, :sender, :key, :body) "
    "ON CONFLICT (council_id, sender, key) DO NOTHING RETURNING key"
)


def sender_of(access: Access) -> str:
    """Whose keys these are: each API client and each officer has keys of their own."""
    if access.client_id is not None:
        return f"client:{access.client_id}"
    return f"officer:{access.officer_id}"


def claim(work: Work, sender: str, key: str, body_sha256: str) -> bool:
    """Take the key for this unit of work; False where it is taken already.

    Another unit of work that is under way with the same key is waited for: if it fails, the key is free.
    """
    values = {"council": work.access.council_id, "sender": sender, "key": key, "body": body_sha256}
    with waiting_in_line(work):
        return work.session.execute(_CLAIM, values).first() is not None


def key_of(work: Work, sender: str, key: str) -> SubmissionKeyRow | None:
    """The row of a key that was used, None for one that was not."""
    query = select(SubmissionKeyRow).where(
        visible_to(work.access, SubmissionKeyRow), SubmissionKeyRow.sender == sender, SubmissionKeyRow.key == key
    )
    return work.session.scalar(query)


def of_key(work: Work, row: SubmissionKeyRow) -> SubmissionRow:
    """The submission that was sent under a key."""
    query = select(SubmissionRow).where(visible_to(work.access, SubmissionRow), SubmissionRow.id == row.submission_id)
    return work.session.scalars(query).one()


def get(work: Work, public_id: str) -> SubmissionRow:
    """The submission with this id. Raises NotFound, for another council's as well."""
    query = select(SubmissionRow).where(visible_to(work.access, SubmissionRow), SubmissionRow.public_id == public_id)
    row = work.session.scalar(query)
    if row is None:
        raise NotFound("There is no such submission.", code="submission")
    return row


def expected_documents(work: Work, submission: SubmissionRow) -> list[ExpectedDocumentRow]:
    """The documents that the sender listed, in the sender's order."""
    query = select(ExpectedDocumentRow).where(
        visible_to(work.access, ExpectedDocumentRow), ExpectedDocumentRow.submission_id == submission.id
    )
    return list(work.session.scalars(query.order_by(ExpectedDocumentRow.id)))


def enforcement_report(work: Work, submission: SubmissionRow) -> EnforcementReportRow | None:
    """The report of a breach that a submission brought, None for an application."""
    query = select(EnforcementReportRow).where(
        visible_to(work.access, EnforcementReportRow), EnforcementReportRow.submission_id == submission.id
    )
    return work.session.scalar(query)


def known_alternative_references(work: Work) -> frozenset[str]:
    """The references in other systems of all cases that have one."""
    query = select(CaseRow.alternative_reference).where(
        visible_to(work.access, CaseRow), CaseRow.alternative_reference.is_not(None)
    )
    return frozenset(reference for reference in work.session.scalars(query) if reference is not None)
