"""Alerts: asked for, confirmed from the mailbox, told once a day, stopped with one click."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import shapely
from geoalchemy2.shape import from_shape, to_shape
from sqlalchemy import and_, delete, select

from api.accounts.secrets import new_token
from api.cases.acting import Moment
from api.cases.places import sites_of
from api.cases.published import NEWEST, PublicLine, find_published
from api.cases.tables import CaseRow
from api.cases.wanted import Wanted, published
from api.core import outbox
from api.core.access import Access, visible_to
from api.core.db import Database, Work, multipolygon
from api.register.tables import AlertRow
from api.register.words import far
from bopsgis import measure
from bopsgis.errors import InputRefused, NotFound
from bopsgis.planning.case import CaseStatus

__all__ = ["FORGET_AFTER", "MOST_TOLD", "NewAlert", "ask", "by_secret", "confirm", "follow", "stop", "tell"]

FORGET_AFTER: Final = timedelta(days=7)
"""An alert that nobody confirms is deleted: it may have been asked for with somebody else's address."""
TELL_EVERY: Final = timedelta(hours=20)
"""One mail a day: a little less than a day, so that it does not wander round the clock."""
MOST_TOLD: Final = 50
"""Applications in one mail; it says how many more there are."""
_MOST_EACH: Final = 20
"""Alerts of one address of mail."""


@dataclass(frozen=True, slots=True)
class NewAlert:
    """What somebody wants to be told of. An empty one means every application to the council."""

    email: str
    words: str
    area: shapely.Geometry | None = None
    centre: tuple[float, float] | None = None
    ward: str | None = None
    types: frozenset[str] = frozenset()


def ask(work: Work, new: NewAlert, moment: Moment) -> AlertRow:
    """Keep the wish and send the mail that confirms it. Raises InputRefused where the address has too many."""
    row = _new(work, new.email, new.words, moment)
    row.area = None if new.area is None else from_shape(multipolygon(new.area), srid=27700, extended=True)
    row.centre_east, row.centre_north = new.centre or (None, None)
    row.ward, row.types = new.ward, sorted(new.types)
    return _sent(work, row, moment)


def follow(work: Work, case: CaseRow, email: str, moment: Moment) -> AlertRow:
    """Be told how one published case goes on."""
    row = _new(work, email, f"how {case.reference}, {case.address}, goes on", moment)
    row.case_id, row.told_status = case.id, case.status
    return _sent(work, row, moment)


def by_secret(work: Work, secret: str) -> AlertRow:
    """The alert of a link. Raises NotFound where there is none any more."""
    query = select(AlertRow).where(visible_to(work.access, AlertRow), AlertRow.secret == secret)
    row = work.session.scalar(query)
    if row is None:
        raise NotFound("This alert has been stopped, or was never confirmed.", code="alert")
    return row


def confirm(row: AlertRow, moment: Moment) -> None:
    """From now on the alert tells; doing it again changes nothing."""
    if row.confirmed_at is None:
        row.confirmed_at = row.told_at = moment.at


def stop(work: Work, row: AlertRow) -> None:
    """End the alert: nothing of it is kept."""
    work.session.delete(row)


def tell(database: Database, council_id: int, moment: Moment) -> int:
    """Put today's mails into the outbox and forget what was never confirmed; how many mails."""
    access = Access(council_id, "job: alerts", roles=Access.public(council_id).roles)
    with database.unit_of_work(access) as work:
        forgotten = and_(AlertRow.confirmed_at.is_(None), AlertRow.created_at < moment.at - FORGET_AFTER)
        work.session.execute(delete(AlertRow).where(visible_to(access, AlertRow), forgotten))
        due = and_(AlertRow.confirmed_at.is_not(None), AlertRow.told_at <= moment.at - TELL_EVERY)
        rows = work.session.scalars(
            select(AlertRow).where(visible_to(access, AlertRow), due).order_by(AlertRow.id).with_for_update()
        )
        return sum(_tell_one(work, row, moment) for row in rows.all())


def _new(work: Work, email: str, words: str, moment: Moment) -> AlertRow:
    query = select(AlertRow.id).where(visible_to(work.access, AlertRow), AlertRow.email == email)
    if len(work.session.scalars(query).all()) >= _MOST_EACH:
        raise InputRefused(f"There are {_MOST_EACH} alerts for this address already. Stop one of them first.")
    return AlertRow(
        council_id=work.access.council_id,
        secret=new_token(),
        email=email,
        words=words,
        types=[],
        created_at=moment.at,
        told_at=moment.at,
    )


def _sent(work: Work, row: AlertRow, moment: Moment) -> AlertRow:
    work.session.add(row)
    work.session.flush()
    payload = {"template": "alert_confirm", "to": [row.email], "words": row.words, "secret": row.secret}
    outbox.add(work, outbox.Channel.MAIL, payload, moment.at, case_id=None)
    return row


def _tell_one(work: Work, row: AlertRow, moment: Moment) -> bool:
    """Whether there was something to tell. An alert with nothing new waits until there is."""
    payload = _of_area(work, row) if row.case_id is None else _of_case(work, row)
    if payload is None:
        return False
    row.told_at = moment.at
    about = {"to": [row.email], "words": row.words, "secret": row.secret}
    outbox.add(work, outbox.Channel.MAIL, {**payload, **about}, moment.at, case_id=None)
    return True


def _of_area(work: Work, row: AlertRow) -> Mapping[str, Any] | None:
    wanted = Wanted(
        types=frozenset(row.types),
        wards=frozenset({row.ward} if row.ward else ()),
        area=None if row.area is None else to_shape(row.area),
        published_after=row.told_at,
    )
    found = find_published(work, wanted, order=NEWEST, size=MOST_TOLD)
    if not found.lines:
        return None
    sites = sites_of(work, [line.view["reference"] for line in found.lines], public=True)
    told = [_told(line, sites.get(line.view["reference"]), row) for line in found.lines]
    return {"template": "alert", "cases": told, "more": found.total - len(told)}


def _told(line: PublicLine, site: shapely.Geometry | None, row: AlertRow) -> dict[str, str]:
    view = line.view
    where = ""
    if site is not None and row.centre_east is not None and row.centre_north is not None:
        centre = shapely.Point(row.centre_east, row.centre_north)
        where = far(float(shapely.distance(centre, site)), str(measure.bearing(centre, site)))
    return {
        "reference": view["reference"],
        "address": view["site"]["address"],
        "proposal": view["proposal"]["description"],
        "where": where,
    }


def _of_case(work: Work, row: AlertRow) -> Mapping[str, Any] | None:
    query = select(CaseRow).where(published(work.access, Wanted()), CaseRow.id == row.case_id)
    case = work.session.scalar(query)
    if case is None or case.status == row.told_status:
        return None
    row.told_status = case.status
    status = CaseStatus(case.status).in_words
    outcome = f": {case.decision.replace('_', ' ')}" if case.decision and case.status == CaseStatus.DECIDED else ""
    return {"template": "alert_case", "reference": case.reference, "address": case.address, "status": status + outcome}
