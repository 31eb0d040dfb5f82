"""JSON routes of cases: entering, reading, and each act of an officer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from api.accounts.guard import database_of, officer, officer_or_client
from api.cases import constraints, service, store
from api.cases.acting import Moment
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
    NoteForm,
    OverrideForm,
    PersonForm,
    ScreeningAnswer,
    TakeBackForm,
    ValidateForm,
    VersionForm,
)
from api.cases.receive import NewCase, Person, receive
from api.cases.tables import CaseRow
from api.cases.views import case_answer, case_summary, change_answers, constraint_answers
from api.core import audit, clock
from api.core.access import Access
from api.core.db import Database, Work
from api.core.incoming import body_of, single_valued
from api.core.problems import described
from api.core.values import ClosedModel, Reference
from bopsgis import boundary
from bopsgis.boundary import Boundary
from bopsgis.errors import InputRefused
from bopsgis.planning.calendar import in_words
from bopsgis.planning.case import CaseStatus

__all__ = ["act_and_answer", "check_of", "moment", "router"]

router = APIRouter(
    prefix="/api/v2",
    tags=["Cases"],
    dependencies=[Depends(single_valued)],
    responses=described(400, 401, 403, 404, 409, 422),
)

Db = Annotated[Database, Depends(database_of)]
Reader = Annotated[Access, Depends(officer_or_client("cases:read"))]
Officer = Annotated[Access, Depends(officer())]


def moment() -> Moment:
    """Now."""
    return Moment(clock.now(), clock.today())


def check_of(request: Request) -> constraints.Check:
    """How this application checks a site."""
    check: constraints.Check = request.app.state.checks.check
    return check


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
    check: Checking,
) -> CaseAnswer:
    """An officer enters an application that came on paper; the site is checked against the constraints at once."""
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
    )
    # Before the unit of work, so that others wait as short as can be for the next number.
    report = None if new.site is None else check(new.site, now.on)
    with database.unit_of_work(access) as work:
        row = receive(work, new, now)
        if report is not None:
            constraints.screen_case(work, row, lambda _site, _on: report, now)
        return case_answer(work, row)


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


def act_and_answer(
    database: Database, access: Access, reference: str, version: int, do: Callable[[Work, CaseRow], Any]
) -> CaseAnswer:
    """Do one act to the case at the version that was seen, and answer with the case as it is then."""
    with database.unit_of_work(access) as work:
        row = store.lock(work, reference, version)
        do(work, row)
        work.session.flush()
        return case_answer(work, row)


@router.post("/cases/{reference}/validate", summary="Mark a case valid")
def validate(
    reference: Reference,
    form: Annotated[ValidateForm, Depends(body_of(ValidateForm))],
    access: Officer,
    database: Db,
    now: Now,
) -> CaseAnswer:
    """Sets the determination deadline and puts the case on the register."""
    return act_and_answer(
        database, access, reference, form.version, lambda w, row: service.validate(w, row, form.valid_on, now)
    )


@router.post("/cases/{reference}/resubmit", summary="Take up an invalid case again")
def resubmit(
    reference: Reference,
    form: Annotated[VersionForm, Depends(body_of(VersionForm))],
    access: Officer,
    database: Db,
    now: Now,
) -> CaseAnswer:
    """Once everything that was asked for has come."""
    return act_and_answer(database, access, reference, form.version, lambda w, row: service.resubmit(w, row, now))


@router.post("/cases/{reference}/assign", summary="Give a case to an officer")
def assign(
    reference: Reference,
    form: Annotated[AssignForm, Depends(body_of(AssignForm))],
    access: Officer,
    database: Db,
    now: Now,
) -> CaseAnswer:
    """To somebody who assesses or reviews."""
    return act_and_answer(
        database, access, reference, form.version, lambda w, row: service.assign(w, row, form.officer, now)
    )


@router.post("/cases/{reference}/notes", summary="Add a note")
def add_note(
    reference: Reference,
    form: Annotated[NoteForm, Depends(body_of(NoteForm))],
    access: Officer,
    database: Db,
    now: Now,
) -> CaseAnswer:
    """For colleagues; never public."""
    return act_and_answer(
        database, access, reference, form.version, lambda w, row: service.note(w, row, form.text, now)
    )


@router.post("/cases/{reference}/extend-time", summary="Write down an extension of time")
def extend_time(
    reference: Reference,
    form: Annotated[ExtendForm, Depends(body_of(ExtendForm))],
    access: Officer,
    database: Db,
    now: Now,
) -> CaseAnswer:
    """As agreed in writing with the applicant."""
    return act_and_answer(
        database,
        access,
        reference,
        form.version,
        lambda w, row: service.extend_time(w, row, form.until, form.reason, now),
    )


_ENDS = {"return": service.return_application, "withdraw": service.withdraw, "close": service.close}


def _end_route(name: str) -> Callable[..., CaseAnswer]:
    ending = _ENDS[name]

    def end(
        reference: Reference,
        form: Annotated[EndForm, Depends(body_of(EndForm))],
        access: Officer,
        database: Db,
        now: Now,
    ) -> CaseAnswer:
        """Ends the case without a decision; the reason is kept."""
        return act_and_answer(
            database, access, reference, form.version, lambda w, row: ending(w, row, form.reason, now)
        )

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
    reference: Reference,
    form: Annotated[BoundaryForm, Depends(body_of(BoundaryForm))],
    access: Officer,
    database: Db,
    now: Now,
    check: Checking,
) -> CaseAnswer:
    """The boundary before is kept; the new one is checked against the constraints at once."""
    site = _site(form.site, form.site_crs)
    return act_and_answer(
        database,
        access,
        reference,
        form.version,
        lambda w, row: constraints.change_boundary(w, row, site, form.reason, check, now),
    )


@router.post("/cases/{reference}/constraints/override", summary="Add or dismiss a constraint")
def override(
    reference: Reference,
    form: Annotated[OverrideForm, Depends(body_of(OverrideForm))],
    access: Officer,
    database: Db,
    now: Now,
) -> CaseAnswer:
    """With a reason; it survives every new screening."""
    return act_and_answer(
        database,
        access,
        reference,
        form.version,
        lambda w, row: constraints.override(w, row, form.dataset, form.designation, form.verdict, form.reason, now),
    )


@router.post("/cases/{reference}/constraints/take-back", summary="Take back an override")
def take_back(
    reference: Reference,
    form: Annotated[TakeBackForm, Depends(body_of(TakeBackForm))],
    access: Officer,
    database: Db,
    now: Now,
) -> CaseAnswer:
    """What was found stands again."""
    return act_and_answer(
        database,
        access,
        reference,
        form.version,
        lambda w, row: constraints.take_back_override(w, row, form.dataset, form.designation, form.reason, now),
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


def _person(form: PersonForm) -> Person:
    return Person(form.name, form.company, form.email or "", form.phone, form.address)
