"""What is due by the calendar: acceptance by silence, reminders of deadlines."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from api.accounts.tables import OfficerRow
from api.cases.acting import Moment
from api.cases.constraints import Check
from api.cases.tables import CaseRow
from api.core import outbox
from api.core.access import Access, visible_to
from api.core.db import Database
from api.requests.service import accept_by_silence
from api.requests.store import deemed_due
from bopsgis.errors import BopsgisError
from bopsgis.planning.lifecycle import UNDECIDED

__all__ = ["REMIND_BEFORE", "accept_silence", "remind_of_deadlines"]

_log = logging.getLogger("bopsgis.worker")

REMIND_BEFORE = timedelta(days=7)


def accept_silence(database: Database, council_id: int, check: Check, moment: Moment) -> int:
    """Accept the requests on which silence means yes, each in a transaction of its own; how many there were.

    A case that the rules do not let change (or whose constraints cannot be checked) keeps no other one waiting.
    """
    access = Access.system(council_id, "acceptance by silence")
    with database.reading(access) as work:
        due = [request.id for request in deemed_due(work, moment.on)]
    return sum(_accepted(database, access, request_id, check, moment) for request_id in due)


def _accepted(database: Database, access: Access, request_id: int, check: Check, moment: Moment) -> bool:
    try:
        with database.unit_of_work(access) as work:
            return accept_by_silence(work, request_id, check, moment) is not None
    except BopsgisError as error:
        _log.warning("request %s was not accepted by silence: %s", request_id, error.code)
        return False


def remind_of_deadlines(database: Database, council_id: int, moment: Moment) -> int:
    """Tell case officers of cases that have to be decided within a week, once for each deadline; how many."""
    access = Access.system(council_id, "deadline reminders")
    with database.unit_of_work(access) as work:
        due = select(CaseRow, OfficerRow.email).join(OfficerRow, OfficerRow.id == CaseRow.case_officer_id)
        due = due.where(
            visible_to(access, CaseRow),
            CaseRow.status.in_([status.value for status in UNDECIDED]),
            CaseRow.determination_deadline >= moment.on,
            CaseRow.determination_deadline <= moment.on + REMIND_BEFORE,
            CaseRow.reminded_of.is_distinct_from(CaseRow.determination_deadline),
        )
        found = work.session.execute(due.order_by(CaseRow.id)).all()
        for row, email in found:
            outbox.add(work, outbox.Channel.MAIL, _reminder(row, email, moment), moment.at, case_id=row.id)
        # Written past the case's version: an officer at work on the case is not interrupted by a reminder.
        told = update(CaseRow).where(visible_to(access, CaseRow), CaseRow.id.in_([row.id for row, _ in found]))
        work.session.execute(told.values(reminded_of=CaseRow.determination_deadline))
        return len(found)


def _reminder(row: CaseRow, email: str, moment: Moment) -> dict[str, Any]:
    assert row.determination_deadline is not None  # noqa: S101  # only cases with one are reminded of
    return {
        "template": "deadline_reminder",
        "to": [email],
        "reference": row.reference,
        "address": row.address,
        "deadline": row.determination_deadline.isoformat(),
        "days_left": (row.determination_deadline - moment.on).days,
    }
