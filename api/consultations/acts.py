"""What all acts of consultation ask first."""

from __future__ import annotations

from datetime import date

from api.cases.acting import Moment, role_for
from api.cases.tables import CaseRow
from api.core.db import Work
from bopsgis.errors import ActRefused, InputRefused
from bopsgis.planning.calendar import in_words
from bopsgis.planning.case import CaseStatus
from bopsgis.planning.lifecycle import ActName

__all__ = ["may_prepare", "past_day"]

OVER = frozenset(
    {CaseStatus.DECIDED, CaseStatus.APPEALED, CaseStatus.RETURNED, CaseStatus.WITHDRAWN, CaseStatus.CLOSED}
)


def may_prepare(work: Work, row: CaseRow, name: ActName) -> None:
    """Whether the actor may prepare an act that is done later: in the role for it, on a case that is not over.

    Raises NotAllowed or ActRefused.
    """
    role_for(work.access, name)
    if CaseStatus(row.status) in OVER:
        raise ActRefused(
            f"A case that is {CaseStatus(row.status).in_words} cannot be prepared for “{name.in_words}”.",
            code="wrong_status",
        )


def past_day(row: CaseRow, day: date, moment: Moment, what: str) -> None:
    """Refuse a day that is still to come, or before the application was received.

    A day in the past is fine, however long ago: things are written down when somebody gets to it.
    """
    if day > moment.on:
        raise InputRefused(f"{what} cannot be in the future: today is {in_words(moment.on)}.", code="date_in_future")
    if day < row.received_on:
        raise InputRefused(
            f"{what} cannot be before the application was received on {in_words(row.received_on)}.",
            code="date_before_receipt",
        )
