"""JSON routes of reports of suspected breaches, for officers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from api.accounts.guard import database_of, officer
from api.cases.acting import Moment
from api.cases.desk import moment
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import body_of, single_valued
from api.core.problems import described
from api.core.values import ClosedModel, LongText
from api.submissions import enforcement
from api.submissions.enforcement import Alleged, ClosedBecause, Details, Status
from api.submissions.tables import EnforcementReportRow

__all__ = ["router"]

router = APIRouter(
    prefix="/api/v2/enforcement",
    tags=["Enforcement"],
    dependencies=[Depends(single_valued)],
    responses=described(400, 401, 403, 404, 409, 422),
)

Db = Annotated[Database, Depends(database_of)]
Officer = Annotated[Access, Depends(officer())]
Now = Annotated[Moment, Depends(moment)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


class SeenForm(ClosedModel):
    """An act that needs nothing but the report as it was seen."""

    version: int = Field(ge=1, description="The report's version as you read it; an older one is answered with 409.")


class DescribeForm(SeenForm):
    """What an officer makes of the report; all of it at once."""

    breach: LongText
    alleged: list[Alleged] = Field(default_factory=list, max_length=20)
    urgent: bool = False
    began_on: date | None = Field(default=None, description="When the breach began, or was complete.")
    notice_served_on: date | None = None


class GiveForm(SeenForm):
    """Who gets it."""

    officer: int


class CloseForm(SeenForm):
    """Why it is closed."""

    because: ClosedBecause
    detail: str = Field(default="", max_length=20_000, description="Needed where the reason is another one.")


class TimeLimit(ClosedModel):
    """From when a breach can no longer be enforced against."""

    kind: str
    immune_from: date
    immune: bool
    steps: list[str]
    verified: bool


class FoundConstraint(ClosedModel):
    """A constraint on the site on the day of receipt, or one of which nothing is known."""

    dataset: str
    name: str
    status: str


class BreachAnswer(ClosedModel):
    """A report of a suspected breach; for officers only."""

    id: int
    version: int
    status: Status
    urgent: bool
    received_on: date
    description: str = Field(description="In the words of who reported it.")
    breach: str = Field(description="What the officer takes it to be.")
    alleged: list[str]
    address: str
    postcode: str | None
    uprns: list[str]
    reported_by: dict[str, str | None]
    began_on: date | None
    time_limits: list[TimeLimit]
    notice_served_on: date | None
    officer: int | None
    started_on: date | None
    closed_on: date | None
    closed_because: str
    closed_detail: str
    constraints: list[FoundConstraint] | None = Field(description="Null where the site was not checked.")


class ListQuery(ClosedModel):
    """Which reports."""

    status: Status | None = None
    urgent: bool | None = None


@router.get("", summary="List the reports of breaches")
def list_reports(query: Annotated[ListQuery, Query()], access: Officer, database: Db, now: Now) -> list[BreachAnswer]:
    """Urgent ones first, then the oldest."""
    with database.reading(access) as work:
        return [_answer(row, now) for row in enforcement.reports(work, status=query.status, urgent=query.urgent)]


@router.get("/{number:int}", summary="Read a report of a breach")
def read(number: Number, access: Officer, database: Db, now: Now) -> BreachAnswer:
    """With the time limits of what is alleged, and the constraints on its site."""
    with database.reading(access) as work:
        return _answer(enforcement.report(work, number), now)


@router.post("/{number:int}", summary="Describe a breach")
def describe(
    number: Number,
    form: Annotated[DescribeForm, Depends(body_of(DescribeForm))],
    access: Officer,
    database: Db,
    now: Now,
) -> BreachAnswer:
    """What it is taken to be, of which kinds, since when, and whether it is urgent."""
    details = Details(form.breach, form.alleged, form.urgent, form.began_on, form.notice_served_on)
    with database.unit_of_work(access) as work:
        return _answer(enforcement.describe(work, enforcement.lock(work, number, form.version), details, now), now)


@router.post("/{number:int}/assign", summary="Give a report to an officer")
def assign(
    number: Number, form: Annotated[GiveForm, Depends(body_of(GiveForm))], access: Officer, database: Db, now: Now
) -> BreachAnswer:
    """To somebody who assesses or reviews."""
    with database.unit_of_work(access) as work:
        return _answer(enforcement.assign(work, enforcement.lock(work, number, form.version), form.officer, now), now)


@router.post("/{number:int}/start", summary="Start an investigation")
def start(
    number: Number, form: Annotated[SeenForm, Depends(body_of(SeenForm))], access: Officer, database: Db, now: Now
) -> BreachAnswer:
    """Who reported it is told, where they left an address."""
    with database.unit_of_work(access) as work:
        return _answer(enforcement.start(work, enforcement.lock(work, number, form.version), now), now)


@router.post("/{number:int}/close", summary="Close a report")
def close(
    number: Number, form: Annotated[CloseForm, Depends(body_of(CloseForm))], access: Officer, database: Db, now: Now
) -> BreachAnswer:
    """With the reason, which who reported it is told."""
    with database.unit_of_work(access) as work:
        row = enforcement.lock(work, number, form.version)
        return _answer(enforcement.close(work, row, form.because, form.detail, now), now)


def _answer(row: EnforcementReportRow, now: Moment) -> BreachAnswer:
    found = None if row.report is None else row.report["findings"]
    return BreachAnswer.model_validate(
        {
            **{name: getattr(row, name) for name in _COLUMNS},
            "officer": row.officer_id,
            "time_limits": [
                TimeLimit(
                    kind=kind,
                    immune_from=told.immune_from,
                    immune=told.immune,
                    steps=list(told.steps),
                    verified=told.verified,
                )
                for kind, told in enforcement.time_limits(row, now.on)
            ],
            "constraints": None
            if found is None
            else [
                FoundConstraint(dataset=one["dataset"], name=one["name"], status=one["status"])
                for one in found
                if one["status"] != "absent"
            ],
        }
    )


_COLUMNS = BreachAnswer.model_fields.keys() & EnforcementReportRow.__table__.columns.keys()
