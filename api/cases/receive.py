"""Receiving an application: a new case with its number, site boundary, people and first constraint report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from geoalchemy2.shape import from_shape

from api.cases import store
from api.cases.acting import Moment
from api.cases.tables import BoundaryVersionRow, CasePaymentRow, CaseRow, PartyRow
from api.cases.words import index_words
from api.core import audit
from api.core.db import Work, multipolygon
from bopsgis.boundary import Boundary
from bopsgis.errors import InputRefused
from bopsgis.planning.application_types import application_type
from bopsgis.planning.case import CaseStatus
from bopsgis.planning.fees import FeeAccount
from bopsgis.planning.reference import CaseReference

__all__ = ["NewCase", "NewFee", "Person", "draw_boundary", "receive"]


@dataclass(frozen=True, slots=True)
class Person:
    """An applicant or an agent."""

    name: str
    company: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class NewFee:
    """What an application says of its fee, in pence."""

    due: int | None = None
    exemption: str = ""
    paid: int = 0
    reference: str = ""
    """Of the payment."""

    @property
    def account(self) -> FeeAccount:
        """As the rules of planning see it."""
        return FeeAccount(self.due, self.exemption, self.paid)


@dataclass(frozen=True, slots=True)
class NewCase:
    """What an application brings. `missing` is what validation still lacks, in words."""

    application_type: str
    received_on: date
    proposal: str
    address: str
    postcode: str | None = None
    uprns: tuple[str, ...] = ()
    ward: str | None = None
    parish: str | None = None
    site: Boundary | None = None
    people: Mapping[str, Person] = field(default_factory=dict)
    """By role: `applicant`, `agent`."""
    eia: bool = False
    alternative_reference: str | None = None
    missing: tuple[str, ...] = ()
    fee: NewFee = NewFee()


def receive(work: Work, new: NewCase, moment: Moment) -> CaseRow:
    """Open a case: its number is given in this unit of work, so that a failure leaves no gap.

    Raises NotFound for an unknown type of application and InputRefused for a superseded one.
    """
    kind = application_type(new.application_type)
    if not kind.current:
        raise InputRefused(f"“{kind.name}” is not used for new cases.", code="application_type_superseded")
    year = new.received_on.year
    number = store.next_number(work, year)
    row = CaseRow(
        council_id=work.access.council_id,
        year=year,
        number=number,
        suffix=kind.suffix,
        reference=str(CaseReference(year % 100, number, kind.suffix)),
        application_type=kind.code,
        status=CaseStatus.RECEIVED.value,
        received_on=new.received_on,
        proposal=new.proposal,
        address=new.address,
        postcode=new.postcode,
        uprns=list(new.uprns),
        ward=new.ward,
        parish=new.parish,
        eia=new.eia,
        alternative_reference=new.alternative_reference,
        missing=list(new.missing),
        fee_due_pence=new.fee.due,
        fee_exemption=new.fee.exemption,
        created_at=moment.at,
        updated_at=moment.at,
    )
    if new.site is not None:
        _place(row, new.site)
    work.session.add(row)
    work.session.flush()
    for role, person in new.people.items():
        work.session.add(PartyRow(council_id=row.council_id, case_id=row.id, role=role, **_columns(person)))
    if new.fee.paid:
        work.session.add(_payment(work, row, new, moment))
    if new.site is not None:
        work.session.add(_version(work, row, new.site, moment, "as submitted"))
    index_words(work, row)
    told = {"reference": row.reference, "application_type": kind.code, "received_on": new.received_on}
    told |= {"fee": {"due_pence": new.fee.due, "exemption": new.fee.exemption, "paid_pence": new.fee.paid}}
    audit.record(work, "receive", moment.at, case_id=row.id, detail=told)
    return row


def draw_boundary(work: Work, row: CaseRow, site: Boundary, moment: Moment, *, reason: str) -> BoundaryVersionRow:
    """Give the case a site boundary; the one before stays in the case's history."""
    _place(row, site)
    version = _version(work, row, site, moment, reason)
    work.session.add(version)
    work.session.flush()
    return version


def _place(row: CaseRow, site: Boundary) -> None:
    row.site = from_shape(multipolygon(site.geometry), srid=27700, extended=True)
    row.site_sha256 = site.sha256


def _version(work: Work, row: CaseRow, site: Boundary, moment: Moment, reason: str) -> BoundaryVersionRow:
    return BoundaryVersionRow(
        council_id=row.council_id,
        case_id=row.id,
        site=row.site,
        sha256=site.sha256,
        drawn_by=work.access.actor,
        drawn_at=moment.at,
        source=f"{site.source_format}, EPSG:{site.source_crs}",
        reason=reason,
    )


def _payment(work: Work, row: CaseRow, new: NewCase, moment: Moment) -> CasePaymentRow:
    return CasePaymentRow(
        council_id=row.council_id,
        case_id=row.id,
        kind="payment",
        amount_pence=new.fee.paid,
        on=new.received_on,
        reference=new.fee.reference,
        reason="as submitted",
        by=work.access.actor,
        at=moment.at,
    )


def _columns(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "company": person.company,
        "email": person.email,
        "phone": person.phone,
        "address": person.address,
    }
