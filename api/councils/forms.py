"""What comes in about a council's settings and libraries, checked, and what goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from api.core.values import ClosedModel
from api.councils.library import Entry, StandardCondition, StandardInformative, StandardPolicy
from api.councils.settings import CouncilSettings

__all__ = [
    "EntryAnswer",
    "EntryForm",
    "EntryVersionAnswer",
    "KeptAnswer",
    "SettingsAnswer",
    "SettingsForm",
    "StateForm",
]


class SettingsForm(ClosedModel):
    """All settings, as they are to be."""

    version: int = Field(ge=0, description="The version that you read; 0 before anything was set.")
    settings: CouncilSettings


class SettingsAnswer(ClosedModel):
    """All settings as they hold, or held in a version."""

    version: int = Field(description="0 where the council has not set anything.")
    settings: CouncilSettings
    by: str | None
    at: datetime | None


class KeptAnswer(ClosedModel):
    """A version of the settings: who set it, and when."""

    version: int
    by: str
    at: datetime


class EntryForm(ClosedModel):
    """A standard text: exactly one of the three kinds."""

    version: int | None = Field(default=None, ge=1, description="The version that you read, to change a text.")
    condition: StandardCondition | None = None
    informative: StandardInformative | None = None
    policy: StandardPolicy | None = None

    def given(self) -> list[Entry]:
        """The texts that were given."""
        return [one for one in (self.condition, self.informative, self.policy) if one is not None]


class StateForm(ClosedModel):
    """Whether a text is put away."""

    version: int = Field(ge=1, description="The version that you read; an older one is answered with 409.")
    archived: bool


class EntryAnswer(ClosedModel):
    """A standard text."""

    id: int
    kind: Literal["condition", "informative", "policy"]
    version: int
    archived: bool
    content: Any = Field(description="The condition, informative or policy itself.")


class EntryVersionAnswer(ClosedModel):
    """What a standard text said from then on."""

    version: int
    archived: bool
    content: Any
    by: str
    at: datetime
