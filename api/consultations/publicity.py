"""Publicity of a case: what the law requires of it, notices wanted and given, and what is still due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import shapely
from geoalchemy2.shape import from_shape, to_shape
from sqlalchemy import select

from api.cases.acting import Moment, act_on
from api.cases.constraints import ConstraintOnCase, constraints_of
from api.cases.tables import CaseRow
from api.consultations.acts import may_prepare, past_day
from api.consultations.periods import end_of, keep_period
from api.consultations.tables import LetterBatchRow, NoticeRow
from api.core import audit
from api.core.access import visible_to
from api.core.db import Work
from bopsgis.errors import InputRefused, NotFound
from bopsgis.planning.application_types import application_type
from bopsgis.planning.lifecycle import ActName
from bopsgis.planning.publicity import Means, PublicityDuty, duties, possible_duties, still_due
from bopsgis.planning.when import Application
from bopsgis.types import Point

__all__ = [
    "PublicityState",
    "application_of",
    "confirm_notice",
    "notices_of",
    "publicity_of",
    "refresh",
    "require_notice",
]

LONDON = ZoneInfo("Europe/London")
BY_NOTICE = frozenset({Means.SITE_NOTICE, Means.PRESS_NOTICE, Means.APPLICANT_NOTICE})


@dataclass(frozen=True, slots=True)
class PublicityState:
    """How the publicity of a case stands."""

    duties: tuple[PublicityDuty, ...]
    possible: tuple[tuple[PublicityDuty, tuple[str, ...]], ...]
    """Duties that would apply if constraints that are not known were there, each with those datasets."""
    given: frozenset[Means]
    due: tuple[str, ...]


def application_of(work: Work, row: CaseRow) -> Application:
    """The case as rules of publicity and consultation see it: type, size, and constraints with officers' words."""
    area = None if row.site is None else float(to_shape(row.site).area)
    found = {one.dataset: _status(one) for one in constraints_of(work, row)}
    if row.parish:
        found["parish"] = "present"
    return Application(application_type(row.application_type), area, row.eia, found, row.valid_on or row.received_on)


def _status(one: ConstraintOnCase) -> str:
    """The status that counts: an officer's addition is there, a dismissal of all that was found is not."""
    if one.added is not None:
        return "present"
    all_dismissed = bool(one.designations) and set(one.designations) <= set(one.dismissed)
    return "absent" if "" in one.dismissed or all_dismissed else one.status


def publicity_of(work: Work, row: CaseRow) -> PublicityState:
    """What is required, what was given and what is due, worked out now."""
    application = application_of(work, row)
    notices = notices_of(work, row)
    given = _given(work, row, notices)
    wanted = {Means(one.means).in_words for one in notices if one.given_on is None and Means(one.means) not in given}
    due = (*still_due(application, given),)
    return PublicityState(
        duties=duties(application),
        possible=possible_duties(application),
        given=given,
        due=(*due, *sorted(wanted - set(due))),
    )


def _given(work: Work, row: CaseRow, notices: list[NoticeRow]) -> frozenset[Means]:
    given = {Means(one.means) for one in notices if one.given_on is not None}
    if row.published_at is not None:
        given.add(Means.WEBSITE)
    letters = select(LetterBatchRow.id).where(visible_to(work.access, LetterBatchRow), LetterBatchRow.case_id == row.id)
    if work.session.scalar(letters.limit(1)) is not None:
        given.add(Means.NEIGHBOUR_LETTER)
    return frozenset(given)


def refresh(work: Work, row: CaseRow) -> PublicityState:
    """Work out what is due and keep it on the case, with the period that publishing on the website began.

    To be called whenever what decides it has changed: at validation, after a screening, and before a decision.
    """
    state = publicity_of(work, row)
    if list(state.due) != row.publicity_due:
        row.publicity_due = list(state.due)
    published = _published_on(row.published_at)
    required = any(Means.WEBSITE in entry for duty in state.duties for entry in duty.means)
    if published is not None and required:
        keep_period(work, row, "website", 0, published, end_of("website", published, eia=row.eia))
    work.session.flush()
    return state


def _published_on(at: datetime | None) -> date | None:
    return None if at is None else at.astimezone(LONDON).date()


def notices_of(work: Work, row: CaseRow) -> list[NoticeRow]:
    """All notices of the case, in the order in which they were asked for."""
    query = select(NoticeRow).where(visible_to(work.access, NoticeRow), NoticeRow.case_id == row.id)
    return list(work.session.scalars(query.order_by(NoticeRow.id)))


def require_notice(
    work: Work, row: CaseRow, means: Means, moment: Moment, *, quantity: int = 1, instructions: str = ""
) -> NoticeRow:
    """Ask for a notice. It is due from now, also where the law does not require it."""
    may_prepare(work, row, ActName.PUBLICISE)
    if means not in BY_NOTICE:
        raise InputRefused(f"A {means.in_words} is not given by a notice.", code="means")
    notice = NoticeRow(
        council_id=row.council_id,
        case_id=row.id,
        means=means.value,
        quantity=quantity,
        instructions=instructions.strip(),
        made_by=work.access.actor,
        made_at=moment.at,
    )
    work.session.add(notice)
    work.session.flush()
    told: Mapping[str, object] = {"notice": notice.id, "means": means.value, "quantity": quantity}
    audit.record(work, "require_notice", moment.at, case_id=row.id, detail=told)
    refresh(work, row)
    return notice


def confirm_notice(
    work: Work,
    row: CaseRow,
    notice_id: int,
    given_on: date,
    moment: Moment,
    *,
    document_id: int | None = None,
    place: Point | None = None,
) -> NoticeRow:
    """Write down that a notice was displayed or published, on a day in the past or today.

    `place` is where it is up. Its period for comments counts from that day. A second word corrects the first.
    Raises NotFound for a notice of another case, InputRefused for a day that cannot be.
    """
    notice = next((one for one in notices_of(work, row) if one.id == notice_id), None)
    if notice is None:
        raise NotFound("The case has no such notice.", code="notice")
    past_day(row, given_on, moment, "The day of the notice")
    told = {"notice": notice.id, "means": notice.means, "given_on": given_on, "before": notice.given_on}
    act_on(work, row, ActName.PUBLICISE, moment, detail=told)
    notice.given_on, notice.document_id, notice.given_by = given_on, document_id, work.access.actor
    notice.point = (
        None if place is None else from_shape(shapely.Point(place.easting, place.northing), srid=27700, extended=True)
    )
    work.session.flush()
    keep_period(work, row, notice.means, notice.id, given_on, end_of(notice.means, given_on, eia=row.eia))
    refresh(work, row)
    return notice
