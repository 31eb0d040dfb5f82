"""The fee of a case on both stores: written down, settled, in the way of validity, and never public."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.exc import DBAPIError
from support.casework import NOON, OFFICER, app_of, settled, signed_in

from api.cases import fee_routes, fees, routes, store
from api.cases.public_record import listed_record
from api.cases.receive import NewCase, NewFee, receive
from api.cases.tables import CasePaymentRow
from api.core.access import Access
from api.core.audit import trail
from api.core.db import Database
from bopsgis.errors import InputRefused, NotAllowed
from bopsgis.planning.case import Role
from bopsgis.planning.redaction import public_view

FEE = "The fee, or the reason why none is due."
DAY = date(2026, 6, 1)


def a_case(database: Database, fee: NewFee, missing: tuple[str, ...] = ()) -> str:
    """The reference of a case that was received with this fee."""
    new = NewCase("pp.full.householder", DAY, "A porch", "1 Example Street", fee=fee, missing=missing)
    with database.unit_of_work(OFFICER) as work:
        return receive(work, new, NOON).reference


def test_a_fee_is_paid_in_parts_given_back_and_due_again(database: Database) -> None:
    """What is unpaid is missing, what is paid is not; a refund puts it back; each step is in the audit."""
    reference = a_case(database, NewFee(25_800), (FEE,))
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        assert not fees.record_payment(work, row, 20_000, DAY, "A", NOON).settled
        assert row.missing == [FEE]
        assert fees.record_payment(work, row, 5_800, DAY, "B", NOON).settled
        assert row.missing == []
        with pytest.raises(InputRefused, match=r"No more than £258\.00"):
            fees.record_refund(work, row, 25_801, DAY, "Too much", NOON)
        assert fees.record_refund(work, row, 25_800, DAY, "Withdrawn", NOON).outstanding == 25_800
        assert row.missing == [FEE]
        assert fees.set_fee(work, row, None, "For a disabled person.", "Evidence seen.", NOON).settled
        assert row.missing == []
        acts = [event.act for event in trail(work, row.id)]
    assert acts.count("record_fee") == 4
    assert (acts.count("requirement_met"), acts.count("requirement_due")) == (2, 1)


def test_who_may_and_what_cannot_be(database: Database) -> None:
    """An administrator is refused; so are no money, money to come, and a fee of which nothing is said."""
    reference = a_case(database, NewFee())
    administrator = Access(1, "Administrator", frozenset({Role.ADMINISTRATOR}))
    with database.unit_of_work(administrator) as work, pytest.raises(NotAllowed):
        fees.set_fee(work, store.lock(work, reference), 1, "", "x", NOON)
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        for refused in (
            lambda: fees.record_payment(work, row, 0, DAY, "", NOON),
            lambda: fees.record_payment(work, row, 1, date(2026, 6, 2), "", NOON),
            lambda: fees.set_fee(work, row, None, " ", "x", NOON),
        ):
            with pytest.raises(InputRefused):
                refused()
        assert fees.payments_of(work, row) == []


def test_the_store_itself_refuses_money_that_is_none(database: Database) -> None:
    """A CHECK constraint, however the row comes in."""
    reference = a_case(database, NewFee())
    entry = {"kind": "payment", "amount_pence": 0, "on": DAY, "by": "x", "at": NOON.at}
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        work.session.add(CasePaymentRow(council_id=1, case_id=row.id, **entry))
        with pytest.raises(DBAPIError):
            work.session.flush()
        work.session.rollback()


def test_another_council_sees_no_payment(database: Database) -> None:
    """Neither the case nor, asked by the row, what was paid for it."""
    reference = a_case(database, NewFee(100, paid=100))
    with database.reading(OFFICER) as work:
        row = store.get(work, reference)
    with database.reading(Access(2, "B", OFFICER.roles)) as work:
        assert fees.payments_of(work, row) == []


def test_fees_over_http_and_validity(database: Database) -> None:
    """Entered by hand unpaid, the case cannot be valid; paid it can; a stale page is a conflict; pounds are text."""
    officer = signed_in(app_of(database, routes.router, fee_routes.router, checks=_Site()), Role.ASSESSOR)
    site = {
        "type": "Polygon",
        "coordinates": [[[430000, 280000], [430020, 280000], [430020, 280030], [430000, 280000]]],
    }
    given = {
        "application_type": "pp.full.householder",
        "received_on": "2026-06-01",
        "proposal": "A porch",
        "address": "1 Example Street",
        "declared": True,
        "certificate": True,
        "site": site,
        "site_crs": 27700,
        "fee": {"due": "258.00", "paid": "100.50", "reference": "Cheque 7"},
    }
    case = officer.post("/api/v2/cases", json=given).json()
    assert (case["fee"]["outstanding"], case["fee"]["settled"], case["ward"]) == ("157.50", False, "Mill Ward")
    assert case["parish"] == "Millham"
    assert FEE in case["missing"]
    assert "An ownership certificate." not in case["missing"]
    path = f"/api/v2/cases/{case['reference']}"
    rest = {"version": case["version"], "amount": "157.50", "paid_on": "2026-06-01"}
    paid = officer.post(f"{path}/payments", json=rest).json()
    assert (paid["fee"]["settled"], FEE in paid["missing"]) == (True, False)
    assert officer.post(f"{path}/payments", json=rest).status_code == 409
    for amount in ("-1", "1.001", "NaN", 1e12):
        body = {**rest, "version": paid["version"], "amount": amount}
        assert officer.post(f"{path}/payments", json=body).status_code == 422
    complete = settled(officer, paid)
    done = officer.post(f"{path}/validate", json={"version": complete["version"], "valid_on": "2026-06-01"})
    assert done.status_code == 200, done.text
    back = {"version": done.json()["version"], "amount": "58", "paid_on": "2026-06-01", "reason": "Paid too much."}
    refunded = officer.post(f"{path}/refunds", json=back).json()
    assert refunded["fee"]["sentence"] == "£58.00 of £258.00 is still to be paid."
    assert refunded["missing"] == []
    listed = officer.get(f"{path}/fee").json()["payments"]
    assert [(one["kind"], one["amount"]) for one in listed] == [
        ("payment", "100.50"),
        ("payment", "157.50"),
        ("refund", "58.00"),
    ]


class _Site:
    """Data in which nothing lies on a site but a ward and a parish."""

    def check(self, site: object, on: date) -> None:
        """Constraints are not known."""
        del site, on

    def areas(self, site: object, on: date) -> dict[str, str]:
        """As if their boundaries were loaded."""
        del site, on
        return {"ward": "Mill Ward", "parish": "Millham"}


def test_nothing_of_a_fee_is_public(database: Database) -> None:
    """Neither in lists nor on the page of a case: the fee is not among what is allowed, and no column of it leaks."""
    reference = a_case(database, NewFee(25_800, "canary-exemption", 25_800, "canary-payment"))
    with database.reading(OFFICER) as work:
        row = store.get(work, reference)
        everything = {**listed_record(row), "fee": {"exemption": row.fee_exemption}, "fee_exemption": row.fee_exemption}
    assert "canary" not in str(public_view(everything))
    assert "fee" not in str(sorted(public_view(everything)))
