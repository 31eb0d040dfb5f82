"""Rows of submissions as they came in, of the keys that make sending again safe, and of enforcement reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.cases.tables import SITE_CHECKS
from api.core.db import JSON_DOCUMENT, Base, UtcDateTime, geometry_column_type

__all__ = ["EnforcementReportRow", "ExpectedDocumentRow", "SubmissionKeyRow", "SubmissionRow"]


class SubmissionRow(Base):
    """What somebody sent, whole and unchanged, and what was answered."""

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("public_id"),
        Index("ix_submission_case_id", "case_id"),
        CheckConstraint("state IN ('case_opened', 'recorded')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    public_id: Mapped[str] = mapped_column(String(32))
    """Random: what the sender knows the submission by."""
    kind: Mapped[str] = mapped_column(String(30))
    schema_version: Mapped[str] = mapped_column(String(40))
    sender: Mapped[str] = mapped_column(String(200))
    sender_reference: Mapped[str] = mapped_column(String(100))
    raw: Mapped[str] = mapped_column(Text)
    """The JSON exactly as it was sent: a JSON column would spell it its own way."""
    raw_sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(20))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    differences: Mapped[list[dict[str, Any]]] = mapped_column(JSON_DOCUMENT, default=list)
    """Where our constraints differ from the designations that the sender gave."""
    answer: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT, default=dict)


class SubmissionKeyRow(Base):
    """A key under which a sender sends one thing only, however often it is sent."""

    __tablename__ = "submission_key"

    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"), primary_key=True)
    sender: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    body_sha256: Mapped[str] = mapped_column(String(64))
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))


class ExpectedDocumentRow(Base):
    """A document that the sender lists. Its address is kept as a name only: nothing is ever fetched from it."""

    __tablename__ = "expected_document"
    __table_args__ = (Index("ix_expected_document_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(JSON_DOCUMENT, default=list)
    description: Mapped[str] = mapped_column(Text, default="")


class EnforcementReportRow(Base):
    """A report of a suspected breach of planning control, and what the council's enforcement officers make of it."""

    __tablename__ = "enforcement_report"
    __table_args__ = (
        Index("sx_enforcement_report_site", "site", postgresql_using="gist"),
        Index("ix_enforcement_report_status", "council_id", "status", "received_on"),
        CheckConstraint("status IN ('reported', 'under_investigation', 'closed')", name="status"),
        CheckConstraint("(status = 'closed') = (closed_on IS NOT NULL)", name="closed"),
        *(CheckConstraint(rule, name=name) for rule, name in SITE_CHECKS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    received_on: Mapped[date]
    description: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    postcode: Mapped[str | None] = mapped_column(String(10))
    uprns: Mapped[list[str]] = mapped_column(JSON_DOCUMENT, default=list)
    site: Mapped[WKBElement | None] = mapped_column(geometry_column_type("MULTIPOLYGON"))
    reported_by: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT, default=dict)
    """Name and ways to reach who reported it; never public."""
    version: Mapped[int] = mapped_column(default=1)
    status: Mapped[str] = mapped_column(String(20), default="reported")
    urgent: Mapped[bool] = mapped_column(default=False)
    breach: Mapped[str] = mapped_column(Text, default="")
    """What the officer takes the breach to be, beside the reporter's own words."""
    alleged: Mapped[list[str]] = mapped_column(JSON_DOCUMENT, default=list)
    """Kinds of breach."""
    began_on: Mapped[date | None]
    """When the breach began, or was complete: its time limit runs from there."""
    notice_served_on: Mapped[date | None]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    started_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    closed_because: Mapped[str] = mapped_column(String(30), default="")
    closed_detail: Mapped[str] = mapped_column(Text, default="")
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON_DOCUMENT)
    """The constraint report on the site on the day of receipt; none where there was no site or no data."""

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it from the class
