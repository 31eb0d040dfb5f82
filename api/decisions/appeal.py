"""Appeals: that one was lodged, and how it ended."""

from __future__ import annotations

from datetime import date

from api.cases.acting import Moment, act_on
from api.cases.tables import CaseRow
from api.core.db import Work
from api.decisions import store
from api.decisions.tables import AppealRow
from bopsgis.errors import InputRefused
from bopsgis.planning.lifecycle import ActName

__all__ = ["lodge_appeal", "record_outcome"]


def lodge_appeal(
    work: Work, row: CaseRow, lodged_on: date, reason: str, moment: Moment, *, inspectorate_reference: str = ""
) -> AppealRow:
    """Write down an appeal against the decision, or because none was made in time."""
    told = {"appeal_lodged_on": lodged_on, "inspectorate_reference": inspectorate_reference}
    act_on(work, row, ActName.APPEAL, moment, {"appeal_lodged_on": lodged_on}, detail=told)
    appeal = AppealRow(
        council_id=row.council_id,
        case_id=row.id,
        lodged_on=lodged_on,
        reason=reason,
        inspectorate_reference=inspectorate_reference,
        by=work.access.actor,
        at=moment.at,
    )
    work.session.add(appeal)
    work.session.flush()
    return appeal


def record_outcome(
    work: Work, row: CaseRow, outcome: str, outcome_on: date, moment: Moment, *, comment: str = ""
) -> CaseRow:
    """Write down how an appeal ended: allowed, dismissed, split or withdrawn."""
    appeal = store.appeal_of(work, row)
    if outcome_on > moment.on or (appeal is not None and outcome_on < appeal.lodged_on):
        raise InputRefused("An appeal ends after it was lodged, and not in the future.", code="outcome_date")
    told = {"appeal_outcome": outcome, "on": outcome_on}
    act_on(work, row, ActName.RECORD_APPEAL_OUTCOME, moment, {"appeal_outcome": outcome}, detail=told)
    if appeal is not None:
        appeal.outcome, appeal.outcome_on, appeal.outcome_comment = outcome, outcome_on, comment
    work.session.flush()
    return row
