"""Searches that an officer keeps. Each officer sees and forgets their own only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.sql import ColumnElement

from api.core.access import Access, visible_to
from api.core.db import Work
from api.desk.tables import SavedViewRow
from bopsgis.errors import InputRefused, NotFound

__all__ = ["LONGEST_NAME", "MOST", "forget", "keep", "views"]

LONGEST_NAME = 60
MOST = 30


def _own(access: Access) -> ColumnElement[bool]:
    return and_(visible_to(access, SavedViewRow), SavedViewRow.officer_id == access.officer_id)


def views(work: Work) -> Sequence[SavedViewRow]:
    """The officer's searches by name."""
    query = select(SavedViewRow).where(_own(work.access))
    return work.session.scalars(query.order_by(SavedViewRow.name, SavedViewRow.id)).all()


def keep(work: Work, name: str, query: str, at: datetime) -> SavedViewRow:
    """Keep a search; one of the same name is replaced. Raises InputRefused where there are too many."""
    known = views(work)
    row = next((one for one in known if one.name.casefold() == name.casefold()), None)
    if row is not None:
        row.name, row.query = name, query
        return row
    if len(known) >= MOST:
        raise InputRefused(f"You have {MOST} saved views. Remove one first.", code="saved_views")
    row = SavedViewRow(
        council_id=work.access.council_id, officer_id=work.access.officer_id, name=name, query=query, created_at=at
    )
    work.session.add(row)
    work.session.flush()
    return row


def forget(work: Work, view_id: int) -> None:
    """Remove a search. Raises NotFound, for another officer's as well."""
    row = work.session.scalar(select(SavedViewRow).where(_own(work.access), SavedViewRow.id == view_id))
    if row is None:
        raise NotFound("There is no such saved view.", code="saved_view")
    work.session.delete(row)
