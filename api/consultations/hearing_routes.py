"""JSON routes for officers: consultees, their responses, and representations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from api.accounts.guard import database_of, officer, officer_or_client
from api.cases import store as cases
from api.cases.desk import moment as now
from api.consultations import consultees, contacts, representations, store
from api.consultations.answers import (
    ConsulteeAnswer,
    ContactAnswer,
    CountsAnswer,
    ProposalAnswer,
    RepresentationAnswer,
    ResponseAnswer,
    consultee_answer,
    proposal_answer,
    representation_answer,
    response_answer,
)
from api.consultations.forms import (
    AddConsulteeForm,
    ConsultForm,
    ContactForm,
    ModerateForm,
    OfficerResponseForm,
    PostedRepresentationForm,
    PublishResponseForm,
)
from api.consultations.representations import NewRepresentation
from api.consultations.routes import PROBLEMS
from api.consultations.tables import ConsulteeRow
from api.core.access import Access
from api.core.db import Database, Work
from api.core.incoming import body_of, single_valued

__all__ = ["router"]

router = APIRouter(
    prefix="/api/v2",
    tags=["Consultees and representations"],
    dependencies=[Depends(single_valued)],
    responses=PROBLEMS,
)

Db = Annotated[Database, Depends(database_of)]
Officer = Annotated[Access, Depends(officer())]
Reader = Annotated[Access, Depends(officer_or_client("cases:read"))]


@router.get("/contacts", summary="List the address book of consultees")
def list_contacts(access: Officer, database: Db) -> list[ContactAnswer]:
    """Those no longer used too."""
    with database.reading(access) as work:
        return [ContactAnswer.model_validate(one) for one in store.contacts(work)]


@router.post("/contacts", summary="Add to the address book", status_code=201)
def add_contact(
    access: Officer, form: Annotated[ContactForm, Depends(body_of(ContactForm))], database: Db
) -> ContactAnswer:
    """With the constraints that the contact is consulted for."""
    with database.unit_of_work(access) as work:
        details = contacts.ContactDetails(**form.model_dump())
        return ContactAnswer.model_validate(contacts.keep_contact(work, details, now()))


@router.post("/contacts/{contact_id:int}", summary="Change an entry of the address book")
def change_contact(
    contact_id: int, access: Officer, form: Annotated[ContactForm, Depends(body_of(ContactForm))], database: Db
) -> ContactAnswer:
    """Cases that were sent to it before keep the address that was used."""
    with database.unit_of_work(access) as work:
        details = contacts.ContactDetails(**form.model_dump())
        return ContactAnswer.model_validate(contacts.keep_contact(work, details, now(), contact_id))


@router.get("/cases/{reference}/consultees/proposed", summary="See whom the case calls to consult")
def list_proposed(reference: str, access: Reader, database: Db) -> list[ProposalAnswer]:
    """From its type, its constraints and the address book; nothing is sent by itself."""
    with database.reading(access) as work:
        return [proposal_answer(one) for one in consultees.proposals(work, cases.get(work, reference))]


@router.get("/cases/{reference}/consultees", summary="List the consultees")
def list_consultees(reference: str, access: Reader, database: Db) -> list[ConsulteeAnswer]:
    """With all that was asked and said."""
    with database.reading(access) as work:
        row = cases.get(work, reference)
        said = store.responses(work, row)
        return [consultee_answer(one, store.consultations(work, one), said) for one in store.consultees(work, row)]


@router.post("/cases/{reference}/consultees", summary="Put a consultee on the list", status_code=201)
def add_consultee(
    reference: str,
    access: Officer,
    form: Annotated[AddConsulteeForm, Depends(body_of(AddConsulteeForm))],
    database: Db,
) -> ConsulteeAnswer:
    """A contact of the address book, or a body given by organisation and address of mail."""
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference, form.version)
        added = consultees.add_consultee(
            work,
            row,
            now(),
            contact_id=form.contact_id,
            organisation=form.organisation,
            email=form.email,
            name=form.name,
            reasons=form.reasons,
        )
        return _consultee(work, added)


def _consultee(work: Work, consultee: ConsulteeRow) -> ConsulteeAnswer:
    return consultee_answer(consultee, store.consultations(work, consultee), [])


@router.post("/cases/{reference}/consultees/{consultee_id:int}/consult", summary="Ask a consultee", status_code=201)
def consult(
    reference: str,
    consultee_id: int,
    access: Officer,
    form: Annotated[ConsultForm, Depends(body_of(ConsultForm))],
    database: Db,
) -> ConsulteeAnswer:
    """By mail, with a link of its own that expires; asking again needs a reason and ends the older link."""
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference, form.version)
        consultees.consult(
            work,
            row,
            consultee_id,
            now(),
            template=form.template,
            response_days=form.response_days,
            reason=form.reason,
        )
        return _consultee(work, store.consultee(work, row, consultee_id))


@router.post(
    "/cases/{reference}/consultees/{consultee_id:int}/responses", summary="Write down a response", status_code=201
)
def record_response(
    reference: str,
    consultee_id: int,
    access: Officer,
    form: Annotated[OfficerResponseForm, Depends(body_of(OfficerResponseForm))],
    database: Db,
) -> ResponseAnswer:
    """One that came to an officer."""
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference, form.version)
        kept = consultees.record_response(work, row, consultee_id, form.verdict, form.text, form.received_on, now())
        return response_answer(kept)


@router.post("/cases/{reference}/responses/{response_id:int}/publish", summary="Publish a redacted response")
def publish_response(
    reference: str,
    response_id: int,
    access: Officer,
    form: Annotated[PublishResponseForm, Depends(body_of(PublishResponseForm))],
    database: Db,
) -> ResponseAnswer:
    """Or take it off the register again, with null."""
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference, form.version)
        return response_answer(consultees.publish_response(work, row, response_id, form.redacted_text, now()))


@router.get("/cases/{reference}/representations", summary="List the representations")
def list_representations(reference: str, access: Officer, database: Db) -> list[RepresentationAnswer]:
    """As they were sent, with what to look at before they are published."""
    with database.reading(access) as work:
        kept = store.representations(work, cases.get(work, reference))
        alike = representations.same_text(kept)
        return [representation_answer(one, alike[one.number]) for one in kept]


@router.get("/cases/{reference}/representations/counts", summary="Count the representations")
def count_representations(reference: str, access: Reader, database: Db) -> CountsAnswer:
    """By sentiment and by topic, for the assessment."""
    with database.reading(access) as work:
        counts = representations.counts_of(store.representations(work, cases.get(work, reference)))
        return CountsAnswer.model_validate(counts)


@router.post("/cases/{reference}/representations", summary="Type in a representation", status_code=201)
def add_representation(
    reference: str,
    access: Officer,
    form: Annotated[PostedRepresentationForm, Depends(body_of(PostedRepresentationForm))],
    database: Db,
) -> RepresentationAnswer:
    """One that came by post."""
    new = NewRepresentation(form.sentiment, form.topics, form.text, form.name, form.address, form.email)
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference, form.version)
        kept = representations.record(work, row, new, form.received_on, now())
        return representation_answer(kept, representations.same_text(store.representations(work, row))[kept.number])


@router.post(
    "/cases/{reference}/representations/{number:int}/moderate", summary="Redact a representation and publish it"
)
def moderate(
    reference: str,
    number: int,
    access: Officer,
    form: Annotated[ModerateForm, Depends(body_of(ModerateForm))],
    database: Db,
) -> RepresentationAnswer:
    """Only the redacted text, the topics and the street go on the register."""
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference, form.version)
        kept = representations.moderate(work, row, number, form.redacted_text, form.street, now(), publish=form.publish)
        return representation_answer(kept, representations.same_text(store.representations(work, row))[kept.number])
