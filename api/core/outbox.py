"""The outbox: what has to reach somebody, kept in the transaction of the act that calls for it.

A worker sends it afterwards, at least once, in order for each case. The message's key goes with it, so that
whoever receives it twice can tell.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.core.db import JSON_DOCUMENT, Base, UtcDateTime, Work

__all__ = ["Channel", "MessageRow", "MessageState", "add"]


class Channel(StrEnum):
    """How a message goes out."""

    MAIL = "mail"
    LETTER = "letter"
    WEBHOOK = "webhook"


class MessageState(StrEnum):
    """How a message stands. A parked one failed five times and waits for a person."""

    PENDING = "pending"
    SENT = "sent"
    PARKED = "parked"


class MessageRow(Base):
    """One message on its way."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index("ix_outbox_message_due", "state", "due_at"),
        CheckConstraint("channel IN ('mail', 'letter', 'webhook')", name="channel"),
        CheckConstraint("state IN ('pending', 'sent', 'parked')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    """Messages of one case go out in the order of their ids."""
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int | None]
    key: Mapped[str] = mapped_column(String(36), unique=True)
    channel: Mapped[str] = mapped_column(String(10))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    state: Mapped[str] = mapped_column(String(10), default=MessageState.PENDING.value)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text)


def add(work: Work, channel: Channel, payload: Mapping[str, Any], at: datetime, *, case_id: int | None) -> MessageRow:
    """Put a message into the outbox, to be sent once the transaction has been committed."""
    message = MessageRow(
        council_id=work.access.council_id,
        case_id=case_id,
        key=str(uuid.uuid4()),
        channel=channel.value,
        payload=dict(payload),
        due_at=at,
        created_at=at,
    )
    work.session.add(message)
    return message
