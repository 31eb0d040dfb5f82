"""Rows of alerts: who wants mail about which applications."""

from __future__ import annotations

from datetime import datetime

from geoalchemy2 import WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.core.db import JSON_DOCUMENT, Base, UtcDateTime, geometry_column_type

__all__ = ["AlertRow"]


class AlertRow(Base):
    """A wish to be told by mail. It counts once it is confirmed, and is deleted when it is stopped.

    Nothing but the address of mail is kept of a person. The secret only confirms and stops the alert, and every
    mail carries it: that is why it is kept as it is and not as a hash.
    """

    __tablename__ = "alert"
    __table_args__ = (
        Index("ix_alert_confirmed", "council_id", "confirmed_at"),
        CheckConstraint("ST_SRID(area) = 27700", name="area_srid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    secret: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    words: Mapped[str] = mapped_column(Text)
    """What it is about, as the person was told."""
    area: Mapped[WKBElement | None] = mapped_column(geometry_column_type("MULTIPOLYGON"))
    """A site that meets it is told of; none for the whole council."""
    centre_east: Mapped[float | None]
    centre_north: Mapped[float | None]
    """The place from which distances are told, where the area is a circle (EPSG:27700)."""
    ward: Mapped[str | None] = mapped_column(String(200))
    types: Mapped[list[str]] = mapped_column(JSON_DOCUMENT, default=list)
    """Codes of application types; none for all."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("planning_case.id", ondelete="CASCADE"))
    """The one case that is followed, instead of an area."""
    told_status: Mapped[str | None] = mapped_column(String(20))
    """The status of the followed case that was told last."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Applications published after this are still to be told of."""
