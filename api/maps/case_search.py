"""What a person asks of a list of cases, read from the address of the page: one form for officers and the public.

A search is a GET form, so that a page of results can be kept and sent to others. Every part of it that is in use
comes back as a tag that can be removed by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import shapely

from api.cases.wanted import Days, Near, Order, Sort, Wanted
from api.core.page_forms import FieldError
from api.core.problems import RequestRefused
from api.maps.place_search import PlaceFound, find_place
from api.maps.places import Places
from bopsgis import boundary
from bopsgis.errors import InputRefused
from bopsgis.planning.application_types import application_types, families
from bopsgis.planning.calendar import in_words
from bopsgis.planning.case import CaseStatus, Decision
from constraints.catalogue import datasets

__all__ = ["DATED", "WITHIN_M", "CaseSearch", "Tag", "read_search", "type_choices"]

WITHIN_M: Final = (100, 250, 500, 1_000, 2_000, 5_000)
DATED: Final[Mapping[str, str]] = {"received": "Received", "valid": "Valid", "deadline": "Due", "decided": "Decided"}
"""Field of `Wanted` -> how its filter begins."""
_LONGEST: Final = 200
_LONGEST_AREA: Final = 6_000
_MOST_PAGES: Final = 100_000
_DAY = re.compile(r"([0-9]{1,2})[/. -]([0-9]{1,2})[/. -]([0-9]{4})|([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tag:
    """One filter in use, and the address of the same list without it."""

    text: str
    without: str


@dataclass(frozen=True, slots=True)
class CaseSearch:
    """A search as the form shows it (`fields`, `errors`, `tags`) and as the query needs it."""

    path: str
    fields: Mapping[str, str]
    wanted: Wanted
    order: Order
    page: int
    errors: tuple[FieldError, ...] = ()
    tags: tuple[Tag, ...] = ()
    place: PlaceFound | None = None
    """Where `near` is, in words too."""
    places: tuple[PlaceFound, ...] = ()
    """Several that fit what was typed as the place; none of them is used then."""

    @property
    def error_of(self) -> dict[str, str]:
        """Field id -> its error."""
        return {error.field: error.message for error in self.errors}

    @property
    def searched(self) -> shapely.Geometry | None:
        """The area that was searched, to be drawn."""
        near = self.wanted.near
        if near is None:
            area: shapely.Geometry | None = self.wanted.area
            return area
        return shapely.Point(near.easting, near.northing).buffer(near.within_m, quad_segs=32)

    def link(self, path: str | None = None, **changed: str | int) -> str:
        """The address of the same search at `path`, with some fields changed; an empty value takes one out."""
        fields = {**self.fields, **{name.replace("_", "-"): str(value) for name, value in changed.items()}}
        kept = {name: value for name, value in fields.items() if value}
        return f"{path or self.path}?{urlencode(kept)}" if kept else path or self.path


@dataclass(slots=True)
class _Reading:
    """The search as far as it is read."""

    fields: Mapping[str, str]
    names: Mapping[int, str]
    wanted: Wanted = field(default_factory=Wanted)
    errors: list[FieldError] = field(default_factory=list)
    tags: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Words of a filter in use, and the fields to leave out so as to remove it."""

    def get(self, name: str) -> str:
        return self.fields.get(name, "").strip()[:_LONGEST]

    def use(self, said: str, *names: str, **values: Any) -> None:
        self.wanted = replace(self.wanted, **values)
        self.tags.append((said, names))


def read_search(
    path: str,
    params: Mapping[str, str],
    places: Places,
    *,
    default: Order,
    officers: Mapping[int, str] | None = None,
    also: frozenset[str] = frozenset(),
) -> CaseSearch:
    """The search in the query string `params` of the page `path`.

    `officers` (id -> name) lets cases be sought by their officer; None for the public. `also` are parameters of
    the page itself. What cannot be used is among the errors and narrows nothing. Raises RequestRefused for a
    parameter that is not known.
    """
    _refuse_unknown(params, also, for_officers=officers is not None)
    reading = _Reading(params, officers or {})
    for read in (_words, _types, _statuses, _decision, _officer, _ward, _constraint, _days, _area):
        read(reading)
    place, several = _near(reading, places)
    search = CaseSearch(
        path=path,
        fields={name: value for name, value in params.items() if value and name != "done"},
        wanted=reading.wanted,
        order=_order(reading, default, near=place is not None, public=officers is None),
        page=_page(params.get("page", "")),
        errors=tuple(reading.errors),
        place=place,
        places=several,
    )
    tags = tuple(Tag(words, search.link(page="", **dict.fromkeys(names, ""))) for words, names in reading.tags)
    return replace(search, tags=tags)


def type_choices() -> list[tuple[str, str]]:
    """Code and name of each type of application that is still in use, by family."""
    rows = [one for one in application_types().values() if one.current]
    order = list(families())
    return [(one.code, one.name) for one in sorted(rows, key=lambda one: (order.index(one.family), one.name))]


def _refuse_unknown(params: Mapping[str, str], also: frozenset[str], *, for_officers: bool) -> None:
    known = {"q", "type", "decision", "ward", "constraint", "near", "within", "area", "sort", "page", "done"}
    known |= {f"status-{status.value}" for status in CaseStatus} | also
    known |= {f"{name}-{side}" for name in DATED for side in ("from", "to")}
    known |= {"officer"} if for_officers else set()
    for name in params.keys() - known:
        shown = name[:40].encode("ascii", "backslashreplace").decode("ascii")
        raise RequestRefused(f"The address has a parameter “{shown}” that is not known.", code="unknown_parameter")


def _words(reading: _Reading) -> None:
    if words := reading.get("q"):
        reading.use(f"“{words}”", "q", words=words)


def _types(reading: _Reading) -> None:
    """A type by its code, or all of a family of codes by the beginning up to a dot."""
    asked = reading.get("type")
    if not asked:
        return
    codes = frozenset(code for code in application_types() if code == asked or code.startswith(f"{asked}."))
    if not codes:
        reading.errors.append(FieldError("type", "Select a type from the list"))
        return
    name = application_types()[asked].name if asked in application_types() else asked
    reading.use(name, "type", types=codes)


def _statuses(reading: _Reading) -> None:
    asked = [status for status in CaseStatus if reading.get(f"status-{status.value}")]
    reading.wanted = replace(reading.wanted, statuses=frozenset(asked))
    reading.tags += [(status.in_words.capitalize(), (f"status-{status.value}",)) for status in asked]


def _decision(reading: _Reading) -> None:
    asked = reading.get("decision")
    if asked in {one.value for one in Decision}:
        words = asked.replace("_", " ").capitalize()
        reading.use(words, "decision", decisions=frozenset({Decision(asked)}))
    elif asked:
        reading.errors.append(FieldError("decision", "Select a decision from the list"))


def _officer(reading: _Reading) -> None:
    asked = reading.get("officer")
    if not asked:
        return
    key = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
    if key in reading.names:
        reading.use(reading.names[key], "officer", officers=frozenset({key}))
    else:
        reading.errors.append(FieldError("officer", "Select an officer from the list"))


def _ward(reading: _Reading) -> None:
    if asked := reading.get("ward"):
        reading.use(f"Ward: {asked}", "ward", wards=frozenset({asked}))


def _constraint(reading: _Reading) -> None:
    asked = reading.get("constraint")
    if asked in datasets():
        reading.use(datasets()[asked].name, "constraint", constraints=frozenset({asked}))
    elif asked:
        reading.errors.append(FieldError("constraint", "Select a constraint from the list"))


def _days(reading: _Reading) -> None:
    for name, words in DATED.items():
        sides = {side: _day(reading, f"{name}-{side}") for side in ("from", "to")}
        first, last = sides["from"], sides["to"]
        if first is None and last is None:
            continue
        if first is not None and last is not None and first > last:
            reading.errors.append(FieldError(f"{name}-to", f"The last day must be {in_words(first)} or later"))
            continue
        said = [f"from {in_words(first)}"] if first else []
        said += [f"to {in_words(last)}"] if last else []
        reading.use(f"{words} {' '.join(said)}", f"{name}-from", f"{name}-to", **{name: Days(first, last)})


def _day(reading: _Reading, name: str) -> date | None:
    text = reading.get(name)
    if not text:
        return None
    found = _DAY.fullmatch(text)
    parts = [int(part) for part in found.groups() if part] if found else []
    year_first = found is not None and found[4] is not None
    try:
        return date(*parts) if year_first else date(*reversed(parts))
    except (TypeError, ValueError):  # no parts at all, or no such day
        reading.errors.append(FieldError(name, "Enter a real date, such as 27/3/2026"))
        return None


def _area(reading: _Reading) -> None:
    """An area that was drawn on the map: WKT in EPSG:27700 metres, or west,south,east,north of a view."""
    text = reading.fields.get("area", "").strip()
    if not text:
        return
    if len(text) > _LONGEST_AREA:
        reading.errors.append(FieldError("area", "The area has too many corners for a search. Draw it more simply"))
        return
    try:
        wkt = _box_as_wkt(text) if re.fullmatch(r"[-0-9.,\s]+", text) else text
        site = boundary.read(wkt, crs=27700)
    except InputRefused as error:
        reading.errors.append(FieldError("area", error.message))
        return
    hectares = site.area_m2 / 10_000
    reading.use(f"In the area drawn ({hectares:,.1f} hectares)", "area", area=site.geometry)


def _box_as_wkt(text: str) -> str:
    sides = [side.strip() for side in text.split(",")]
    if len(sides) != 4:
        raise InputRefused("An area needs west,south,east,north in metres, or a polygon.")
    west, south, east, north = sides
    return f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"


def _near(reading: _Reading, places: Places) -> tuple[PlaceFound | None, tuple[PlaceFound, ...]]:
    text = reading.get("near")
    if not text:
        return None, ()
    within = reading.get("within") or "500"
    if within not in {str(metres) for metres in WITHIN_M}:
        reading.errors.append(FieldError("within", "Select a distance from the list"))
        return None, ()
    try:
        found = find_place(text, places)
    except InputRefused as error:
        reading.errors.append(FieldError("near", error.message))
        return None, ()
    if len(found) != 1:
        reading.errors.append(FieldError("near", "More than one address fits. Choose one of them below"))
        return None, found
    (place,) = found
    near = Near(place.at.easting, place.at.northing, float(within))
    reading.use(f"Within {int(within):,} m of {place.words}", "near", "within", near=near)
    return place, ()


def _order(reading: _Reading, default: Order, *, near: bool, public: bool) -> Order:
    """`sort=received` or `sort=-received`; a search round a place is sorted by distance where nothing else is asked."""
    text = reading.get("sort")
    by = text.removeprefix("-")
    unusable = ({Sort.OFFICER} if public else set()) | (set() if near else {Sort.DISTANCE})
    if by in {sort.value for sort in Sort} - {sort.value for sort in unusable}:
        return Order(Sort(by), descending=text.startswith("-"))
    return Order(Sort.DISTANCE) if near else default


def _page(text: str) -> int:
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1
    return min(max(page, 1), _MOST_PAGES)
