"""What comes in about accounts, checked, and what goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

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

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")
]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")
]


class _Closed(BaseModel):
    """A model that names all that there is."""

    model_config = ConfigDict(extra="forbid")


class SignInForm(_Closed):
    """An officer's address and password."""

    email: Email
    password: str = Field(max_length=200)


class CodeForm(_Closed):
    """A one-time code."""

    code: str = Field(max_length=10)


class SessionAnswer(_Closed):
    """What the session is good for now."""

    state: Literal["signed_in", "code_needed"]


class NewOfficerForm(_Closed):
    """An officer to add."""

    email: Email
    name: Line
    roles: list[Literal["assessor", "reviewer", "administrator"]] = Field(min_length=1)
    password: str | None = Field(default=None, max_length=200)


class OfficerAnswer(_Closed):
    """An officer as administrators see them."""

    id: int
    email: str
    name: str
    roles: list[str]
    active: bool
    second_factor: bool


class NewClientForm(_Closed):
    """An API client to add."""

    name: Line
    scopes: list[str] = Field(min_length=1)


class ClientAnswer(_Closed):
    """An API client as administrators see it."""

    id: int
    name: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewClientAnswer(_Closed):
    """A new API client with its key, which is shown this once."""

    client: ClientAnswer
    key: str
