"""Consultees as pages: whom the case calls for, whom the council asks, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from api.cases.tables import CaseRow
from api.casework.desk import PREFIX, At, Desk
from api.casework.fields import Field, Kind, Values
from api.casework.stages import why_not
from api.casework.tasks import About, Task, add_tasks, sentences
from api.consultations import consultees, store
from api.consultations.consultees import RESPONSE_DAYS, VERDICTS, Proposal
from api.consultations.tables import ConsultationRow, ConsulteeRow, ResponseRow
from api.core.db import Work
from api.councils import templates
from api.councils.service import settings_of
from bopsgis.errors import InputRefused, NotFound
from bopsgis.planning.lifecycle import ActName

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_VERDICTS: Final = tuple(VERDICTS.items())


@dataclass(frozen=True, slots=True)
class _Listed:
    """A consultee with all that was asked and said."""

    row: ConsulteeRow
    asked: Sequence[ConsultationRow]
    responses: Sequence[ResponseRow]


@router.get("/consultees")
def listed(desk: At) -> Response:
    """The consultees of the case, and whom its type and constraints call for."""
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        said = store.responses(work, row)
        context = {
            "consultees": [
                _Listed(one, store.consultations(work, one), [each for each in said if each.consultee_id == one.id])
                for one in store.consultees(work, row)
            ],
            "proposals": list(enumerate(consultees.proposals(work, row), 1)),
            "verdicts": VERDICTS,
            "why": why_not(row, desk.access, ActName.CONSULT, desk.now.on),
            "sentences": sentences(),
        }
        return desk.show(work, row, "casework/consultees.html", context)


def _proposal(desk: Desk, work: Work, row: CaseRow) -> Proposal | None:
    """The proposal in the address, None for number 0: a body that nothing calls for. Raises NotFound."""
    proposed = consultees.proposals(work, row)
    if desk.item > len(proposed):
        raise NotFound("Nobody is proposed with this number.", code="proposal")
    return proposed[desk.item - 1] if desk.item else None


def _adding(desk: Desk, work: Work, row: CaseRow) -> Sequence[Field]:
    one = _proposal(desk, work, row)
    fitting = [contact for contact in store.contacts(work) if contact.active] if one is None else one.contacts
    contacts = tuple((str(each.id), f"{each.organisation}, {each.email}") for each in fitting)
    book = Field("contact", "From the address book", Kind.SELECT, options=contacts)
    return (
        *((book,) if contacts else ()),
        Field("organisation", "Or the organisation" if contacts else "Organisation"),
        Field("name", "Name of the person"),
        Field("email", "Email address", hint="They are asked by mail", longest=254),
        Field("reasons", "Why they are consulted", Kind.TEXT, longest=2000),
    )


def _proposed_now(desk: Desk, work: Work, row: CaseRow) -> Values:
    one = _proposal(desk, work, row)
    if one is None:
        return {}
    if one.contacts:
        return {"contact": str(one.contacts[0].id), "reasons": "\n".join(one.consultee.reasons)}
    return {"organisation": one.consultee.who, "reasons": "\n".join(one.consultee.reasons)}


def _add(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    contact, email = values.get("contact", ""), values["email"]
    if email and ("@" not in email.strip("@") or any(character.isspace() for character in email)):
        raise InputRefused("Enter an email address in the right form, such as name@example.org.", code="email")
    consultees.add_consultee(
        work,
        row,
        desk.now,
        contact_id=int(contact) if contact else None,
        organisation=values["organisation"],
        email=email,
        name=values["name"],
        reasons=values["reasons"].splitlines(),
    )


def _asking(desk: Desk, work: Work, row: CaseRow) -> Sequence[Field]:
    before = store.consultations(work, store.consultee(work, row, desk.item))
    known = ", ".join(sorted(templates.CONSULTEE_PLACEHOLDERS))
    again = Field("reason", "Why they are asked again", Kind.TEXT, ask="Say why they are asked again", longest=2000)
    return (
        Field("days", "Days to answer", Kind.WHOLE, ask="Give 1 to 99 days", least=1, most=99),
        Field(
            "template",
            "The mail",
            Kind.TEXT,
            ask="Write the mail",
            longest=10_000,
            rows=12,
            hint=f"Names in double brackets are filled in: {known}.",
        ),
        *((again,) if before else ()),
    )


def _mail_now(_desk: Desk, work: Work, _row: CaseRow) -> Values:
    return {"days": RESPONSE_DAYS, "template": settings_of(work).template("consultee_request")}


def _ask(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    consultees.consult(
        work,
        row,
        desk.item,
        desk.now,
        template=values["template"],
        response_days=values["days"],
        reason=values.get("reason", ""),
    )


def _about(desk: Desk, work: Work, row: CaseRow) -> About:
    one = store.consultee(work, row, desk.item)
    return About(facts=(("Consultee", one.organisation), ("Email address", one.email)))


def _answering(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (
        Field("verdict", "What they say", Kind.RADIOS, ask="Select what they say", options=_VERDICTS),
        Field("text", "Their answer", Kind.TEXT, longest=20_000, rows=8),
        Field("received_on", "Received on", Kind.DAY, ask="-"),
    )


def _record(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    consultees.record_response(work, row, desk.item, values["verdict"], values["text"], values["received_on"], desk.now)


def _publishing(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    hint = "Take out what is personal. Leave it empty to take the answer off the register."
    return (Field("text", "What the register shows", Kind.TEXT, rows=8, hint=hint),)


def _published_now(desk: Desk, work: Work, row: CaseRow) -> Values:
    one = store.response(work, row, desk.item)
    return {"text": one.redacted_text or one.text}


def _publish(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    consultees.publish_response(work, row, desk.item, values["text"] or None, desk.now)


def _about_response(desk: Desk, work: Work, row: CaseRow) -> About:
    one = store.response(work, row, desk.item)
    return About(facts=(("As it was received", one.text or "No text"),))


add_tasks(
    router,
    Task(
        "consultees/proposed/{item:int}",
        "Put a consultee on the list",
        "Put it on the list",
        "The consultee is on the list.",
        _add,
        back="consultees",
        fields=_adding,
        filled=_proposed_now,
    ),
    Task(
        "consultees/{item:int}/ask",
        "Ask a consultee",
        "Ask",
        "The consultee has been asked.",
        _ask,
        back="consultees",
        fields=_asking,
        filled=_mail_now,
        about=_about,
    ),
    Task(
        "consultees/{item:int}/answer",
        "Write down an answer",
        "Keep the answer",
        "The answer has been kept.",
        _record,
        back="consultees",
        fields=_answering,
        about=_about,
    ),
    Task(
        "consultees/answers/{item:int}/publish",
        "Publish an answer",
        "Save",
        "It has been kept what the register shows of the answer.",
        _publish,
        back="consultees",
        fields=_publishing,
        filled=_published_now,
        about=_about_response,
    ),
)
