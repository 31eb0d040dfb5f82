"""The pages behind an applicant's secret link. The link is the key: nothing here needs an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.accounts.guard import database_of, same_origin
from api.cases import store as case_store
from api.cases.acting import Moment
from api.cases.constraints import Check
from api.cases.desk import check_of, moment
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import SubmittedForm, single_valued, submitted_form
from api.core.page_forms import Answers, attempt, see_other
from api.core.pages import show
from api.documents import service as documents
from api.documents import store as document_store
from api.documents.filing import Filing
from api.documents.routes import filing_of, sent_form
from api.documents.service import Details
from api.maps.basemap import BaseMap
from api.maps.routes import base_map_of
from api.portal.answers import CERTIFICATES, MOST_OWNERS, field_names, read_answer
from api.portal.views import request_view
from api.requests import service
from api.requests.routes import Token, applicant
from bopsgis.planning.requests import request_kind

__all__ = ["router"]

router = APIRouter(prefix="/requests", include_in_schema=False, dependencies=[Depends(single_valued)])

MOST_DOCUMENTS = 20
"""With one answer."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every page here needs: who asks (the holder of a link), where things are kept, and when it is."""

    access: Access
    database: Database
    base: BaseMap
    now: Moment


def desk_of(
    access: Annotated[Access, Depends(applicant)],
    database: Annotated[Database, Depends(database_of)],
    base: Annotated[BaseMap, Depends(base_map_of)],
    now: Annotated[Moment, Depends(moment)],
) -> Desk:
    """The desk of one request."""
    return Desk(access, database, base, now)


At = Annotated[Desk, Depends(desk_of)]
Files = Annotated[Filing, Depends(filing_of)]


@router.get("/answered")
def answered(request: Request) -> Response:
    """What happens after an answer. The link is of no use any more, so the page says nothing of the case."""
    return show(request, "portal/answered.html", {})


@router.get("/{token}")
def ask(request: Request, token: Token, desk: At) -> Response:
    """What is asked, why and by when, with the form for the answer."""
    return _page(request, desk, token, None)


@router.post("/{token}", dependencies=[Depends(same_origin)])
def answer(
    request: Request,
    token: Token,
    desk: At,
    form: Annotated[SubmittedForm, Depends(submitted_form)],
    check: Annotated[Check, Depends(check_of)],
) -> Response:
    """Take the answer, or show the form again with what is wrong."""
    with desk.database.reading(desk.access) as work:
        asked, _ = service.read_by_link(work, token, desk.now)
        kind, kept = request_kind(asked.kind), service.attached(asked)
    form.only(*field_names(kind))
    answers = Answers(form)
    if "more" in form.fields:
        return _page(request, desk, token, answers)
    given = read_answer(kind, answers, kept, desk.now.on)

    def carried_out() -> bool:
        with desk.database.unit_of_work(desk.access) as work:
            service.answer_by_link(work, token, given, check, desk.now)
        return True

    if answers.errors or not attempt(carried_out, answers, "answer" if kind.is_question else "text"):
        return _page(request, desk, token, answers)
    return see_other("/requests/answered")


@router.post("/{token}/documents", dependencies=[Depends(same_origin)])
def add_document(
    request: Request,
    token: Token,
    desk: At,
    files: Files,
    sent: Annotated[SubmittedForm, Depends(sent_form)],
) -> Response:
    """Add one document to the answer. It is inspected and scanned before it is kept."""
    sent.only("title", "file")
    answers = Answers(sent)
    title = answers.text("title")
    with desk.database.reading(desk.access) as work:
        asked, _ = service.read_by_link(work, token, desk.now)
        kept = service.attached(asked)
    if "file" not in sent.files:
        answers.fault("file", "Select a PDF, PNG or JPEG file")
    if len(kept) >= MOST_DOCUMENTS:
        answers.fault("file", f"An answer has at most {MOST_DOCUMENTS} documents")

    def added() -> bool:
        checked = files.check(*sent.files["file"])
        with files.filed(desk.access.council_id, checked) as filed, desk.database.unit_of_work(desk.access) as work:
            row, case = service.read_by_link(work, token, desk.now)
            case = case_store.lock(work, case.reference)
            details = Details(title=title or None)
            document = documents.add(work, case, filed, details, desk.now, files.settings)
            service.attach(work, row, document.id)
        return True

    if answers.errors or not attempt(added, answers, "file"):
        return _page(request, desk, token, answers)
    return see_other(f"/requests/{token}?done=added#documents")


def _page(request: Request, desk: Desk, token: str, answers: Answers | None) -> Response:
    with desk.database.reading(desk.access) as work:
        row, case = service.read_by_link(work, token, desk.now)
        ids = [int(one) for one in service.attached(row)]
        titles = [document_store.get(work, case, one).title for one in ids]
        view = request_view(row, case, desk.base)
    fields = answers.fields if answers else {}
    rows = int(fields["owners"]) if fields.get("owners", "").isdigit() and len(fields["owners"]) < 3 else 1
    context = {
        "view": view,
        "token": token,
        "answers": answers,
        "fields": fields,
        "documents": titles,
        "certificates": CERTIFICATES,
        "owner_rows": min(MOST_OWNERS, max(1, rows + ("more" in fields))),
        "most_owners": MOST_OWNERS,
    }
    status = answers.status if answers and answers.errors else 200
    return show(request, "portal/request.html", context, status=status, secret=True)
