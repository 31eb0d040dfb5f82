"""Telling people: who gets which message about a meeting or a decision. The words are the worker's templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from api.cases import store as cases
from api.cases.acting import Moment
from api.cases.tables import CaseRow
from api.consultations import store as consultations
from api.core import outbox
from api.core.db import Work
from api.core.outbox import Channel
from api.decisions.tables import CommitteeMeetingRow
from bopsgis.planning.calendar import in_words

__all__ = ["tell_decision", "tell_meeting"]


def tell_decision(work: Work, row: CaseRow, moment: Moment) -> None:
    """Tell applicant and agent that the case is decided, with a link to its notice where that is public."""
    payload = {
        "template": "decision_notice",
        "reference": row.reference,
        "address": row.address,
        "proposal": row.proposal,
        "decided_on": in_words(moment.on),
        "published": row.published_at is not None,
    }
    _mail(work, row, _applicants(work, row), payload, moment)


def tell_meeting(work: Work, row: CaseRow, meeting: CommitteeMeetingRow, moment: Moment) -> None:
    """Tell applicant, agent and everybody who commented when and where the committee meets.

    Who left no address for mail gets a letter.
    """
    comments_until = meeting.comments_until
    payload = {
        "template": "committee_meeting",
        "reference": row.reference,
        "address": row.address,
        "meets_on": in_words(meeting.meets_on),
        "place": meeting.place,
        "comments_until": None if comments_until is None else in_words(comments_until),
    }
    commented = consultations.representations(work, row)
    mailed = [one.email for one in commented if one.email]
    _mail(work, row, [*_applicants(work, row), *mailed], payload, moment)
    for name, address in dict.fromkeys((one.name, one.address) for one in commented if not one.email and one.address):
        lines = [name or "The Occupier", *(part.strip() for part in address.split(",") if part.strip())]
        outbox.add(work, Channel.LETTER, {**payload, "to": lines}, moment.at, case_id=row.id)


def _applicants(work: Work, row: CaseRow) -> list[str]:
    return [one.email for one in cases.parties(work, row).values() if one.email]


def _mail(work: Work, row: CaseRow, addresses: Iterable[str], payload: dict[str, Any], moment: Moment) -> None:
    """One message an address, however often it is named."""
    for address in dict.fromkeys(addresses):
        outbox.add(work, Channel.MAIL, {**payload, "to": [address]}, moment.at, case_id=row.id)
