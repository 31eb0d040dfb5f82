"""JSON routes without an account: comment on a case, see what is published, answer as a consultee by link."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.accounts.guard import council_of, database_of, sender_of, throttle_of
from api.accounts.tables import CouncilRow
from api.accounts.throttle import Throttle
from api.cases import store as cases
from api.cases.desk import moment as now
from api.consultations import consultees, links, representations
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
        link = links.opened(work, reference, token, now())
        return InvitationAnswer(
            reference=link.case.reference,
            address=link.case.address,
            proposal=link.case.proposal,
            organisation=link.consultee.organisation,
            respond_by=link.asked.ends_on,
            responses=link.responses,
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
    kept = links.respond(database, council.id, reference, token, form.verdict, form.text, now())
    return ReceiptAnswer(reference=f"{reference}-C{kept.id}", received_on=kept.received_on)
