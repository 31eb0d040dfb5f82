"""JSON routes of a case's fee, and of what an application still lacks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from api.cases import fees
from api.cases.completeness import settle
from api.cases.desk import CaseDesk, officers_desk
from api.cases.forms import CaseAnswer, FeeForm, FeesAnswer, PaymentForm, RefundForm, SettleForm
from api.cases.views import fees_answer
from api.core.incoming import body_of, single_valued
from api.core.problems import described
from bopsgis.planning.fees import pence_of

__all__ = ["router"]

router = APIRouter(
    prefix="/api/v2/cases/{reference}",
    tags=["Cases"],
    dependencies=[Depends(single_valued)],
    responses=described(400, 401, 403, 404, 409, 422),
)

Desk = Annotated[CaseDesk, Depends(officers_desk)]


@router.get("/fee", summary="Read a case's fee")
def read_fee(desk: Desk) -> FeesAnswer:
    """What is due, and every payment and refund."""
    return desk.read(fees_answer)


@router.post("/fee", summary="Say what fee is due")
def set_fee(form: Annotated[FeeForm, Depends(body_of(FeeForm))], desk: Desk) -> CaseAnswer:
    """Or why none is. What is unpaid is among what the application lacks."""
    due = None if form.due is None else pence_of(form.due)
    return desk.act(form, lambda w, row: fees.set_fee(w, row, due, form.exemption, form.reason, desk.now))


@router.post("/payments", summary="Write down a payment")
def record_payment(form: Annotated[PaymentForm, Depends(body_of(PaymentForm))], desk: Desk) -> CaseAnswer:
    """Money that came."""
    return desk.act(
        form, lambda w, row: fees.record_payment(w, row, pence_of(form.amount), form.paid_on, form.reference, desk.now)
    )


@router.post("/refunds", summary="Write down a refund")
def record_refund(form: Annotated[RefundForm, Depends(body_of(RefundForm))], desk: Desk) -> CaseAnswer:
    """No more than was paid, with the reason; also on a case that is over."""
    return desk.act(
        form, lambda w, row: fees.record_refund(w, row, pence_of(form.amount), form.paid_on, form.reason, desk.now)
    )


@router.post("/requirements/settle", summary="Say that something is not missing")
def settle_requirement(form: Annotated[SettleForm, Depends(body_of(SettleForm))], desk: Desk) -> CaseAnswer:
    """Because it is met, or because this application does not need it; the reason is kept in the audit."""
    return desk.act(form, lambda w, row: settle(w, row, form.requirement, form.reason, desk.now))
