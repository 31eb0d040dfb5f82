"""How the outbox stands, and messages that failed five times and wait for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from api.core import audit
from api.core.access import visible_to
from api.core.db import Work
from api.core.outbox import MessageRow, MessageState
from bopsgis.errors import NotAllowed, NotFound
from bopsgis.planning.case import Role

__all__ = ["counts", "parked", "retry"]


def counts(work: Work) -> Mapping[str, int]:
    """How many messages of the council there are in each state; messages that were sent are counted as well."""
    query = select(MessageRow.state, func.count()).where(visible_to(work.access, MessageRow))
    found = {state: int(number) for state, number in work.session.execute(query.group_by(MessageRow.state))}
    return {state.value: found.get(state.value, 0) for state in MessageState}


def parked(work: Work) -> Sequence[MessageRow]:
    """Messages that wait for a person, oldest first."""
    query = select(MessageRow).where(visible_to(work.access, MessageRow), MessageRow.state == MessageState.PARKED.value)
    return work.session.scalars(query.order_by(MessageRow.id)).all()


def retry(work: Work, at: datetime, only: int | None = None) -> int:
    """Put parked messages back into the queue, all or one by its id; how many there were.

    Raises NotAllowed for anybody but administrators and jobs, NotFound where `only` is not parked.
    """
    if not work.access.roles & {Role.ADMINISTRATOR, Role.SYSTEM}:
        raise NotAllowed("The outbox is for the council's administrators.", code="administrator_only")
    rows = [row for row in parked(work) if only in {None, row.id}]
    if only is not None and not rows:
        raise NotFound("There is no parked message with this number.", code="message")
    for row in rows:
        row.state, row.attempts, row.due_at = MessageState.PENDING.value, 0, at
    if rows:
        told = {"messages": [row.id for row in rows]}
        audit.record(work, "retry_messages", at, case_id=None, detail=told)
    return len(rows)
