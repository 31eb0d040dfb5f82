"""JSON routes for officers: publicity and neighbours of a case."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.accounts.guard import database_of, officer, officer_or_client
from api.cases import store as cases
from api.cases.desk import moment as now
from api.cases.tables import CaseRow
from api.consultations import letters, neighbours, publicity
from api.consultations.addresses import AddressSource, CouncilAddresses, has_addresses
from api.consultations.answers import (
    BatchAnswer,
    ChosenAnswer,
    NeighbourAnswer,
    NoticeAnswer,
    OwnAddressAnswer,
    PublicityAnswer,
    batch_answer,
    neighbour_answer,
    notice_answer,
    publicity_answer,
)
from api.consultations.forms import (
    AddNeighbourForm,
    ChooseNeighboursForm,
    ConfirmNoticeForm,
    PickNeighboursForm,
    RemoveNeighbourForm,
    RequireNoticeForm,
    SendLettersForm,
    VersionForm,
)
from api.consultations.periods import earliest_decision, periods_of
from api.core.access import Access
from api.core.db import Database, Work
from api.core.incoming import body_of, single_valued
from api.core.problems import described
from bopsgis.planning.publicity import Means

__all__ = ["PROBLEMS", "router", "source_of"]

PROBLEMS: dict[int | str, dict[str, Any]] = described(400, 401, 403, 404, 409, 415, 422, 503)
"""How these routes say that something went wrong."""

router = APIRouter(
    prefix="/api/v2/cases/{reference}",
    tags=["Publicity and neighbours"],
    dependencies=[Depends(single_valued)],
    responses=PROBLEMS,
)

Db = Annotated[Database, Depends(database_of)]
Officer = Annotated[Access, Depends(officer())]
Reader = Annotated[Access, Depends(officer_or_client("cases:read"))]


def source_of(request: Request, work: Work) -> AddressSource:
    """The council's own addresses in the database, or where it has none the file of this application."""
    if has_addresses(work):
        return CouncilAddresses(work)
    source: AddressSource = request.app.state.addresses
    return source


def _publicity(work: Work, row: CaseRow) -> PublicityAnswer:
    periods = periods_of(work, row)
    state = publicity.publicity_of(work, row)
    return publicity_answer(row, state, publicity.notices_of(work, row), periods, earliest_decision(periods))


@router.get("/publicity", summary="See what publicity is required, given and due")
def read_publicity(reference: str, access: Reader, database: Db) -> PublicityAnswer:
    """With each period for comments, and from when the case may be decided."""
    with database.reading(access) as work:
        return _publicity(work, cases.get(work, reference))


@router.post("/publicity/refresh", summary="Work out again what publicity is due")
def refresh_publicity(
    reference: str, access: Officer, form: Annotated[VersionForm, Depends(body_of(VersionForm))], database: Db
) -> PublicityAnswer:
    """After a new screening, or another word on a constraint."""
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference, form.version)
        publicity.refresh(work, row)
        return _publicity(work, row)


@router.post("/notices", summary="Ask for a notice", status_code=201)
def require_notice(
    reference: str,
    access: Officer,
    form: Annotated[RequireNoticeForm, Depends(body_of(RequireNoticeForm))],
    database: Db,
) -> NoticeAnswer:
    """A site notice, press notice or applicant's notice; it is due until it is confirmed."""
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference, form.version)
        notice = publicity.require_notice(
            work, row, Means(form.means), now(), quantity=form.quantity, instructions=form.instructions
        )
        return notice_answer(notice)


@router.post("/notices/{notice_id:int}/confirm", summary="Say when a notice was given")
def confirm_notice(
    reference: str,
    notice_id: int,
    access: Officer,
    form: Annotated[ConfirmNoticeForm, Depends(body_of(ConfirmNoticeForm))],
    database: Db,
) -> PublicityAnswer:
    """On a day in the past or today; its period for comments counts from that day."""
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference, form.version)
        publicity.confirm_notice(work, row, notice_id, form.given_on, now(), document_id=form.document_id)
        return _publicity(work, row)


@router.get("/neighbours", summary="List the neighbours")
def list_neighbours(reference: str, access: Reader, database: Db) -> list[NeighbourAnswer]:
    """Nearest first, with those that were taken off the list and why."""
    with database.reading(access) as work:
        listed = neighbours.neighbours_of(work, cases.get(work, reference), removed=True)
        return [neighbour_answer(one) for one in listed]


@router.post("/neighbours/choose", summary="Choose neighbours by distance or by shared boundary")
def choose_neighbours(
    request: Request,
    reference: str,
    access: Officer,
    form: Annotated[ChooseNeighboursForm, Depends(body_of(ChooseNeighboursForm))],
    database: Db,
) -> ChosenAnswer:
    """The site's own addresses are left out, and listed in the answer."""
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference, form.version)
        source = source_of(request, work)
        chosen = neighbours.choose(work, row, source, now(), distance_m=form.distance_m, tolerance_m=form.tolerance_m)
        return ChosenAnswer(
            added=[neighbour_answer(one) for one in chosen.added],
            known=chosen.known,
            own=[OwnAddressAnswer(uprn=one.uprn, address=one.address) for one in chosen.own],
        )


@router.post("/neighbours/pick", summary="Put single addresses round the site on the list")
def pick_neighbours(
    request: Request,
    reference: str,
    access: Officer,
    form: Annotated[PickNeighboursForm, Depends(body_of(PickNeighboursForm))],
    database: Db,
) -> list[NeighbourAnswer]:
    """By their UPRNs, within 100 metres of the site; also such as were taken off the list before."""
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference, form.version)
        return [
            neighbour_answer(one) for one in neighbours.pick(work, row, source_of(request, work), form.uprns, now())
        ]


@router.post("/neighbours", summary="Add an address by hand", status_code=201)
def add_neighbour(
    reference: str,
    access: Officer,
    form: Annotated[AddNeighbourForm, Depends(body_of(AddNeighbourForm))],
    database: Db,
) -> NeighbourAnswer:
    """Or put one back that was taken off the list."""
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference, form.version)
        return neighbour_answer(neighbours.add_by_hand(work, row, form.address, form.reason, now()))


@router.post("/neighbours/{neighbour_id:int}/remove", summary="Take an address off the list", status_code=204)
def remove_neighbour(
    reference: str,
    neighbour_id: int,
    access: Officer,
    form: Annotated[RemoveNeighbourForm, Depends(body_of(RemoveNeighbourForm))],
    database: Db,
) -> None:
    """With the reason; choosing again does not bring it back."""
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference, form.version)
        neighbours.remove(work, row, neighbour_id, form.reason, now())


@router.get("/letters", summary="List the batches of letters")
def list_letters(reference: str, access: Reader, database: Db) -> list[BatchAnswer]:
    """Oldest first."""
    with database.reading(access) as work:
        sent = letters.batches_of(work, cases.get(work, reference))
        return [batch_answer(one, len(letters.letters_of(work, one))) for one in sent]


@router.post("/letters", summary="Write to neighbours", status_code=201)
def send_letters(
    reference: str,
    access: Officer,
    form: Annotated[SendLettersForm, Depends(body_of(SendLettersForm))],
    database: Db,
) -> BatchAnswer:
    """To those not yet written to; with a reason to all on the list again. They go out by the outbox."""
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference, form.version)
        sent = letters.send_letters(
            work,
            row,
            now(),
            template=form.template,
            response_days=form.response_days,
            reason=form.reason,
            only=form.neighbours,
        )
        return batch_answer(sent, len(letters.letters_of(work, sent)))


@router.get("/letters/{number:int}.csv", summary="Fetch the addresses of a batch", response_class=Response)
def letters_csv(reference: str, number: int, access: Reader, database: Db) -> Response:
    """As CSV, one letter a line."""
    with database.reading(access) as work:
        sent = letters.batch(work, cases.get(work, reference), number)
        text = letters.as_csv(sent, letters.letters_of(work, sent))
    name = f"{reference}-letters-{number}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
