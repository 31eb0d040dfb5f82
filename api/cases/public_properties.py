"""What the public may see of a case as flat properties: for map layers, files and lists of places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from api.cases.public_record import listed_record
from api.cases.tables import CaseRow
from bopsgis.planning.redaction import public_view

__all__ = ["FIELDS", "Field", "properties_of"]


@dataclass(frozen=True, slots=True)
class Field:
    """One property: where it stands in the public view of a case, and which column it is asked by."""

    path: tuple[str, ...]
    kind: Literal["text", "date"]
    description: str
    column: Any = None


FIELDS: Final[Mapping[str, Field]] = {
    "reference": Field(("reference",), "text", "The council's reference.", CaseRow.reference),
    "application_type": Field(
        ("application_type", "code"), "text", "Code of the application type.", CaseRow.application_type
    ),
    "application_type_name": Field(("application_type", "name"), "text", "The application type in words."),
    "status": Field(("status",), "text", "How far it has come.", CaseRow.status),
    "proposal": Field(("proposal", "description"), "text", "What is proposed.", CaseRow.proposal),
    "address": Field(("site", "address"), "text", "Where.", CaseRow.address),
    "ward": Field(("site", "ward"), "text", "The ward.", CaseRow.ward),
    "parish": Field(("site", "parish"), "text", "The parish.", CaseRow.parish),
    "received_on": Field(("dates", "received"), "date", "When it came in.", CaseRow.received_on),
    "valid_on": Field(("dates", "valid"), "date", "When it was valid.", CaseRow.valid_on),
    "published_on": Field(("dates", "published"), "date", "When it was put on the register."),
    "determination_deadline": Field(
        ("dates", "determination_deadline"), "date", "By when it is to be decided.", CaseRow.determination_deadline
    ),
    "decision": Field(("decision", "outcome"), "text", "What was decided.", CaseRow.decision),
    "decided_on": Field(("dates", "decided"), "date", "When it was decided.", CaseRow.decided_on),
    "appeal_lodged_on": Field(("appeal", "lodged"), "date", "When an appeal was made.", CaseRow.appeal_lodged_on),
    "appeal_outcome": Field(("appeal", "outcome"), "text", "How the appeal ended.", CaseRow.appeal_outcome),
}
"""Names of people are on the register, case by case, but not in a file of all cases: that would make a directory
of them (UK GDPR, article 5(1)(c), data minimisation)."""


def properties_of(row: CaseRow) -> dict[str, Any]:
    """What the public may see of a case, as flat properties; dates as text."""
    appeal = {"lodged": row.appeal_lodged_on, "outcome": row.appeal_outcome}
    shown = public_view({**listed_record(row), "appeal": appeal})
    return {name: _flat(shown, field.path) for name, field in FIELDS.items()}


def _flat(shown: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = shown
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else value
