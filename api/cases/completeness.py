"""What an application still lacks: it gets less as things come, or as an officer says why it is not needed."""

from __future__ import annotations

from collections.abc import Collection

from api.cases.acting import Moment, role_for
from api.cases.tables import CaseRow
from api.core import audit
from api.core.db import Work
from api.councils.service import requirements_of, settings_of
from bopsgis.errors import ActRefused, InputRefused, NotFound
from bopsgis.planning.application_types import application_type
from bopsgis.planning.case import CaseStatus
from bopsgis.planning.lifecycle import ActName
from bopsgis.planning.validation import Missing
from bopsgis.planning.when import Application

__all__ = ["put_on", "settle", "take_off"]

_BEFORE_VALID = frozenset({CaseStatus.RECEIVED, CaseStatus.INVALID})


def take_off(
    work: Work, row: CaseRow, moment: Moment, *, checks: Collection[str] = (), documents: Collection[str] = ()
) -> tuple[str, ...]:
    """Take off the list what is met by now: by a check that is passed, or by the tags of a document.

    Nothing comes on the list by this (`put_on` does that): what an application has to come with was worked out when
    it was received.
    """
    if not row.missing:
        return ()
    met = {
        Missing(one).sentence
        for one in requirements_of(settings_of(work))
        if one.check in checks or set(one.documents) & set(documents)
    }
    come = tuple(one for one in row.missing if one in met)
    if come:
        row.missing = [one for one in row.missing if one not in met]
        row.updated_at = moment.at
        work.session.flush()
        audit.record(work, "requirement_met", moment.at, case_id=row.id, detail={"requirements": list(come)})
    return come


def put_on(work: Work, row: CaseRow, moment: Moment, check: str) -> None:
    """Put back on the list what a check asks of this type of application; nothing once the application is valid."""
    if CaseStatus(row.status) not in _BEFORE_VALID:
        return
    application = Application(application_type(row.application_type), on=row.received_on)
    asked = (one for one in requirements_of(settings_of(work)) if one.check == check and one.when.holds(application))
    come = [sentence for one in asked if (sentence := Missing(one).sentence) not in row.missing]
    if come:
        row.missing = [*row.missing, *come]
        row.updated_at = moment.at
        work.session.flush()
        audit.record(work, "requirement_due", moment.at, case_id=row.id, detail={"requirements": come})


def settle(work: Work, row: CaseRow, requirement: str, reason: str, moment: Moment) -> None:
    """Say that a requirement is met, or that this application does not need it, and why.

    Raises NotAllowed, ActRefused once the application is valid or over, NotFound for what is not on the list,
    InputRefused without a reason.
    """
    role = role_for(work.access, ActName.VALIDATE)
    if CaseStatus(row.status) not in _BEFORE_VALID:
        raise ActRefused("What an application lacks is settled before it is valid.", code="wrong_status")
    if requirement not in row.missing:
        raise NotFound("This is not among what is missing.", code="requirement")
    if not reason.strip():
        raise InputRefused("Say how it is met, or why it is not needed.", code="reason")
    row.missing = [one for one in row.missing if one != requirement]
    row.updated_at = moment.at
    work.session.flush()
    told = {"role": role.value, "requirement": requirement, "reason": reason.strip()}
    audit.record(work, "settle_requirement", moment.at, case_id=row.id, detail=told)
