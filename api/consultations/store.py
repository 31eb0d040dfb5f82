"""Queries on consultees, their answers, and representations. Every one starts from what the council may see."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from api.cases.tables import CaseRow
from api.consultations.tables import ConsultationRow, ConsulteeRow, ContactRow, RepresentationRow, ResponseRow
from api.core.access import visible_to
from api.core.db import Work
from bopsgis.errors import NotFound

__all__ = [
    "consultation_by_hash",
    "consultations",
    "consultee",
    "consultees",
    "contact",
    "contacts",
    "next_representation_number",
    "representation",
    "representations",
    "response",
    "responses",
]


def contacts(work: Work) -> list[ContactRow]:
    """The council's address book, by organisation."""
    query = select(ContactRow).where(visible_to(work.access, ContactRow))
    return list(work.session.scalars(query.order_by(ContactRow.organisation, ContactRow.id)))


def contact(work: Work, contact_id: int) -> ContactRow:
    """One entry of the address book. Raises NotFound."""
    row = work.session.scalar(
        select(ContactRow).where(visible_to(work.access, ContactRow), ContactRow.id == contact_id)
    )
    if row is None:
        raise NotFound("There is no such contact.", code="contact")
    return row


def consultees(work: Work, case: CaseRow) -> list[ConsulteeRow]:
    """The consultees of a case, by organisation."""
    query = select(ConsulteeRow).where(visible_to(work.access, ConsulteeRow), ConsulteeRow.case_id == case.id)
    return list(work.session.scalars(query.order_by(ConsulteeRow.organisation, ConsulteeRow.id)))


def consultee(work: Work, case: CaseRow, consultee_id: int) -> ConsulteeRow:
    """One consultee of a case. Raises NotFound, for another case's consultee as well."""
    row = next((one for one in consultees(work, case) if one.id == consultee_id), None)
    if row is None:
        raise NotFound("The case has no such consultee.", code="consultee")
    return row


def consultations(work: Work, asked: ConsulteeRow) -> list[ConsultationRow]:
    """Each time that a consultee was asked, oldest first."""
    query = select(ConsultationRow).where(
        visible_to(work.access, ConsultationRow), ConsultationRow.consultee_id == asked.id
    )
    return list(work.session.scalars(query.order_by(ConsultationRow.id)))


def consultation_by_hash(work: Work, case: CaseRow, token_hash: str, at: datetime) -> ConsultationRow:
    """The asking that a link belongs to.

    Raises NotFound, in the same words, for a link that is unknown, of another case, or has expired.
    """
    query = select(ConsultationRow).where(
        visible_to(work.access, ConsultationRow),
        ConsultationRow.case_id == case.id,
        ConsultationRow.token_hash == token_hash,
    )
    row = work.session.scalar(query)
    if row is None or row.token_expires_at <= at:
        raise NotFound(
            "This link is not known, or has expired.", code="link", hint="Ask the council to send you another."
        )
    return row


def responses(work: Work, case: CaseRow) -> list[ResponseRow]:
    """What consultees said of a case, in the order in which it was received."""
    query = select(ResponseRow).where(visible_to(work.access, ResponseRow), ResponseRow.case_id == case.id)
    return list(work.session.scalars(query.order_by(ResponseRow.received_on, ResponseRow.id)))


def response(work: Work, case: CaseRow, response_id: int) -> ResponseRow:
    """One response on a case. Raises NotFound."""
    row = next((one for one in responses(work, case) if one.id == response_id), None)
    if row is None:
        raise NotFound("The case has no such response.", code="response")
    return row


def representations(work: Work, case: CaseRow, *, published: bool = False) -> list[RepresentationRow]:
    """The representations on a case in order of receipt; with `published` only those on the register."""
    query = select(RepresentationRow).where(
        visible_to(work.access, RepresentationRow), RepresentationRow.case_id == case.id
    )
    if published:
        query = query.where(RepresentationRow.published_at.is_not(None))
    return list(work.session.scalars(query.order_by(RepresentationRow.number)))


def representation(work: Work, case: CaseRow, number: int) -> RepresentationRow:
    """One representation by its number on the case. Raises NotFound."""
    query = select(RepresentationRow).where(
        visible_to(work.access, RepresentationRow),
        RepresentationRow.case_id == case.id,
        RepresentationRow.number == number,
    )
    row = work.session.scalar(query)
    if row is None:
        raise NotFound("The case has no such representation.", code="representation")
    return row


def next_representation_number(work: Work, case: CaseRow) -> int:
    """The number of the next representation; the case has to be locked."""
    query = select(func.max(RepresentationRow.number)).where(
        visible_to(work.access, RepresentationRow), RepresentationRow.case_id == case.id
    )
    return (work.session.scalar(query) or 0) + 1
