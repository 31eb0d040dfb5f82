"""The pages on which anybody comments on an application: no account, no script needed, nothing kept until sent."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.accounts.guard import council_of, database_of, same_origin, sender_of, throttle_of
from api.accounts.tables import CouncilRow
from api.accounts.throttle import Throttle
from api.cases import store as cases
from api.cases.acting import Moment
from api.cases.desk import moment
from api.consultations import representations
from api.consultations import store as consultations
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import SubmittedForm, single_valued, submitted_form
from api.core.page_forms import Answers, attempt, see_other
from api.core.pages import show
from api.core.values import Reference
from api.register.comment import FIELDS, SENTIMENT_WORDS, TOPIC_WORDS, Draft, read_draft
from api.register.queries import comments_until
from api.register.words import CLOSED
from bopsgis.errors import ActRefused
from bopsgis.planning.case import CaseStatus

__all__ = ["router"]

router = APIRouter(
    prefix="/applications/{reference}/comment", include_in_schema=False, dependencies=[Depends(single_valued)]
)

Db = Annotated[Database, Depends(database_of)]
Council = Annotated[CouncilRow, Depends(council_of)]
Now = Annotated[Moment, Depends(moment)]


@router.get("")
def start(request: Request, reference: Reference, database: Db, council: Council, now: Now) -> Response:
    """What counts, what is published, and by when to comment."""
    context = _about(database, council, reference)
    return show(request, "register/comment_start.html", {**context, "today": now.on})


@router.post("", dependencies=[Depends(same_origin)])
def answer(
    request: Request,
    reference: Reference,
    form: Annotated[SubmittedForm, Depends(submitted_form)],
    database: Db,
    council: Council,
    throttle: Annotated[Throttle, Depends(throttle_of)],
    now: Now,
) -> Response:
    """Read the answers so far and show the next question; at the end keep the comment."""
    form.only(*FIELDS)
    context = _about(database, council, reference)
    answers = Answers(form)
    upto = form.fields.get("step", "")
    draft, step = read_draft(answers, upto)
    if upto == "check" and step == "check" and not answers.errors:

        def kept() -> int:
            throttle.hit("representation", sender_of(request))
            return _keep(database, council, reference, draft, now)

        number = attempt(kept, answers, "send")
        if number is not None:
            return see_other(f"/applications/{reference}/comment/sent?number={number}")
    shown = {**context, "draft": draft, "step": step, "answers": answers, "fields": form.fields}
    shown |= {"sentiments": SENTIMENT_WORDS, "topics": TOPIC_WORDS}
    response = show(request, "register/comment.html", shown, status=answers.status if answers.errors else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/sent")
def sent(request: Request, reference: Reference, database: Db, council: Council) -> Response:
    """The comment's reference, and what happens to it."""
    number = request.query_params.get("number", "")
    known = number.isascii() and number.isdigit() and len(number) < 7
    context = _about(database, council, reference)
    return show(request, "register/comment_sent.html", {**context, "number": number if known else ""})


def _about(database: Database, council: CouncilRow, reference: str) -> dict[str, object]:
    """What every page of the journey says of the case. Raises NotFound off the register, ActRefused when closed."""
    with database.reading(Access.public(council.id)) as work:
        row = representations.open_case(cases.get(work, reference))
        if CaseStatus(row.status) in CLOSED:
            raise ActRefused(
                f"Comments on {reference} are closed: the application is {CaseStatus(row.status).in_words}.",
                code="comments_closed",
            )
        ends = comments_until(work, [reference]).get(reference)
        return {
            "reference": row.reference,
            "address": row.address,
            "proposal": row.proposal,
            "ends": ends,
            "council": council.name,
        }


def _keep(database: Database, council: CouncilRow, reference: str, draft: Draft, now: Moment) -> int:
    """The number of the comment. The same one sent twice (a button pressed again) is kept once."""
    new = draft.representation()
    with database.unit_of_work(Access.public(council.id)) as work:
        row = representations.open_case(cases.lock(work, reference))
        for earlier in consultations.representations(work, row):
            if (earlier.text, earlier.name, earlier.address) == (new.text, new.name, new.address):
                return earlier.number
        return representations.record(work, row, new, now.on, now).number
