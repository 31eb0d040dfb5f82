"""Requests to the applicant in a sample case, and the applicant's answers through their links."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from api.cases import service as cases
from api.cases.acting import Moment
from api.core.access import Access, visible_to
from api.core.db import Work
from api.core.outbox import MessageRow
from api.requests import service as requests
from api.requests import store
from api.requests.tables import RequestRow
from api.sample.script import RequestScript
from api.sample.stage import CaseOnStage
from bopsgis.planning.case import Role

__all__ = ["ask", "ask_for_time", "give_answers"]

_AFTER_VALID = frozenset({"time_extension"})
_ASKED_AFTER, _ANSWERED_AFTER = 3, 12


def ask(case: CaseOnStage) -> Iterator[datetime]:
    """Ask for what the application lacks, and mark it invalid."""
    wanted = _before_valid(case)
    if not wanted:
        return
    moment = case.watch.to(case.after(_ASKED_AFTER))
    yield moment.at
    work = case.stage.acting(Role.ASSESSOR)
    for one in wanted:
        requests.ask_for(work, case.row, one.kind, one.reason, one.details, moment)
    requests.invalidate(work, case.row, moment)


def give_answers(case: CaseOnStage) -> Generator[datetime, None, date | None]:
    """The applicant sends what was asked for; the day on which the last of it came, None where nothing was asked."""
    wanted = _before_valid(case)
    if not wanted:
        return None
    moment = case.watch.to(case.after(_ANSWERED_AFTER))
    yield moment.at
    for request, one in zip(store.of_case(case.stage.work, case.row), wanted, strict=True):
        _answer(case, request, one, moment)
    requests_over = case.watch.to(moment.on)
    yield requests_over.at
    cases.resubmit(case.stage.acting(Role.ASSESSOR), case.row, requests_over)
    return moment.on


def ask_for_time(case: CaseOnStage, day: date) -> Iterator[datetime]:
    """Ask for what is asked of a valid case only; a date in the details may be written as days from today."""
    for one in case.script.requests:
        if one.kind not in _AFTER_VALID:
            continue
        moment = case.watch.to(day)
        yield moment.at
        until = case.stage.today + timedelta(days=int(one.details["until"]))
        details = {"until": until.isoformat()}
        requests.ask_for(case.stage.acting(Role.ASSESSOR), case.row, one.kind, one.reason, details, moment)


def _before_valid(case: CaseOnStage) -> list[RequestScript]:
    return [one for one in case.script.requests if one.kind not in _AFTER_VALID]


def _answer(case: CaseOnStage, request: RequestRow, one: RequestScript, moment: Moment) -> None:
    """Through the link that was mailed, as the applicant would; a document that was asked for comes with it."""
    council = case.row.council_id
    applicant = Access(council_id=council, actor="applicant", roles=frozenset({Role.APPLICANT}))
    sent = []
    if "document" in one.details:
        drawn = next(iter(case.stage.drawings.of(case.script, case.place, "", moment.on)))
        sent = [str(case.keep(replace(drawn, title=one.details["document"]), applicant, moment).id)]
    answer = requests.Answer(text=one.answer, documents=tuple(sent))
    token = _secret(case, request)
    requests.answer_by_link(Work(case.stage.work.session, applicant), token, answer, case.stage.check, moment)


def _secret(case: CaseOnStage, request: RequestRow) -> str:
    query = select(MessageRow.payload).where(
        visible_to(case.stage.work.access, MessageRow), MessageRow.case_id == case.row.id
    )
    mails: list[dict[str, Any]] = list(case.stage.work.session.scalars(query.order_by(MessageRow.id.desc())))
    return str(next(mail["secret"] for mail in mails if mail.get("request") == request.id))
