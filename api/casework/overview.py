"""The page of a case: its map, what is to be done, quick facts, notes, and what was on this land before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter
from geoalchemy2.shape import to_shape
from starlette.responses import Response

from api.accounts import store as accounts
from api.cases import service
from api.cases import store as cases
from api.cases.facts import case_of
from api.cases.tables import CaseRow
from api.casework.desk import PREFIX, At, Desk
from api.casework.fields import Field, Kind, Values
from api.casework.head import decision_words
from api.casework.history import entries
from api.casework.on_map import case_map
from api.casework.stages import stages, why_not
from api.casework.tasks import About, Task, add_tasks, sentences
from api.consultations import neighbours, publicity
from api.core.db import Work
from api.decisions import store as decisions
from api.decisions.assessment import EarlierCase, site_history
from bopsgis.planning.application_types import application_type
from bopsgis.planning.calendar import in_words
from bopsgis.planning.case import CaseStatus, Role
from bopsgis.planning.lifecycle import ActName, open_acts
from constraints.screen import words

__all__ = ["router"]

_MOST_NOTES: Final = 5
_FAMILY: Final = (
    (ActName.EXTEND_TIME, "extend-time", "Extend the time"),
    (ActName.APPEAL, "appeal", "Write down an appeal"),
    (ActName.RECORD_APPEAL_OUTCOME, "appeal-outcome", "Write down how the appeal ended"),
    (ActName.RETURN, "return", "Return the application"),
    (ActName.WITHDRAW, "withdraw", "Write down a withdrawal"),
    (ActName.CLOSE, "close", "Close without a decision"),
)

router = APIRouter(prefix=PREFIX, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class _Earlier:
    """A row of the site's history, with the number that it has on the map, 0 where it has no place."""

    id: str
    number: int
    reference: str
    proposal: str
    status: str
    received: str
    shares: str


@router.get("")
def overview(desk: At) -> Response:
    """The page of a case."""
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        earlier = site_history(work, row)
        notices, listed = publicity.notices_of(work, row), neighbours.neighbours_of(work, row)
        seen = case_map(desk, work, row, earlier=earlier, notices=notices, neighbours=listed)
        notes = cases.notes(work, row)
        context = {
            "stages": stages(work, row, desk.access, desk.now.on),
            "facts": _facts(work, row),
            "people": cases.parties(work, row),
            "notes": notes[:_MOST_NOTES],
            "more_notes": max(0, len(notes) - _MOST_NOTES),
            "earlier": _earlier(earlier, seen.earlier),
            "seen": seen,
            "figure": seen.figure,
            "acts": _acts(row, desk),
            "due": row.publicity_due if row.valid_on is not None else [],
            "sentences": sentences(),
        }
        return desk.show(work, row, "casework/overview.html", context)


def _facts(work: Work, row: CaseRow) -> tuple[tuple[str, str], ...]:
    area = "" if row.site is None else words.area(float(to_shape(row.site).area))
    appeal = decisions.appeal_of(work, row)
    facts = (
        ("Type", application_type(row.application_type).name),
        ("Received", in_words(row.received_on)),
        ("Valid from", _day(row.valid_on)),
        ("Time extended to", _day(row.extended_to)),
        ("May be decided from", _day(row.earliest_decision)),
        ("Decision", decision_words(row.decision).capitalize()),
        ("Appeal", "" if appeal is None else f"Lodged on {in_words(appeal.lodged_on)}"),
        ("Outcome of the appeal", (row.appeal_outcome or "").capitalize()),
        ("Why it ended", row.ended_because),
        ("Environmental impact assessment", "Yes" if row.eia else ""),
        ("Area of the site", area),
        ("Ward", row.ward or ""),
        ("Parish", row.parish or ""),
        ("UPRN", ", ".join(row.uprns)),
        ("Other reference", row.alternative_reference or ""),
    )
    return tuple((label, value) for label, value in facts if value)


def _day(day: Any) -> str:
    return "" if day is None else in_words(day)


def _earlier(found: Sequence[EarlierCase], numbers: Mapping[str, int]) -> tuple[_Earlier, ...]:
    return tuple(
        _Earlier(
            id=f"earlier-{one.row.id}",
            number=numbers.get(one.row.reference, 0),
            reference=one.row.reference,
            proposal=one.row.proposal,
            status=decision_words(one.row.decision) or CaseStatus(one.row.status).in_words,
            received=in_words(one.row.received_on),
            shares=f"shares {words.area(one.shared_m2)}" if one.shared_m2 else "touches this site",
        )
        for one in found
    )


def _acts(row: CaseRow, desk: Desk) -> list[tuple[str, str]]:
    """Acts that belong to no stage and are open to this officer now: page and words."""
    case = case_of(row)
    usable = {name for role in desk.access.roles for name in open_acts(case, role)}
    return [
        (page, title)
        for name, page, title in _FAMILY
        if name in usable and not why_not(row, desk.access, name, desk.now.on, {"determination_deadline": _later(row)})
    ]


def _later(row: CaseRow) -> Any:
    return None if row.determination_deadline is None else row.determination_deadline.replace(year=9999)


@router.get("/history")
def history(desk: At) -> Response:
    """Everything that was done, newest first."""
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        context = {"entries": entries(work, row), "notes": cases.notes(work, row), "sentences": sentences()}
        return desk.show(work, row, "casework/history.html", context)


def _workers(work: Work) -> tuple[tuple[str, str], ...]:
    suited = [
        one
        for one in accounts.officers(work)
        if one.active and accounts.roles_of(work, one) & {Role.ASSESSOR, Role.REVIEWER}
    ]
    return tuple((str(one.id), one.name) for one in suited)


def _who(_desk: Desk, work: Work, _row: CaseRow) -> Sequence[Field]:
    return (Field("officer", "Case officer", Kind.RADIOS, ask="Select an officer", options=_workers(work)),)


def _whose(_desk: Desk, _work: Work, row: CaseRow) -> Values:
    return {} if row.case_officer_id is None else {"officer": str(row.case_officer_id)}


def _reason(label: str) -> Any:
    def fields(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
        return (Field("reason", label, Kind.TEXT, ask="Give the reason"),)

    return fields


def _note_field(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (Field("text", "Note", Kind.TEXT, ask="Write the note", hint="For colleagues. It is never public."),)


def _extension(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (
        Field("until", "The new date for the decision", Kind.DAY, ask="-"),
        Field("reason", "How and when it was agreed", Kind.TEXT, ask="Say how and when it was agreed"),
    )


def _deadline(_desk: Desk, _work: Work, row: CaseRow) -> About:
    return About(tuple((row.deadline_explained or "There is no deadline yet.").splitlines()))


_ENDING: Final = About(("This ends the case. It cannot be taken back.",))


def _ends(_desk: Desk, _work: Work, _row: CaseRow) -> About:
    return _ENDING


add_tasks(
    router,
    Task(
        "assign",
        "Give the case to an officer",
        "Give the case",
        "The case has been given to the officer.",
        lambda d, w, row, v: service.assign(w, row, int(v["officer"]), d.now),
        fields=_who,
        filled=_whose,
    ),
    Task(
        "notes/add",
        "Add a note",
        "Add the note",
        "The note has been added.",
        lambda d, w, row, v: service.note(w, row, v["text"], d.now),
        fields=_note_field,
    ),
    Task(
        "extend-time",
        "Write down an extension of time",
        "Extend the time",
        "The time has been extended.",
        lambda d, w, row, v: service.extend_time(w, row, v["until"], v["reason"], d.now),
        fields=_extension,
        about=_deadline,
    ),
    Task(
        "return",
        "Return the application",
        "Return the application",
        "The application has been returned.",
        lambda d, w, row, v: service.return_application(w, row, v["reason"], d.now),
        fields=_reason("Why it is returned"),
        about=_ends,
        warning=True,
    ),
    Task(
        "withdraw",
        "Write down a withdrawal",
        "Withdraw the application",
        "The application has been withdrawn.",
        lambda d, w, row, v: service.withdraw(w, row, v["reason"], d.now),
        fields=_reason("What the applicant said, and when"),
        about=_ends,
        warning=True,
    ),
    Task(
        "close",
        "Close the case without a decision",
        "Close the case",
        "The case has been closed.",
        lambda d, w, row, v: service.close(w, row, v["reason"], d.now),
        fields=_reason("Why it is closed"),
        about=_ends,
        warning=True,
    ),
)
