"""What was done on a case, as a timeline in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from api.cases.tables import CaseRow
from api.core import audit
from api.core.audit import AuditEvent
from api.core.db import Work
from bopsgis.planning.calendar import in_words

__all__ = ["Entry", "entries", "entries_since"]

_LONDON: Final = ZoneInfo("Europe/London")
_UNSAID: Final = frozenset({"role", "identity", "html_sha256", "pdf_sha256", "sha256", "site", "before"})
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done."""

    sequence: int
    what: str
    who: str
    when: str
    told: tuple[tuple[str, str], ...]


def entries(work: Work, row: CaseRow) -> tuple[Entry, ...]:
    """Everything that was done, newest first."""
    return tuple(_entry(event) for event in reversed(audit.trail(work, row.id)))


def entries_since(work: Work, row: CaseRow, sequence: int) -> tuple[Entry, ...]:
    """What was done after the event with this number, newest first."""
    return tuple(one for one in entries(work, row) if one.sequence > sequence)


def _entry(event: AuditEvent) -> Entry:
    at = event.at.astimezone(_LONDON)
    return Entry(
        sequence=event.sequence,
        what=event.act.replace("_", " ").capitalize(),
        who=event.actor.partition(" <")[0],
        when=f"{in_words(at.date())} at {at:%H:%M}",
        told=tuple(_told(event.detail)),
    )


def _told(detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name.replace("_", " ").capitalize(), _shown(value))
        for name, value in detail.items()
        if name not in _UNSAID and value not in (None, "", [], {})
    ]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
