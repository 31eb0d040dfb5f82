"""JSON routes without an account: comment on a case, see what is published, answer as a consultee by link."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.accounts.guard import council_of, database_of, sender_of, throttle_of
from api.accounts.secrets import hash_of
from api.accounts.tables import CouncilRow
from api.accounts.throttle import Throttle
from api.cases import store as cases
from api.cases.routes import moment as now
from api.consultations import consultees, representations, store
from api.consultations.answers import (
    InvitationAnswer,
    PublicRepresentationAnswer,
    PublicResponseAnswer,
    ReceiptAnswer,
)
from api.consultations.forms import RepresentationForm, ResponseForm
from api.consultations.representations import NewRepresentation
from api.consultations.routes import PROBLEMS
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import body_of, single_valued
from api.core.problems import described
from bopsgis.planning.case import Role

__all__ = ["router"]

router = APIRouter(
    prefix="/api/v2/public/cases/{reference}",
    tags=["Public register"],
    dependencies=[Depends(single_valued)],
    responses={code: said for code, said in PROBLEMS.items() if code not in {401, 403}} | described(429),
)

Db = Annotated[Database, Depends(database_of)]
Council = Annotated[CouncilRow, Depends(council_of)]
Tries = Annotated[Throttle, Depends(throttle_of)]


@router.post("/representations", summary="Comment on a case", status_code=201)
def comment(
    request: Request,
    reference: str,
    form: Annotated[RepresentationForm, Depends(body_of(RepresentationForm))],
    database: Db,
    council: Council,
    throttle: Tries,
) -> ReceiptAnswer:
    """While the case is on the register and not decided. Published only once an officer has redacted it."""
    throttle.hit("representation", sender_of(request))
    moment = now()
    new = NewRepresentation(form.sentiment, form.topics, form.text, form.name, form.address, form.email)
    with database.unit_of_work(Access.public(council.id)) as work:
        row = representations.open_case(cases.lock(work, reference))
        kept = representations.record(work, row, new, moment.on, moment)
        return ReceiptAnswer(reference=f"{row.reference}-{kept.number}", received_on=kept.received_on)


@router.get("/representations", summary="Read the comments on a case")
def published_representations(reference: str, database: Db, council: Council) -> list[PublicRepresentationAnswer]:
    """The redacted text of those that the council has published."""
    with database.reading(Access.public(council.id)) as work:
        shown = representations.public_representations(work, cases.get(work, reference))
        return [PublicRepresentationAnswer.model_validate(one) for one in shown]


@router.get("/consultees", summary="Read what consultees said")
def published_responses(reference: str, database: Db, council: Council) -> list[PublicResponseAnswer]:
    """The redacted text of the responses that the council has published."""
    with database.reading(Access.public(council.id)) as work:
        row = representations.open_case(cases.get(work, reference))
        return [PublicResponseAnswer.model_validate(one) for one in consultees.public_responses(work, row)]


@router.get("/consultations/{token}", summary="Open a consultee's link")
def open_link(
    request: Request,
    response: Response,
    reference: str,
    token: str,
    database: Db,
    council: Council,
    throttle: Tries,
) -> InvitationAnswer:
    """What is proposed, and by when to respond."""
    throttle.hit("link", sender_of(request))
    response.headers["Cache-Control"] = "no-store"
    with database.reading(Access.public(council.id)) as work:
        row = cases.get(work, reference)
        asked = store.consultation_by_hash(work, row, hash_of(token), now().at)
        consultee = store.consultee(work, row, asked.consultee_id)
        said = [one for one in store.responses(work, row) if one.consultee_id == consultee.id]
        return InvitationAnswer(
            reference=row.reference,
            address=row.address,
            proposal=row.proposal,
            organisation=consultee.organisation,
            respond_by=asked.ends_on,
            responses=len(said),
        )


@router.post("/consultations/{token}/responses", summary="Respond as a consultee", status_code=201)
def respond(
    request: Request,
    reference: str,
    token: str,
    form: Annotated[ResponseForm, Depends(body_of(ResponseForm))],
    database: Db,
    council: Council,
    throttle: Tries,
) -> ReceiptAnswer:
    """More than once where there is more to say; every response is kept."""
    throttle.hit("link", sender_of(request))
    moment = now()
    with database.reading(Access.public(council.id)) as work:
        row = cases.get(work, reference)
        asked = store.consultation_by_hash(work, row, hash_of(token), moment.at)
        organisation = store.consultee(work, row, asked.consultee_id).organisation
    access = Access(council.id, f"consultee {organisation}", roles=frozenset({Role.CONSULTEE}))
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference)
        asked = store.consultation_by_hash(work, row, hash_of(token), moment.at)
        kept = consultees.record_response(work, row, asked.consultee_id, form.verdict, form.text, moment.on, moment)
        return ReceiptAnswer(reference=f"{row.reference}-C{kept.id}", received_on=kept.received_on)
