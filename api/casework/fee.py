"""The fee of a case as pages: what is due and why, what was paid and given back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from api.cases import fees
from api.cases.tables import CaseRow
from api.casework.desk import PREFIX, At, Desk
from api.casework.fields import Field, Kind, Values
from api.casework.stages import why_not
from api.casework.tasks import About, Task, add_tasks, sentences
from api.core.db import Work
from bopsgis.planning.calendar import in_words
from bopsgis.planning.fees import in_pounds
from bopsgis.planning.lifecycle import ActName

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, include_in_schema=False)


@router.get("/validation/fee")
def overview(desk: At) -> Response:
    """How the fee stands, and every payment and refund."""
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        entries = fees.payments_of(work, row)
        context = {
            "account": fees.account_of(row, entries),
            "due": "Not known" if row.fee_due_pence is None else in_pounds(row.fee_due_pence),
            "payments": [(in_words(one.on), one, in_pounds(one.amount_pence)) for one in entries],
            "why": why_not(row, desk.access, ActName.RECORD_FEE, desk.now.on),
            "sentences": sentences(),
        }
        return desk.show(work, row, "casework/fee.html", context)


_PAID_ON: Final = Field("paid_on", "The day of the payment", Kind.DAY, ask="-")


def _due_fields(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (
        Field("due", "The fee that is due", Kind.MONEY, hint="Enter 0 where none is due. Leave it empty if not known."),
        Field("exemption", "Why no fee, or a lower one, is due", longest=500, hint="For example, a resubmission."),
        Field("reason", "How you know", Kind.TEXT, ask="Say how you know what is due", rows=3),
    )


def _due_now(_desk: Desk, _work: Work, row: CaseRow) -> Values:
    due = row.fee_due_pence
    return {"due": "" if due is None else in_pounds(due)[1:], "exemption": row.fee_exemption}


def _payment_fields(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (
        Field("amount", "The amount that came", Kind.MONEY, ask="Enter the amount that came"),
        _PAID_ON,
        Field("reference", "Reference of the payment"),
    )


def _rest(_desk: Desk, work: Work, row: CaseRow) -> Values:
    left = fees.standing(work, row).outstanding
    return {"amount": in_pounds(left)[1:]} if left is not None and left > 0 else {}


def _refund_fields(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (
        Field("amount", "The amount that was given back", Kind.MONEY, ask="Enter the amount that was given back"),
        _PAID_ON,
        Field("reason", "Why it was given back", Kind.TEXT, ask="Say why it was given back", rows=3),
    )


def _about(desk: Desk, work: Work, row: CaseRow) -> About:
    why = why_not(row, desk.access, ActName.RECORD_FEE, desk.now.on)
    account = fees.standing(work, row)
    return About((account.sentence,), cannot=f"The fee cannot be changed now. {why}" if why else "")


def _set_due(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    fees.set_fee(work, row, values["due"], values["exemption"], values["reason"], desk.now)


def _pay(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    fees.record_payment(work, row, values["amount"], values["paid_on"], values["reference"], desk.now)


def _refund(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    fees.record_refund(work, row, values["amount"], values["paid_on"], values["reason"], desk.now)


_BACK: Final = "validation/fee"
add_tasks(
    router,
    Task(
        "validation/fee/due",
        "The fee that is due",
        "Save",
        "It has been kept what fee is due.",
        _set_due,
        back=_BACK,
        fields=_due_fields,
        filled=_due_now,
        about=_about,
    ),
    Task(
        "validation/fee/payment",
        "Write down a payment",
        "Write it down",
        "The payment has been written down.",
        _pay,
        back=_BACK,
        fields=_payment_fields,
        filled=_rest,
        about=_about,
    ),
    Task(
        "validation/fee/refund",
        "Write down a refund",
        "Write it down",
        "The refund has been written down.",
        _refund,
        back=_BACK,
        fields=_refund_fields,
        about=_about,
    ),
)
