"""Consultees of a case: proposed from type and constraints, asked by mail, answering by link or by an officer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from api.accounts.secrets import hash_of, new_token
from api.cases import store as cases
from api.cases.acting import Moment, act_on
from api.cases.constraints import constraints_of
from api.cases.tables import CaseRow
from api.consultations import store
from api.consultations.acts import may_prepare, past_day
from api.consultations.letters import case_values
from api.consultations.periods import end_of, keep_period
from api.consultations.publicity import application_of
from api.consultations.tables import ConsultationRow, ConsulteeRow, ContactRow, ResponseRow
from api.core import audit, outbox
from api.core.db import Work
from api.councils import templates
from api.councils.service import own_consultees, settings_of
from bopsgis.errors import InputRefused
from bopsgis.planning.calendar import in_words
from bopsgis.planning.consultees import ProposedConsultee, propose_consultees
from bopsgis.planning.lifecycle import ActName
from bopsgis.planning.redaction import PUBLIC_CASE, public_view
from constraints.catalogue import datasets

__all__ = [
    "VERDICTS",
    "Proposal",
    "add_consultee",
    "consult",
    "proposals",
    "public_responses",
    "publish_response",
    "record_response",
]

LONDON = ZoneInfo("Europe/London")
RESPONSE_DAYS = 21
VERDICTS: Final[Mapping[str, str]] = {
    "no_objection": "No objection",
    "amendments_needed": "Amendments needed",
    "objection": "Objection",
}
"""What a consultee's answer comes to, and the words for it."""
LINK_GRACE_DAYS = 14
"""A link works for this many days after the last day for a response: late advice is better than none."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A body that might be consulted, why, and the contacts of the address book that fit."""

    consultee: ProposedConsultee
    contacts: tuple[ContactRow, ...]
    on_case: bool
    left_out: str = ""
    """Why the council's settings say not to consult it; empty where they do not."""


def proposals(work: Work, row: CaseRow) -> tuple[Proposal, ...]:
    """Whom the case's type and constraints call for. An officer decides; nothing is sent by itself.

    The council's settings add bodies, and mark those not to be consulted. Contacts fit by the name of the
    organisation, or because the address book links them to a constraint on the site; a linked contact that no
    rule names is proposed as well.
    """
    application = application_of(work, row)
    settings = settings_of(work)
    left_out = {one.who.casefold(): one.why for one in settings.not_consulted}
    proposed = propose_consultees(application, [*_from_report(work, row), *own_consultees(settings, application)])
    contacts = [contact for contact in store.contacts(work) if contact.active]
    on_case = {one.organisation.casefold() for one in store.consultees(work, row)}
    found = {slug for slug, status in application.constraints.items() if status in {"present", "adjacent", "near"}}
    answers = []
    named = set()
    for one in proposed:
        fitting = tuple(c for c in contacts if c.organisation.casefold() == one.who.casefold())
        named |= {contact.id for contact in fitting}
        name = one.who.casefold()
        answers.append(Proposal(one, fitting, name in on_case, left_out.get(name, "")))
    for contact in contacts:
        linked = sorted(found & set(contact.datasets))
        if linked and contact.id not in named:
            why = tuple(f"The address book links this contact to {_dataset(slug)}." for slug in linked)
            answer = ProposedConsultee(contact.organisation, why, (), verified=False)
            answers.append(Proposal(answer, (contact,), contact.organisation.casefold() in on_case))
    return tuple(answers)


def _dataset(slug: str) -> str:
    """The name of a dataset in a sentence; the slug of one that the catalogue does not have any more."""
    found = datasets().get(slug)
    return slug if found is None else found.name.lower()


def _from_report(work: Work, row: CaseRow) -> list[ProposedConsultee]:
    """Consultees that follow from the kept constraint report, without constraints that an officer dismissed."""
    screening = cases.latest_screening(work, row)
    if screening is None:
        return []
    dismissed = {
        one.dataset
        for one in constraints_of(work, row)
        if "" in one.dismissed or (one.designations and set(one.designations) <= set(one.dismissed))
    }
    return [
        ProposedConsultee(
            who=follows["who"],
            reasons=(f"{finding['name']}: {follows['text']}",),
            citations=(f"{follows['citation']} ({follows['edition']})",),
            verified=follows["verified"],
        )
        for finding in screening.report["findings"]
        if finding["dataset"] not in dismissed
        for follows in finding["consequences"]
        if follows["kind"] == "consultee" and follows["who"]
    ]


def add_consultee(
    work: Work,
    row: CaseRow,
    moment: Moment,
    *,
    contact_id: int | None,
    organisation: str,
    email: str,
    name: str = "",
    reasons: Sequence[str] = (),
) -> ConsulteeRow:
    """Put a body on the case's list: a contact of the address book, or one given by organisation and address."""
    may_prepare(work, row, ActName.CONSULT)
    contact = None if contact_id is None else store.contact(work, contact_id)
    if contact is not None:
        organisation, email, name = contact.organisation, contact.email, contact.name
    if not organisation.strip() or not email.strip():
        raise InputRefused("Choose a contact, or give an organisation and its e-mail address.", code="consultee")
    email = email.strip().lower()
    if any(one.organisation == organisation.strip() and one.email == email for one in store.consultees(work, row)):
        raise InputRefused("This consultee is on the list already.", code="consultee_listed")
    consultee = ConsulteeRow(
        council_id=row.council_id,
        case_id=row.id,
        contact_id=contact_id,
        organisation=organisation.strip(),
        name=name.strip(),
        email=email,
        reasons=[reason.strip() for reason in reasons if reason.strip()],
    )
    work.session.add(consultee)
    work.session.flush()
    told = {"consultee": consultee.id, "organisation": consultee.organisation}
    audit.record(work, "add_consultee", moment.at, case_id=row.id, detail=told)
    return consultee


def consult(
    work: Work,
    row: CaseRow,
    consultee_id: int,
    moment: Moment,
    *,
    template: str | None = None,
    response_days: int = RESPONSE_DAYS,
    reason: str = "",
) -> ConsultationRow:
    """Ask a consultee by mail, with a link of its own that expires. Asking again needs a reason.

    Without a `template` the council's own text is used.

    The link's secret is in the mail only; a new link ends the older ones of the same consultee.
    """
    consultee = store.consultee(work, row, consultee_id)
    before = store.consultations(work, consultee)
    if before and not reason.strip():
        raise InputRefused("Say why the consultee is asked again.", code="reason")
    if not 1 <= response_days <= 99:
        raise InputRefused("Give a period of 1 to 99 days.", code="response_days")
    template = template or settings_of(work).template("consultee_request")
    templates.check(template, templates.CONSULTEE_PLACEHOLDERS)
    end = end_of("consultee", moment.on, eia=row.eia, days=response_days, shorter=bool(before))
    told = {"consultee": consultee.id, "organisation": consultee.organisation, "ends_on": end.last_day}
    act_on(work, row, ActName.CONSULT, moment, detail={**told, "reason": reason.strip()})
    token = new_token()
    mail = _mail(work, row, consultee, template, reason.strip(), end.last_day, token)
    message = outbox.add(work, outbox.Channel.MAIL, mail, moment.at, case_id=row.id)
    for older in before:
        older.token_expires_at = min(older.token_expires_at, moment.at)
    asked = ConsultationRow(
        council_id=row.council_id,
        case_id=row.id,
        consultee_id=consultee.id,
        reason=reason.strip(),
        sent_on=moment.on,
        ends_on=end.last_day,
        token_hash=hash_of(token),
        token_expires_at=_midnight_after(end.last_day + timedelta(days=LINK_GRACE_DAYS)),
        message_key=message.key,
        sent_by=work.access.actor,
        sent_at=moment.at,
    )
    work.session.add(asked)
    work.session.flush()
    keep_period(work, row, "consultee", asked.id, moment.on, end)
    return asked


def _mail(
    work: Work, row: CaseRow, consultee: ConsulteeRow, template: str, reason: str, closing: date, token: str
) -> dict[str, Any]:
    values = {**case_values(work, row, in_words(closing)), "organisation": consultee.organisation}
    text = templates.fill(template, values)
    return {
        "template": "consultee_request",
        "to": [consultee.email],
        "reference": row.reference,
        "text": f"{reason}\n\n{text}" if reason else text,
        "secret": token,
    }


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=LONDON)


def record_response(
    work: Work, row: CaseRow, consultee_id: int, verdict: str, text: str, received_on: date, moment: Moment
) -> ResponseRow:
    """Keep what a consultee said; nothing of it is public until an officer publishes a redacted copy.

    A consultee may answer more than once; every answer is kept.
    """
    consultee = store.consultee(work, row, consultee_id)
    if not text.strip() and verdict != "no_objection":
        raise InputRefused("Say what the amendments or objections are.", code="text")
    past_day(row, received_on, moment, "The day of the response")
    told = {"consultee": consultee.id, "organisation": consultee.organisation, "verdict": verdict}
    act_on(work, row, ActName.RECORD_RESPONSE, moment, detail={**told, "received_on": received_on})
    response = ResponseRow(
        council_id=row.council_id,
        case_id=row.id,
        consultee_id=consultee.id,
        verdict=verdict,
        text=text.strip(),
        received_on=received_on,
        recorded_by=work.access.actor,
        recorded_at=moment.at,
    )
    work.session.add(response)
    work.session.flush()
    return response


def publish_response(
    work: Work, row: CaseRow, response_id: int, redacted_text: str | None, moment: Moment
) -> ResponseRow:
    """Publish a redacted copy of a response, or with None take it off the register again."""
    may_prepare(work, row, ActName.CONSULT)
    response = store.response(work, row, response_id)
    if redacted_text is not None and not redacted_text.strip():
        raise InputRefused("Give the redacted text to publish.", code="text")
    response.redacted_text = None if redacted_text is None else redacted_text.strip()
    response.published_at = None if redacted_text is None else moment.at
    work.session.flush()
    told = {"response": response.id, "published": redacted_text is not None}
    audit.record(work, "publish_response", moment.at, case_id=row.id, detail=told)
    return response


def public_responses(work: Work, row: CaseRow) -> list[dict[str, Any]]:
    """What the register shows of consultees' responses: organisation and redacted text of published ones."""
    organisations = {one.id: one.organisation for one in store.consultees(work, row)}
    record = {
        "consultees": [
            {"organisation": organisations[one.consultee_id], "published_response": one.redacted_text}
            for one in store.responses(work, row)
            if one.published_at is not None
        ]
    }
    shown: list[dict[str, Any]] = public_view(record, PUBLIC_CASE)["consultees"]
    return shown
