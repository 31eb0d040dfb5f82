"""The fee of a case: what is due, payments, refunds, and what they mean for its validity.

Each act works on a locked case in a unit of work of the caller. An unpaid fee is among what an application lacks,
so that nobody marks it valid; an officer who does so all the same says why (`api.cases.completeness.settle`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from api.cases.acting import Moment, act_on
from api.cases.completeness import put_on, take_off
from api.cases.tables import CasePaymentRow, CaseRow
from api.core.access import visible_to
from api.core.db import Work
from bopsgis.errors import InputRefused
from bopsgis.planning.fees import FeeAccount
from bopsgis.planning.lifecycle import ActName

__all__ = ["account_of", "payments_of", "record_payment", "record_refund", "set_fee", "standing"]


def payments_of(work: Work, row: CaseRow) -> Sequence[CasePaymentRow]:
    """All that was paid and given back, in the order in which it was written down."""
    query = select(CasePaymentRow).where(visible_to(work.access, CasePaymentRow), CasePaymentRow.case_id == row.id)
    return work.session.scalars(query.order_by(CasePaymentRow.id)).all()


def account_of(row: CaseRow, payments: Sequence[CasePaymentRow]) -> FeeAccount:
    """How the fee stands after these payments."""
    sums = {kind: sum(one.amount_pence for one in payments if one.kind == kind) for kind in ("payment", "refund")}
    return FeeAccount(row.fee_due_pence, row.fee_exemption, sums["payment"], sums["refund"])


def standing(work: Work, row: CaseRow) -> FeeAccount:
    """How the fee of a case stands now."""
    return account_of(row, payments_of(work, row))


def set_fee(work: Work, row: CaseRow, due: int | None, exemption: str, reason: str, moment: Moment) -> FeeAccount:
    """Say what is due, in pence, or why nothing is. Raises InputRefused where neither is given."""
    if due is None and not exemption.strip():
        raise InputRefused("Say what fee is due, or why none is.", code="fee")
    told = {"due_pence": due, "exemption": exemption.strip(), "before_pence": row.fee_due_pence, "reason": reason}
    act_on(work, row, ActName.RECORD_FEE, moment, detail=told)
    row.fee_due_pence, row.fee_exemption = due, exemption.strip()
    return _settle(work, row, moment)


def record_payment(work: Work, row: CaseRow, pence: int, on: date, reference: str, moment: Moment) -> FeeAccount:
    """Write down money that came. Raises InputRefused for none, and for a day to come."""
    return _record(work, row, CasePaymentRow(kind="payment", amount_pence=pence, on=on, reference=reference), moment)


def record_refund(work: Work, row: CaseRow, pence: int, on: date, reason: str, moment: Moment) -> FeeAccount:
    """Write down money that was given back, with the reason. Raises InputRefused for more than was paid."""
    standing(work, row).refuse_refund(pence)
    return _record(work, row, CasePaymentRow(kind="refund", amount_pence=pence, on=on, reason=reason), moment)


def _record(work: Work, row: CaseRow, entry: CasePaymentRow, moment: Moment) -> FeeAccount:
    if entry.amount_pence <= 0:
        raise InputRefused("Enter an amount above nothing.", code="amount")
    if entry.on > moment.on:
        raise InputRefused("Money cannot have been paid on a day to come.", code="paid_on")
    told = {entry.kind: {"pence": entry.amount_pence, "on": entry.on, "reference": entry.reference}}
    act_on(work, row, ActName.RECORD_FEE, moment, detail=told)
    entry.council_id, entry.case_id = row.council_id, row.id
    entry.by, entry.at = work.access.actor, moment.at
    work.session.add(entry)
    return _settle(work, row, moment)


def _settle(work: Work, row: CaseRow, moment: Moment) -> FeeAccount:
    row.updated_at = moment.at
    work.session.flush()
    account = standing(work, row)
    if account.settled:
        take_off(work, row, moment, checks=("fee",))
    else:
        put_on(work, row, moment, "fee")
    return account
