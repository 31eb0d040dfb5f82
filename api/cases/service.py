"""What officers do with a case, one function an act. Each works on a locked case in a unit of work of the caller."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from api.accounts import store as accounts
from api.cases.acting import Moment, act_on
from api.cases.tables import CaseRow, NoteRow
from api.core.db import Work
from bopsgis.errors import InputRefused
from bopsgis.planning.application_types import application_type
from bopsgis.planning.calendar import england, in_words
from bopsgis.planning.case import Role
from bopsgis.planning.deadlines import Deadline, determination_deadline
from bopsgis.planning.lifecycle import ActName

__all__ = [
    "agreed_extension",
    "assign",
    "close",
    "extend_time",
    "note",
    "resubmit",
    "return_application",
    "set_deadline",
    "validate",
    "withdraw",
]


def validate(work: Work, row: CaseRow, valid_on: date, moment: Moment) -> CaseRow:
    """Mark the case valid from the day its last item came, and set the determination deadline from it.

    The case goes on the public register from now, unless its type is never published.
    """
    act_on(work, row, ActName.VALIDATE, moment, {"valid_on": valid_on})
    set_deadline(row, valid_on)
    if application_type(row.application_type).family != "pre_application":
        row.published_at = row.published_at or moment.at
    work.session.flush()
    return row


def set_deadline(row: CaseRow, valid_on: date) -> None:
    """Work the determination deadline out from its rules; an extension that was agreed stays as it is."""
    deadline = _deadline(row, valid_on)
    if deadline is not None and row.extended_to is None:
        row.determination_deadline = deadline.last_day
        row.deadline_explained = deadline.explain()


def _deadline(row: CaseRow, valid_on: date) -> Deadline | None:
    kind = application_type(row.application_type)
    if kind.period is None:
        return None
    return determination_deadline("determination-eia" if row.eia else kind.period, valid_on, england())


def resubmit(work: Work, row: CaseRow, moment: Moment) -> CaseRow:
    """Take up an invalid application again, once everything asked for has come."""
    return act_on(work, row, ActName.RESUBMIT, moment)


def assign(work: Work, row: CaseRow, officer_id: int, moment: Moment) -> CaseRow:
    """Give the case to an officer who assesses or reviews. Raises InputRefused for any other."""
    officer = accounts.officer_by_id(work, officer_id)
    if not officer.active or not accounts.roles_of(work, officer) & {Role.ASSESSOR, Role.REVIEWER}:
        raise InputRefused(f"{officer.name} cannot work on cases.", code="officer_unsuitable")
    told = {"officer": officer.id, "name": officer.name}
    return act_on(work, row, ActName.ASSIGN, moment, {"case_officer": str(officer.id)}, detail=told)


def note(work: Work, row: CaseRow, words: str, moment: Moment) -> NoteRow:
    """Add a note for colleagues; it never becomes public."""
    act_on(work, row, ActName.NOTE, moment, detail={})
    added = NoteRow(council_id=row.council_id, case_id=row.id, text=words, by=work.access.actor, at=moment.at)
    work.session.add(added)
    work.session.flush()
    return added


def extend_time(work: Work, row: CaseRow, until: date, reason: str, moment: Moment) -> CaseRow:
    """Write down an extension of time that the applicant agreed to in writing.

    The agreed date stays whatever is changed afterwards.
    """
    before = row.determination_deadline
    told = {"until": until, "before": before, "reason": reason}
    act_on(work, row, ActName.EXTEND_TIME, moment, {"determination_deadline": until}, detail=told)
    return agreed_extension(work, row, until, moment)


def agreed_extension(work: Work, row: CaseRow, until: date, moment: Moment) -> CaseRow:
    """Carry out an extension of time that was agreed to, whoever wrote it down."""
    row.determination_deadline = row.extended_to = until
    line = f"On {in_words(moment.on)} an extension of time to {in_words(until)} was agreed in writing."
    row.deadline_explained = f"{row.deadline_explained}\n{line}" if row.deadline_explained else line
    work.session.flush()
    return row


def return_application(work: Work, row: CaseRow, reason: str, moment: Moment) -> CaseRow:
    """Send back an application that cannot be made valid."""
    return _end(work, row, ActName.RETURN, reason, moment)


def withdraw(work: Work, row: CaseRow, reason: str, moment: Moment) -> CaseRow:
    """Write down that the applicant withdrew the application."""
    return _end(work, row, ActName.WITHDRAW, reason, moment)


def close(work: Work, row: CaseRow, reason: str, moment: Moment) -> CaseRow:
    """End a case without a decision, for example one that was finally disposed of."""
    return _end(work, row, ActName.CLOSE, reason, moment)


def _end(work: Work, row: CaseRow, name: ActName, reason: str, moment: Moment) -> CaseRow:
    fields: Mapping[str, Any] = {"reason": reason.strip()}
    return act_on(work, row, name, moment, fields)
