"""Publicity and letters as pages: what the law requires, notices wanted and given, neighbours, what they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from fastapi import APIRouter
from geoalchemy2.shape import to_shape
from starlette.responses import Response

from api.cases.tables import CaseRow
from api.casework.desk import PREFIX, At, Desk
from api.casework.fields import Field, Kind, Values
from api.casework.on_map import NEIGHBOUR
from api.casework.stages import why_not
from api.casework.tasks import About, Task, add_tasks, one_of, sentences
from api.consultations import letters, neighbours, publicity
from api.consultations.letters import RESPONSE_DAYS
from api.consultations.periods import earliest_decision, periods_of
from api.consultations.publicity import BY_NOTICE
from api.consultations.tables import LetterBatchRow, NeighbourRow
from api.core.db import Work
from api.councils import templates
from api.councils.service import settings_of
from api.documents import store as documents
from api.maps.figure import Figure, Item, figure
from api.maps.place_search import find_place
from bopsgis.errors import InputRefused
from bopsgis.planning.calendar import in_words
from bopsgis.planning.lifecycle import ActName
from bopsgis.planning.publicity import Means
from bopsgis.types import Point
from constraints.screen import words

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_MEANS: Final = tuple((one.value, one.in_words.capitalize()) for one in Means if one in BY_NOTICE)


@router.get("/publicity")
def overview(desk: At) -> Response:
    """What is required and why, what was given, and from when the case may be decided."""
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        state, periods = publicity.publicity_of(work, row), periods_of(work, row)
        context = {
            "state": state,
            "notices": publicity.notices_of(work, row),
            "means": {one.value: one.in_words.capitalize() for one in Means},
            "periods": periods,
            "earliest": earliest_decision(periods),
            "why": why_not(row, desk.access, ActName.PUBLICISE, desk.now.on),
            "sentences": sentences(),
        }
        return desk.show(work, row, "casework/publicity.html", context)


@dataclass(frozen=True, slots=True)
class _Line:
    """A neighbour in the list, with the number that it has on the map, 0 where its place is not known."""

    row: NeighbourRow
    id: str
    number: int
    distance: str


@router.get("/neighbours")
def listed(desk: At) -> Response:
    """The neighbours as a list and on a map, and the letters that went to them."""
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        everybody = neighbours.neighbours_of(work, row, removed=True)
        lines = _lines([one for one in everybody if one.removed_because is None])
        context = {
            "lines": lines,
            "removed": [one for one in everybody if one.removed_because is not None],
            "figure": _figure(desk, row, lines),
            "batches": [_batch(work, one) for one in letters.batches_of(work, row)],
            "why": why_not(row, desk.access, ActName.PUBLICISE, desk.now.on),
            "sentences": sentences(),
        }
        return desk.show(work, row, "casework/neighbours.html", context)


def _lines(listed_rows: Sequence[NeighbourRow]) -> list[_Line]:
    lines, number = [], 0
    for one in listed_rows:
        number += one.point is not None
        far = "" if one.distance_m is None else words.metres(one.distance_m)
        lines.append(_Line(one, f"neighbour-{one.id}", number if one.point is not None else 0, far))
    return lines


def _figure(desk: Desk, row: CaseRow, lines: Sequence[_Line]) -> Figure | None:
    if row.site is None:
        return None
    items = [
        Item(one.id, one.number, one.row.address, NEIGHBOUR, to_shape(one.row.point))
        for one in lines
        if one.row.point is not None
    ]
    return figure(items, desk.base, site=to_shape(row.site), title=f"Neighbours of {row.reference}")


def _batch(work: Work, sent: LetterBatchRow) -> Mapping[str, Any]:
    return {
        "number": sent.number,
        "letters": len(letters.letters_of(work, sent)),
        "posted": in_words(sent.posted_on),
        "ends": in_words(sent.ends_on),
        "reason": sent.reason,
    }


def _notice_fields(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (
        Field("means", "Which notice", Kind.RADIOS, ask="Select which notice", options=_MEANS),
        Field("quantity", "How many", Kind.WHOLE, ask="Say how many, from 1 to 100", least=1, most=100),
        Field("instructions", "Where to put it up, or in which newspaper", Kind.TEXT, longest=2000),
    )


def _require(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    means, quantity = Means(values["means"]), values["quantity"]
    publicity.require_notice(work, row, means, desk.now, quantity=quantity, instructions=values["instructions"])


def _confirming(_desk: Desk, work: Work, row: CaseRow) -> Sequence[Field]:
    papers = tuple((str(one.id), one.title) for one in documents.of_case(work, row) if one.archived_at is None)
    given = Field("given_on", "Given on", Kind.DAY, ask="-", hint="The day on which it was first up, or was published")
    place = Field("place", "Where it is up", hint=_PLACE)
    paper = Field("document", "The photograph or cutting", Kind.SELECT, options=papers)
    return (given, place, paper) if papers else (given, place)


_PLACE: Final = (
    "A grid reference such as SP 41830 44720, an easting and a northing, or an address. It is then on the case's map. "
    "Leave it empty for a press notice."
)


def _given_now(desk: Desk, work: Work, row: CaseRow) -> Values:
    notice = one_of(publicity.notices_of(work, row), desk.item, "notice")
    at = None if notice.point is None else to_shape(notice.point)
    place = "" if at is None else f"{at.x:.0f}, {at.y:.0f}"
    return {"given_on": notice.given_on, "document": notice.document_id, "place": place}


def _confirm(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    paper = int(values["document"]) if values.get("document") else None
    place = _place(desk, values["place"]) if values["place"] else None
    publicity.confirm_notice(work, row, desk.item, values["given_on"], desk.now, document_id=paper, place=place)


def _place(desk: Desk, text: str) -> Point:
    """The place that is meant. Raises InputRefused where none or several fit."""
    found = find_place(text, desk.request.app.state.places)
    if len(found) > 1:
        raise InputRefused("Several places fit. Give a grid reference, or more of the address.", code="place")
    return found[0].at


def _about_notice(desk: Desk, work: Work, row: CaseRow) -> About:
    notice = one_of(publicity.notices_of(work, row), desk.item, "notice")
    facts = (("Notice", Means(notice.means).in_words.capitalize()), ("Where", notice.instructions))
    return About(facts=tuple(one for one in facts if one[1]))


_RULES: Final = (("shared_boundary", "Their land shares a boundary with the site"), ("distance", "Within a distance"))


def _choosing(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (
        Field("rule", "Which addresses", Kind.RADIOS, ask="Select which addresses", options=_RULES),
        Field("distance", "Distance in metres, where you choose by distance", Kind.WHOLE, least=1, most=500),
    )


def _choose(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    distance = values["distance"]
    if values["rule"] == "distance" and distance is None:
        raise InputRefused("Enter the distance in metres, from 1 to 500.", code="distance")
    by = float(distance) if values["rule"] == "distance" and distance is not None else None
    neighbours.choose(work, row, desk.addresses(work), desk.now, distance_m=by)


def _by_hand(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (
        Field("address", "Address", ask="Enter the address", hint="On one line, with commas", longest=400),
        Field("reason", "Why it is added"),
    )


def _removing(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (Field("reason", "Why it is taken off the list", Kind.TEXT, ask="Give the reason", longest=2000),)


def _about_neighbour(desk: Desk, work: Work, row: CaseRow) -> About:
    one = one_of(neighbours.neighbours_of(work, row), desk.item, "neighbour")
    return About(facts=(("Address", one.address), ("Chosen", one.rule)))


def _writing(_desk: Desk, work: Work, row: CaseRow) -> Sequence[Field]:
    again = Field("reason", "Why they are told again", Kind.TEXT, longest=2000, hint=_AGAIN, rows=3)
    hint = "Place names in double brackets are filled in. Known are " + ", ".join(sorted(templates.LETTER_PLACEHOLDERS))
    return (
        Field("days", "Days to comment", Kind.WHOLE, ask="Give 1 to 99 days", least=1, most=99),
        Field("template", "The letter", Kind.TEXT, ask="Write the letter", longest=10_000, rows=14, hint=f"{hint}."),
        *((again,) if letters.batches_of(work, row) else ()),
    )


_AGAIN: Final = "With a reason all on the list are written to; without one only those who have had no letter yet."


def _letter_now(_desk: Desk, work: Work, _row: CaseRow) -> Values:
    return {"days": RESPONSE_DAYS, "template": settings_of(work).template("neighbour_letter")}


def _about_letters(desk: Desk, work: Work, row: CaseRow) -> About:
    """To how many it goes, and by when comments would be due."""
    count = len(neighbours.neighbours_of(work, row))
    closing = _closing(desk.now.on, row, RESPONSE_DAYS)
    return About((f"{count} on the list. Posted today, comments are due by {closing}.",))


def _closing(on: date, row: CaseRow, days: int) -> str:
    return in_words(letters.service_of(row, on, days)[1].last_day)


def _letter(desk: Desk, work: Work, row: CaseRow, values: Values) -> dict[str, str]:
    """The letter as it would go out today, to the first on the list."""
    filled = letters.case_values(work, row, _closing(desk.now.on, row, values["days"]))
    link = f"{desk.request.app.state.address}/applications/{row.reference}"
    text = letters.text_of(values["template"], {**filled, "link": link}, values.get("reason", ""))
    listed_rows = neighbours.neighbours_of(work, row)
    to = f"The Occupier\n{listed_rows[0].address}\n\n" if listed_rows else ""
    return {"letter": f"{to}{text}"}


def _send(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    letters.send_letters(
        work,
        row,
        desk.now,
        template=values["template"],
        response_days=values["days"],
        reason=values.get("reason", ""),
    )


add_tasks(
    router,
    Task(
        "publicity/notices/add",
        "Ask for a notice",
        "Ask for it",
        "The notice has been asked for.",
        _require,
        back="publicity",
        fields=_notice_fields,
        filled=lambda _d, _w, _r: {"quantity": 1},
    ),
    Task(
        "publicity/notices/{item:int}",
        "Say when a notice was given",
        "Save",
        "The notice has been confirmed.",
        _confirm,
        back="publicity",
        fields=_confirming,
        filled=_given_now,
        about=_about_notice,
    ),
    Task(
        "publicity/refresh",
        "Work out again what publicity is due",
        "Work it out",
        "What is due has been worked out again.",
        lambda _d, w, row, _v: publicity.refresh(w, row),
        back="publicity",
    ),
    Task(
        "neighbours/choose",
        "Choose neighbours",
        "Choose",
        "Neighbours have been put on the list.",
        _choose,
        back="neighbours",
        fields=_choosing,
        filled=lambda _d, _w, _r: {"rule": "shared_boundary"},
    ),
    Task(
        "neighbours/add",
        "Add an address by hand",
        "Add the address",
        "The address has been added.",
        lambda d, w, row, v: neighbours.add_by_hand(w, row, v["address"], v["reason"], d.now),
        back="neighbours",
        fields=_by_hand,
    ),
    Task(
        "neighbours/{item:int}/remove",
        "Take an address off the list",
        "Take it off",
        "The address is not on the list any more.",
        lambda d, w, row, v: neighbours.remove(w, row, d.item, v["reason"], d.now),
        back="neighbours",
        fields=_removing,
        about=_about_neighbour,
    ),
    Task(
        "neighbours/letters",
        "Write to neighbours",
        "Send the letters",
        "The letters are on their way.",
        _send,
        back="neighbours",
        fields=_writing,
        filled=_letter_now,
        about=_about_letters,
        template="casework/letters.html",
        preview=_letter,
    ),
)
