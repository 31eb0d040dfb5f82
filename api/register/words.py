"""What the register says of a case in plain words: how far it is, what comes next, and for whom it is time to act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from bopsgis.planning.calendar import in_words
from bopsgis.planning.case import CaseStatus, Decision

__all__ = ["CLOSED", "Step", "far", "next_words", "status_words", "timeline"]

CLOSED: Final = frozenset(
    {CaseStatus.DECIDED, CaseStatus.APPEALED, CaseStatus.RETURNED, CaseStatus.WITHDRAWN, CaseStatus.CLOSED}
)
"""Nothing more can be said on a case that is so far."""

_KILOMETRE: Final = 1_000.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a case's way: what it is, when, and whether it is done."""

    title: str
    when: str
    words: str
    done: bool


def status_words(view: Mapping[str, Any], comments_until: date | None, today: date) -> tuple[str, str]:
    """The status for people, and the name of its colour. The words stand alone; the colour only helps."""
    status = CaseStatus(view["status"])
    outcome = view.get("decision", {}).get("outcome")
    if status is CaseStatus.APPEALED:
        return _appeal_words(view).removesuffix(".") or "Appealed", "near"
    if outcome:
        return Decision(outcome).in_words, "absent"
    if status in CLOSED:
        return status.in_words.capitalize(), "adjacent"
    if comments_until is not None and comments_until >= today:
        return f"Comment until {in_words(comments_until)}", "present"
    return "Being considered", "not-known"


def next_words(view: Mapping[str, Any], comments_until: date | None, today: date) -> str:
    """What happens next, in a sentence or two."""
    status = CaseStatus(view["status"])
    deadline = view.get("dates", {}).get("determination_deadline")
    if status is CaseStatus.APPEALED:
        ended = _appeal_words(view)
        if ended:
            return f"{ended} Nothing more will be decided on the application."
        return "The applicant has appealed. The Planning Inspectorate decides, not the council."
    if view.get("decision", {}).get("outcome"):
        return "The council has decided. Only the applicant can appeal against a planning decision."
    if status in CLOSED:
        return f"The application was {status.in_words}. Nothing more will be decided on it."
    due = f" It should decide by {in_words(deadline)}." if deadline is not None else ""
    if comments_until is not None and comments_until >= today:
        return f"The council waits for comments until {in_words(comments_until)}, then weighs them and decides.{due}"
    return f"The time for comments is over; what comes now is still read until the decision is made.{due}"


def _appeal_words(view: Mapping[str, Any]) -> str:
    """How the appeal ended; nothing while it is not decided."""
    outcome = view.get("appeal", {}).get("outcome")
    return f"The appeal was {'allowed in part' if outcome == 'split' else outcome}." if outcome else ""


def timeline(view: Mapping[str, Any], comments_until: date | None, today: date) -> tuple[Step, ...]:
    """The steps of a case from receipt to appeal, done or to come."""
    dates, appeal = view.get("dates", {}), view.get("appeal", {})
    status, decided = CaseStatus(view["status"]), dates.get("decided")
    ended = status in CLOSED and decided is None
    steps = [
        _step("Received", dates.get("received"), "The application came to the council.", done=True),
        _step("Valid", dates.get("valid"), "Everything that the law asks for was there.", done=True),
    ]
    if comments_until is not None:
        over = comments_until < today
        words = "The time for comments ended." if over else "Anybody may comment."
        steps.append(_step("Comments", comments_until, words, done=over, prefix="until "))
    if ended:
        steps.append(Step(status.in_words.capitalize(), "", "The application ended without a decision.", done=True))
    elif decided is not None:
        steps.append(_step("Decided", decided, "The council decided.", done=True))
    else:
        due = dates.get("determination_deadline")
        steps.append(_step("Decision", due, "The council decides.", done=False, prefix="due by "))
    if appeal.get("lodged") is not None:
        words = _appeal_words(view)
        waiting = "The inspector has not decided yet."
        steps.append(_step("Appeal", appeal["lodged"], words or waiting, done=bool(words)))
    return tuple(steps)


def far(distance_m: float, direction: str) -> str:
    """How far a site is and in which direction, such as `120 m north-east`."""
    if distance_m < 1.0:
        return "here"
    length = f"{distance_m:,.0f} m" if distance_m < _KILOMETRE else f"{distance_m / _KILOMETRE:,.1f} km"
    return f"{length} {_COMPASS[direction]}" if direction else length


_COMPASS: Final[Mapping[str, str]] = {
    "N": "north",
    "NE": "north-east",
    "E": "east",
    "SE": "south-east",
    "S": "south",
    "SW": "south-west",
    "W": "west",
    "NW": "north-west",
}


def _step(title: str, day: date | None, words: str, *, done: bool, prefix: str = "") -> Step:
    return Step(title, "" if day is None else f"{prefix}{in_words(day)}", words, done)
