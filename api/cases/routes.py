"""JSON routes of cases: entering, reading, and each act of an officer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from api.accounts.guard import council_of, database_of, officer, officer_or_client
from api.accounts.tables import CouncilRow
from api.cases import constraints, service, store
from api.cases.acting import Moment
from api.cases.arriving import Eyes
from api.cases.arriving import enter as enter_case
from api.cases.desk import CaseDesk, check_of, eyes_of, moment, officers_desk
from api.cases.forms import (
    AssignForm,
    BoundaryForm,
    CaseAnswer,
    CasesAnswer,
    ConstraintAnswer,
    EndForm,
    EventAnswer,
    ExtendForm,
    NewCaseForm,
    NewFeeForm,
    NoteForm,
    OverrideForm,
    PersonForm,
    ScreeningAnswer,
    TakeBackForm,
    ValidateForm,
    VersionForm,
)
from api.cases.receive import NewCase, NewFee, Person
from api.cases.views import case_answer, case_summary, change_answers, constraint_answers
from api.core import audit
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import body_of, single_valued
from api.core.problems import described
from api.core.values import ClosedModel, Reference
from bopsgis import boundary
from bopsgis.boundary import Boundary
from bopsgis.errors import InputRefused
from bopsgis.planning.calendar import in_words
from bopsgis.planning.case import CaseStatus
from bopsgis.planning.fees import pence_of

__all__ = ["PLANNING_BEGAN", "router"]

router = APIRouter(
    prefix="/api/v2",
    tags=["Cases"],
    dependencies=[Depends(single_valued)],
    responses=described(400, 401, 403, 404, 409, 422),
)

Db = Annotated[Database, Depends(database_of)]
Reader = Annotated[Access, Depends(officer_or_client("cases:read"))]
Officer = Annotated[Access, Depends(officer())]
Desk = Annotated[CaseDesk, Depends(officers_desk)]


PLANNING_BEGAN = date(1948, 7, 1)
"""The day from which development in England has needed planning permission (Town and Country Planning Act 1947)."""

Now = Annotated[Moment, Depends(moment)]
Checking = Annotated[constraints.Check, Depends(check_of)]


class ListQuery(ClosedModel):
    """Which cases."""

    status: CaseStatus | None = None
    application_type: str | None = Field(default=None, max_length=60)
    q: str | None = Field(default=None, max_length=100, description="Part of a reference, address or description.")
    before: str | None = Field(default=None, pattern="^[0-9]{1,12}$")
    limit: str = Field(default="50", pattern="^([1-9]|[1-9][0-9]|100)$")


@router.post("/cases", summary="Enter an application", status_code=201)
def enter(
    form: Annotated[NewCaseForm, Depends(body_of(NewCaseForm))],
    access: Officer,
    database: Db,
    now: Now,
    eyes: Annotated[Eyes, Depends(eyes_of)],
    council: Annotated[CouncilRow, Depends(council_of)],
) -> CaseAnswer:
    """An officer enters an application that came on paper; the site is checked against the constraints at once.

    What it lacks to be valid is listed; each document that is added takes off the list what it meets.
    """
    people = {role: _person(one) for role, one in (("applicant", form.applicant), ("agent", form.agent)) if one}
    new = NewCase(
        application_type=form.application_type,
        received_on=_day_of_receipt(form.received_on, now),
        proposal=form.proposal,
        address=form.address,
        postcode=form.postcode,
        uprns=tuple(form.uprns),
        site=None if form.site is None else _site(form.site, form.site_crs),
        people=people,
        eia=form.environmental_impact,
        alternative_reference=form.alternative_reference,
        fee=_fee(form.fee),
    )
    passed = {name for name, given in (("form", form.declared), ("certificate", form.certificate)) if given}
    reference = enter_case(database, access, council, new, passed, eyes, now)
    with database.reading(access) as work:
        return case_answer(work, store.get(work, reference))


@router.get("/cases", summary="List the cases")
def list_cases(query: Annotated[ListQuery, Query()], access: Reader, database: Db) -> CasesAnswer:
    """The council's cases, newest first, in pages."""
    limit = int(query.limit)
    with database.reading(access) as work:
        rows = store.search(
            work,
            status=query.status,
            application_type=query.application_type,
            words=query.q,
            before=None if query.before is None else int(query.before),
            limit=limit + 1,
        )
        shown = rows[:limit]
        return CasesAnswer(
            cases=[case_summary(row) for row in shown], next_before=shown[-1].id if len(rows) > limit else None
        )


@router.get("/cases/{reference}", summary="Read a case")
def read(reference: Reference, access: Reader, database: Db) -> CaseAnswer:
    """The case as officers see it."""
    with database.reading(access) as work:
        return case_answer(work, store.get(work, reference))


@router.get("/cases/{reference}/audit", summary="Read a case's audit")
def read_audit(reference: Reference, access: Officer, database: Db) -> list[EventAnswer]:
    """Who did what, oldest first."""
    with database.reading(access) as work:
        events = audit.trail(work, store.get(work, reference).id)
        return [
            EventAnswer(sequence=one.sequence, at=one.at, actor=one.actor, act=one.act, detail=one.detail)
            for one in events
        ]


@router.get("/cases/{reference}/constraints", summary="Read a case's constraints")
def read_constraints(reference: Reference, access: Reader, database: Db) -> list[ConstraintAnswer]:
    """As found last, with what officers added or dismissed."""
    with database.reading(access) as work:
        return constraint_answers(constraints.constraints_of(work, store.get(work, reference)))


@router.post("/cases/{reference}/validate", summary="Mark a case valid")
def validate(form: Annotated[ValidateForm, Depends(body_of(ValidateForm))], desk: Desk) -> CaseAnswer:
    """Sets the determination deadline and puts the case on the register."""
    return desk.act(form, lambda w, row: service.validate(w, row, form.valid_on, desk.now))


@router.post("/cases/{reference}/resubmit", summary="Take up an invalid case again")
def resubmit(form: Annotated[VersionForm, Depends(body_of(VersionForm))], desk: Desk) -> CaseAnswer:
    """Once everything that was asked for has come."""
    return desk.act(form, lambda w, row: service.resubmit(w, row, desk.now))


@router.post("/cases/{reference}/assign", summary="Give a case to an officer")
def assign(form: Annotated[AssignForm, Depends(body_of(AssignForm))], desk: Desk) -> CaseAnswer:
    """To somebody who assesses or reviews."""
    return desk.act(form, lambda w, row: service.assign(w, row, form.officer, desk.now))


@router.post("/cases/{reference}/notes", summary="Add a note")
def add_note(form: Annotated[NoteForm, Depends(body_of(NoteForm))], desk: Desk) -> CaseAnswer:
    """For colleagues; never public."""
    return desk.act(form, lambda w, row: service.note(w, row, form.text, desk.now))


@router.post("/cases/{reference}/extend-time", summary="Write down an extension of time")
def extend_time(form: Annotated[ExtendForm, Depends(body_of(ExtendForm))], desk: Desk) -> CaseAnswer:
    """As agreed in writing with the applicant."""
    return desk.act(form, lambda w, row: service.extend_time(w, row, form.until, form.reason, desk.now))


_ENDS = {"return": service.return_application, "withdraw": service.withdraw, "close": service.close}


def _end_route(name: str) -> Callable[..., CaseAnswer]:
    ending = _ENDS[name]

    def end(form: Annotated[EndForm, Depends(body_of(EndForm))], desk: Desk) -> CaseAnswer:
        """Ends the case without a decision; the reason is kept."""
        return desk.act(form, lambda w, row: ending(w, row, form.reason, desk.now))

    return end


for _name in _ENDS:
    _summary = f"{_name.capitalize()} a case"
    router.add_api_route(
        f"/cases/{{reference}}/{_name}", _end_route(_name), methods=["POST"], summary=_summary, name=_name
    )


@router.post("/cases/{reference}/screen", summary="Check the site again")
def screen_again(
    reference: Reference,
    form: Annotated[VersionForm, Depends(body_of(VersionForm))],
    access: Officer,
    database: Db,
    now: Now,
    check: Checking,
) -> ScreeningAnswer:
    """Against today's data; the report before stays, and what changed is said."""
    with database.unit_of_work(access) as work:
        row = store.lock(work, reference, form.version)
        screening, changes = constraints.screen_case(work, row, check, now)
        return ScreeningAnswer(
            identity=screening.identity, as_at=screening.as_at, changes=change_answers(changes), version=row.version
        )


@router.post("/cases/{reference}/boundary", summary="Change the site boundary")
def change_boundary(
    form: Annotated[BoundaryForm, Depends(body_of(BoundaryForm))],
    desk: Desk,
    check: Checking,
) -> CaseAnswer:
    """The boundary before is kept; the new one is checked against the constraints at once."""
    site = _site(form.site, form.site_crs)
    return desk.act(form, lambda w, row: constraints.change_boundary(w, row, site, form.reason, check, desk.now))


@router.post("/cases/{reference}/constraints/override", summary="Add or dismiss a constraint")
def override(form: Annotated[OverrideForm, Depends(body_of(OverrideForm))], desk: Desk) -> CaseAnswer:
    """With a reason; it survives every new screening."""
    return desk.act(
        form,
        lambda w, row: constraints.override(
            w, row, form.dataset, form.designation, form.verdict, form.reason, desk.now
        ),
    )


@router.post("/cases/{reference}/constraints/take-back", summary="Take back an override")
def take_back(form: Annotated[TakeBackForm, Depends(body_of(TakeBackForm))], desk: Desk) -> CaseAnswer:
    """What was found stands again."""
    return desk.act(
        form,
        lambda w, row: constraints.take_back_override(w, row, form.dataset, form.designation, form.reason, desk.now),
    )


def _day_of_receipt(day: date, now: Moment) -> date:
    """The day, where an application can have come then. Raises InputRefused for one to come or of another age."""
    if not PLANNING_BEGAN <= day <= now.on:
        raise InputRefused(
            f"The day of receipt cannot be {in_words(day)}: give a day up to today, with all four figures of the year.",
            code="day_of_receipt",
        )
    return day


def _site(geojson: dict[str, Any], crs: int | None) -> Boundary:
    return boundary.from_geojson(geojson, crs=crs)


def _fee(form: NewFeeForm) -> NewFee:
    due = None if form.due is None else pence_of(form.due)
    return NewFee(due, form.exemption.strip(), pence_of(form.paid), form.reference)


def _person(form: PersonForm) -> Person:
    return Person(form.name, form.company, form.email or "", form.phone, form.address)
