"""The fee of an application: what is due, what was paid, and whether it stands in the way of validity.

Money is counted in whole pence. What is due comes from the application, or from an officer: the scales of fees
(SI 2012/2920) ask for floorspace, dwellings and site area as the form gives them, and are not worked out here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from bopsgis.errors import InputRefused

__all__ = ["FeeAccount", "in_pounds", "parse_pounds", "pence_of"]

_MOST_POUNDS = Decimal(10_000_000)
_TYPED = re.compile(r"£?\s*([0-9]{1,9}(?:,[0-9]{3})*(?:\.[0-9]{1,2})?)", re.ASCII)


def pence_of(pounds: Decimal | float) -> int:
    """Whole pence of an amount in pounds. Raises InputRefused below nothing, beyond reason, or between two pence.

    >>> pence_of(258.5)
    25850
    """
    amount = Decimal(str(pounds))
    if not amount.is_finite() or not 0 <= amount <= _MOST_POUNDS or amount * 100 % 1:
        raise InputRefused(
            "An amount of money is in pounds and whole pence, such as 258.00.", code="amount", hint="Enter it again."
        )
    return int(amount * 100)


def parse_pounds(text: str) -> int:
    """Whole pence of an amount as people type it. Raises InputRefused for anything else.

    >>> parse_pounds(" £1,258.50 ")
    125850
    """
    typed = _TYPED.fullmatch(text.strip())
    return pence_of(Decimal(typed[1].replace(",", "")) if typed else Decimal("nan"))


def in_pounds(pence: int) -> str:
    """An amount as it is written for people.

    >>> in_pounds(253_500)
    '£2,535.00'
    """
    return f"{'-' if pence < 0 else ''}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


@dataclass(frozen=True, slots=True)
class FeeAccount:
    """The fee of one application, in pence. Nothing is taken for paid that was not written down as paid."""

    due: int | None = None
    """None where nobody has said what is due."""
    exemption: str = ""
    """Why no fee, or a lower one, is due."""
    paid: int = 0
    refunded: int = 0

    @property
    def kept(self) -> int:
        """What was paid and not given back."""
        return self.paid - self.refunded

    @property
    def outstanding(self) -> int | None:
        """What is still to be paid; below nothing where too much was paid. None where it is not known what is due."""
        return None if self.due is None else self.due - self.kept

    @property
    def settled(self) -> bool:
        """True where all that is due was paid, or the reason is given why nothing is due."""
        return self.kept >= self.due if self.due is not None else bool(self.exemption)

    @property
    def sentence(self) -> str:
        """How the account stands, in words."""
        because = f" {self.exemption}" if self.exemption else ""
        if self.due is None:
            return self.exemption or "It is not known what fee is due."
        if self.due == 0 and self.kept == 0:
            return f"No fee is due.{because}"
        left = self.due - self.kept
        if left > 0:
            return f"{in_pounds(left)} of {in_pounds(self.due)} is still to be paid.{because}"
        over = f" {in_pounds(-left)} too much was paid." if left < 0 else ""
        return f"The fee of {in_pounds(self.due)} is paid.{over}{because}"

    def refuse_refund(self, pence: int) -> None:
        """Raise InputRefused where more would be given back than was paid."""
        if pence > self.kept:
            raise InputRefused(
                f"No more than {in_pounds(self.kept)} can be given back: that is what was paid and not yet refunded.",
                code="refund_too_high",
            )
