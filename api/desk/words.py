"""What the dashboard says of a case: its deadline in words, never by colour alone, and its status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from api.cases.finding import DUE_SOON, Line
from api.cases.wanted import Tab
from bopsgis.planning.calendar import in_words
from bopsgis.planning.case import CaseStatus, Decision
from bopsgis.planning.lifecycle import UNDECIDED

__all__ = ["EMPTY", "TABS", "Due", "due", "status_words"]

TABS: Final[Mapping[Tab, str]] = {
    Tab.MINE: "Mine",
    Tab.UNASSIGNED: "Unassigned",
    Tab.AWAITING_REVIEW: "Awaiting my review",
    Tab.OVERDUE: "Overdue",
    Tab.ALL: "All cases",
}
EMPTY: Final[Mapping[Tab, str]] = {
    Tab.MINE: "You have no open cases.",
    Tab.UNASSIGNED: "Every open case has a case officer.",
    Tab.AWAITING_REVIEW: "No recommendation waits for your review.",
    Tab.OVERDUE: "No case is overdue.",
    Tab.ALL: "There are no cases yet.",
}
_CLASSES: Final[Mapping[CaseStatus, str]] = {
    CaseStatus.INVALID: "present",
    CaseStatus.AWAITING_REVIEW: "not-known",
    CaseStatus.AT_COMMITTEE: "not-known",
    CaseStatus.DECIDED: "absent",
    CaseStatus.APPEALED: "near",
}


@dataclass(frozen=True, slots=True)
class Due:
    """How a case stands to its deadline: words, the name of their colour, and what to add in small print."""

    words: str
    colour: str
    day: str
    note: str = ""


def due(line: Line, today: date) -> Due:
    """The deadline of a case that is open, and the day of decision of one that is not."""
    if line.status not in UNDECIDED:
        return Due("", "", "" if line.decided_on is None else f"Decided {in_words(line.decided_on)}")
    if line.determination_deadline is None:
        return Due("", "", "No deadline yet")
    note = "Extension agreed" if line.extended_to is not None else ""
    words, colour = _left(line.determination_deadline - today)
    return Due(words, colour, in_words(line.determination_deadline), note)


def _left(left: timedelta) -> tuple[str, str]:
    days = abs(left.days)
    counted = f"{days} {'day' if days == 1 else 'days'}"
    if left.days < 0:
        return f"{counted} overdue", "present"
    if not left.days:
        return "Due today", "present"
    return f"{counted} left", "adjacent" if left <= DUE_SOON else "absent"


def status_words(line: Line) -> tuple[str, str]:
    """The status, or the decision of a decided case, and the name of its colour."""
    colour = _CLASSES.get(line.status, "near" if line.status in UNDECIDED else "adjacent")
    if line.status is CaseStatus.DECIDED and line.decision:
        return Decision(line.decision).in_words, colour
    return line.status.in_words.capitalize(), colour
