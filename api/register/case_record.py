"""A case as one record, with more in it than the register shows: `public_view` takes the allowed part of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from api.accounts.tables import OfficerRow
from api.cases import store as case_store
from api.cases.constraints import ConstraintOnCase, constraints_of
from api.cases.public_record import listed_record
from api.cases.tables import CaseRow
from api.core.access import visible_to
from api.core.db import Work
from api.documents import store as documents
from api.documents.filing import Filing
from api.documents.views import public_documents

__all__ = ["case_record"]


def case_record(work: Work, row: CaseRow, filing: Filing) -> dict[str, Any]:
    """The case with more than the register shows; `public_view` takes the allowed part of it."""
    shown = documents.public(work, row, unscanned_too=filing.settings.publish_unscanned)
    return {
        **listed_record(row),
        "appeal": {"lodged": row.appeal_lodged_on, "outcome": row.appeal_outcome},
        "constraints": [_constraint(one) for one in constraints_of(work, row) if "" not in one.dismissed],
        "documents": [one.model_dump() for one in public_documents(row, shown)],
        "case_officer": {"name": _officer(work, row)},
        **_people(work, row),
    }


def _people(work: Work, row: CaseRow) -> dict[str, Any]:
    """Applicant and agent. How to reach them is in the record, and `public_view` takes it out."""
    return {
        role: {"name": one.name, "company": one.company, "email": one.email, "phone": one.phone}
        for role, one in case_store.parties(work, row).items()
    }


def _constraint(one: ConstraintOnCase) -> dict[str, str]:
    return {
        "dataset": one.dataset,
        "name": one.name,
        "status": "present" if one.added is not None else one.status,
        "sentence": "The case officer says that this affects the site." if one.added is not None else one.sentence,
    }


def _officer(work: Work, row: CaseRow) -> str | None:
    query = select(OfficerRow.name).where(visible_to(work.access, OfficerRow), OfficerRow.id == row.case_officer_id)
    return work.session.scalar(query)
