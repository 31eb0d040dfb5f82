"""What a map must say about where it comes from (OS API brand guidelines), for pages, prints and TileJSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["Attribution", "of_ordnance_survey", "of_our_own"]

_ERROR_REPORTING = "https://www.ordnancesurvey.co.uk/contact-us/errors"
_TERMS = "https://www.ordnancesurvey.co.uk/legal"


@dataclass(frozen=True, slots=True)
class Attribution:
    """A statement, and links that go with it as (words, address)."""

    statement: str
    links: tuple[tuple[str, str], ...] = ()

    @property
    def html(self) -> str:
        """As TileJSON and map clients want it: nothing in it comes from outside."""
        links = (f'<a href="{address}" rel="noopener">{words}</a>' for words, address in self.links)
        return " ".join((self.statement, *links))


def of_ordnance_survey(licence: str, today: date) -> Attribution:
    """The Ordnance Survey's statement with the year and the council's licence number, and its two links."""
    rights = f"© Crown copyright and database rights {today.year}"
    statement = f"{rights} OS {licence}" if licence else f"Contains OS data {rights}"
    return Attribution(statement, (("Error reporting", _ERROR_REPORTING), ("Terms", _TERMS)))


def of_our_own(town: str | None) -> Attribution:
    """What our own base map says: whose data it is, or that there is none."""
    if town:
        return Attribution(f"{town} is an invented place. Map made by bopsgis.")
    return Attribution("National grid only: no base map is loaded.")
