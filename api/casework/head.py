"""The head of every page of a case: what it is, how far, by when, and whose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from api.accounts import store as accounts
from api.cases.facts import case_of
from api.cases.tables import CaseRow
from api.core import audit
from api.core.db import Work
from bopsgis.planning.application_types import application_type
from bopsgis.planning.calendar import in_words
from bopsgis.planning.case import CaseStatus
from bopsgis.planning.lifecycle import UNDECIDED

__all__ = ["Head", "decision_words", "head_of", "last_event", "status_class"]

_SOON_DAYS: Final = 14
_COLOURS: Final[Mapping[CaseStatus, str]] = {
    CaseStatus.RECEIVED: "near",
    CaseStatus.INVALID: "present",
    CaseStatus.AWAITING_REVIEW: "not-known",
    CaseStatus.AT_COMMITTEE: "not-known",
    CaseStatus.DECIDED: "absent",
    CaseStatus.APPEALED: "adjacent",
}


@dataclass(frozen=True, slots=True)
class Head:
    """What stands at the top of each page."""

    reference: str
    address: str
    proposal: str
    type_name: str
    status: str
    status_class: str
    clock: str
    clock_class: str
    explained: tuple[str, ...]
    """How the deadline was reckoned, line by line; empty where there is none."""
    officer: str
    version: int
    published: bool

    @property
    def path(self) -> str:
        """The address of the case's page."""
        return f"/cases/{self.reference}"


def head_of(work: Work, row: CaseRow, today: date) -> Head:
    """The head of a case as it is today."""
    clock, colour = _clock(row, today)
    officer = None if row.case_officer_id is None else accounts.officer_by_id(work, row.case_officer_id)
    return Head(
        reference=row.reference,
        address=row.address,
        proposal=row.proposal,
        type_name=application_type(row.application_type).name,
        status=_status(row),
        status_class=status_class(row.status),
        clock=clock,
        clock_class=colour,
        explained=tuple((row.deadline_explained or "").splitlines()),
        officer="" if officer is None else officer.name,
        version=row.version,
        published=row.published_at is not None,
    )


def status_class(status: str) -> str:
    """The name of the colour of a status; the words say it as well."""
    return _COLOURS.get(CaseStatus(status), "near")


def decision_words(decision: str | None) -> str:
    """A decision as it is written for people."""
    return (decision or "").replace("_", " ")


def _status(row: CaseRow) -> str:
    words = CaseStatus(row.status).in_words.capitalize()
    return f"{words}: {decision_words(row.decision)}" if row.decision else words


def _clock(row: CaseRow, today: date) -> tuple[str, str]:
    """The determination deadline in words, and the name of its colour."""
    deadline, case = row.determination_deadline, case_of(row)
    if case.status not in UNDECIDED:
        ended = f"Decided on {in_words(row.decided_on)}" if row.decided_on else case.status.in_words.capitalize()
        return ended, "absent"
    if deadline is None:
        return "No deadline yet: it is set when the application is valid", "near"
    days = (deadline - today).days
    counted = f"{abs(days)} {'day' if abs(days) == 1 else 'days'}"
    if days < 0:
        return f"{counted} overdue: the decision was due on {in_words(deadline)}", "present"
    if days == 0:
        return f"Decision due today, {in_words(deadline)}", "adjacent"
    colour = "adjacent" if days <= _SOON_DAYS else "absent"
    return f"Decision due in {counted}, on {in_words(deadline)}", colour


def last_event(work: Work, row: CaseRow) -> int:
    """The number of the last entry in the case's audit: what has come since is told to whoever acts on an old page."""
    return max((event.sequence for event in audit.trail(work, row.id)), default=0)
