"""Fees: counted in pence, paid only where it was written down."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bopsgis.errors import InputRefused
from bopsgis.planning.fees import FeeAccount, in_pounds, parse_pounds, pence_of

PENCE = st.integers(0, 1_000_000_000)


@pytest.mark.parametrize(
    ("account", "settled", "outstanding", "words"),
    [
        (FeeAccount(), False, None, "It is not known what fee is due."),
        (FeeAccount(exemption="For a disabled person."), True, None, "For a disabled person."),
        (FeeAccount(0), True, 0, "No fee is due."),
        (FeeAccount(25_800), False, 25_800, "£258.00 of £258.00 is still to be paid."),
        (FeeAccount(25_800, paid=20_000), False, 5_800, "£58.00 of £258.00 is still to be paid."),
        (FeeAccount(25_800, paid=25_800), True, 0, "The fee of £258.00 is paid."),
        (FeeAccount(25_800, paid=30_000), True, -4_200, "The fee of £258.00 is paid. £42.00 too much was paid."),
        (FeeAccount(25_800, paid=25_800, refunded=25_800), False, 25_800, "£258.00 of £258.00 is still to be paid."),
        (FeeAccount(12_900, "Half: a parish council.", 12_900), True, 0, "The fee of £129.00 is paid."),
    ],
)
def test_an_account_says_how_it_stands(
    account: FeeAccount, outstanding: int | None, words: str, *, settled: bool
) -> None:
    """Settled, outstanding and the sentence agree; an unknown fee is not a paid one."""
    assert (account.settled, account.outstanding) == (settled, outstanding)
    assert account.sentence.startswith(words)


@given(PENCE)
def test_amounts_come_back_from_pounds(pence: int) -> None:
    """Every amount in pence, written in pounds, is read as the same amount, as a decimal and as a float of JSON."""
    assert pence_of(Decimal(pence) / 100) == pence
    assert pence_of(float(Decimal(pence) / 100)) == pence
    assert in_pounds(pence).replace("£", "").replace(",", "") == f"{pence / 100:.2f}"
    assert parse_pounds(in_pounds(pence)) == parse_pounds(f" {pence / 100:.2f} ") == pence


@pytest.mark.parametrize("amount", [Decimal(-1), Decimal("0.001"), Decimal("1e9"), float("nan"), float("inf"), 0.1234])
def test_what_is_no_amount_is_refused(amount: Decimal | float) -> None:
    """Below nothing, beyond reason, between two pence, and what is no number."""
    with pytest.raises(InputRefused, match="whole pence"):
        pence_of(amount)


@pytest.mark.parametrize(
    "text", ["", "£", "258.5.0", "1e3", "-5", "two hundred", "258.001", "٢٥٨", "99999999999", "nan"]
)
def test_what_is_typed_and_no_amount_is_refused(text: str) -> None:
    """Words, signs, exponents, fractions of a penny and digits of other scripts."""
    with pytest.raises(InputRefused, match="whole pence"):
        parse_pounds(text)


@given(PENCE, PENCE, PENCE)
def test_no_more_is_given_back_than_was_paid(paid: int, refunded: int, more: int) -> None:
    """Whatever was paid and given back before, a refund is refused exactly where the rest would go below nothing."""
    account = FeeAccount(None, paid=paid, refunded=min(paid, refunded))
    if more > account.kept:
        with pytest.raises(InputRefused, match="No more than"):
            account.refuse_refund(more)
    else:
        account.refuse_refund(more)
