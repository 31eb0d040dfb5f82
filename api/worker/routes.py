"""JSON routes of the outbox: how it stands, and putting parked messages back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from api.accounts.guard import database_of, officer
from api.core import clock
from api.core.access import Access
from api.core.db import Database, Work
from api.core.incoming import single_valued
from api.core.outbox import MessageRow
from api.core.parking import counts, parked, retry
from api.core.problems import described
from api.core.values import ClosedModel
from bopsgis.planning.case import Role

__all__ = ["router"]

router = APIRouter(
    prefix="/api/v2/outbox",
    tags=["Outbox"],
    dependencies=[Depends(single_valued)],
    responses=described(401, 403, 404, 422),
)

Db = Annotated[Database, Depends(database_of)]
Administrator = Annotated[Access, Depends(officer(Role.ADMINISTRATOR))]


class ParkedAnswer(ClosedModel):
    """A message that failed five times: to whom and why not, never its text or a secret in it."""

    id: int
    channel: str
    template: str | None
    reference: str | None = Field(description="Of the case that it belongs to.")
    to: list[str]
    created_at: datetime
    attempts: int
    last_error: str | None


class OutboxAnswer(ClosedModel):
    """How the outbox stands."""

    counts: dict[str, int] = Field(description="Messages by state: pending, sent, parked.")
    parked: list[ParkedAnswer]


class RetriedAnswer(ClosedModel):
    """What was put back."""

    retried: int
    counts: dict[str, int]


@router.get("", summary="See how the outbox stands")
def read(access: Administrator, database: Db) -> OutboxAnswer:
    """Counts by state, and the messages that wait for a person, oldest first."""
    with database.reading(access) as work:
        return OutboxAnswer(counts=dict(counts(work)), parked=[_parked(row) for row in parked(work)])


@router.post("/retry", summary="Put all parked messages back")
def retry_all(access: Administrator, database: Db) -> RetriedAnswer:
    """They are sent with the worker's next round, under the same keys."""
    with database.unit_of_work(access) as work:
        return _retried(work, retry(work, clock.now()))


@router.post("/{message:int}/retry", summary="Put one parked message back")
def retry_one(message: Annotated[int, Path(ge=1, le=2**31 - 1)], access: Administrator, database: Db) -> RetriedAnswer:
    """404 where it is not parked."""
    with database.unit_of_work(access) as work:
        return _retried(work, retry(work, clock.now(), message))


def _retried(work: Work, number: int) -> RetriedAnswer:
    work.session.flush()
    return RetriedAnswer(retried=number, counts=dict(counts(work)))


def _parked(row: MessageRow) -> ParkedAnswer:
    return ParkedAnswer(
        id=row.id,
        channel=row.channel,
        template=row.payload.get("template"),
        reference=row.payload.get("reference"),
        to=list(row.payload.get("to", ())),
        created_at=row.created_at,
        attempts=row.attempts,
        last_error=row.last_error,
    )
