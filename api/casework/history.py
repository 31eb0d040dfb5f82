"""What was done on a case, as a timeline in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from api.cases.tables import CaseRow
from api.core import audit
from api.core.audit import AuditEvent
from api.core.db import Work
from bopsgis.planning.calendar import in_words

__all__ = ["Entry", "entries", "entries_since"]

_LONDON: Final = ZoneInfo("Europe/London")
_UNSAID: Final = frozenset(
    {"role", "identity", "html_sha256", "pdf_sha256", "sha256", "site", "before", "consultee", "notice", "request"}
) | {"officer", "own", "contact", "response", "batch", "redacts", "replaces", "document"}
"""What is for programs: numbers of rows that no page shows, and what the act says already."""
_WORDS: Final[Mapping[str, str]] = {
    "receive": "Application received",
    "screen_site": "Site checked against the constraints",
    "override_constraint": "Constraint added or dismissed",
    "assign": "Case officer named",
    "ask_for": "Applicant asked",
    "answer_request": "Applicant answered",
    "invalidate": "Marked as invalid",
    "resubmit": "Taken up again",
    "validate": "Marked as valid",
    "add_document": "Document added",
    "change_document": "Document changed",
    "publish_document": "Document published",
    "choose_neighbours": "Neighbours chosen",
    "add_neighbour": "Neighbour added",
    "remove_neighbour": "Neighbour taken off the list",
    "require_notice": "Notice asked for",
    "publicise": "Publicity given",
    "add_consultee": "Consultee put on the list",
    "consult": "Consultee asked",
    "record_response": "Consultee answered",
    "publish_response": "Consultee's answer published or taken back",
    "record_representation": "Comment received",
    "moderate_representation": "Comment read",
    "assess": "Assessment written",
    "recommend": "Decision recommended",
    "take_back_recommendation": "Recommendation taken back",
    "review_section": "Section reviewed",
    "send_back": "Recommendation sent back",
    "refer_to_committee": "Sent to committee",
    "record_committee": "Committee decided",
    "decide": "Case decided",
    "issue_notice": "Decision notice issued",
    "extend_time": "Time extended",
    "change_boundary": "Site boundary changed",
    "note": "Note added",
    "return": "Application returned",
    "withdraw": "Application withdrawn",
    "close": "Case closed",
    "appeal": "Appeal lodged",
    "record_appeal_outcome": "Appeal decided",
    "requirement_met": "Requirement met",
    "settle_requirement": "Requirement settled",
    "say_environmental_impact": "Environmental impact assessment: word of the officer",
}
"""Acts as the history calls them; one that is not here is called by its name."""
_LABELS: Final[Mapping[str, str]] = {
    "as_at": "Data as at",
    "to_committee": "To the committee",
    "on": "Decided on",
    "until": "New date for the decision",
    "ends_on": "Comments until",
    "meets_on": "Meets on",
}
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CODE: Final = re.compile(r"[a-z]+(_[a-z]+)+", re.ASCII)
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
        what=_WORDS.get(event.act) or event.act.replace("_", " ").capitalize(),
        who=event.actor.partition(" <")[0],
        when=f"{in_words(at.date())} at {at:%H:%M}",
        told=tuple(_told(event.detail)),
    )


def _told(detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (_LABELS.get(name) or name.replace("_", " ").capitalize(), _shown(value))
        for name, value in detail.items()
        if name not in _UNSAID and value not in (None, "", [], {})
    ]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return _shown(", ".join(_shown(one) for one in value))
    text = str(value)
    if _DATE.fullmatch(text):
        return in_words(date.fromisoformat(text))
    if _CODE.fullmatch(text):
        return text.replace("_", " ")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
