"""Validation as pages: what is missing, the boundary and its versions, requests to the applicant, valid or not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from fastapi import APIRouter
from geoalchemy2.shape import to_shape
from starlette.responses import Response

from api.cases import completeness, fees
from api.cases import constraints as constraint_service
from api.cases import service as case_service
from api.cases import store as cases
from api.cases.tables import BoundaryVersionRow, CaseRow
from api.casework.desk import PREFIX, At, Desk
from api.casework.fields import Field, Kind, Values
from api.casework.stages import why_not
from api.casework.tasks import About, Task, add_tasks, sentences
from api.consultations import publicity
from api.core.db import Work
from api.decisions import environmental
from api.maps.examples import site_text
from api.maps.figure import Figure, figure
from api.maps.site_view import plan_answers
from api.requests import service, store
from api.requests.tables import RequestRow
from bopsgis.errors import NotFound
from bopsgis.planning.calendar import in_words
from bopsgis.planning.lifecycle import ActName
from bopsgis.planning.requests import RequestKind, request_kind, request_kinds
from constraints.screen import words

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_MOST_DRAWN: Final = 6
"""So many versions of the boundary are drawn; older ones are listed."""
_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "pending": ("Goes out when the application is marked invalid", "near"),
    "open": ("Open", "adjacent"),
    "answered": ("Answered", "absent"),
    "cancelled": ("Cancelled", "not-known"),
}


@router.get("/validation")
def overview(desk: At) -> Response:
    """What the application says, what it lacks, and what can be done."""
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        why = {
            name: why_not(row, desk.access, name, desk.now.on)
            for name in (ActName.VALIDATE, ActName.INVALIDATE, ActName.RESUBMIT, ActName.RETURN)
        }
        view, word = environmental.inferred(work, row), environmental.last_word(work, row)
        context = {
            "row": row,
            "received": in_words(row.received_on),
            "valid_on": None if row.valid_on is None else in_words(row.valid_on),
            "why": {name.value: reason for name, reason in why.items()},
            "requests": _requests(work, row),
            "eia": view,
            "eia_word": word,
            "fee": fees.standing(work, row).sentence,
            "area": "" if row.site is None else words.area(float(to_shape(row.site).area)),
            "sentences": sentences(),
        }
        return desk.show(work, row, "casework/validation.html", context)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request in the list."""

    row: RequestRow
    kind: RequestKind
    state: str
    colour: str
    details: tuple[tuple[str, str], ...]
    answer: str


def _requests(work: Work, row: CaseRow) -> list[_Asked]:
    return [
        _Asked(one, request_kind(one.kind), *_STATES[one.state], _details(one), _answer(one))
        for one in store.of_case(work, row)
    ]


def _details(one: RequestRow) -> tuple[tuple[str, str], ...]:
    return tuple((name.capitalize(), str(value)) for name, value in one.details.items() if name != "site")


def _answer(one: RequestRow) -> str:
    if one.state != "answered":
        return one.closed_because
    said = {True: "Agreed.", False: "Did not agree.", None: ""}[one.accepted]
    told = one.answer or {}
    papers = f"{len(told['documents'])} documents." if told.get("documents") else ""
    certificate = f"Certificate {told['certificate']['kind']}." if told.get("certificate") else ""
    silent = "No answer came by the due day, which counts as agreement." if one.deemed else ""
    return " ".join(part for part in (said, silent, told.get("text", ""), papers, certificate) if part)


@router.get("/validation/requests")
def requests(desk: At) -> Response:
    """All requests to the applicant, and the ten kinds to ask."""
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        kinds = [one for one in request_kinds().values() if row.valid_on is None or not one.before_valid_only]
        why = why_not(row, desk.access, ActName.ASK_FOR, desk.now.on)
        context = {"requests": _requests(work, row), "kinds": kinds, "why": why, "sentences": sentences()}
        return desk.show(work, row, "casework/requests.html", context)


@dataclass(frozen=True, slots=True)
class _Version:
    """A site boundary as it was drawn."""

    row: BoundaryVersionRow
    area: str
    drawn: str
    figure: Figure | None


@router.get("/validation/boundary")
def boundaries(desk: At) -> Response:
    """The site boundary and all that were before it, newest first, in one view."""
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        rows = list(reversed(cases.boundary_versions(work, row)))
        everything = shapely.union_all([to_shape(one.site) for one in rows]) if rows else None
        versions = [
            _Version(
                one,
                words.area(float(to_shape(one.site).area)),
                in_words(one.drawn_at.date()),
                figure([], desk.base, site=to_shape(one.site), show=everything) if n < _MOST_DRAWN else None,
            )
            for n, one in enumerate(rows)
        ]
        site = None if row.site is None else constraint_service.site_of(row)
        plan = () if site is None else plan_answers(desk.request, site, desk.where(row))
        context = {"versions": versions, "plan": plan, "sentences": sentences()}
        return desk.show(work, row, "casework/boundary.html", context)


_OUTLINE: Final = Field("site", "Where is the site?", Kind.SITE)


def _boundary_fields(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (_OUTLINE, Field("reason", "Why the boundary is changed", Kind.TEXT, ask="Say why the boundary is changed"))


def _boundary_now(_desk: Desk, _work: Work, row: CaseRow) -> Values:
    return {} if row.site is None else {"site": site_text(constraint_service.site_of(row))}


def _change_boundary(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    constraint_service.change_boundary(work, row, values["site"], values["reason"], desk.check, desk.now)
    publicity.refresh(work, row)


_NEEDS: Final[Mapping[str, Field]] = {
    "document": Field("document", "Which document", ask="Say which document"),
    "proposal": Field("proposal", "The description that you propose", Kind.TEXT, ask="Write the description"),
    "suggestion": Field("suggestion", "What the applicant can do about it", Kind.TEXT, ask="Say what to do about it"),
    "condition": Field("condition", "The condition", Kind.TEXT, ask="Write the condition"),
    "terms": Field("terms", "The terms", Kind.TEXT, ask="Write the terms"),
    "until": Field("until", "The new date for the decision", Kind.DAY, ask="-"),
}


def _asking(desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    kind = request_kind(desk.key)
    needs = [_OUTLINE if need == "site" else _NEEDS[need] for need in kind.needs]
    return (*needs, Field("reason", "Why you ask", Kind.TEXT, ask="Say why you ask", hint="The applicant reads this."))


def _asked_now(desk: Desk, work: Work, row: CaseRow) -> Values:
    if desk.key == "boundary_change":
        return _boundary_now(desk, work, row)
    return {"proposal": row.proposal} if desk.key == "description_change" else {}


def _about_kind(desk: Desk, _work: Work, row: CaseRow) -> About:
    kind = request_kind(desk.key)
    silence = "No answer by the due day counts as agreement." if kind.deemed else ""
    waits = "It goes out when the application is marked invalid." if row.valid_on is None else "It goes out at once."
    return About((f"{kind.name}.", *(one for one in (waits, silence) if one)))


def _ask(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    kind = request_kind(desk.key)
    details: dict[str, Any] = {}
    for need in kind.needs:
        if need == "site":
            details["site"] = json.loads(shapely.to_geojson(values["site"].geometry))
        else:
            details[need] = values[need].isoformat() if need == "until" else values[need]
    service.ask_for(work, row, kind.key, values["reason"], details, desk.now)


def _cancel(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    service.cancel(work, row, store.get(work, row, desk.item), values["reason"], desk.now)


def _about_request(desk: Desk, work: Work, row: CaseRow) -> About:
    one = store.get(work, row, desk.item)
    return About(facts=(("Request", request_kind(one.kind).name), ("Why it was asked", one.reason), *_details(one)))


def _missing(desk: Desk, row: CaseRow) -> str:
    if not 1 <= desk.item <= len(row.missing):
        raise NotFound("This is not among what is missing.", code="requirement")
    return row.missing[desk.item - 1]


def _settle(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    completeness.settle(work, row, _missing(desk, row), values["reason"], desk.now)


def _about_missing(desk: Desk, _work: Work, row: CaseRow) -> About:
    return About(facts=(("Required", _missing(desk, row)),))


def _settling(desk: Desk, _work: Work, row: CaseRow) -> Sequence[Field]:
    _missing(desk, row)
    return (Field("reason", "How it is met, or why it is not needed", Kind.TEXT, ask="Give the reason"),)


def _why(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (Field("reason", "Why it is taken back", Kind.TEXT, ask="Give the reason"),)


def _valid_field(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    hint = "The day on which the last thing that was needed came. The time for the decision counts from the next day."
    return (Field("valid_on", "Valid from", Kind.DAY, ask="-", hint=hint),)


def _valid(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    case_service.validate(work, row, values["valid_on"], desk.now)
    publicity.refresh(work, row)


def _valid_now(_desk: Desk, _work: Work, row: CaseRow) -> Values:
    return {"valid_on": row.valid_on or row.received_on}


def _about_valid(desk: Desk, _work: Work, row: CaseRow) -> About:
    why = why_not(row, desk.access, ActName.VALIDATE, desk.now.on)
    facts = (("Received", in_words(row.received_on)), ("Missing", "\n".join(row.missing) or "Nothing"))
    return About(facts=facts, cannot=f"It cannot be marked valid now. {why}" if why else "")


def _about_invalid(desk: Desk, work: Work, row: CaseRow) -> About:
    waiting = [request_kind(one.kind).name for one in store.of_case(work, row) if one.state == "pending"]
    why = why_not(row, desk.access, ActName.INVALIDATE, desk.now.on)
    facts = (("Requests that go out", "\n".join(waiting) or "None"),)
    if why:
        return About(facts=facts, cannot=f"It cannot be marked invalid now. {why}")
    return About(("The applicant is told what to put right.",), facts)


_EIA: Final = (
    ("required", "Required"),
    ("screened_not_required", "Screened, and not required"),
    ("not_required", "Not required"),
)


def _eia_fields(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (
        Field("state", "Is an environmental impact assessment needed?", Kind.RADIOS, ask="Select one", options=_EIA),
        Field("reason", "Why", Kind.TEXT, ask="Give the reason"),
    )


def _eia_now(_desk: Desk, work: Work, row: CaseRow) -> Values:
    word = environmental.last_word(work, row)
    return {} if word is None else {"state": word.state, "reason": word.reason}


def _about_eia(_desk: Desk, work: Work, row: CaseRow) -> About:
    view = environmental.inferred(work, row)
    lines = tuple(f"{one.why} ({one.citation})" for one in view.reasons)
    return About((f"The rules say: {view.outcome.value.replace('_', ' ')}.", *lines))


add_tasks(
    router,
    Task(
        "validation/boundary/change",
        "Change the site boundary",
        "Change the boundary",
        "The site boundary has been changed, and checked against the constraints.",
        _change_boundary,
        back="validation/boundary",
        fields=_boundary_fields,
        filled=_boundary_now,
    ),
    Task(
        "validation/requests/{key}/ask",
        "Ask the applicant",
        "Ask",
        "The request has been kept.",
        _ask,
        back="validation/requests",
        fields=_asking,
        filled=_asked_now,
        about=_about_kind,
    ),
    Task(
        "validation/requests/{item:int}/cancel",
        "Take a request back",
        "Take it back",
        "The request has been taken back.",
        _cancel,
        back="validation/requests",
        fields=_why,
        about=_about_request,
    ),
    Task(
        "validation/missing/{item:int}",
        "Settle what is missing",
        "Settle it",
        "It is not missing any more.",
        _settle,
        back="validation",
        fields=_settling,
        about=_about_missing,
    ),
    Task(
        "validation/valid",
        "Mark as valid",
        "Mark as valid",
        "The application is valid.",
        _valid,
        back="validation",
        fields=_valid_field,
        filled=_valid_now,
        about=_about_valid,
    ),
    Task(
        "validation/invalid",
        "Mark as invalid",
        "Mark as invalid",
        "The application is invalid, and the requests have gone out.",
        lambda d, w, row, _v: service.invalidate(w, row, d.now),
        back="validation",
        about=_about_invalid,
    ),
    Task(
        "validation/resubmit",
        "Take the application up again",
        "Take it up again",
        "The application is being checked again.",
        lambda d, w, row, _v: case_service.resubmit(w, row, d.now),
        back="validation",
    ),
    Task(
        "validation/eia",
        "Environmental impact assessment",
        "Save",
        "It has been kept what you say of it.",
        lambda d, w, row, v: environmental.say(w, row, v["state"], v["reason"], d.now),
        back="validation",
        fields=_eia_fields,
        filled=_eia_now,
        about=_about_eia,
    ),
)
