"""Comments as pages: the list, moderating one with what to look at marked in it, typing one in that came by post."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from api.cases.tables import CaseRow
from api.casework.desk import PREFIX, At, Desk
from api.casework.fields import Field, Kind, Values
from api.casework.tasks import About, Task, add_tasks, sentences
from api.consultations import representations, store
from api.consultations.privacy import concerns
from api.consultations.representations import SENTIMENTS, TOPICS, NewRepresentation
from api.consultations.tables import RepresentationRow
from api.core.db import Work

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_KINDS: Final = {
    "email": "an email address",
    "telephone": "a telephone number",
    "signature": "a signature",
    "special_category": "something of health, belief, origin or the like",
}
_SENTIMENTS: Final = {"support": "Supports", "neutral": "Neither", "objection": "Objects"}


@router.get("/comments")
def listed(desk: At) -> Response:
    """All comments in order of receipt, with their counts."""
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        kept = store.representations(work, row)
        context = {
            "comments": kept,
            "counts": representations.counts_of(kept),
            "sentiments": _SENTIMENTS,
            "unread": sum(one.moderated_by is None for one in kept),
            "sentences": sentences(),
        }
        return desk.show(work, row, "casework/comments.html", context)


def _moderating(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    hint = "Take out names, addresses, how to reach somebody, signatures, and what says too much of a person."
    return (
        Field("text", "What the register shows", Kind.TEXT, rows=10, hint=hint),
        Field("street", "Street of the writer, without the number"),
        Field("publish", "Publish it", Kind.TICK),
    )


def _moderated_now(desk: Desk, work: Work, row: CaseRow) -> Values:
    one = store.representation(work, row, desk.item)
    publish = one.published_at is not None
    return {"text": one.redacted_text or one.text, "street": one.street, "publish": publish}


def _moderate(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    representations.moderate(
        work, row, desk.item, values["text"], values["street"], desk.now, publish=values["publish"]
    )


def _stamp(desk: Desk, work: Work, row: CaseRow) -> str:
    one = store.representation(work, row, desk.item)
    return f"comment-{_state_of(one)}"


def _state_of(one: RepresentationRow) -> str:
    """What tells one state of a comment's moderation from another."""
    published = "" if one.published_at is None else one.published_at.isoformat()
    return f"{one.number}-{len(one.redacted_text or '')}-{one.moderated_by or ''}-{published}"


def _about(desk: Desk, work: Work, row: CaseRow) -> About:
    one = store.representation(work, row, desk.item)
    found = concerns(one.text)
    named = sorted({_KINDS[each.kind] for each in found})
    look = f"Marked in it: {', '.join(named)}. The marks help and miss much: read the whole." if named else ""
    facts = (
        ("From", f"{one.name}\n{one.address}\n{one.email}".strip()),
        ("Says", _SENTIMENTS[one.sentiment]),
        ("About", ", ".join(one.topics) or "Nothing named"),
    )
    return About(tuple(line for line in (look,) if line), facts, {"pieces": list(_pieces(one.text))})


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with what it is marked as; nothing for what is not marked."""
    at = 0
    for one in concerns(text):
        if one.start < at:
            continue
        yield text[at : one.start], ""
        yield text[one.start : one.end], _KINDS[one.kind]
        at = one.end
    yield text[at:], ""


def _typing(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    sentiments = tuple((one, _SENTIMENTS[one]) for one in SENTIMENTS)
    topics = tuple((one, one.capitalize()) for one in TOPICS)
    return (
        Field("sentiment", "What it says", Kind.RADIOS, ask="Select what it says", options=sentiments),
        Field("topics", "About", Kind.TICKS, options=topics),
        Field("text", "The comment", Kind.TEXT, ask="Type in the comment", rows=8),
        Field("name", "Name", ask="Enter the name"),
        Field("address", "Address", ask="Enter the address", longest=400),
        Field("received_on", "Received on", Kind.DAY, ask="-"),
    )


def _record(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    new = NewRepresentation(values["sentiment"], values["topics"], values["text"], values["name"], values["address"])
    representations.record(work, row, new, values["received_on"], desk.now)


add_tasks(
    router,
    Task(
        "comments/add",
        "Type in a comment that came by post",
        "Keep the comment",
        "The comment has been kept.",
        _record,
        back="comments",
        fields=_typing,
    ),
    Task(
        "comments/{item:int}",
        "Read and redact a comment",
        "Save",
        "It has been kept what the register shows of it.",
        _moderate,
        back="comments",
        fields=_moderating,
        filled=_moderated_now,
        about=_about,
        stamp=_stamp,
        template="casework/comment.html",
    ),
)
