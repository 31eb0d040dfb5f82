"""JSON routes of requests to applicants: officers ask and cancel, applicants answer through a secret link."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.accounts.guard import council_of, database_of, officer, sender_of, throttle_of
from api.accounts.tables import CouncilRow
from api.accounts.throttle import Throttle
from api.cases import store as case_store
from api.cases.acting import Moment
from api.cases.constraints import Check
from api.cases.desk import CaseDesk, check_of, moment, officers_desk
from api.cases.forms import CaseAnswer, VersionForm
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import body_of, single_valued
from api.core.problems import described
from api.core.values import Reference
from api.requests import service, store
from api.requests.forms import AnswerForm, AskForm, CancelForm, PublicRequest, RequestAnswer
from api.requests.service import Answer
from api.requests.tables import RequestRow
from bopsgis.planning.case import Role
from bopsgis.planning.requests import request_kind

__all__ = ["router"]

router = APIRouter(
    prefix="/api/v2",
    tags=["Requests to applicants"],
    dependencies=[Depends(single_valued)],
    responses=described(400, 401, 403, 404, 409, 422, 429),
)

Db = Annotated[Database, Depends(database_of)]
Officer = Annotated[Access, Depends(officer())]
Desk = Annotated[CaseDesk, Depends(officers_desk)]
Now = Annotated[Moment, Depends(moment)]
Token = Annotated[str, Path(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


def applicant(
    request: Request,
    council: Annotated[CouncilRow, Depends(council_of)],
    throttle: Annotated[Throttle, Depends(throttle_of)],
) -> Access:
    """Access of whoever holds a secret link; trying links is held up by address."""
    throttle.hit("link", sender_of(request))
    return Access(council_id=council.id, actor="applicant", roles=frozenset({Role.APPLICANT}))


Applicant = Annotated[Access, Depends(applicant)]


@router.post("/cases/{reference}/requests", summary="Ask the applicant for something")
def ask(form: Annotated[AskForm, Depends(body_of(AskForm))], desk: Desk) -> CaseAnswer:
    """Waits until the application is marked invalid; on a valid case it goes out at once."""
    return desk.act(form, lambda w, row: service.ask_for(w, row, form.kind, form.reason, form.details, desk.now))


@router.get("/cases/{reference}/requests", summary="List the requests to the applicant")
def list_requests(reference: Reference, access: Officer, database: Db) -> list[RequestAnswer]:
    """Oldest first, answered and cancelled ones too."""
    with database.reading(access) as work:
        return [_officer_view(row) for row in store.of_case(work, case_store.get(work, reference))]


@router.post("/cases/{reference}/requests/{request_id:int}/cancel", summary="Take a request back")
def cancel(
    request_id: Annotated[int, Path(ge=1)],
    form: Annotated[CancelForm, Depends(body_of(CancelForm))],
    desk: Desk,
) -> CaseAnswer:
    """Its link stops working, and the applicant is told."""
    return desk.act(form, lambda w, row: service.cancel(w, row, store.get(w, row, request_id), form.reason, desk.now))


@router.post("/cases/{reference}/invalidate", summary="Mark a case invalid")
def invalidate(form: Annotated[VersionForm, Depends(body_of(VersionForm))], desk: Desk) -> CaseAnswer:
    """Needs a request that says what is missing; all that wait go out now."""
    return desk.act(form, lambda w, row: service.invalidate(w, row, desk.now))


@router.get("/public/requests/{token}", summary="Read a request through its link")
def read(token: Token, access: Applicant, database: Db, now: Now) -> PublicRequest:
    """What is asked, why, by when, and what silence means."""
    with database.reading(access) as work:
        row, case = service.read_by_link(work, token, now)
        return _public_view(row, case.reference)


@router.post("/public/requests/{token}", summary="Answer a request through its link", status_code=204)
def answer(
    token: Token,
    form: Annotated[AnswerForm, Depends(body_of(AnswerForm))],
    access: Applicant,
    database: Db,
    now: Now,
    check: Annotated[Check, Depends(check_of)],
) -> Response:
    """The link works once."""
    certificate = None if form.certificate is None else form.certificate.model_dump(mode="json")
    given = Answer(accepted=form.accepted, text=form.text, certificate=certificate)
    with database.unit_of_work(access) as work:
        service.answer_by_link(work, token, given, check, now)
    return Response(status_code=204)


def _officer_view(row: RequestRow) -> RequestAnswer:
    return RequestAnswer(
        id=row.id,
        kind=row.kind,
        name=request_kind(row.kind).name,
        state=row.state,
        reason=row.reason,
        details=row.details,
        before=row.before,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        sent_at=row.sent_at,
        due_on=row.due_on,
        accepted=row.accepted,
        answer=row.answer,
        deemed=row.deemed,
        closed_at=row.closed_at,
        closed_because=row.closed_because,
    )


def _public_view(row: RequestRow, reference: str) -> PublicRequest:
    kind = request_kind(row.kind)
    assert row.due_on is not None  # noqa: S101  # an open request has been sent, and has a due day from then on
    return PublicRequest(
        reference=reference,
        kind=kind.key,
        name=kind.name,
        reason=row.reason,
        details=row.details,
        before=row.before,
        due_on=row.due_on,
        silence_means_yes=kind.deemed,
    )
