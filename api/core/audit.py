"""The audit: who did what to which case, append-only, each row chained to the one before by its hash.

A row's hash is over the hash of the council's row before it and the row's own content, so that a row that is
changed, removed or slipped in breaks the chain from there on. On PostgreSQL triggers and grants refuse changes
as well. Rows name their actor in words, so a deleted account leaves them whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.core.access import visible_to
from api.core.db import Base, UtcDateTime, Work

__all__ = ["AuditEvent", "AuditHead", "BrokenLink", "count", "record", "trail", "verify"]

GENESIS = "0" * 64


class AuditEvent(Base):
    """One thing that happened. Never updated, never deleted."""

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("council_id", "sequence"),
        Index("ix_audit_event_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    sequence: Mapped[int]
    case_id: Mapped[int | None]
    """No foreign key: the trail outlives what it speaks of."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(200))
    act: Mapped[str] = mapped_column(String(60))
    detail_json: Mapped[str] = mapped_column(Text)
    """Canonical JSON as text: a JSON column would spell numbers its own way and break the hash."""
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    @property
    def detail(self) -> dict[str, Any]:
        """What belongs to the event."""
        value: dict[str, Any] = json.loads(self.detail_json)
        return value


class AuditHead(Base):
    """The last link of each council's chain; its row is the lock that puts events in order."""

    __tablename__ = "audit_head"

    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"), primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """A row at which the chain does not hold, and why."""

    sequence: int
    why: str


def record(work: Work, act: str, at: datetime, *, case_id: int | None, detail: Mapping[str, Any]) -> AuditEvent:
    """Add an event in the transaction of what it speaks of: both are kept, or neither."""
    session, access = work.session, work.access
    head = session.get(AuditHead, access.council_id, with_for_update=True) or _first_head(work)
    event = AuditEvent(
        council_id=access.council_id,
        sequence=head.sequence + 1,
        case_id=case_id,
        at=at.astimezone(UTC),
        actor=access.actor,
        act=act,
        detail_json=_canonical(detail),
        previous_hash=head.hash,
    )
    event.hash = _hash_of(event)
    head.sequence, head.hash = event.sequence, event.hash
    session.add(event)
    session.flush()
    return event


_FIRST_HEAD = text(
    "INSERT INTO audit_head (council_id, sequence, hash) VALUES (:council, 0, :genesis) "
    "ON CONFLICT (council_id) DO NOTHING"
)


def _first_head(work: Work) -> AuditHead:
    """The start of a council's chain, locked; two who start it at the same time get the same one."""
    council = work.access.council_id
    work.session.execute(_FIRST_HEAD, {"council": council, "genesis": GENESIS})
    return work.session.get_one(AuditHead, council, with_for_update=True)


def trail(work: Work, case_id: int) -> list[AuditEvent]:
    """The events of one case, oldest first."""
    query = select(AuditEvent).where(visible_to(work.access, AuditEvent), AuditEvent.case_id == case_id)
    return list(work.session.scalars(query.order_by(AuditEvent.sequence)))


def verify(session: Session, council_id: int) -> Iterator[BrokenLink]:
    """Walk one council's chain from its first event and yield every row at which it does not hold."""
    query = select(AuditEvent).where(AuditEvent.council_id == council_id).order_by(AuditEvent.sequence)
    previous, expected = GENESIS, 1
    for event in session.scalars(query.execution_options(yield_per=1000)):
        if event.sequence != expected:
            yield BrokenLink(expected, f"event {expected} is missing")
        elif event.previous_hash != previous:
            yield BrokenLink(event.sequence, "it does not follow from the event before it")
        if event.hash != _hash_of(event):
            yield BrokenLink(event.sequence, "its content was changed after it was written")
        previous, expected = event.hash, event.sequence + 1
    head = session.get(AuditHead, council_id)
    if head is not None and (head.sequence, head.hash) != (expected - 1, previous):
        yield BrokenLink(head.sequence, "events are missing at the end")


def count(session: Session, council_id: int) -> int:
    """How many events a council's chain has."""
    head = session.get(AuditHead, council_id)
    return 0 if head is None else head.sequence


def _hash_of(event: AuditEvent) -> str:
    content = {
        "council": event.council_id,
        "sequence": event.sequence,
        "case": event.case_id,
        "at": event.at.isoformat(timespec="microseconds"),
        "actor": event.actor,
        "act": event.act,
        "detail": event.detail_json,
    }
    return hashlib.sha256(f"{event.previous_hash}{_canonical(content)}".encode()).hexdigest()


def _canonical(value: Mapping[str, Any]) -> str:
    """JSON with one spelling only; dates and enumerations become their text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str, allow_nan=False)
