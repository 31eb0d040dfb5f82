"""A consultee's link: what it opens, and the answer that comes by it. For the JSON routes and for the pages."""

from __future__ import annotations

from dataclasses import dataclass

from api.accounts.secrets import hash_of
from api.cases import store as cases
from api.cases.acting import Moment
from api.cases.tables import CaseRow
from api.consultations import consultees, store
from api.consultations.tables import ConsultationRow, ConsulteeRow, ResponseRow
from api.core.access import Access
from api.core.db import Database, Work
from bopsgis.planning.case import Role

__all__ = ["Invitation", "opened", "respond"]


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link opens."""

    case: CaseRow
    asked: ConsultationRow
    consultee: ConsulteeRow
    responses: int
    """How often this consultee has answered already."""


def opened(work: Work, reference: str, token: str, moment: Moment) -> Invitation:
    """What the link opens. Raises NotFound, in the same words, for one that is unknown or has expired."""
    row = cases.get(work, reference)
    asked = store.consultation_by_hash(work, row, hash_of(token), moment.at)
    consultee = store.consultee(work, row, asked.consultee_id)
    said = sum(one.consultee_id == consultee.id for one in store.responses(work, row))
    return Invitation(row, asked, consultee, said)


def respond(
    database: Database, council_id: int, reference: str, token: str, verdict: str, text: str, moment: Moment
) -> ResponseRow:
    """Keep the answer that came by a link, in the consultee's name. Raises NotFound as `opened`, InputRefused."""
    with database.reading(Access.public(council_id)) as work:
        organisation = opened(work, reference, token, moment).consultee.organisation
    access = Access(council_id, f"consultee {organisation}", roles=frozenset({Role.CONSULTEE}))
    with database.unit_of_work(access) as work:
        row = cases.lock(work, reference)
        asked = store.consultation_by_hash(work, row, hash_of(token), moment.at)
        kept = consultees.record_response(work, row, asked.consultee_id, verdict, text, moment.on, moment)
        work.session.flush()
        work.session.expunge(kept)
        return kept
