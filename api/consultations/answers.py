"""What goes out about consultations. Models with `Public` in the name are all that the public gets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from geoalchemy2.shape import to_shape
from pydantic import BaseModel, ConfigDict

from api.cases.tables import CaseRow
from api.consultations.consultees import Proposal
from api.consultations.periods import EarliestDecision
from api.consultations.privacy import concerns
from api.consultations.publicity import PublicityState
from api.consultations.tables import (
    ConsultationRow,
    ConsulteeRow,
    LetterBatchRow,
    NeighbourRow,
    NoticeRow,
    PeriodRow,
    RepresentationRow,
    ResponseRow,
)

__all__ = [
    "BatchAnswer",
    "ChosenAnswer",
    "ConsulteeAnswer",
    "ContactAnswer",
    "CountsAnswer",
    "DutyAnswer",
    "InvitationAnswer",
    "NeighbourAnswer",
    "NoticeAnswer",
    "OwnAddressAnswer",
    "ProposalAnswer",
    "PublicRepresentationAnswer",
    "PublicResponseAnswer",
    "PublicityAnswer",
    "ReceiptAnswer",
    "RepresentationAnswer",
    "ResponseAnswer",
    "batch_answer",
    "consultee_answer",
    "neighbour_answer",
    "notice_answer",
    "proposal_answer",
    "publicity_answer",
    "representation_answer",
    "response_answer",
]


class _Closed(BaseModel):
    """A model that names all that there is, read from a row by attribute where the names agree."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class DutyAnswer(_Closed):
    """A duty to publicise; within an entry of `means` any one will do."""

    key: str
    means: list[list[str]]
    why: str
    citation: str
    verified: bool
    depends_on: list[str]
    """Constraints that are not known and would decide; empty where the duty is certain."""


class NoticeAnswer(_Closed):
    """A notice, given where `given_on` is not null."""

    id: int
    means: str
    quantity: int
    instructions: str
    given_on: date | None
    document_id: int | None


class PeriodAnswer(_Closed):
    """A period for comments."""

    kind: str
    began_on: date
    ends_on: date
    explained: str


class PublicityAnswer(_Closed):
    """Publicity of a case, and from when the case may be decided because of it."""

    version: int
    due: list[str]
    given: list[str]
    duties: list[DutyAnswer]
    notices: list[NoticeAnswer]
    periods: list[PeriodAnswer]
    earliest_decision: date | None
    earliest_decision_explained: str


class NeighbourAnswer(_Closed):
    """A neighbour, with its point in EPSG:27700 where it is known."""

    id: int
    uprn: str | None
    address: str
    easting: float | None
    northing: float | None
    distance_m: float | None
    how: str
    rule: str
    removed_because: str | None


class OwnAddressAnswer(_Closed):
    """An address that was left out as the site's own."""

    uprn: str
    address: str


class ChosenAnswer(_Closed):
    """What choosing changed."""

    added: list[NeighbourAnswer]
    known: int
    own: list[OwnAddressAnswer]


class BatchAnswer(_Closed):
    """A batch of letters."""

    number: int
    kind: str
    reason: str
    letters: int
    response_days: int
    posted_on: date
    served_on: date
    ends_on: date


class ContactAnswer(_Closed):
    """An entry of the address book."""

    id: int
    organisation: str
    name: str
    email: str
    internal: bool
    datasets: list[str]
    active: bool


class ProposalAnswer(_Closed):
    """A body that might be consulted."""

    who: str
    reasons: list[str]
    citations: list[str]
    verified: bool
    depends_on: list[str]
    contacts: list[ContactAnswer]
    on_case: bool
    left_out: str
    """Why the council's settings say not to consult it; empty where they do not."""


class ResponseAnswer(_Closed):
    """A consultee's response as officers see it."""

    id: int
    consultee_id: int
    verdict: str
    text: str
    received_on: date
    recorded_by: str
    redacted_text: str | None
    published_at: datetime | None


class AskedAnswer(_Closed):
    """One asking of a consultee."""

    sent_on: date
    ends_on: date
    reason: str


class ConsulteeAnswer(_Closed):
    """A consultee of a case with all that was asked and said."""

    id: int
    contact_id: int | None
    organisation: str
    name: str
    email: str
    reasons: list[str]
    asked: list[AskedAnswer]
    responses: list[ResponseAnswer]


class ConcernAnswer(_Closed):
    """A place in a text that may tell too much of a person."""

    kind: str
    start: int
    end: int
    words: str


class RepresentationAnswer(_Closed):
    """A representation as officers see it, with what to look at before it is published."""

    number: int
    came_by: str
    received_on: date
    sentiment: str
    topics: list[str]
    text: str
    concerns: list[ConcernAnswer]
    same_text: list[int]
    """Numbers of the representations that say the same, this one too; of more than one: a text that was given out."""
    name: str
    address: str
    email: str
    neighbour_id: int | None
    redacted_text: str | None
    street: str
    published_at: datetime | None


class CountsAnswer(_Closed):
    """How many representations there are."""

    total: int
    by_sentiment: dict[str, int]
    by_topic: dict[str, dict[str, int]]


class ReceiptAnswer(_Closed):
    """What somebody gets who sent something in."""

    reference: str
    received_on: date


class PublicRepresentationAnswer(_Closed):
    """A representation on the register."""

    reference: str
    received: date
    sentiment: str
    topics: list[str]
    published_text: str
    street: str


class PublicResponseAnswer(_Closed):
    """A consultee's response on the register."""

    organisation: str
    published_response: str


class InvitationAnswer(_Closed):
    """What a consultee's link opens."""

    reference: str
    address: str
    proposal: str
    organisation: str
    respond_by: date
    responses: int


def publicity_answer(
    row: CaseRow, state: PublicityState, notices: list[NoticeRow], periods: list[PeriodRow], earliest: EarliestDecision
) -> PublicityAnswer:
    """Publicity as officers see it; certain duties first."""
    certain = [(duty, ()) for duty in state.duties]
    return PublicityAnswer(
        version=row.version,
        due=list(state.due),
        given=sorted(means.value for means in state.given),
        duties=[
            DutyAnswer(
                key=duty.key,
                means=[[means.value for means in entry] for entry in duty.means],
                why=duty.why,
                citation=f"{duty.citation} ({duty.edition})",
                verified=duty.verified,
                depends_on=list(datasets),
            )
            for duty, datasets in (*certain, *state.possible)
        ],
        notices=[notice_answer(notice) for notice in notices],
        periods=[PeriodAnswer.model_validate(period) for period in periods],
        earliest_decision=earliest.on,
        earliest_decision_explained=earliest.explained,
    )


def notice_answer(notice: NoticeRow) -> NoticeAnswer:
    """A notice."""
    return NoticeAnswer.model_validate(notice)


def neighbour_answer(one: NeighbourRow) -> NeighbourAnswer:
    """A neighbour with its point."""
    point = None if one.point is None else to_shape(one.point)
    return NeighbourAnswer(
        id=one.id,
        uprn=one.uprn,
        address=one.address,
        easting=None if point is None else point.x,
        northing=None if point is None else point.y,
        distance_m=one.distance_m,
        how=one.how,
        rule=one.rule,
        removed_because=one.removed_because,
    )


def batch_answer(sent: LetterBatchRow, letters: int) -> BatchAnswer:
    """A batch with the number of its letters."""
    return BatchAnswer(
        number=sent.number,
        kind=sent.kind,
        reason=sent.reason,
        letters=letters,
        response_days=sent.response_days,
        posted_on=sent.posted_on,
        served_on=sent.served_on,
        ends_on=sent.ends_on,
    )


def proposal_answer(proposal: Proposal) -> ProposalAnswer:
    """A body that might be consulted."""
    one = proposal.consultee
    return ProposalAnswer(
        who=one.who,
        reasons=list(one.reasons),
        citations=list(one.citations),
        verified=one.verified,
        depends_on=list(one.depends_on),
        contacts=[ContactAnswer.model_validate(contact) for contact in proposal.contacts],
        on_case=proposal.on_case,
        left_out=proposal.left_out,
    )


def response_answer(one: ResponseRow) -> ResponseAnswer:
    """A response as officers see it."""
    return ResponseAnswer.model_validate(one)


def consultee_answer(
    consultee: ConsulteeRow, asked: list[ConsultationRow], responses: list[ResponseRow]
) -> ConsulteeAnswer:
    """A consultee with all that was asked and said."""
    return ConsulteeAnswer(
        id=consultee.id,
        contact_id=consultee.contact_id,
        organisation=consultee.organisation,
        name=consultee.name,
        email=consultee.email,
        reasons=list(consultee.reasons),
        asked=[AskedAnswer.model_validate(one) for one in asked],
        responses=[response_answer(one) for one in responses if one.consultee_id == consultee.id],
    )


def representation_answer(one: RepresentationRow, same_text: Sequence[int]) -> RepresentationAnswer:
    """A representation as officers see it."""
    own = {"concerns": list(concerns(one.text)), "same_text": list(same_text)}
    named = {name: getattr(one, name) for name in RepresentationAnswer.model_fields.keys() - own.keys()}
    return RepresentationAnswer.model_validate({**named, **own})
