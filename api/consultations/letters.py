"""Letters to neighbours: sent in batches through the outbox, each batch with a period for comments."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import select

from api.accounts.tables import CouncilRow
from api.cases.acting import Moment, act_on
from api.cases.tables import CaseRow
from api.consultations.neighbours import neighbours_of
from api.consultations.periods import end_of, keep_period
from api.consultations.publicity import refresh
from api.consultations.tables import LetterBatchRow, LetterRow, NeighbourRow
from api.core import outbox
from api.core.access import visible_to
from api.core.db import Work
from api.councils import templates
from api.councils.service import settings_of
from bopsgis.errors import InputRefused, NotFound
from bopsgis.planning.calendar import england, in_words
from bopsgis.planning.deadlines import Deadline
from bopsgis.planning.lifecycle import ActName

__all__ = [
    "RESPONSE_DAYS",
    "as_csv",
    "batch",
    "batches_of",
    "case_values",
    "letters_of",
    "send_letters",
    "service_of",
    "text_of",
]

RESPONSE_DAYS = 21
POST_WORKING_DAYS = 2
"""A first-class letter counts as served on the second working day after posting (Interpretation Act 1978,
section 7, and the practice direction of 1985 on service by post; from memory, check before relying on it)."""


def send_letters(
    work: Work,
    row: CaseRow,
    moment: Moment,
    *,
    template: str | None = None,
    response_days: int = RESPONSE_DAYS,
    reason: str = "",
    only: Collection[int] | None = None,
) -> LetterBatchRow:
    """Write to neighbours. With a `reason` all on the list are told again, without one those not yet written to.

    `only` limits it to neighbours with these ids; without a `template` the council's own text is used. Raises
    InputRefused where the text has an unknown placeholder, where the period is out of bounds, or nobody is left
    to write to.
    """
    again = bool(reason.strip())
    recipients = _recipients(work, row, again=again, only=only)
    if not 1 <= response_days <= 99:
        raise InputRefused("Give a period of 1 to 99 days.", code="response_days")
    template = template or settings_of(work).template("neighbour_letter")
    templates.check(template, templates.LETTER_PLACEHOLDERS)
    served, end = service_of(row, moment.on, response_days, again=again)
    sent = LetterBatchRow(
        council_id=row.council_id,
        case_id=row.id,
        number=len(batches_of(work, row)) + 1,
        kind="renotification" if again else "notification",
        reason=reason.strip(),
        template=template,
        response_days=response_days,
        posted_on=moment.on,
        served_on=served,
        ends_on=end.last_day,
        sent_by=work.access.actor,
        sent_at=moment.at,
    )
    told = {"batch": sent.number, "kind": sent.kind, "letters": len(recipients), "reason": sent.reason}
    act_on(work, row, ActName.PUBLICISE, moment, detail={**told, "ends_on": end.last_day})
    work.session.add(sent)
    work.session.flush()
    _post(work, row, sent, recipients, moment)
    keep_period(work, row, "neighbour_letter", sent.id, served, end)
    refresh(work, row)
    return sent


def service_of(row: CaseRow, posted_on: date, days: int, *, again: bool = False) -> tuple[date, Deadline]:
    """When letters that are posted on a day count as served, and the end of the time to comment on them.

    Who is told `again` may have less time than the law has for the first letter.
    """
    served = england().add_working_days(posted_on, POST_WORKING_DAYS)
    return served, end_of("neighbour_letter", served, eia=row.eia, days=days, shorter=again)


def text_of(template: str, values: Mapping[str, str], reason: str) -> str:
    """What a letter says; why somebody is told again stands first."""
    text = templates.fill(template, values)
    return f"{reason}\n\n{text}" if reason else text


def _recipients(work: Work, row: CaseRow, *, again: bool, only: Collection[int] | None) -> list[NeighbourRow]:
    listed = neighbours_of(work, row)
    if only is not None:
        unknown = set(only) - {one.id for one in listed}
        if unknown:
            raise NotFound("One of these is not a neighbour on the list.", code="neighbour")
        listed = [one for one in listed if one.id in only]
    if not again:
        query = (
            select(LetterRow.neighbour_id)
            .join(LetterBatchRow)
            .where(visible_to(work.access, LetterRow), LetterBatchRow.case_id == row.id)
        )
        written = set(work.session.scalars(query))
        listed = [one for one in listed if one.id not in written]
    if not listed:
        raise InputRefused(
            "There is no neighbour to write to.",
            code="no_recipients",
            hint="Choose neighbours first; to tell them again, give the reason.",
        )
    return listed


def _post(
    work: Work,
    row: CaseRow,
    sent: LetterBatchRow,
    recipients: Sequence[NeighbourRow],
    moment: Moment,
) -> None:
    text = text_of(sent.template, case_values(work, row, in_words(sent.ends_on)), sent.reason)
    for one in recipients:
        lines = ["The Occupier", *(part.strip() for part in one.address.split(",") if part.strip())]
        payload = {"template": "neighbour_letter", "to": lines, "reference": row.reference, "text": text}
        message = outbox.add(work, outbox.Channel.LETTER, payload, moment.at, case_id=row.id)
        work.session.add(
            LetterRow(
                council_id=row.council_id,
                batch_id=sent.id,
                neighbour_id=one.id,
                uprn=one.uprn,
                address=one.address,
                message_key=message.key,
            )
        )
    work.session.flush()


def case_values(work: Work, row: CaseRow, closing_date: str) -> dict[str, str]:
    """What placeholders of letters and mail stand for; the link is filled in as the message goes out."""
    council = work.session.get_one(CouncilRow, row.council_id)
    return {
        "address": row.address,
        "closing_date": closing_date,
        "council": council.name,
        "link": templates.LINK,
        "proposal": row.proposal,
        "reference": row.reference,
    }


def batches_of(work: Work, row: CaseRow) -> list[LetterBatchRow]:
    """The batches of letters of the case, oldest first."""
    query = select(LetterBatchRow).where(visible_to(work.access, LetterBatchRow), LetterBatchRow.case_id == row.id)
    return list(work.session.scalars(query.order_by(LetterBatchRow.number)))


def batch(work: Work, row: CaseRow, number: int) -> LetterBatchRow:
    """One batch by its number on the case. Raises NotFound."""
    found = next((one for one in batches_of(work, row) if one.number == number), None)
    if found is None:
        raise NotFound("The case has no such batch of letters.", code="batch")
    return found


def letters_of(work: Work, sent: LetterBatchRow) -> list[LetterRow]:
    """The letters of a batch, in the order in which they were written."""
    query = select(LetterRow).where(visible_to(work.access, LetterRow), LetterRow.batch_id == sent.id)
    return list(work.session.scalars(query.order_by(LetterRow.id)))


def as_csv(sent: LetterBatchRow, letters: Sequence[LetterRow]) -> str:
    """The letters of a batch as CSV (RFC 4180): UPRN, address, batch, days.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("uprn", "address", "batch", "kind", "posted_on", "served_on", "ends_on"))
    days = (sent.posted_on.isoformat(), sent.served_on.isoformat(), sent.ends_on.isoformat())
    for letter in letters:
        writer.writerow((letter.uprn or "", _harmless(letter.address), sent.number, sent.kind, *days))
    return text.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
