"""Asking an applicant for something, and what their answer, or their silence, does to the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from geoalchemy2.shape import to_shape
from shapely.geometry import mapping

from api.accounts.secrets import hash_of, new_token
from api.cases import service as cases
from api.cases import store as case_store
from api.cases.acting import Moment, act_on
from api.cases.completeness import take_off
from api.cases.constraints import Check, change_boundary
from api.cases.tables import CaseRow
from api.cases.words import index_words
from api.core import outbox
from api.core.db import Work
from api.requests import store
from api.requests.tables import RequestRow
from bopsgis import boundary
from bopsgis.errors import InputRefused, NotFound
from bopsgis.planning.calendar import england, in_words
from bopsgis.planning.case import CaseStatus
from bopsgis.planning.deadlines import due
from bopsgis.planning.lifecycle import ActName
from bopsgis.planning.requests import RequestKind, request_kind

__all__ = [
    "Answer",
    "accept_by_silence",
    "answer_by_link",
    "ask_for",
    "attach",
    "attached",
    "cancel",
    "invalidate",
    "read_by_link",
    "send_pending",
]

LINK_LASTS = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an applicant answers. `accepted` for questions; the rest as the kind asks for it."""

    accepted: bool | None = None
    text: str = ""
    documents: tuple[str, ...] = ()
    """Ids of documents that came with the answer."""
    certificate: Mapping[str, Any] | None = None


def ask_for(
    work: Work, row: CaseRow, kind_key: str, reason: str, details: Mapping[str, Any], moment: Moment
) -> RequestRow:
    """Ask the applicant for something.

    On a case that is not valid yet the request waits until the application is marked invalid, so that all
    go out together; afterwards it goes out at once. Raises InputRefused where the kind does not fit.
    """
    kind = request_kind(kind_key)
    _check(work, row, kind, details)
    told = {"kind": kind.key, "reason": reason}
    act_on(work, row, ActName.ASK_FOR, moment, {"reason": reason}, detail=told)
    request = RequestRow(
        council_id=row.council_id,
        case_id=row.id,
        kind=kind.key,
        state="pending",
        reason=reason,
        details=dict(details),
        before=_as_it_is(row, kind),
        after_valid=row.valid_on is not None,
        asked_by=work.access.actor,
        asked_at=moment.at,
    )
    work.session.add(request)
    work.session.flush()
    if row.status != CaseStatus.RECEIVED.value:
        _send(work, row, request, moment)
    _recount(work, row)
    return request


def _check(work: Work, row: CaseRow, kind: RequestKind, details: Mapping[str, Any]) -> None:
    lacking = [name for name in kind.needs if not details.get(name)]
    if lacking or set(details) - set(kind.needs):
        wanted = ", ".join(kind.needs) or "nothing"
        raise InputRefused(f"“{kind.name}” has to come with: {wanted}.", code="request_details")
    if kind.before_valid_only and row.valid_on is not None:
        raise InputRefused(f"“{kind.name}” can be asked only before the case is valid.", code="request_too_late")
    open_kinds = {one.kind for one in store.of_case(work, row) if one.state in {"pending", "open"}}
    if kind.one_open and kind.key in open_kinds:
        raise InputRefused(f"“{kind.name}” is asked already.", code="request_open", hint="Cancel that one first.")
    if kind.key == "boundary_change":
        boundary.from_geojson(details["site"], crs=27700)
    if kind.key == "time_extension":
        _later_date(row, details["until"])


def _later_date(row: CaseRow, text: str) -> date:
    try:
        until = date.fromisoformat(text)
    except ValueError:
        raise InputRefused("Give the date as 2026-03-27.", code="date") from None
    if row.determination_deadline is not None and until <= row.determination_deadline:
        raise InputRefused(f"Give a date after {in_words(row.determination_deadline)}.", code="extension_not_later")
    return until


def _as_it_is(row: CaseRow, kind: RequestKind) -> dict[str, Any]:
    if kind.key == "description_change":
        return {"proposal": row.proposal}
    if kind.key == "boundary_change":
        return {"site": None if row.site is None else mapping(to_shape(row.site))}
    if kind.key == "time_extension":
        return {"until": None if row.determination_deadline is None else row.determination_deadline.isoformat()}
    return {}


def _recount(work: Work, row: CaseRow) -> None:
    row.open_requests = store.count_holding_up(work, row)
    work.session.flush()


def send_pending(work: Work, row: CaseRow, moment: Moment) -> int:
    """Send all requests that wait, as the application is marked invalid; how many there were."""
    waiting = store.pending(work, row)
    for request in waiting:
        _send(work, row, request, moment)
    return len(waiting)


def invalidate(work: Work, row: CaseRow, moment: Moment) -> CaseRow:
    """Mark the application invalid, and send the applicant everything that was prepared to be asked."""
    act_on(work, row, ActName.INVALIDATE, moment)
    send_pending(work, row, moment)
    return row


def _send(work: Work, row: CaseRow, request: RequestRow, moment: Moment) -> None:
    token = new_token()
    request.state, request.sent_at = "open", moment.at
    request.token_hash, request.token_expires_at = hash_of(token), moment.at + LINK_LASTS
    request.due_on = due(request_kind(request.kind).due, moment.on, england()).last_day
    people = case_store.parties(work, row)
    to = [one.email for one in (people.get("agent"), people.get("applicant")) if one is not None and one.email][:1]
    payload = {
        "template": "applicant_request",
        "to": to,
        "reference": row.reference,
        "request": request.id,
        "kind": request_kind(request.kind).name,
        "reason": request.reason,
        "due_on": request.due_on.isoformat(),
        "secret": token,
    }
    outbox.add(work, outbox.Channel.MAIL, payload, moment.at, case_id=row.id)
    work.session.flush()


def cancel(work: Work, row: CaseRow, request: RequestRow, reason: str, moment: Moment) -> None:
    """Take a request back; its link stops working."""
    if request.state not in {"pending", "open"}:
        raise InputRefused("This request is closed already.", code="request_closed")
    was_sent = request.state == "open"
    told = {"request": request.id, "kind": request.kind, "cancelled": reason}
    act_on(work, row, ActName.ASK_FOR, moment, {"reason": reason}, detail=told)
    _close(request, "cancelled", reason, moment)
    if was_sent:
        payload = {"template": "applicant_request_cancelled", "reference": row.reference, "request": request.id}
        outbox.add(work, outbox.Channel.MAIL, payload, moment.at, case_id=row.id)
    _recount(work, row)


def _close(request: RequestRow, state: str, because: str, moment: Moment) -> None:
    request.state, request.closed_at, request.closed_because = state, moment.at, because
    request.token_hash = None


def read_by_link(work: Work, token: str, moment: Moment) -> tuple[RequestRow, CaseRow]:
    """The request that a secret link opens, and its case. Raises NotFound where it opens none any more."""
    request, row = store.by_token(work, token)
    if request.state != "open" or request.token_expires_at is None or request.token_expires_at <= moment.at:
        raise NotFound("This link is not valid any more.", code="link", hint="Ask the council for a new one.")
    return request, row


def answer_by_link(work: Work, token: str, answer: Answer, check: Check, moment: Moment) -> RequestRow:
    """Take the applicant's answer and do what it means for the case. The link works once."""
    request, row = read_by_link(work, token, moment)
    row = case_store.lock(work, row.reference)
    _check_answer(request_kind(request.kind), answer)
    _take(work, row, request, answer, check, moment)
    return request


def attach(work: Work, request: RequestRow, document_id: int) -> None:
    """Note that a document of the case belongs to the answer that is being put together. It is sent later."""
    request.answer = {"documents": [*attached(request), str(document_id)]}
    work.session.flush()


def attached(request: RequestRow) -> tuple[str, ...]:
    """Ids of the documents that the applicant has put to the answer so far."""
    return tuple((request.answer or {}).get("documents", ()))


def accept_by_silence(work: Work, request_id: int, check: Check, moment: Moment) -> RequestRow | None:
    """Accept a request on which silence means yes and whose due day has passed.

    None where somebody else was quicker: it is answered, cancelled or accepted already.
    """
    found = [one for one in store.deemed_due(work, moment.on) if one.id == request_id]
    if not found:
        return None
    row = case_store.lock_by_id(work, found[0].case_id)
    # Asked again behind the case's lock: all that is done to a request is done behind it.
    work.session.refresh(found[0])
    if found[0].state != "open":
        return None
    found[0].deemed = True
    _take(work, row, found[0], Answer(accepted=True), check, moment)
    return found[0]


def _check_answer(kind: RequestKind, answer: Answer) -> None:
    given = {
        "accepted": answer.accepted is not None,
        "text": bool(answer.text.strip()),
        "documents": bool(answer.documents),
        "certificate": bool(answer.certificate),
    }
    lacking = [name for name in kind.answers if not given[name]]
    if lacking:
        raise InputRefused(f"The answer has to say: {', '.join(lacking)}.", code="answer_incomplete")
    if answer.accepted is False and not answer.text.strip():
        raise InputRefused("Say why you do not agree.", code="answer_without_reason")


def _take(work: Work, row: CaseRow, request: RequestRow, answer: Answer, check: Check, moment: Moment) -> None:
    told = {"request": request.id, "kind": request.kind, "accepted": answer.accepted, "deemed": request.deemed}
    act_on(work, row, ActName.ANSWER_REQUEST, moment, detail=told)
    request.accepted = answer.accepted
    request.answer = {
        "text": answer.text,
        "documents": list(answer.documents),
        "certificate": None if answer.certificate is None else dict(answer.certificate),
    }
    _close(request, "answered", "no answer by the due day" if request.deemed else "answered", moment)
    if answer.certificate:
        take_off(work, row, moment, checks=("certificate",))
    if answer.accepted:
        _carry_out(work, row, request, check, moment)
    _recount(work, row)


def _carry_out(work: Work, row: CaseRow, request: RequestRow, check: Check, moment: Moment) -> None:
    details = request.details
    if request.kind == "description_change":
        row.proposal = details["proposal"]
        take_off(work, row, moment, checks=("description",))
        index_words(work, row)
    elif request.kind == "boundary_change":
        site = boundary.from_geojson(details["site"], crs=27700)
        change_boundary(work, row, site, f"agreed: {request.reason}", check, moment)
    elif request.kind == "time_extension":
        cases.agreed_extension(work, row, date.fromisoformat(details["until"]), moment)
