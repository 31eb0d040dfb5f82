"""Cases as officers get them in JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import shapely
from geoalchemy2.shape import to_shape

from api.cases import store
from api.cases.constraints import Change, ConstraintOnCase
from api.cases.facts import case_of
from api.cases.fees import account_of, payments_of, standing
from api.cases.forms import (
    CaseAnswer,
    CaseSummary,
    ChangeAnswer,
    ConstraintAnswer,
    FeeAnswer,
    FeesAnswer,
    PaymentAnswer,
    PersonForm,
)
from api.cases.tables import CaseRow
from api.core.db import Work
from bopsgis.planning.fees import FeeAccount
from bopsgis.planning.lifecycle import open_acts

__all__ = ["case_answer", "case_summary", "change_answers", "constraint_answers", "fees_answer"]


def _summary(row: CaseRow) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "application_type": row.application_type,
        "status": row.status,
        "address": row.address,
        "proposal": row.proposal,
        "received_on": row.received_on,
        "valid_on": row.valid_on,
        "determination_deadline": row.determination_deadline,
        "case_officer": row.case_officer_id,
        "version": row.version,
    }


def case_summary(row: CaseRow) -> CaseSummary:
    """A case in a list."""
    return CaseSummary(**_summary(row))


def case_answer(work: Work, row: CaseRow) -> CaseAnswer:
    """A case with its site, people and what the reader may do."""
    site = None if row.site is None else to_shape(row.site)
    case = case_of(row)
    acts = {act for role in work.access.roles for act in open_acts(case, role)}
    people = store.parties(work, row).items()
    return CaseAnswer(
        **_summary(row),
        postcode=row.postcode,
        uprns=row.uprns,
        ward=row.ward,
        parish=row.parish,
        site=None if site is None else shapely.geometry.mapping(site),
        area_m2=None if site is None else round(site.area, 2),
        people={
            role: PersonForm(
                name=one.name, company=one.company, email=one.email or None, phone=one.phone, address=one.address
            )
            for role, one in people
        },
        deadline_explained=row.deadline_explained,
        extended_to=row.extended_to,
        earliest_decision=row.earliest_decision,
        missing=row.missing,
        fee=FeeAnswer(**_fee(standing(work, row))),
        open_requests=row.open_requests,
        publicity_due=row.publicity_due,
        decision=row.decision,
        decided_on=row.decided_on,
        appeal_lodged_on=row.appeal_lodged_on,
        appeal_outcome=row.appeal_outcome,
        published_at=row.published_at,
        open_acts=sorted(act.value for act in acts),
    )


def fees_answer(work: Work, row: CaseRow) -> FeesAnswer:
    """The fee of a case with all payments and refunds."""
    payments = payments_of(work, row)
    listed = [
        PaymentAnswer(
            kind=one.kind,
            amount=_pounds(one.amount_pence),
            paid_on=one.on,
            reference=one.reference,
            reason=one.reason,
            by=one.by,
        )
        for one in payments
    ]
    return FeesAnswer(**_fee(account_of(row, payments)), payments=listed)


def _fee(account: FeeAccount) -> dict[str, Any]:
    return {
        "due": None if account.due is None else _pounds(account.due),
        "exemption": account.exemption,
        "paid": _pounds(account.paid),
        "refunded": _pounds(account.refunded),
        "outstanding": None if account.outstanding is None else _pounds(account.outstanding),
        "settled": account.settled,
        "sentence": account.sentence,
    }


def _pounds(pence: int) -> Decimal:
    return Decimal(pence).scaleb(-2)


def constraint_answers(found: tuple[ConstraintOnCase, ...]) -> list[ConstraintAnswer]:
    """The constraints on a case."""
    return [
        ConstraintAnswer(
            dataset=one.dataset,
            name=one.name,
            status=one.status,
            sentence=one.sentence,
            designations=list(one.designations),
            added=one.added,
            dismissed=dict(one.dismissed),
        )
        for one in found
    ]


def change_answers(changes: tuple[Change, ...]) -> list[ChangeAnswer]:
    """What a new screening changed."""
    return [
        ChangeAnswer(dataset=one.dataset, before=one.before, after=one.after, gone=list(one.gone), come=list(one.come))
        for one in changes
    ]
