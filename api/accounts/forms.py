"""What comes in about accounts, checked, and what goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.core.values import ClosedModel, Email, Line

__all__ = [
    "ClientAnswer",
    "CodeForm",
    "NewClientAnswer",
    "NewClientForm",
    "NewOfficerForm",
    "OfficerAnswer",
    "SessionAnswer",
    "SignInForm",
]


class SignInForm(ClosedModel):
    """An officer's address and password."""

    email: Email
    password: str = Field(max_length=200)


class CodeForm(ClosedModel):
    """A one-time code."""

    code: str = Field(max_length=10)


class SessionAnswer(ClosedModel):
    """What the session is good for now."""

    state: Literal["signed_in", "code_needed"]


class NewOfficerForm(ClosedModel):
    """An officer to add."""

    email: Email
    name: Line
    roles: list[Literal["assessor", "reviewer", "administrator"]] = Field(min_length=1)
    password: str | None = Field(default=None, max_length=200)


class OfficerAnswer(ClosedModel):
    """An officer as administrators see them."""

    id: int
    email: str
    name: str
    roles: list[str]
    active: bool
    second_factor: bool


class NewClientForm(ClosedModel):
    """An API client to add."""

    name: Line
    scopes: list[str] = Field(min_length=1)


class ClientAnswer(ClosedModel):
    """An API client as administrators see it."""

    id: int
    name: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewClientAnswer(ClosedModel):
    """A new API client with its key, which is shown this once."""

    client: ClientAnswer
    key: str
