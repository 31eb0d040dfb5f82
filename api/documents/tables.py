"""Rows of documents."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.core.db import JSON_DOCUMENT, Base, UtcDateTime

__all__ = ["DocumentRow", "ScanState"]


class ScanState(StrEnum):
    """What the virus scanner said of a file."""

    PENDING = "pending"
    """There is a scanner and it has not answered yet."""
    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNED = "unscanned"
    """There was no scanner when the file came."""


class DocumentRow(Base):
    """A file of a case. Its content never changes: a new version is a new row that replaces this one.

    `version` counts changes of the row, `revision` the versions of the document.
    """

    __tablename__ = "document"
    __table_args__ = (
        Index("ix_document_case_id", "case_id"),
        Index("ix_document_redacts_id", "redacts_id"),
        UniqueConstraint("replaces_id"),
        UniqueConstraint("storage_key"),
        CheckConstraint("scan_state IN ('pending', 'clean', 'infected', 'unscanned')", name="scan_state"),
        CheckConstraint("media_type IN ('application/pdf', 'image/png', 'image/jpeg')", name="media_type"),
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("(archived_at IS NULL) = (archived_because = '')", name="archived"),
        CheckConstraint("NOT published OR archived_at IS NULL", name="published_current"),
        CheckConstraint("NOT published OR quarantined_because = ''", name="published_safe"),
        CheckConstraint("NOT published OR scan_state IN ('clean', 'unscanned')", name="published_scanned"),
        CheckConstraint("NOT published OR public_key IS NOT NULL", name="published_copy"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(200))
    tags: Mapped[list[str]] = mapped_column(JSON_DOCUMENT, default=list)
    numbers: Mapped[list[str]] = mapped_column(JSON_DOCUMENT, default=list)
    """Drawing numbers, as a decision notice names them."""
    in_decision_notice: Mapped[bool] = mapped_column(default=False)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    revision: Mapped[int] = mapped_column(default=1)
    redacts_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    """The document of which this is a copy with private things taken out."""
    received_on: Mapped[date]
    file_name: Mapped[str] = mapped_column(String(130))
    """What the sender called it, made harmless; officers see it, the public the title."""
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    """Bytes."""
    sha256: Mapped[str] = mapped_column(String(64))
    storage_key: Mapped[str] = mapped_column(String(80))
    public_key: Mapped[str | None] = mapped_column(String(80))
    """Of the copy without data on author, camera and place: the only one that the public gets."""
    thumbnail_key: Mapped[str | None] = mapped_column(String(80))
    pages: Mapped[int | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    """Pixels of an image."""
    scan_state: Mapped[str] = mapped_column(String(10))
    quarantined_because: Mapped[str] = mapped_column(Text, default="")
    released_because: Mapped[str] = mapped_column(Text, default="")
    """Why an administrator took the file out of quarantine; empty where nobody has."""
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    archived_because: Mapped[str] = mapped_column(Text, default="")
    published: Mapped[bool] = mapped_column(default=False)
    for_consultees: Mapped[bool] = mapped_column(default=False)
    added_by: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it from the class
