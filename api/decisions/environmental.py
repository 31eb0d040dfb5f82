"""Environmental impact assessment (EIA) of a case: what the rules infer, and what an officer says of it."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import select

from api.cases.acting import Moment
from api.cases.service import set_deadline
from api.cases.tables import CaseRow
from api.consultations import publicity
from api.consultations.acts import may_prepare
from api.core import audit
from api.core.access import visible_to
from api.core.db import Work
from api.decisions.tables import EnvironmentalRow
from bopsgis.errors import InputRefused
from bopsgis.planning.environmental import EnvironmentalView, environmental_view
from bopsgis.planning.lifecycle import ActName

__all__ = ["State", "inferred", "last_word", "say"]

State = Literal["required", "screened_not_required", "not_required"]


def inferred(work: Work, row: CaseRow) -> EnvironmentalView:
    """What type, size and constraints of the case say."""
    return environmental_view(publicity.application_of(work, row))


def last_word(work: Work, row: CaseRow) -> EnvironmentalRow | None:
    """What an officer said last, None where nobody has."""
    query = select(EnvironmentalRow).where(
        visible_to(work.access, EnvironmentalRow), EnvironmentalRow.case_id == row.id
    )
    return work.session.scalars(query.order_by(EnvironmentalRow.id.desc()).limit(1)).first()


def say(work: Work, row: CaseRow, state: State, reason: str, moment: Moment) -> EnvironmentalRow:
    """Say whether the case needs an assessment, whatever the rules infer.

    With one the council has 16 weeks and comments 30 days: the determination deadline is worked out anew, unless
    an extension was agreed, and so is what publicity is due. Notices and letters that have gone out keep
    their periods. Raises NotAllowed, ActRefused where the case is over, InputRefused without a reason.
    """
    may_prepare(work, row, ActName.ASSESS)
    if not reason.strip():
        raise InputRefused("Say why.", code="reason")
    word = EnvironmentalRow(
        council_id=row.council_id,
        case_id=row.id,
        state=state,
        inferred=inferred(work, row).outcome.value,
        reason=reason.strip(),
        by=work.access.actor,
        at=moment.at,
    )
    work.session.add(word)
    before = row.eia
    row.eia = state == "required"
    if row.eia is not before:
        row.updated_at = moment.at
        if row.valid_on is not None:
            set_deadline(row, row.valid_on)
            publicity.refresh(work, row)
    work.session.flush()
    told = {"state": state, "inferred": word.inferred, "deadline": row.determination_deadline}
    audit.record(work, "say_environmental_impact", moment.at, case_id=row.id, detail=told)
    return word
