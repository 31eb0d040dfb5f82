"""JSON routes of the register, without an account: its cases as a list, and one case."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from api.accounts.guard import council_of, database_of
from api.accounts.tables import CouncilRow
from api.cases import store as cases
from api.cases.finding import PAGE_SIZE
from api.cases.published import find_published
from api.cases.wanted import Wanted
from api.consultations import representations
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import single_valued
from api.core.problems import described
from api.core.values import Reference
from api.documents.filing import Filing
from api.documents.forms import PublicDocument
from api.documents.routes import filing_of
from api.register.case_record import case_record
from bopsgis.planning.case import CaseStatus
from bopsgis.planning.redaction import public_view

__all__ = ["router"]

router = APIRouter(
    prefix="/api/v2/public/cases",
    tags=["Public register"],
    dependencies=[Depends(single_valued)],
    responses=described(400, 404, 422),
)

Db = Annotated[Database, Depends(database_of)]
Council = Annotated[CouncilRow, Depends(council_of)]
MOST_ON_A_PAGE = 100
MOST_PAGES = 10_000


class _Shown(BaseModel):
    """What the allowlist lets through has these names; another one would be a fault of ours, and is not sent."""

    model_config = ConfigDict(extra="forbid")


class PublicType(_Shown):
    """A type of application."""

    code: str = Field(description="As in the Open Digital Planning schemas.")
    name: str


class PublicProposal(_Shown):
    """What is applied for."""

    description: str


class PublicSite(_Shown):
    """Where it is. The boundary is among the spatial resources: `/features/collections`."""

    address: str
    ward: str | None
    parish: str | None


class PublicDates(_Shown):
    """Days in England; `published` is an instant."""

    received: date
    valid: date | None
    published: datetime | None
    determination_deadline: date | None
    decided: date | None


class PublicDecision(_Shown):
    """How it was decided, null before that."""

    outcome: str | None


class PublicCaseLine(_Shown):
    """A case in the list."""

    reference: str
    application_type: PublicType
    status: str
    proposal: PublicProposal
    site: PublicSite
    dates: PublicDates
    decision: PublicDecision


class PublicCases(_Shown):
    """One page of the register, what became valid last first."""

    cases: list[PublicCaseLine]
    total: int = Field(description="On all pages.")
    page: int
    size: int


class PublicAppeal(_Shown):
    """An appeal against the decision, if any."""

    lodged: date | None
    outcome: str | None


class PublicConstraint(_Shown):
    """A constraint as it was found, or could not be found out, when the site was last checked."""

    dataset: str
    name: str
    status: str
    sentence: str


class PublicName(_Shown):
    """A person by name; how to reach them is on no register."""

    name: str | None


class PublicAgent(PublicName):
    """An agent by name and company."""

    company: str | None


class PublicCase(PublicCaseLine):
    """One case as the register shows it."""

    appeal: PublicAppeal
    constraints: list[PublicConstraint]
    documents: list[PublicDocument]
    case_officer: PublicName
    applicant: PublicName | None = None
    agent: PublicAgent | None = None


@router.get("", summary="List the cases on the register")
def list_cases(
    database: Db,
    council: Council,
    words: Annotated[
        str, Query(max_length=200, description="Begin words of reference, address, description, applicant or agent.")
    ] = "",
    status: Annotated[CaseStatus | None, Query(description="Only cases that stand so.")] = None,
    page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
    size: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE)] = PAGE_SIZE,
) -> PublicCases:
    """Published cases only, and words find only what the register shows. A page beyond the last is empty."""
    wanted = Wanted(words=words, statuses=frozenset() if status is None else frozenset({status}))
    with database.reading(Access.public(council.id)) as work:
        found = find_published(work, wanted, page=page, size=size)
    lines = [PublicCaseLine.model_validate(line.view) for line in found.lines]
    return PublicCases(cases=lines, total=found.total, page=page, size=size)


@router.get("/{reference}", summary="Read a case on the register", response_model_exclude_unset=True)
def read_case(
    reference: Reference, database: Db, council: Council, files: Annotated[Filing, Depends(filing_of)]
) -> PublicCase:
    """What the register's page of the case says. A case that is not on the register is 404, as one that is not."""
    with database.reading(Access.public(council.id)) as work:
        row = representations.open_case(cases.get(work, reference))
        return PublicCase.model_validate(public_view(case_record(work, row, files)))
