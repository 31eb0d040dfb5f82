"""The page behind a consultee's secret link: what is proposed, its documents, and the form for an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from geoalchemy2.shape import to_shape
from starlette.responses import Response

from api.accounts.guard import council_of, database_of, same_origin, sender_of, throttle_of
from api.accounts.tables import CouncilRow
from api.accounts.throttle import Throttle
from api.cases.acting import Moment
from api.cases.constraints import constraints_of
from api.cases.desk import moment
from api.consultations import links
from api.consultations.consultees import VERDICTS
from api.consultations.links import Invitation
from api.core.access import Access
from api.core.db import Database, Work
from api.core.incoming import SubmittedForm, single_valued, submitted_form
from api.core.page_forms import Answers, attempt, see_other
from api.core.pages import show
from api.core.values import Reference
from api.documents import store as documents
from api.documents import views
from api.documents.filing import Filing
from api.documents.routes import filing_of, sent_out
from api.maps.basemap import BaseMap
from api.maps.figure import Figure, figure
from api.maps.routes import base_map_of
from api.requests.routes import Token
from bopsgis.errors import NotFound
from bopsgis.planning.calendar import in_words

__all__ = ["router"]

router = APIRouter(
    prefix="/consultations/{reference}/{token}", include_in_schema=False, dependencies=[Depends(single_valued)]
)

_LONGEST = 20_000
_SHOWN = ("present", "adjacent", "near")
DocumentId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True, slots=True)
class Desk:
    """One consultee at one link."""

    reference: str
    token: str
    access: Access
    database: Database
    base: BaseMap
    files: Filing
    now: Moment

    @property
    def path(self) -> str:
        """The address of the page."""
        return f"/consultations/{self.reference}/{self.token}"

    def opened(self, work: Work) -> Invitation:
        """What the link opens. Raises NotFound."""
        return links.opened(work, self.reference, self.token, self.now)


def consultee(
    request: Request,
    council: Annotated[CouncilRow, Depends(council_of)],
    throttle: Annotated[Throttle, Depends(throttle_of)],
) -> Access:
    """What whoever holds a link may read; trying links is held up by address."""
    throttle.hit("link", sender_of(request))
    return Access.public(council.id)


def desk_of(
    reference: Reference,
    token: Token,
    access: Annotated[Access, Depends(consultee)],
    database: Annotated[Database, Depends(database_of)],
    base: Annotated[BaseMap, Depends(base_map_of)],
    files: Annotated[Filing, Depends(filing_of)],
    now: Annotated[Moment, Depends(moment)],
) -> Desk:
    """The desk of one link."""
    return Desk(reference, token, access, database, base, files, now)


At = Annotated[Desk, Depends(desk_of)]


@router.get("")
def ask(request: Request, desk: At) -> Response:
    """What is proposed and by when to answer, with the form."""
    return _page(request, desk, None)


@router.post("", dependencies=[Depends(same_origin)])
def answer(request: Request, desk: At, form: Annotated[SubmittedForm, Depends(submitted_form)]) -> Response:
    """Keep the answer, or show the form again with what is wrong. There may be more than one."""
    form.only("verdict", "text")
    answers = Answers(form)
    verdict = answers.choice("verdict", VERDICTS, ask="Select what your answer comes to")
    text = answers.text("text", longest=_LONGEST)

    def kept() -> bool:
        links.respond(desk.database, desk.access.council_id, desk.reference, desk.token, verdict, text, desk.now)
        return True

    if answers.errors or not attempt(kept, answers, "text"):
        return _page(request, desk, answers)
    return see_other(f"{desk.path}?done=answered")


@router.get("/documents/{document_id:int}")
def document(desk: At, document_id: DocumentId) -> Response:
    """A document that consultees may see: published, or shown to them."""
    with desk.database.reading(desk.access) as work:
        case = desk.opened(work).case
        seen = documents.for_consultees(work, case, unscanned_too=desk.files.settings.publish_unscanned)
        row = next((one for one in seen if one.id == document_id), None)
    if row is None:
        raise NotFound("There is no such document for consultees.", code="document")
    return sent_out(views.file_for_public(row, desk.files))


def _page(request: Request, desk: Desk, answers: Answers | None) -> Response:
    with desk.database.reading(desk.access) as work:
        link = desk.opened(work)
        row = link.case
        context = {
            "path_here": desk.path,
            "case": row,
            "organisation": link.consultee.organisation,
            "reasons": link.consultee.reasons,
            "due": in_words(link.asked.ends_on),
            "said": link.responses,
            "documents": documents.for_consultees(work, row, unscanned_too=desk.files.settings.publish_unscanned),
            "found": [one for one in constraints_of(work, row) if one.affects or one.status in _SHOWN],
            "figure": _figure(desk, link),
            "verdicts": VERDICTS,
            "fields": answers.fields if answers else {},
            "answers": answers,
        }
        status = answers.status if answers and answers.errors else 200
        return show(request, "portal/consultation.html", context, status=status, secret=True)


def _figure(desk: Desk, link: Invitation) -> Figure | None:
    if link.case.site is None:
        return None
    return figure([], desk.base, site=to_shape(link.case.site), title=f"Site of {link.case.reference}")
