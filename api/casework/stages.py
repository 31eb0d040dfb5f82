"""What is to be done on a case, stage by stage: done, to do, or not possible yet and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from api.cases import fees
from api.cases import store as cases
from api.cases.facts import case_of
from api.cases.tables import CaseRow
from api.casework.sections import asked_of, page_of, title_of
from api.consultations import letters, neighbours
from api.consultations import store as hearing
from api.core.access import Access
from api.core.db import Work
from api.decisions import store as decisions
from api.documents import store as documents
from bopsgis.planning.application_types import application_type
from bopsgis.planning.case import CaseStatus, Recommendation, Role
from bopsgis.planning.lifecycle import RULES, UNDECIDED, Act, ActName, refusal

__all__ = ["Stage", "State", "Step", "for_roles", "stages", "why_not"]


class State(StrEnum):
    """How a step stands."""

    DONE = "done"
    TO_DO = "to do"
    WAITING = "waiting"
    CANNOT = "cannot yet"
    OPTIONAL = "optional"
    NOT_DONE = "not done"
    """The case is over, and it was not."""

    @property
    def colour(self) -> str:
        """The name of its colour; the words say it as well."""
        return _COLOURS[self]


_OFTEN: Final = 3
_COLOURS: Final[Mapping[State, str]] = {
    State.DONE: "absent",
    State.TO_DO: "near",
    State.WAITING: "adjacent",
    State.CANNOT: "not-known",
    State.OPTIONAL: "near",
    State.NOT_DONE: "not-known",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, where, and how it stands."""

    title: str
    page: str
    """Below the case's address."""
    state: State
    why: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """Steps that belong together."""

    title: str
    steps: tuple[Step, ...]
    why: str = ""
    """What stands against every step that cannot be done yet, said once."""


def _stage(title: str, steps: Iterable[Step]) -> Stage:
    """The stage; a reason that three steps or more share is said once for all of them."""
    listed = tuple(steps)
    counted = Counter(step.why for step in listed if step.state is State.CANNOT)
    why, often = max(counted.items(), key=lambda one: one[1], default=("", 0))
    if often < _OFTEN:
        return Stage(title, listed)
    told = tuple(replace(step, why="") if step.state is State.CANNOT and step.why == why else step for step in listed)
    return Stage(title, told, why)


def why_not(row: CaseRow, access: Access, name: ActName, on: date, fields: Mapping[str, Any] | None = None) -> str:
    """Why an officer may not do an act now, in a sentence; empty where nothing is known to stand against it."""
    rule, case = RULES[name], case_of(row)
    usable = sorted(access.roles & rule.roles)
    if not usable:
        return for_roles(rule.roles)
    refused = refusal(
        case, Act(name, access.actor, usable[0], {**_likely(row, name, access, on), **(fields or {})}), on
    )
    return "" if refused is None else str(refused)


def for_roles(roles: Collection[Role]) -> str:
    """That something is for these officers only, in a sentence."""
    return f"Only for the {' or '.join(sorted(role.value for role in roles if role.value in _OFFICES))}."


_OFFICES: Final = ("assessor", "reviewer", "administrator")


def _likely(row: CaseRow, name: ActName, access: Access, on: date) -> dict[str, Any]:
    """Fields as an officer would fill them in, so that only the state of the case speaks."""
    case = case_of(row)
    decision = case.committee_decision or (case.recommendation and case.recommendation.decision)
    likely = decision or min(case.decisions_possible)
    if name is ActName.RECOMMEND:
        return {"recommendation": Recommendation(likely, ("-",), access.actor, on)}
    if name is ActName.SEND_BACK:
        return {"recommendation": case.recommendation}
    appeal = {"appeal_lodged_on": on, "appeal_outcome": "dismissed"}
    return {"reason": "-", "valid_on": on, "decision": likely, "committee_decision": likely, **appeal}


def stages(work: Work, row: CaseRow, access: Access, on: date) -> tuple[Stage, ...]:
    """All stages of the case, in their order."""
    return (
        _stage("Check and validate", _validation(work, row, access, on)),
        _stage("Publicity and consultation", _consultation(work, row)),
        _stage("Assess", _assessment(work, row, access, on)),
        _stage("Review and decide", _review(row, access, on)),
    )


def _open(row: CaseRow) -> bool:
    return CaseStatus(row.status) in UNDECIDED


def _done_or(row: CaseRow, done: object, why: str = "", *, cannot: str = "") -> tuple[State, str]:
    """Done, to do with a word on what, or impossible with the reason; what is over is not to do any more."""
    if done:
        return State.DONE, ""
    if not _open(row):
        return State.NOT_DONE, ""
    return (State.CANNOT, cannot) if cannot else (State.TO_DO, why)


def _validation(work: Work, row: CaseRow, access: Access, on: date) -> Iterator[Step]:
    papers = [one for one in documents.of_case(work, row) if one.archived_at is None]
    untagged = sum(not one.tags for one in papers)
    said = f"{untagged} without a tag" if untagged else ("No document yet" if not papers else "")
    yield Step("Check the documents", "documents", *_done_or(row, papers and not untagged, said))
    yield Step("Check the site boundary", "validation/boundary", *_done_or(row, row.site is not None, "Not drawn yet"))
    screened = cases.latest_screening(work, row) is not None
    yield Step("Check the constraints", "constraints", *_done_or(row, screened, "The site has not been checked yet"))
    account = fees.standing(work, row)
    yield Step("Check the fee", "validation/fee", *_done_or(row, account.settled, account.sentence.removesuffix(".")))
    lacking = f"{len(row.missing)} still missing"
    yield Step("Check what is required", "validation", *_done_or(row, not row.missing, lacking))
    if row.open_requests:
        count = row.open_requests
        words = f"{count} {'request is' if count == 1 else 'requests are'} open"
        yield Step("Requests to the applicant", "validation/requests", State.WAITING, words)
    else:
        yield Step("Requests to the applicant", "validation/requests", State.OPTIONAL, "None is open")
    valid = row.valid_on is not None
    blocked = "" if valid else why_not(row, access, ActName.VALIDATE, on)
    yield Step("Mark as valid", "validation/valid", *_done_or(row, valid, cannot=blocked))


def _consultation(work: Work, row: CaseRow) -> Iterator[Step]:
    early = "" if row.valid_on is not None else "The application is not valid yet."
    due = f"Still due: {', '.join(row.publicity_due)}"
    yield Step("Give publicity", "publicity", *_done_or(row, not early and not row.publicity_due, due, cannot=early))
    chosen = neighbours.neighbours_of(work, row)
    yield Step("Choose neighbours", "neighbours", *_done_or(row, chosen, "None chosen yet"))
    sent = letters.batches_of(work, row)
    yield Step("Write to neighbours", "neighbours", *_done_or(row, sent, "No letter sent yet", cannot=early))
    asked = hearing.consultees(work, row)
    unasked = sum(not hearing.consultations(work, one) for one in asked)
    words = f"{unasked} not asked yet" if asked else "Nobody on the list yet"
    yield Step("Consult", "consultees", *_done_or(row, asked and not unasked, words, cannot=early))
    unread = sum(one.moderated_by is None for one in hearing.representations(work, row))
    yield Step(
        "Read the comments", "comments", *_done_or(row, not early and not unread, f"{unread} to read", cannot=early)
    )


def _assessment(work: Work, row: CaseRow, access: Access, on: date) -> Iterator[Step]:
    kind = application_type(row.application_type)
    written = decisions.sections(work, row)
    blocked = why_not(row, access, ActName.ASSESS, on)
    for section, wanted in asked_of(kind).items():
        state, why = _done_or(row, section in written, cannot=blocked)
        if not wanted and state is State.TO_DO:
            state = State.OPTIONAL
        yield Step(title_of(section), f"assessment/{section.value}/{page_of(section)}", state, why)
    visited = decisions.visits(work, row)
    state, why = _done_or(row, visited, cannot=blocked)
    yield Step("Site visit", "assessment/visit", State.OPTIONAL if state is State.TO_DO else state, why)
    ready = row.recommendation is not None and row.status != "being_assessed"
    blocked = "" if ready else why_not(row, access, ActName.RECOMMEND, on)
    yield Step("Recommend", "assessment/recommend", *_done_or(row, ready, cannot=blocked))


def _review(row: CaseRow, access: Access, on: date) -> Iterator[Step]:
    decided = row.decision is not None
    waits = "" if row.status in {"awaiting_review", "at_committee"} else "Nothing has been recommended yet."
    yield Step("Review the recommendation", "review", *_done_or(row, decided, cannot=waits))
    if row.recommendation is not None and row.recommendation["to_committee"]:
        met = row.committee_decision is not None
        yield Step("Committee", "review", *_done_or(row, met, cannot=waits))
    blocked = "" if decided else why_not(row, access, ActName.DECIDE, on)
    yield Step("Decide and issue the notice", "review/decide", *_done_or(row, decided, cannot=blocked))
