"""Rows of councils (the tenants), officers, their sessions, and API clients."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.core.db import JSON_DOCUMENT, Base, UtcDateTime

__all__ = ["ApiClientRow", "CouncilRow", "OfficerRoleRow", "OfficerRow", "PasswordResetRow", "SessionRow"]


class CouncilRow(Base):
    """A planning authority: every other row belongs to one."""

    __tablename__ = "council"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    """As datasets name it, for example `local-authority:XTH`."""
    name: Mapped[str] = mapped_column(String(200))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON_DOCUMENT, default=dict)


class OfficerRow(Base):
    """A person who works for a council. Never deleted: `active` ends what they may do."""

    __tablename__ = "officer"
    __table_args__ = (UniqueConstraint("council_id", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    email: Mapped[str] = mapped_column(String(254))
    """In lower case."""
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    """Argon2; none for an officer who signs in through the council's own service."""
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_last_step: Mapped[int | None]
    """The time step of the last code that was used: a code works once."""
    oidc_subject: Mapped[str | None] = mapped_column(String(255))
    """What the council's own sign-in service calls this person, from the first sign-in through it."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OfficerRoleRow(Base):
    """One of the roles of an officer."""

    __tablename__ = "officer_role"
    __table_args__ = (CheckConstraint("role IN ('assessor', 'reviewer', 'administrator')", name="role"),)

    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))


class SessionRow(Base):
    """A signed-in browser. Only the hash of its token is kept."""

    __tablename__ = "officer_session"
    __table_args__ = (Index("ix_officer_session_officer_id", "officer_id"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    second_factor: Mapped[bool] = mapped_column(default=False)
    """False between the password and the code: such a session opens nothing."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PasswordResetRow(Base):
    """A link with which an officer may choose a new password, once. Only the hash of its secret is kept."""

    __tablename__ = "password_reset"
    __table_args__ = (Index("ix_password_reset_officer_id", "officer_id"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiClientRow(Base):
    """A program that acts for a council. Only the hash of its key is kept; the prefix finds it."""

    __tablename__ = "api_client"

    id: Mapped[int] = mapped_column(primary_key=True)
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    name: Mapped[str] = mapped_column(String(200))
    key_prefix: Mapped[str] = mapped_column(String(16), unique=True)
    key_hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(JSON_DOCUMENT, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
