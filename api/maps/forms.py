"""The form "Check a site": five routes to one site boundary, and a date. Input in, value or errors out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from api.core.incoming import SubmittedForm
from api.core.page_forms import FieldError
from api.maps.places import Address, Places
from api.maps.site_field import Names, SiteGiven, read_site
from bopsgis.boundary import Boundary
from bopsgis.errors import InputRefused

__all__ = ["NAMES", "Asked", "ChooseAddress", "Refused", "SiteForm", "read_date"]

NAMES: Final = Names()
"""What the parts of the site are called in this form."""

_EARLIEST = date(1947, 7, 1)
"""Appointed day of the Town and Country Planning Act 1947: nothing was a planning constraint before."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that can be answered: this site on this date."""

    site: Boundary
    as_at: date
    uprn: str | None = None
    """Of the address that was given with the site."""


@dataclass(frozen=True, slots=True)
class ChooseAddress:
    """More than one address fits what was typed."""

    addresses: tuple[Address, ...]
    more: bool
    as_at: date


@dataclass(frozen=True, slots=True)
class Refused:
    """What is wrong with the form, field by field, in the order of the page."""

    errors: tuple[FieldError, ...]
    given: SiteGiven


class _FieldFault(Exception):  # carries a FieldError out of one reader
    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.error = FieldError(field, message)


class SiteForm:
    """Reads the form. `today` is the date that an empty date means."""

    def __init__(self, places: Places, today: date) -> None:
        self.places = places
        self.today = today

    def read(self, form: SubmittedForm) -> Asked | ChooseAddress | Refused:
        """The question asked, the choice still to make, or all that is wrong."""
        errors: list[FieldError] = []
        as_at: date | None = None
        given = read_site(form, self.places, NAMES)
        if given.fault is not None:
            errors.append(FieldError(NAMES.of(given.fault.part), given.fault.message))
        try:
            as_at = self._date(form.fields)
        except _FieldFault as fault:
            errors.append(fault.error)
        if errors or as_at is None:
            return Refused(tuple(errors), given)
        if given.site is None:
            return ChooseAddress(given.choices, given.more, as_at)
        return Asked(given.site, as_at, None if given.address is None else given.address.uprn)

    def _date(self, fields: Mapping[str, str]) -> date:
        parts = [fields.get(f"as_at-{part}", "").strip() for part in ("day", "month", "year")]
        if not any(parts):
            return self.today
        day, month, year = parts
        if not all(re.fullmatch(r"[0-9]{1,4}", part) for part in parts):
            raise _FieldFault("as_at-day", "The date must have a day, a month and a year, such as 27 3 2026")
        try:
            given = date(int(year), int(month), int(day))
        except ValueError as error:
            raise _FieldFault("as_at-day", "The date must be a real date, such as 27 3 2026") from error
        try:
            return within_records(given, self.today)
        except InputRefused as error:
            raise _FieldFault("as_at-day", error.message) from error


def read_date(text: str | None, today: date) -> date:
    """A date as `2026-03-27`; None or nothing means today. Raises InputRefused."""
    if not text:
        return today
    try:
        given = date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        given = None
    if given is None:
        raise InputRefused("The date must be a real date written as 2026-03-27.", code="date_refused")
    return within_records(given, today)


def within_records(given: date, today: date) -> date:
    """The date itself, refused where no record could speak of it. Raises InputRefused."""
    if given < _EARLIEST:
        raise InputRefused(
            "The date must be on or after 1 July 1947, when planning control began.", code="date_refused"
        )
    if given > today:
        raise InputRefused("The date must be today or in the past.", code="date_refused")
    return given
