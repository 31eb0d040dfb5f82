"""Rows of cases and of what belongs to each: site boundary versions, people, constraints as found, notes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from api.core.db import JSON_DOCUMENT, Base, UtcDateTime, geometry_column_type
from bopsgis.planning.lifecycle import UNDECIDED

__all__ = [
    "BoundaryVersionRow",
    "CaseAffectedRow",
    "CaseConstraintRow",
    "CaseNumberRow",
    "CasePaymentRow",
    "CaseRow",
    "CaseWordRow",
    "NoteRow",
    "PartyRow",
    "ScreeningRow",
]

# What the door for boundaries refuses, the database refuses as well, however a row comes into it.
SITE_CHECKS = (
    ("ST_SRID(site) = 27700", "site_srid"),
    ("ST_IsValid(site)", "site_valid"),
    ("ST_NPoints(site) <= 10000", "site_vertices"),
    (
        "ST_XMin(site) >= 0 AND ST_YMin(site) >= 0 AND ST_XMax(site) <= 700000 AND ST_YMax(site) <= 1300000",
        "site_extent",
    ),
)


class CaseRow(Base):
    """A case. `version` counts its changes: an edit that was made from an older one is refused."""

    __tablename__ = "planning_case"
    __table_args__ = (
        UniqueConstraint("council_id", "reference"),
        UniqueConstraint("council_id", "year", "number"),
        Index("ix_planning_case_status", "council_id", "status", "determination_deadline"),
        Index("ix_planning_case_deadline", "council_id", "determination_deadline"),
        Index("ix_planning_case_open", "council_id", "is_open", "determination_deadline"),
        Index("ix_planning_case_officer", "council_id", "case_officer_id", "is_open", "determination_deadline"),
        Index("ix_planning_case_received", "council_id", "received_on"),
        Index("ix_planning_case_valid", "council_id", "valid_on"),
        Index("ix_planning_case_published", "council_id", "published_at"),
        Index("ix_planning_case_ward", "council_id", "ward"),
        Index("ix_planning_case_type", "council_id", "application_type"),
        Index("sx_planning_case_site", "site", postgresql_using="gist"),
        CheckConstraint("fee_due_pence >= 0", name="fee_due"),
        *(CheckConstraint(rule, name=name) for rule, name in SITE_CHECKS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    version: Mapped[int] = mapped_column(default=1)
    year: Mapped[int]
    number: Mapped[int]
    suffix: Mapped[str] = mapped_column(String(6))
    reference: Mapped[str] = mapped_column(String(20))
    alternative_reference: Mapped[str | None] = mapped_column(String(100))
    application_type: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(20))
    is_open: Mapped[bool]
    """Nothing has been decided yet. It follows the status, for the indexes: most cases of a council are closed."""
    eia: Mapped[bool] = mapped_column(default=False)
    proposal: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    postcode: Mapped[str | None] = mapped_column(String(10))
    uprns: Mapped[list[str]] = mapped_column(JSON_DOCUMENT, default=list)
    ward: Mapped[str | None] = mapped_column(String(200))
    parish: Mapped[str | None] = mapped_column(String(200))
    site: Mapped[WKBElement | None] = mapped_column(geometry_column_type("MULTIPOLYGON"))
    site_sha256: Mapped[str | None] = mapped_column(String(64))
    case_officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    received_on: Mapped[date]
    valid_on: Mapped[date | None]
    determination_deadline: Mapped[date | None]
    deadline_explained: Mapped[str | None] = mapped_column(Text)
    extended_to: Mapped[date | None]
    """The agreed extension of time; no later change of the case works it out anew."""
    reminded_of: Mapped[date | None]
    """The deadline of which the case officer has been reminded."""
    earliest_decision: Mapped[date | None]
    missing: Mapped[list[str]] = mapped_column(JSON_DOCUMENT, default=list)
    fee_due_pence: Mapped[int | None]
    """The whole fee; None where nobody has said what is due. What was paid stands in `case_payment`."""
    fee_exemption: Mapped[str] = mapped_column(Text, default="")
    """Why no fee, or a lower one, is due."""
    open_requests: Mapped[int] = mapped_column(default=0)
    publicity_due: Mapped[list[str]] = mapped_column(JSON_DOCUMENT, default=list)
    recommendation: Mapped[dict[str, Any] | None] = mapped_column(JSON_DOCUMENT)
    committee_decision: Mapped[str | None] = mapped_column(String(20))
    decision: Mapped[str | None] = mapped_column(String(20))
    decided_on: Mapped[date | None]
    decided_by: Mapped[str | None] = mapped_column(String(200))
    appeal_lodged_on: Mapped[date | None]
    appeal_outcome: Mapped[str | None] = mapped_column(String(20))
    ended_because: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From when the case is on the public register; none while it is not valid."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it from the class

    @validates("status")
    def _follow_status(self, _name: str, status: str) -> str:
        self.is_open = status in UNDECIDED
        return status


class CaseNumberRow(Base):
    """The last case number given in a council and year."""

    __tablename__ = "case_number"

    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class BoundaryVersionRow(Base):
    """A site boundary as it was drawn: all of them are kept, the newest is the case's."""

    __tablename__ = "boundary_version"
    __table_args__ = (
        Index("ix_boundary_version_case_id", "case_id"),
        Index("sx_boundary_version_site", "site", postgresql_using="gist"),
        *(CheckConstraint(rule, name=name) for rule, name in SITE_CHECKS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    site: Mapped[WKBElement] = mapped_column(geometry_column_type("MULTIPOLYGON"))
    sha256: Mapped[str] = mapped_column(String(64))
    drawn_by: Mapped[str] = mapped_column(String(200))
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str] = mapped_column(String(200))
    """How it came: the format and coordinate system that it was given in."""
    reason: Mapped[str] = mapped_column(Text, default="")


class PartyRow(Base):
    """The applicant or the agent of a case."""

    __tablename__ = "party"
    __table_args__ = (
        UniqueConstraint("case_id", "role"),
        CheckConstraint("role IN ('applicant', 'agent')", name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))
    company: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(Text, default="")


class ScreeningRow(Base):
    """A constraint report on the case's site, kept whole as it was found on a date."""

    __tablename__ = "screening"
    __table_args__ = (Index("ix_screening_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    as_at: Mapped[date]
    identity: Mapped[str] = mapped_column(String(64))
    """The report's own identity: the same question gives the same bytes."""
    site_sha256: Mapped[str] = mapped_column(String(64))
    report: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseConstraintRow(Base):
    """What an officer says of a constraint on a case, beside what was found. Survives every new screening."""

    __tablename__ = "case_constraint"
    __table_args__ = (
        UniqueConstraint("case_id", "dataset", "designation"),
        CheckConstraint("verdict IN ('added', 'dismissed')", name="verdict"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    dataset: Mapped[str] = mapped_column(String(100))
    designation: Mapped[str] = mapped_column(String(200), default="")
    """Reference of one designation; empty for the constraint as a whole."""
    verdict: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseAffectedRow(Base):
    """A constraint that affects a case's site as it stands now. Derived, so that cases can be found by it."""

    __tablename__ = "case_affected"
    __table_args__ = (Index("ix_case_affected_dataset", "council_id", "dataset", "case_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"), primary_key=True)
    dataset: Mapped[str] = mapped_column(String(100), primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))


class CasePaymentRow(Base):
    """Money that came for a case, or was given back. Nothing is taken for paid without one."""

    __tablename__ = "case_payment"
    __table_args__ = (
        Index("ix_case_payment_case_id", "case_id"),
        CheckConstraint("kind IN ('payment', 'refund')", name="kind"),
        CheckConstraint("amount_pence > 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    amount_pence: Mapped[int]
    on: Mapped[date] = mapped_column("paid_on")
    reference: Mapped[str] = mapped_column(String(200), default="")
    """Of the payment, in the system through which it was made."""
    reason: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseWordRow(Base):
    """A word by which a case is found, without capitals, accents and punctuation. Derived from the case."""

    __tablename__ = "case_word"
    __table_args__ = (Index("ix_case_word_word", "council_id", "word", "case_id", "public"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"), primary_key=True)
    word: Mapped[str] = mapped_column(
        # Words that begin alike lie together only where letters are in the order of their bytes.
        String(60).with_variant(String(60, collation="C"), "postgresql"),
        primary_key=True,
    )
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    public: Mapped[bool]
    """The word stands in something that the register shows: nobody else's search may find the case by it."""


class NoteRow(Base):
    """An officer's note on a case; never public."""

    __tablename__ = "case_note"
    __table_args__ = (Index("ix_case_note_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
