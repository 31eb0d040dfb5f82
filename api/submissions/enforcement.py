"""Reports of suspected breaches: described, investigated, closed with a reason; whoever reported it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import select

from api.accounts import store as accounts
from api.cases.acting import Moment
from api.core import audit, outbox
from api.core.access import visible_to
from api.core.db import Work
from api.submissions.tables import EnforcementReportRow
from bopsgis.errors import ActRefused, EditConflict, InputRefused, NotAllowed, NotFound
from bopsgis.planning.case import Role
from bopsgis.planning.immunity import Immunity, breach_kinds, immunity

__all__ = [
    "Alleged",
    "ClosedBecause",
    "Details",
    "Status",
    "assign",
    "close",
    "describe",
    "lock",
    "report",
    "reports",
    "start",
    "time_limits",
]

Status = Literal["reported", "under_investigation", "closed"]
Alleged = Literal[
    "operations",
    "dwelling",
    "use",
    "condition",
    "listed_building",
    "advertisement",
    "protected_trees",
    "demolition",
    "untidy_land",
]
"""Kinds of breach; the first four are those of which the law limits the time (`bopsgis.planning.immunity`)."""
ClosedBecause = Literal[
    "no_breach",
    "permitted_development",
    "immune",
    "not_expedient",
    "remedied",
    "permission_granted",
    "notice_complied_with",
    "other",
]
_OFFICERS = frozenset({Role.ASSESSOR, Role.REVIEWER})


@dataclass(frozen=True, slots=True)
class Details:
    """What an officer makes of a report."""

    breach: str
    alleged: Sequence[Alleged]
    urgent: bool
    began_on: date | None
    notice_served_on: date | None


def reports(work: Work, *, status: Status | None = None, urgent: bool | None = None) -> list[EnforcementReportRow]:
    """The council's reports, urgent ones first, then the oldest."""
    query = select(EnforcementReportRow).where(visible_to(work.access, EnforcementReportRow))
    if status is not None:
        query = query.where(EnforcementReportRow.status == status)
    if urgent is not None:
        query = query.where(EnforcementReportRow.urgent.is_(urgent))
    order = (EnforcementReportRow.urgent.desc(), EnforcementReportRow.received_on, EnforcementReportRow.id)
    return list(work.session.scalars(query.order_by(*order)))


def report(work: Work, number: int) -> EnforcementReportRow:
    """One report. Raises NotFound, for another council's as well."""
    query = select(EnforcementReportRow).where(
        visible_to(work.access, EnforcementReportRow), EnforcementReportRow.id == number
    )
    row = work.session.scalar(query)
    if row is None:
        raise NotFound(f"There is no report {number}.", code="enforcement_report")
    return row


def lock(work: Work, number: int, version: int) -> EnforcementReportRow:
    """One report, locked. Raises EditConflict where it is no longer at `version`, NotAllowed for who may not act."""
    if not work.access.roles & _OFFICERS:
        raise NotAllowed("This is for the assessor or reviewer.", code="wrong_role")
    row = report(work, number)
    work.session.refresh(row, with_for_update=True)
    if row.version != version:
        raise EditConflict(
            "The report was changed by somebody else since you opened it.",
            hint="Look at the changes, then do this again if it is still right.",
        )
    return row


def describe(work: Work, row: EnforcementReportRow, details: Details, moment: Moment) -> EnforcementReportRow:
    """Say what the breach is taken to be. Raises ActRefused for a closed one, InputRefused for days to come."""
    _open(row)
    for day in (details.began_on, details.notice_served_on):
        if day is not None and day > moment.on:
            raise InputRefused("This day is still to come.", code="date_in_future")
    row.breach, row.alleged, row.urgent = details.breach, list(dict.fromkeys(details.alleged)), details.urgent
    row.began_on, row.notice_served_on = details.began_on, details.notice_served_on
    return _note(work, row, "describe_breach", moment, alleged=row.alleged, urgent=row.urgent)


def assign(work: Work, row: EnforcementReportRow, officer_id: int, moment: Moment) -> EnforcementReportRow:
    """Give it to an officer who assesses or reviews."""
    _open(row)
    officer = accounts.officer_by_id(work, officer_id)
    if not officer.active or not accounts.roles_of(work, officer) & _OFFICERS:
        raise InputRefused(f"{officer.name} cannot work on reports.", code="officer_unsuitable")
    row.officer_id = officer.id
    return _note(work, row, "assign_breach", moment, officer=officer.id)


def start(work: Work, row: EnforcementReportRow, moment: Moment) -> EnforcementReportRow:
    """Start the investigation. Whoever reported it and left an address is told."""
    if row.status != "reported":
        raise ActRefused("The investigation has been started already.", code="wrong_status")
    row.status, row.started_on = "under_investigation", moment.on
    _tell(work, row, "enforcement_started", moment)
    return _note(work, row, "start_investigation", moment)


def close(
    work: Work, row: EnforcementReportRow, because: ClosedBecause, detail: str, moment: Moment
) -> EnforcementReportRow:
    """Close it, with the reason; who reported it is told that it is closed and why, not what the officer wrote.

    Raises ActRefused where it is closed, InputRefused for another reason without words, and for immunity that time
    does not give yet.
    """
    _open(row)
    if because == "other" and not detail.strip():
        raise InputRefused("Say what the other reason is.", code="reason")
    if because == "immune" and not any(told.immune for _, told in time_limits(row, moment.on)):
        raise InputRefused(
            "By what is written down the time for enforcement has not passed.",
            code="not_immune_yet",
            hint="Say which kind of breach it is and when it began.",
        )
    row.status, row.closed_on = "closed", moment.on
    row.closed_because, row.closed_detail = because, detail.strip()
    _tell(work, row, "enforcement_closed", moment, because=because.replace("_", " "))
    return _note(work, row, "close_breach", moment, because=because)


def time_limits(row: EnforcementReportRow, as_at: date) -> Iterator[tuple[str, Immunity]]:
    """From when each alleged breach can no longer be enforced against; nothing where nobody knows when it began."""
    for kind in row.alleged:
        if row.began_on is not None and kind in breach_kinds():
            yield kind, immunity(kind, row.began_on, max(as_at, row.began_on))


def _open(row: EnforcementReportRow) -> None:
    if row.status == "closed":
        raise ActRefused("The report is closed.", code="wrong_status")


def _tell(work: Work, row: EnforcementReportRow, template: str, moment: Moment, **words: str) -> None:
    if email := row.reported_by.get("email"):
        payload = {"template": template, "to": [email], "address": row.address, **words}
        outbox.add(work, outbox.Channel.MAIL, payload, moment.at, case_id=None)


def _note(work: Work, row: EnforcementReportRow, act: str, moment: Moment, **detail: Any) -> EnforcementReportRow:
    work.session.flush()
    audit.record(work, act, moment.at, case_id=None, detail={"report": row.id, **detail})
    return row
