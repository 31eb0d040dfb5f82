"""Case references: `26-00123-HAPP`, the year, the council's running number, the application type's suffix."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bopsgis.errors import InputRefused

__all__ = ["CaseReference", "parse_reference"]

_PATTERN = re.compile(r"(?P<year>[0-9]{2})[-/ ](?P<number>[0-9]{5,6})[-/ ](?P<suffix>[A-Z0-9]{2,6})")


@dataclass(frozen=True, slots=True, order=True)
class CaseReference:
    """A council's name for a case. Ordered by year, then number.

    `year` is the two last digits of the year of receipt, `number` runs from 1 without gaps in each council
    and year, `suffix` says the type of application (2 to 6 capital letters and digits).
    """

    year: int
    number: int
    suffix: str

    def __post_init__(self) -> None:
        if not 0 <= self.year <= 99 or not 1 <= self.number <= 999_999:
            raise ValueError(f"no case reference has year {self.year} and number {self.number}")
        if not re.fullmatch("[A-Z0-9]{2,6}", self.suffix):
            raise ValueError(f"{self.suffix!r} is not the suffix of an application type")

    def __str__(self) -> str:
        return f"{self.year:02d}-{self.number:05d}-{self.suffix}"


def parse_reference(text: str) -> CaseReference:
    """Read a reference as people write it: any case, with dashes, slashes or spaces between its parts.

    Raises InputRefused with code `case_reference` for anything else.
    """
    found = _PATTERN.fullmatch(text.strip().upper())
    if found is None or int(found["number"]) == 0:
        raise InputRefused(
            f"“{text[:40]}” is not a case reference.",
            code="case_reference",
            hint="Enter it like 26-00123-HAPP.",
        )
    return CaseReference(int(found["year"]), int(found["number"]), found["suffix"])
