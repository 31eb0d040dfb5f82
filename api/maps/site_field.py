"""The site boundary as a field of a form: one for every page on which somebody gives one.

It can be drawn on a map, typed or pasted, uploaded, taken from the plot of an address, or a circle round a place.
Templates draw it with `maps/site_field.html`; what a fault is and where comes back with the outline that was given,
so that the page can show it with a pin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import shapely

from api.core.incoming import SubmittedForm
from api.maps.basemap import BaseMap
from api.maps.examples import site_text
from api.maps.figure import Item, figure
from api.maps.location_plan import LocationAnswer
from api.maps.places import Address, Places
from bopsgis import boundary, gridref
from bopsgis.boundary import Boundary
from bopsgis.errors import InputRefused, NotFound
from bopsgis.types import Point
from constraints.render.style import Style
from constraints.screen import words

__all__ = [
    "LATER",
    "LOOK",
    "ROUTES",
    "Names",
    "SiteFault",
    "SiteGiven",
    "SitePicture",
    "map_settings",
    "picture_of",
    "read_site",
    "text_of",
]

ROUTES: Final = ("draw", "text", "file", "address", "grid")
LATER: Final = "later"
"""No boundary yet, where the form allows that."""
LOOK: Final = "look"
"""The button that shows what was given before anything is done with it."""
_LARGEST_RADIUS_M: Final = 3_900.0
"""A circle of this radius is just under the largest site allowed, 50 km2."""
_MOST_CHOICES: Final = 30
_FAULT: Final = Style("fault", "Fault", "#0b0c0c", (), "dots")


@dataclass(frozen=True, slots=True)
class Names:
    """What the parts of the field are called in a form; `prefix` keeps them apart from the form's other fields."""

    prefix: str = ""

    def of(self, part: str) -> str:
        """The name, and the element's id, of one part: `route`, `site`, `file`, `address`, `grid` or `radius`."""
        return part if part in ("site", "file", "map", LOOK) else f"{self.prefix}{part}"

    @property
    def all(self) -> tuple[str, ...]:
        """Every name that the form may have."""
        return tuple(self.of(part) for part in ("route", "site", "file", "address", "grid", "radius", LOOK))


@dataclass(frozen=True, slots=True)
class SiteFault:
    """Why there is no boundary: `part` of the field it is about, `at` on the ground, the outline as it was given."""

    part: str
    message: str
    at: Point | None = None
    outline: shapely.Geometry | None = None


@dataclass(frozen=True, slots=True)
class SiteGiven:
    """What the field holds: a boundary, addresses to choose from, a fault, or nothing where it may be empty."""

    site: Boundary | None = None
    choices: tuple[Address, ...] = ()
    more: bool = False
    """There are more addresses than are offered."""
    fault: SiteFault | None = None
    looked: bool = False
    """The person wants to see it first."""
    address: Address | None = None
    """Whose plot the boundary is."""


@dataclass(frozen=True, slots=True)
class SitePicture:
    """A boundary, or a fault in one, as the server draws it: for everybody, with or without a script."""

    picture: str
    alt: str
    heading: str
    area: str = ""
    answers: Sequence[LocationAnswer] = field(default_factory=tuple)


class _Fault(Exception):  # carries a SiteFault out of one reader
    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.fault = SiteFault(part, message)


def read_site(form: SubmittedForm, places: Places, names: Names, *, optional: bool = False) -> SiteGiven:
    """What the form says of the site. Only one route counts: the one selected, else the only one filled in."""
    reader = _Reader(form, places, names)
    route = form.fields.get(names.of("route"), "") or reader.only_used()
    if optional and route in ("", LATER) and not reader.used():
        return SiteGiven()
    readers: Mapping[str, Callable[[], SiteGiven]] = {
        "draw": reader.drawn,
        "text": reader.typed,
        "file": reader.uploaded,
        "address": reader.addressed,
        "grid": reader.circled,
    }
    if route not in readers:
        several = len(reader.used()) > 1 or route == LATER
        asked = "Give the site boundary in one way only" if several else "Select how you want to give the site"
        return SiteGiven(fault=SiteFault("route", asked))
    looked = names.of(LOOK) in form.fields
    try:
        given = readers[route]()
    except _Fault as error:
        return SiteGiven(fault=error.fault, looked=looked)
    except (InputRefused, NotFound) as error:
        part = {"draw": "map", "text": "site"}.get(route, route)
        return SiteGiven(fault=SiteFault(part, str(error), error.at, reader.sketch(route)), looked=looked)
    return replace(given, looked=looked)


@dataclass(frozen=True, slots=True)
class _Reader:
    form: SubmittedForm
    places: Places
    names: Names

    def text(self, part: str) -> str:
        return self.form.fields.get(self.names.of(part), "").strip()

    def used(self) -> list[str]:
        """Routes that were filled in."""
        found = {"text": "site", "address": "address", "grid": "grid"}
        used = [route for route, part in found.items() if self.text(part)]
        return [*used, *(["file"] if self.names.of("file") in self.form.files else [])]

    def only_used(self) -> str:
        used = self.used()
        return used[0] if len(used) == 1 else ""

    def drawn(self) -> SiteGiven:
        if not self.text("site"):
            raise _Fault("map", "Draw the site on the map, or choose another way to give it")
        return SiteGiven(boundary.read(self.text("site"), crs=27700))

    def typed(self) -> SiteGiven:
        if not self.text("site"):
            raise _Fault("site", "Paste or type the site boundary")
        return SiteGiven(boundary.read(self.text("site")))

    def uploaded(self) -> SiteGiven:
        if self.names.of("file") not in self.form.files:
            raise _Fault("file", "Select a file")
        name, content = self.form.files[self.names.of("file")]
        return SiteGiven(boundary.read(content, name=name))

    def addressed(self) -> SiteGiven:
        text = self.text("address")
        if not text:
            raise _Fault("address", "Enter an address or a UPRN")
        if re.fullmatch(r"[0-9\s]+", text):
            return SiteGiven(self.places.site_of(text), address=self.places.address(text))
        found = self.places.search(text, _MOST_CHOICES + 1)
        if not found:
            raise _Fault("address", "No address here has all these words. Check the spelling, or use fewer words")
        if len(found) == 1:
            return SiteGiven(self.places.site_of(found[0].uprn), address=found[0])
        return SiteGiven(choices=found[:_MOST_CHOICES], more=len(found) > _MOST_CHOICES)

    def circled(self) -> SiteGiven:
        text = self.text("grid")
        if not text:
            raise _Fault("grid", "Enter a grid reference")
        centre = gridref.parse_point(text)
        radius = self.text("radius").replace(",", "")
        if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,2})?", radius) or not 1.0 <= float(radius) <= _LARGEST_RADIUS_M:
            raise _Fault("radius", "The radius must be a number of metres from 1 to 3,900")
        return SiteGiven(boundary.from_circle(centre, float(radius)))

    def sketch(self, route: str) -> shapely.Geometry | None:
        """The outline that was refused, to be shown."""
        if route in ("draw", "text"):
            return boundary.sketch(self.text("site"), crs=27700 if route == "draw" else None)
        if route == "file":
            name, content = self.form.files[self.names.of("file")]
            return boundary.sketch(content, name=name)
        return None


def map_settings(base: BaseMap, fault: SiteFault | None = None, parcels: str = "") -> Mapping[str, Any]:
    """What the script of the field needs: the base map, the fault with its place, the outline that was refused.

    `parcels` is where plots to snap to come from beside the base map's own.
    """
    extent = base.extent
    outline = None if fault is None or fault.outline is None else shapely.to_wkt(fault.outline, rounding_precision=2)
    pin = None
    if fault is not None and fault.at is not None:
        pin = {"at": [fault.at.easting, fault.at.northing], "message": fault.message}
    return {
        "layers": base.layers,
        "extent": None if extent is None else [extent.west, extent.south, extent.east, extent.north],
        "fault": pin,
        "outline": outline,
        "parcels": parcels,
    }


def picture_of(given: SiteGiven, base: BaseMap, answers: Sequence[LocationAnswer] = ()) -> SitePicture | None:
    """The boundary that was given, or the fault with a numbered pin; None where there is nothing to show."""
    if given.site is not None:
        area = words.area(given.site.area_m2)
        pins = [one.at for one in answers if one.at is not None]
        drawn = figure(_pins(pins), base, site=given.site.geometry, title="The site boundary given")
        alt = f"Map of the site boundary given, {area}. North is up."
        return SitePicture(drawn.picture, alt, "The site boundary given", area, tuple(answers))
    fault = given.fault
    if fault is None or fault.at is None:
        return None
    drawn = figure(_pins([fault.at]), base, site=_lines(fault.outline), title="Where the fault is")
    alt = f"Map of the outline given, with the number 1 where the fault is, at {gridref.format(fault.at)}. North is up."
    return SitePicture(drawn.picture, alt, "Where the fault is: number 1 on the map")


def _lines(outline: shapely.Geometry | None) -> shapely.Geometry | None:
    """The lines of an outline: an area that crosses itself cannot be cut to a map, but its lines can."""
    return None if outline is None else shapely.boundary(outline)


def _pins(places: Sequence[Point]) -> list[Item]:
    return [
        Item(f"pin-{number}", number, "Place", _FAULT, shapely.Point(place.easting, place.northing))
        for number, place in enumerate(places, start=1)
    ]


def text_of(given: SiteGiven) -> str:
    """The boundary as the form's box holds it: WKT in EPSG:27700; nothing where there is none."""
    return "" if given.site is None else site_text(given.site)
