"""Rows of requests to applicants."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.core.db import JSON_DOCUMENT, Base, UtcDateTime

__all__ = ["RequestRow"]


class RequestRow(Base):
    """A request to the applicant of a case. Kept for good, answered or not."""

    __tablename__ = "applicant_request"
    __table_args__ = (
        Index("ix_applicant_request_case_id", "case_id"),
        Index("ix_applicant_request_state_due_on", "state", "due_on"),
        CheckConstraint("state IN ('pending', 'open', 'answered', 'cancelled')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10))
    """Pending until the application is marked invalid, then open; from then on new ones are open at once."""
    reason: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT, default=dict)
    before: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT, default=dict)
    """What the case said when it was asked, to be shown beside what is proposed."""
    after_valid: Mapped[bool]
    asked_by: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_on: Mapped[date | None]
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    token_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted: Mapped[bool | None]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON_DOCUMENT)
    deemed: Mapped[bool] = mapped_column(default=False)
    """True where silence made the answer."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_because: Mapped[str] = mapped_column(Text, default="")
