"""Sending the outbox: at least once, in order for each case, with a pause after each failure."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jinja2 import TemplateError
from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from api.core.access import Access, visible_to
from api.core.db import Database
from api.core.outbox import Channel, MessageRow, MessageState
from api.worker.senders import Sender, SendFailed
from api.worker.wording import letter_of

__all__ = ["PARK_AFTER", "Delivered", "deliver"]

PARK_AFTER = 5
LEASE = timedelta(minutes=2)
"""A claimed message is not tried by anybody else for so long: longer than any sender's time-out."""

_log = logging.getLogger("bopsgis.worker")


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the messages that were due."""

    sent: int = 0
    failed: int = 0
    parked: int = 0


def deliver(
    database: Database,
    council_id: int,
    senders: Mapping[Channel, Sender],
    settings: Mapping[str, Any],
    at: datetime,
) -> Delivered:
    """Send every message of a council that is due at `at`.

    A message is claimed in one transaction, sent outside any, and marked in another: a worker that dies in
    between leaves it to be sent again with the same key.
    """
    access = Access.system(council_id, "outbox")
    counts = dict.fromkeys(("sent", "failed", "parked"), 0)
    while (message := _claim(database, access, at)) is not None:
        error = _hand_over(message, senders, settings)
        counts[_mark(database, access, message, error, at)] += 1
    return Delivered(**counts)


def _claim(database: Database, access: Access, at: datetime) -> MessageRow | None:
    earlier = aliased(MessageRow)
    blocked = select(earlier.id).where(
        earlier.council_id == MessageRow.council_id,
        earlier.case_id == MessageRow.case_id,
        earlier.state == MessageState.PENDING.value,
        earlier.id < MessageRow.id,
    )
    query = (
        select(MessageRow)
        .where(
            visible_to(access, MessageRow),
            MessageRow.state == MessageState.PENDING.value,
            MessageRow.due_at <= at,
            or_(MessageRow.case_id.is_(None), ~blocked.exists()),
        )
        .order_by(MessageRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with database.unit_of_work(access) as work:
        while (message := work.session.scalar(query)) is not None:
            if message.attempts < PARK_AFTER:
                message.attempts += 1
                message.due_at = at + LEASE
                return message
            # Claimed five times and never marked: whoever sends it dies of it, so a person has to look at it.
            message.state = MessageState.PARKED.value
            work.session.flush()
    return None


def _hand_over(message: MessageRow, senders: Mapping[Channel, Sender], settings: Mapping[str, Any]) -> str | None:
    try:
        senders[Channel(message.channel)].send(letter_of(message, settings))
    except (SendFailed, TemplateError) as error:
        _log.warning("message %s was not sent: %s", message.key, error)
        return str(error)
    return None


def _mark(database: Database, access: Access, message: MessageRow, error: str | None, at: datetime) -> str:
    with database.unit_of_work(access) as work:
        row = work.session.get_one(MessageRow, message.id)
        row.last_error = error
        if error is None:
            row.state, row.sent_at = MessageState.SENT.value, at
            # A secret that has gone out is of no use here any more.
            row.payload = {name: value for name, value in row.payload.items() if name != "secret"}
            return "sent"
        if row.attempts >= PARK_AFTER:
            row.state = MessageState.PARKED.value
            return "parked"
        row.due_at = at + timedelta(minutes=2**row.attempts)
        return "failed"
