"""What is asked of the map: the address of the page read into plain values, and written again.

The address is the permanent link: `?e=441000&n=244700&s=2500&layers=a,b&on=2026-01-31`. Metres on the national grid
(EPSG:27700); `s` is the scale at the 0.28 mm a pixel of the OGC's standard screen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final
from urllib.parse import urlencode

from api.core.page_forms import FieldError
from api.core.problems import RequestRefused
from api.maps.examples import site_text
from api.maps.forms import read_date
from api.maps.place_search import PlaceFound, find_place
from api.maps.places import Places
from bopsgis import boundary
from bopsgis.boundary import Boundary
from bopsgis.errors import InputRefused
from bopsgis.types import BBox, Point

__all__ = ["FIELDS", "OPACITIES", "SCALES", "Asked", "Reader", "read_asked"]

PIXEL_M: Final = 0.00028
"""Side of a pixel of the standard screen (OGC 07-057r7), by which a scale is a number of metres a pixel."""
SCALES: Final = (500, 1_250, 2_500, 5_000, 10_000, 25_000, 50_000)
OPACITIES: Final = (25, 50, 75, 100)
PATH: Final = "/map"
_LEAST_SCALE, _MOST_SCALE = 100, 50_000
_EAST_M, _NORTH_M = 700_000.0, 1_300_000.0
_SIZE: Final = (960, 560)
"""Pixels of the picture, and of the map where the page does not say how large its own is."""
_MOST_PIXELS: Final = 4_000
_MOST_WITHIN_M: Final = 5_000.0
_VIEW: Final = ("e", "n", "s", "layers", "on", "opacity", "site")
FIELDS: Final = (*_VIEW, "place", "at", "within", "then", "from", "to", "size", "choose")
"""Parameters of the page; a layer that is ticked comes as `layer-<dataset>`."""
_QUESTIONS: Final = ("at", "within", "then", "from", "to")
_HAVE_FIELDS: Final = frozenset({"s", "opacity", "within"})
"""Numbers that the page has a field for; what is wrong with another is told at the first field."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to the map. What could not be read is in `errors`; its default stands in for it."""

    centre: Point
    scale: int
    layers: tuple[str, ...]
    on: date
    opacity: int = 100
    site: Boundary | None = None
    at: PlaceFound | None = None
    within_m: float | None = None
    then: date | None = None
    start: PlaceFound | None = None
    end: PlaceFound | None = None
    size: tuple[int, int] = _SIZE
    choices: tuple[PlaceFound, ...] = ()
    """Several places that fit what was typed."""
    choices_for: str = ""
    errors: tuple[FieldError, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    today: date = date.min

    @property
    def error_of(self) -> dict[str, str]:
        """Field -> what is wrong with it."""
        return {error.field: error.message for error in self.errors}

    @property
    def metres_a_pixel(self) -> float:
        """Ground that a pixel of the map covers."""
        return self.scale * PIXEL_M

    @property
    def view(self) -> BBox:
        """What the map shows."""
        half_x, half_y = (pixels * self.metres_a_pixel / 2.0 for pixels in self.size)
        x, y = self.centre.easting, self.centre.northing
        return BBox(x - half_x, y - half_y, x + half_x, y + half_y)

    @property
    def hidden(self) -> dict[str, str]:
        """The view as fields, for the forms that ask something more of it."""
        given = {
            "e": f"{self.centre.easting:.0f}",
            "n": f"{self.centre.northing:.0f}",
            "s": str(self.scale),
            "layers": ",".join(self.layers),
            "on": self.on.isoformat(),
        }
        if self.opacity != OPACITIES[-1]:
            given["opacity"] = str(self.opacity)
        return given | ({"site": site_text(self.site)} if self.site else {})

    def link(self, path: str = PATH, **more: str) -> str:
        """The permanent link to this view, with what is asked of it."""
        return f"{path}?{urlencode({**self.hidden, **more}, safe=',')}"

    def choice_link(self, place: PlaceFound) -> str:
        """To the same question with one of the places that fit."""
        asked = {name: self.fields[name] for name in _QUESTIONS if self.fields.get(name)}
        return self.link(**asked | {self.choices_for: place.asked})

    def around(self, at: Point) -> Asked:
        """The same question with another centre."""
        return replace(self, centre=at)


def read_asked(
    given: Mapping[str, str], places: Places, today: date, start: Point, loaded: Sequence[str], shown: Sequence[str]
) -> Asked:
    """Read the parameters of the page. `start` is the centre, `shown` the layers, where the address names none.

    Raises RequestRefused for a parameter that the page does not know.
    """
    reader = Reader(given, places, today)
    reader.only(FIELDS, [f"layer-{slug}" for slug in loaded])
    asked = Asked(
        centre=reader.centre(start),
        scale=int(reader.number("s", 2_500, _LEAST_SCALE, _MOST_SCALE, "The scale")),
        layers=reader.layers(loaded, shown),
        on=reader.day("on") or today,
        opacity=int(reader.number("opacity", 100, 25, 100, "How strong the layers are")),
        site=reader.site(),
        size=reader.size(),
        today=today,
    )
    at, place = reader.place("at"), reader.place("place")
    asked = replace(
        asked,
        at=at,
        within_m=reader.number("within", 0.0, 1.0, _MOST_WITHIN_M, "The distance") or None,
        then=reader.day("then"),
        start=reader.place("from"),
        end=reader.place("to"),
    )
    if place is not None:
        asked = asked.around(place.at)
    elif asked.site is not None and "e" not in given:
        asked = asked.around(asked.site.centre)
    elif at is not None and not asked.view.west <= at.at.easting <= asked.view.east:
        asked = asked.around(at.at)
    reader.needs_a_place(asked)
    return replace(
        asked,
        choices=reader.choices,
        choices_for=reader.choices_for,
        errors=tuple(reader.errors),
        fields=dict(given),
    )


class Reader:
    """Reads parameters one by one and gathers what is wrong with them."""

    def __init__(self, given: Mapping[str, str], places: Places, today: date) -> None:
        self.given = given
        self.places = places
        self.today = today
        self.errors: list[FieldError] = []
        self.choices: tuple[PlaceFound, ...] = ()
        self.choices_for = ""

    def only(self, *known: Sequence[str]) -> None:
        """Refuse parameters that the page does not know. Raises RequestRefused."""
        names = {name for group in known for name in group}
        for name in self.given:
            if name not in names:
                raise RequestRefused("The address has a parameter that the map does not know.", code="unknown_field")

    def text(self, name: str) -> str:
        """What was given, without the space round it."""
        return self.given.get(name, "").strip()

    def number(self, name: str, default: float, least: float, most: float, what: str) -> float:
        """A number; `what` begins the message."""
        text = self.text(name).replace(",", "")
        if not text:
            return default
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,4})?", text, re.ASCII) or not least <= float(text) <= most:
            field = name if name in _HAVE_FIELDS else "place"
            self.errors.append(FieldError(field, f"{what} must be a number from {least:,g} to {most:,.0f}"))
            return default
        return float(text)

    def centre(self, default: Point) -> Point:
        """The middle of the view."""
        east = self.number("e", default.easting, 0.0, _EAST_M, "The easting")
        return Point(east, self.number("n", default.northing, 0.0, _NORTH_M, "The northing"))

    def layers(self, loaded: Sequence[str], shown: Sequence[str]) -> tuple[str, ...]:
        """Datasets to be drawn, in the order of the catalogue; one that is not loaded is left out."""
        if "choose" in self.given:
            return tuple(slug for slug in loaded if f"layer-{slug}" in self.given)
        if "layers" not in self.given:
            return tuple(slug for slug in loaded if slug in shown)
        wanted = self.given["layers"].split(",")
        return tuple(slug for slug in loaded if slug in wanted)

    def day(self, name: str) -> date | None:
        """A date as 31/1/2026 or 2026-01-31."""
        text = self.text(name)
        if not text:
            return None
        if parts := re.fullmatch(r"([0-9]{1,2})[/ .-]([0-9]{1,2})[/ .-]([0-9]{4})", text, re.ASCII):
            text = f"{parts[3]}-{int(parts[2]):02d}-{int(parts[1]):02d}"
        try:
            return read_date(text, self.today)
        except InputRefused as error:
            self.errors.append(FieldError(name, error.message.replace("written as 2026-03-27", "such as 27/3/2026")))
            return None

    def site(self) -> Boundary | None:
        """A site as WKT in EPSG:27700."""
        text = self.text("site")
        if not text:
            return None
        try:
            return boundary.read(text, crs=27700)
        except InputRefused as error:
            self.errors.append(FieldError("place", f"The site in the address cannot be shown. {error}"))
            return None

    def place(self, name: str) -> PlaceFound | None:
        """A place, where exactly one is meant; several become the page's choice."""
        text = self.text(name)
        if not text:
            return None
        try:
            found = find_place(text[:200], self.places)
        except InputRefused as error:
            self.errors.append(FieldError(name, error.message))
            return None
        if len(found) > 1:
            self.choices, self.choices_for = found, name
            return None
        return found[0]

    def size(self) -> tuple[int, int]:
        """Width and height of the map in pixels."""
        parts = re.fullmatch(r"([0-9]{2,4})x([0-9]{2,4})", self.text("size"), re.ASCII)
        if parts is None:
            return _SIZE
        return min(int(parts[1]), _MOST_PIXELS), min(int(parts[2]), _MOST_PIXELS)

    def needs_a_place(self, asked: Asked) -> None:
        """What belongs together must be given together."""
        ended = {error.field for error in self.errors} | {self.choices_for}
        if asked.within_m and asked.at is None and asked.site is None and "at" not in ended:
            self.errors.append(FieldError("at", "Enter a place: an address, a postcode or a grid reference"))
        for name, other in (("from", "to"), ("to", "from")):
            if self.text(other) and not self.text(name):
                self.errors.append(FieldError(name, "Enter both places to measure between"))
