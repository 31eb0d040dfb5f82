"""A case as nested facts, in the shape that `bopsgis.planning.redaction.public_view` takes the allowed part of."""

from __future__ import annotations

from typing import Any

from bopsgis.planning.application_types import application_type

__all__ = ["listed_record"]


def listed_record(row: Any) -> dict[str, Any]:
    """What lists, files and pages all say of a case. `row` is a `CaseRow`, or a row with its columns."""
    return {
        "reference": row.reference,
        "application_type": {"code": row.application_type, "name": application_type(row.application_type).name},
        "status": row.status,
        "proposal": {"description": row.proposal},
        "site": {"address": row.address, "ward": row.ward, "parish": row.parish},
        "dates": {
            "received": row.received_on,
            "valid": row.valid_on,
            "published": row.published_at,
            "determination_deadline": row.determination_deadline,
            "decided": row.decided_on,
        },
        "decision": {"outcome": row.decision},
    }
