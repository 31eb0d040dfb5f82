"""Finding cases on the public register: published ones only, and of each only what the register may show."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

from api.cases.finding import PAGE_SIZE, Found, distance, page_of
from api.cases.public_record import listed_record
from api.cases.tables import CaseRow
from api.cases.wanted import Order, Sort, Wanted, published
from api.core.db import Work
from bopsgis.planning.redaction import public_view

__all__ = ["NEWEST", "PublicLine", "find_published"]

NEWEST: Final = Order(Sort.VALID, descending=True)
"""The order of the register: what became valid last comes first."""


@dataclass(frozen=True, slots=True)
class PublicLine:
    """A case on the register."""

    view: dict[str, Any]
    """Nested, as in `bopsgis.planning.redaction.PUBLIC_CASE`, with these and no other fields."""
    distance_m: float | None
    """From the place of `Wanted.near`; None where none was given."""


def find_published(
    work: Work, wanted: Wanted, *, order: Order = NEWEST, page: int = 1, size: int = PAGE_SIZE
) -> Found[PublicLine]:
    """One page of the cases on the register that fit. Pages count from 1; one beyond the last is empty.

    Raises ValueError where cases are wanted, or sorted, by their officer.
    """
    if order.by is Sort.OFFICER:
        raise ValueError("the register is not sorted by officer")
    fits = published(work.access, wanted)
    columns = (
        CaseRow.reference,
        CaseRow.application_type,
        CaseRow.status,
        CaseRow.proposal,
        CaseRow.address,
        CaseRow.ward,
        CaseRow.parish,
        CaseRow.received_on,
        CaseRow.valid_on,
        CaseRow.published_at,
        CaseRow.determination_deadline,
        CaseRow.decision,
        CaseRow.decided_on,
        distance(wanted.near).label("distance_m"),
    )
    rows, total = page_of(work, columns, fits, wanted, order, page, size)
    return Found(
        tuple(PublicLine(public_view(listed_record(SimpleNamespace(**row))), row["distance_m"]) for row in rows),
        total,
        page,
        size,
    )
