"""Rows of councils' settings and libraries. Every version of either is kept."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.core.db import JSON_DOCUMENT, Base, UtcDateTime

__all__ = ["CouncilSettingsRow", "LibraryEntryRow", "LibraryKind", "LibraryVersionRow"]


class LibraryKind(StrEnum):
    """What a council keeps standard texts of."""

    CONDITION = "condition"
    INFORMATIVE = "informative"
    POLICY = "policy"


class CouncilSettingsRow(Base):
    """A council's settings as somebody set them; the highest version holds."""

    __tablename__ = "council_settings"
    __table_args__ = (UniqueConstraint("council_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    version: Mapped[int]
    settings: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class LibraryEntryRow(Base):
    """A standard text of a council as it stands."""

    __tablename__ = "library_entry"
    __table_args__ = (
        Index("ix_library_entry_kind", "council_id", "kind"),
        CheckConstraint("kind IN ('condition', 'informative', 'policy')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(String(12))
    content: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    archived: Mapped[bool] = mapped_column(default=False)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it from the class


class LibraryVersionRow(Base):
    """What a standard text said from then on, and who wrote it."""

    __tablename__ = "library_version"
    __table_args__ = (UniqueConstraint("entry_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("library_entry.id"))
    version: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT)
    archived: Mapped[bool]
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
