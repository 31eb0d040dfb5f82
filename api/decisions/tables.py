"""Rows of assessments, reviews, committee meetings, decision notices and appeals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.core.db import JSON_DOCUMENT, Base, UtcDateTime

__all__ = [
    "AppealRow",
    "AssessmentSectionRow",
    "CommitteeMeetingRow",
    "DecisionNoticeRow",
    "EnvironmentalRow",
    "SectionReviewRow",
    "SiteVisitRow",
]


class AssessmentSectionRow(Base):
    """One section of the assessment as it stands. `revision` counts how often it was written."""

    __tablename__ = "assessment_section"
    __table_args__ = (UniqueConstraint("case_id", "section"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    section: Mapped[str] = mapped_column(String(30))
    content: Mapped[Any] = mapped_column(JSON_DOCUMENT)
    revision: Mapped[int] = mapped_column(default=1)
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class EnvironmentalRow(Base):
    """What an officer says of environmental impact assessment on a case; the newest holds, all are kept."""

    __tablename__ = "environmental_word"
    __table_args__ = (
        Index("ix_environmental_word_case_id", "case_id"),
        CheckConstraint("state IN ('required', 'screened_not_required', 'not_required')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(30))
    inferred: Mapped[str] = mapped_column(String(20))
    """What the rules inferred at that moment."""
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SiteVisitRow(Base):
    """A visit to the site that has taken place."""

    __tablename__ = "site_visit"
    __table_args__ = (Index("ix_site_visit_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    visited_on: Mapped[date]
    place: Mapped[str] = mapped_column(String(200))
    """Where the officer stood, where it was not the site itself."""
    comment: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SectionReviewRow(Base):
    """A reviewer's verdict on one section; every one is kept, the newest holds."""

    __tablename__ = "section_review"
    __table_args__ = (
        Index("ix_section_review_case_id", "case_id"),
        CheckConstraint("verdict IN ('accepted', 'edited_and_accepted', 'sent_back')", name="verdict"),
        CheckConstraint("verdict <> 'sent_back' OR comment <> ''", name="comment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    section: Mapped[str] = mapped_column(String(30))
    revision: Mapped[int]
    """The revision of the section that the verdict is on; for an edit, the one that the reviewer wrote."""
    verdict: Mapped[str] = mapped_column(String(20))
    comment: Mapped[str] = mapped_column(Text, default="")
    before: Mapped[Any | None] = mapped_column(JSON_DOCUMENT)
    """What the section held before the reviewer's edit."""
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CommitteeMeetingRow(Base):
    """A meeting of the planning committee that the case goes to, and what it decided."""

    __tablename__ = "committee_meeting"
    __table_args__ = (Index("ix_committee_meeting_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    meets_on: Mapped[date]
    place: Mapped[str] = mapped_column(String(200))
    comments_until: Mapped[date | None]
    decision: Mapped[str | None] = mapped_column(String(20))
    resolution: Mapped[str] = mapped_column(Text, default="")
    """Why the committee decided so, as minuted."""
    recorded_by: Mapped[str | None] = mapped_column(String(200))
    recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DecisionNoticeRow(Base):
    """A decision notice as it was issued: what it says, and the very bytes with their SHA-256."""

    __tablename__ = "decision_notice"
    __table_args__ = (UniqueConstraint("case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    issued_on: Mapped[date]
    content: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    html: Mapped[str] = mapped_column(Text)
    html_sha256: Mapped[str] = mapped_column(String(64))
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
    pdf_sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class AppealRow(Base):
    """An appeal to the Secretary of State, and how it ended."""

    __tablename__ = "appeal"
    __table_args__ = (
        UniqueConstraint("case_id"),
        CheckConstraint("outcome IN ('allowed', 'dismissed', 'split', 'withdrawn')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    lodged_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    inspectorate_reference: Mapped[str] = mapped_column(String(100), default="")
    outcome: Mapped[str | None] = mapped_column(String(20))
    outcome_on: Mapped[date | None]
    outcome_comment: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
