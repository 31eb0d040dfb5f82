"""The form "Check a site": five routes to one site boundary, and a date. Input in, value or errors out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from api.core.incoming import SubmittedForm
from api.core.page_forms import FieldError
from api.maps.places import Address, Places
from bopsgis import boundary, gridref
from bopsgis.boundary import Boundary
from bopsgis.errors import BopsgisError, InputRefused, NotFound

__all__ = ["ROUTES", "Asked", "ChooseAddress", "Refused", "SiteForm", "read_date"]

ROUTES: Mapping[str, str] = {"draw": "site", "text": "site", "file": "file", "address": "address", "grid": "grid"}
"""Ways to give a site -> the field of the form that an error points to."""

_EARLIEST = date(1947, 7, 1)
"""Appointed day of the Town and Country Planning Act 1947: nothing was a planning constraint before."""
_LARGEST_RADIUS_M = 3_900.0
"""A circle of this radius is just under the largest site allowed, 50 km2."""
_MOST_CHOICES = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that can be answered: this site on this date."""

    site: Boundary
    as_at: date


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
        site: Boundary | tuple[Address, ...] | None = None
        as_at: date | None = None
        try:
            site = self._site(form)
        except _FieldFault as fault:
            errors.append(fault.error)
        try:
            as_at = self._date(form.fields)
        except _FieldFault as fault:
            errors.append(fault.error)
        if site is None or as_at is None:
            return Refused(tuple(errors))
        if isinstance(site, tuple):
            return ChooseAddress(site[:_MOST_CHOICES], len(site) > _MOST_CHOICES, as_at)
        return Asked(site, as_at)

    def _site(self, form: SubmittedForm) -> Boundary | tuple[Address, ...]:
        route = form.fields.get("route", "") or _only_route_used(form)
        readers: Mapping[str, Callable[[SubmittedForm], Boundary | tuple[Address, ...]]] = {
            "draw": _drawn,
            "text": _typed,
            "file": _uploaded,
            "address": self._addressed,
            "grid": _circled,
        }
        if route not in readers:
            raise _FieldFault("route", "Select how you want to give the site")
        try:
            return readers[route](form)
        except (InputRefused, NotFound) as error:
            raise _FieldFault(ROUTES[route], _sentence(error)) from error

    def _addressed(self, form: SubmittedForm) -> Boundary | tuple[Address, ...]:
        text = form.fields.get("address", "").strip()
        if not text:
            raise _FieldFault("address", "Enter an address or a UPRN")
        if re.fullmatch(r"[0-9\s]+", text):
            return self.places.site_of(text)
        found = self.places.search(text, _MOST_CHOICES + 1)
        if not found:
            raise _FieldFault("address", "No address here has all these words. Check the spelling, or use fewer words")
        return self.places.site_of(found[0].uprn) if len(found) == 1 else found

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


def _only_route_used(form: SubmittedForm) -> str:
    """The one route that was filled in where none was selected, or nothing."""
    used = [route for route in ("text", "address", "grid") if form.fields.get(ROUTES[route], "").strip()]
    used += ["file"] if "file" in form.files else []
    return used[0] if len(used) == 1 else ""


def _drawn(form: SubmittedForm) -> Boundary:
    text = form.fields.get("site", "").strip()
    if not text:
        raise _FieldFault("map", "Draw the site on the map, or choose another way to give it")
    return boundary.read(text, crs=27700)


def _typed(form: SubmittedForm) -> Boundary:
    text = form.fields.get("site", "").strip()
    if not text:
        raise _FieldFault("site", "Paste or type the site boundary")
    return boundary.read(text)


def _uploaded(form: SubmittedForm) -> Boundary:
    if "file" not in form.files:
        raise _FieldFault("file", "Select a file")
    name, content = form.files["file"]
    return boundary.read(content, name=name)


def _circled(form: SubmittedForm) -> Boundary:
    text = form.fields.get("grid", "").strip()
    if not text:
        raise _FieldFault("grid", "Enter a grid reference")
    centre = gridref.parse_point(text)
    radius = form.fields.get("radius", "").strip().replace(",", "")
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,2})?", radius) or not 1.0 <= float(radius) <= _LARGEST_RADIUS_M:
        raise _FieldFault("radius", "The radius must be a number of metres from 1 to 3,900")
    return boundary.from_circle(centre, float(radius))


def _sentence(error: BopsgisError) -> str:
    return str(error)
