"""What the public register may show of a case: a list of what is allowed, never of what is hidden.

A field that nobody put on this list stays private, however it came into the record. The shapes are plain
nested mappings and lists, as they go out in JSON; a path names keys from the root, with `[]` for each item
of a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["PUBLIC_CASE", "PUBLIC_REPRESENTATION", "public_view"]

PUBLIC_CASE: frozenset[str] = frozenset(
    {
        "reference",
        "council",
        "application_type.code",
        "application_type.name",
        "status",
        "proposal.description",
        "site.address",
        "site.uprns[]",
        "site.boundary",
        "site.ward",
        "site.parish",
        "applicant.name",
        "agent.name",
        "agent.company",
        "dates.received",
        "dates.valid",
        "dates.published",
        "dates.consultation_ends",
        "dates.determination_deadline",
        "dates.decided",
        "decision.outcome",
        "decision.reasons[]",
        "decision.conditions[].number",
        "decision.conditions[].text",
        "decision.conditions[].reason",
        "decision.informatives[].text",
        "appeal.lodged",
        "appeal.outcome",
        "constraints[].dataset",
        "constraints[].name",
        "constraints[].status",
        "constraints[].sentence",
        "documents[].title",
        "documents[].tags[]",
        "documents[].received",
        "documents[].url",
        "consultees[].organisation",
        "consultees[].published_response",
        "case_officer.name",
    }
)
"""Paths of a case that the register shows. Planning registers publish names and addresses of applicants and
agents, and no other way to reach them (council publication policies; SI 2015/595, article 40)."""

PUBLIC_REPRESENTATION: frozenset[str] = frozenset(
    {"reference", "received", "sentiment", "topics[]", "published_text", "street"}
)
"""Paths of a representation that the register shows once an officer has published it: the redacted text, and
of the address the street without the number."""

Json = Mapping[str, Any] | Sequence[Any] | str | int | float | bool | None


def public_view(record: Mapping[str, Any], allowed: Iterable[str] = PUBLIC_CASE) -> dict[str, Any]:
    """A copy of `record` with only the allowed paths. Nothing is invented: a path that is not there is left out."""
    tree: dict[str, Any] = {}
    for path in allowed:
        branch = tree
        for key in path.split("."):
            branch = branch.setdefault(key, {})
    return _allowed_keys(record, tree)


def _allowed_keys(record: Mapping[str, Any], tree: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for key, below in tree.items():
        name = key.removesuffix("[]")
        if name not in record:
            continue
        value = record[name]
        if key.endswith("[]"):
            shown[name] = [_allowed(item, below) for item in value] if isinstance(value, (list, tuple)) else []
        else:
            shown[name] = _allowed(value, below)
    return shown


def _allowed(value: Json, below: Mapping[str, Any]) -> Json:
    """The allowed part of one value: a leaf as it is, a mapping only through its own allowed keys."""
    if below:
        return _allowed_keys(value, below) if isinstance(value, Mapping) else None
    return value
