"""The first half of a sample case: receipt, validation, publicity, consultation and what people say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from api.cases import constraints
from api.cases import service as cases
from api.cases.acting import Moment
from api.cases.receive import NewCase, NewFee, Person, receive
from api.consultations import consultees, letters, neighbours, publicity, representations
from api.consultations import store as consultation_store
from api.consultations.tables import ConsulteeRow
from api.core.access import Access
from api.core.db import Work
from api.documents import service as documents
from api.documents import store as document_store
from api.sample.requesting import ask, give_answers
from api.sample.script import CommentScript
from api.sample.stage import CaseOnStage, street_of
from bopsgis.planning.application_types import application_type
from bopsgis.planning.case import CaseStatus, Role
from bopsgis.planning.fees import pence_of
from bopsgis.planning.publicity import Means

__all__ = ["open_case"]

_NUMBERS = (
    *("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"),
    *("Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen"),
)
_TENS = {2: "Twenty", 3: "Thirty"}
_FURTHER_M = (60.0, 150.0, 400.0)
"""How far neighbours are looked for where the land touches next to nobody's."""
_BY_PUBLIC_NOTICE = frozenset({"planning_permission", "listed_building", "prior_approval", "permission_in_principle"})
_FEWEST = 2
_NEIGHBOURS_TOLD = 25
_OVER = frozenset({CaseStatus.RETURNED, CaseStatus.INVALID, CaseStatus.RECEIVED})


def open_case(case: CaseOnStage) -> Iterator[datetime]:
    """Each step says first when it happens, and happens when it is its turn among all cases."""
    yield from _receive(case)
    if case.script.stage is CaseStatus.RECEIVED:
        return
    yield from _assign(case)
    yield from ask(case)
    if case.script.stage in _OVER:
        yield from _return(case)
        return
    yield from _validate(case)
    if case.script.stage is not CaseStatus.VALID:
        yield from _publicise(case)
        yield from _consult(case)
        yield from _hear(case)


def _receive(case: CaseOnStage) -> Iterator[datetime]:
    moment = case.watch.to(case.received)
    yield moment.at
    script, place, stage = case.script, case.place, case.stage
    people = {"applicant": _person("Applicant", case.number)}
    if script.agent:
        people["agent"] = _person("Agent", case.number)
    new = NewCase(
        application_type=script.type,
        received_on=moment.on,
        proposal=script.proposal,
        address=place.address,
        postcode=place.postcode,
        uprns=place.uprns,
        ward=place.ward,
        site=place.site,
        people=people,
        fee=_fee(case),
    )
    work = stage.acting(Role.ASSESSOR)
    case.row = receive(work, new, moment)
    constraints.screen_case(work, case.row, stage.check, moment)
    for drawn in stage.drawings.of(script, place, people["applicant"].name, moment.on):
        row = case.keep(drawn, work.access, moment)
        documents.change(work, row, documents.Changes(in_decision_notice=True), moment)


def _fee(case: CaseOnStage) -> NewFee:
    """Paid as it was sent, but where the applicant is asked for the rest."""
    pounds = case.stage.script.fees.get(case.script.type)
    if pounds is None:
        return NewFee(0, "No fee is due for this type of application.")
    short = any(one.kind == "fee_change" for one in case.script.requests)
    paid = pence_of(pounds // 2 if short else pounds)
    return NewFee(pence_of(pounds), "", paid, f"SAMPLE-{case.number:04d}")


def _person(kind: str, number: int) -> Person:
    words = _in_letters(number)
    mail = f"{kind.lower()}-{words.lower().replace(' ', '-')}@applicants.example"
    company = f"Sample Agency {words}" if kind == "Agent" else ""
    return Person(f"{kind} {words}", company=company, email=mail, address=f"{number} Sample Lane, Thistleford")


def _in_letters(number: int) -> str:
    if number < 20:
        return _NUMBERS[number - 1]
    tens, ones = divmod(number, 10)
    return _TENS[tens] if ones == 0 else f"{_TENS[tens]}-{_NUMBERS[ones - 1].lower()}"


def _assign(case: CaseOnStage) -> Iterator[datetime]:
    moment = case.watch.to(case.after(1))
    yield moment.at
    officer = case.stage.officers[Role.ASSESSOR]
    cases.assign(case.stage.acting(Role.ADMINISTRATOR), case.row, officer, moment)


def _return(case: CaseOnStage) -> Iterator[datetime]:
    if case.script.stage is CaseStatus.RETURNED:
        moment = case.watch.to(case.after(35))
        yield moment.at
        cases.return_application(case.stage.acting(Role.ASSESSOR), case.row, case.script.ended_because, moment)


def _validate(case: CaseOnStage) -> Iterator[datetime]:
    answered = yield from give_answers(case)
    moment = case.watch.to(case.after(case.script.valid_after))
    yield moment.at
    work, row = case.stage.acting(Role.ASSESSOR), case.row
    cases.validate(work, row, answered or row.received_on, moment)
    publicity.refresh(work, row)
    for one in case.script.overrides:
        constraints.override(work, row, one.dataset, "", one.verdict, one.reason, moment)
    if case.script.note:
        cases.note(work, row, case.script.note, moment)
    _publish_documents(case, work, moment)


def _publish_documents(case: CaseOnStage, work: Work, moment: Moment) -> None:
    if case.row.published_at is None:
        return
    for row in document_store.of_case(work, case.row):
        documents.publish(work, case.row, row, moment, case.stage.filing.settings)


def _publicise(case: CaseOnStage) -> Iterator[datetime]:
    if application_type(case.row.application_type).family not in _BY_PUBLIC_NOTICE:
        return
    moment = case.watch.to(case.after(case.script.valid_after + 1))
    yield moment.at
    work, row = case.stage.acting(Role.ASSESSOR), case.row
    neighbours.choose(work, row, case.stage.addresses, moment)
    for distance_m in _FURTHER_M:
        if len(neighbours.neighbours_of(work, row)) < _FEWEST:
            neighbours.choose(work, row, case.stage.addresses, moment, distance_m=distance_m)
    nearest = [one.id for one in neighbours.neighbours_of(work, row)][:_NEIGHBOURS_TOLD]
    if nearest:
        letters.send_letters(work, row, moment, only=nearest)
    wanted = [means for means in publicity.BY_NOTICE if _is_due(means, publicity.refresh(work, row).due)]
    wanted.sort()
    notices = [publicity.require_notice(work, row, means, moment) for means in wanted]
    if not notices:
        return
    moment = case.watch.to(case.after(case.script.valid_after + 4))
    yield moment.at
    for notice in notices:
        publicity.confirm_notice(work, row, notice.id, moment.on, moment)


def _is_due(means: Means, due: tuple[str, ...]) -> bool:
    """Where one of several is enough, the first of them is given."""
    return any(words.split(" or ")[0] == means.in_words for words in due)


def _consult(case: CaseOnStage) -> Iterator[datetime]:
    moment = case.watch.to(case.after(case.script.valid_after + 2))
    yield moment.at
    work, row = case.stage.acting(Role.ASSESSOR), case.row
    book = {one.organisation: one for one in consultation_store.contacts(work)}
    proposed = [one for one in consultees.proposals(work, row) if one.contacts]
    wanted = {one.contacts[0].organisation: one.consultee.reasons for one in proposed}
    for organisation in case.script.consultees:
        wanted.setdefault(organisation, ("The case officer asked for its view.",))
    asked = []
    for organisation, reasons in wanted.items():
        contact = book[organisation]
        added = consultees.add_consultee(
            work, row, moment, contact_id=contact.id, organisation=organisation, email="", reasons=reasons
        )
        consultees.consult(work, row, added.id, moment)
        asked.append(added)
    yield from _answers(case, asked)


def _answers(case: CaseOnStage, asked: list[ConsulteeRow]) -> Iterator[datetime]:
    said = {one.organisation: (one.verdict, one.text) for one in case.script.objections}
    for index, one in enumerate(asked):
        due = case.after(case.script.valid_after + 9 + 2 * index)
        if one.organisation not in said and case.script.answers == "none":
            continue
        if not case.watch.reaches(due):
            return
        moment = case.watch.to(due)
        yield moment.at
        usual = next(entry for entry in case.stage.script.contacts if entry.organisation == one.organisation)
        verdict, text = said.get(one.organisation, ("no_objection", usual.no_objection))
        work, row = case.stage.acting(Role.ASSESSOR), case.row
        response = consultees.record_response(work, row, one.id, verdict, text, moment.on, moment)
        consultees.publish_response(work, row, response.id, text, moment)


def _hear(case: CaseOnStage) -> Iterator[datetime]:
    """People write in over the weeks; the officer redacts and publishes all but the last, which is still to do."""
    writers = neighbours.neighbours_of(case.stage.work, case.row)
    last = case.after(case.script.valid_after + 6)
    for index, key in enumerate(case.script.comments):
        last = case.after(case.script.valid_after + 7 + 3 * index)
        if not case.watch.reaches(last):
            return
        moment = case.watch.to(last)
        yield moment.at
        comment = case.stage.script.comments[key]
        where = writers[index % len(writers)].address if writers else f"{index + 1} Sample Lane, Thistleford"
        new = _representation(comment, where, index)
        reader = Access.public(case.row.council_id)
        kept = representations.record(Work(case.stage.work.session, reader), case.row, new, moment.on, moment)
        if index < max(len(case.script.comments) - 1, 1):
            work = case.stage.acting(Role.ASSESSOR)
            representations.moderate(
                work, case.row, kept.number, comment.redacted, street_of(where), moment, publish=True
            )


def _representation(comment: CommentScript, where: str, index: int) -> representations.NewRepresentation:
    name, number = f"Neighbour {_in_letters(index + 1)}", f"01632 96{index:04d}"
    mail = f"neighbour-{_in_letters(index + 1).lower()}@neighbours.example"
    text = comment.text.replace("((name))", name).replace("((phone))", number).replace("((email))", mail)
    return representations.NewRepresentation(comment.sentiment, comment.topics, text.strip(), name, where, mail)
