"""Queries on requests to applicants."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from api.accounts.secrets import hash_of
from api.cases.tables import CaseRow
from api.core.access import visible_to
from api.core.db import Work
from api.requests.tables import RequestRow
from bopsgis.errors import NotFound
from bopsgis.planning.requests import request_kinds

__all__ = ["by_token", "count_holding_up", "deemed_due", "get", "of_case", "pending"]


def of_case(work: Work, case: CaseRow) -> list[RequestRow]:
    """All requests of a case, oldest first."""
    query = select(RequestRow).where(visible_to(work.access, RequestRow), RequestRow.case_id == case.id)
    return list(work.session.scalars(query.order_by(RequestRow.id)))


def pending(work: Work, case: CaseRow) -> list[RequestRow]:
    """Requests that have not been sent yet."""
    return [row for row in of_case(work, case) if row.state == "pending"]


def get(work: Work, case: CaseRow, request_id: int) -> RequestRow:
    """One request of a case. Raises NotFound."""
    query = select(RequestRow).where(
        visible_to(work.access, RequestRow), RequestRow.case_id == case.id, RequestRow.id == request_id
    )
    row = work.session.scalar(query)
    if row is None:
        raise NotFound("There is no such request on this case.", code="request")
    return row


def by_token(work: Work, token: str) -> tuple[RequestRow, CaseRow]:
    """The request that a secret link opens, and its case. Raises NotFound for any token that opens none."""
    query = (
        select(RequestRow, CaseRow)
        .join(CaseRow, CaseRow.id == RequestRow.case_id)
        .where(visible_to(work.access, RequestRow), RequestRow.token_hash == hash_of(token))
    )
    found = work.session.execute(query).one_or_none()
    if found is None:
        raise NotFound("This link is not valid.", code="link", hint="Ask the council for a new one.")
    return found[0], found[1]


def count_holding_up(work: Work, case: CaseRow) -> int:
    """How many requests of a case are unanswered and hold it up."""
    kinds = [kind.key for kind in request_kinds().values() if kind.holds_up]
    query = select(func.count()).where(
        visible_to(work.access, RequestRow),
        RequestRow.case_id == case.id,
        RequestRow.state.in_(("pending", "open")),
        RequestRow.kind.in_(kinds),
    )
    return int(work.session.scalar(query) or 0)


def deemed_due(work: Work, today: date) -> list[RequestRow]:
    """Open requests whose due day has passed and on which silence means yes, oldest first."""
    kinds = [kind.key for kind in request_kinds().values() if kind.deemed]
    query = select(RequestRow).where(
        visible_to(work.access, RequestRow),
        RequestRow.state == "open",
        RequestRow.kind.in_(kinds),
        RequestRow.due_on < today,
    )
    return list(work.session.scalars(query.order_by(RequestRow.id)))
