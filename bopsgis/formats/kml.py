"""KML 2.3 (OGC 12-007r2) to bare rings. A document type, an entity or a link to another file is refused."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from bopsgis import crs as systems
from bopsgis.errors import BoundaryRefused, FormatRefused, TooLarge
from bopsgis.formats.limits import Limits
from bopsgis.formats.outline import Outline, Polygon, Ring, refuse_counts, refuse_kind

__all__ = ["parse"]

_MAX_ELEMENT_DEPTH = 64
_MAX_ELEMENTS = 20_000
_NUMBER = r"[-+]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,4})?"
_POSITION = re.compile(rf"{_NUMBER},{_NUMBER}(?:,{_NUMBER})?", re.ASCII)
_LINKS = frozenset({"NetworkLink", "NetworkLinkControl", "Update"})
_OTHERS = {"Point": "Point", "LineString": "LineString", "Track": "LineString", "Model": "model"}
_HEIGHTS_NOTE = "Heights in the coordinates were left out."


def parse(data: bytes, *, limits: Limits) -> Outline:
    """The site in a KML document given as bytes; KML is always in longitude and latitude (WGS 84).

    Raises:
        InputRefused: with the fault in words.
    """
    root = _root(data)
    names = {_name(element) for element in root.iter()}
    if _name(root) != "kml":
        raise FormatRefused("The file is XML, but it is not KML.", code="not_kml")
    if names & _LINKS:
        raise FormatRefused(
            "The KML links to another file, which is never fetched.",
            code="kml_link",
            hint="Save the outline itself as KML.",
        )
    sites = [
        placemark for placemark in _named(root, "Placemark") if next(_named(placemark, "Polygon"), None) is not None
    ]
    if not sites and names & _OTHERS.keys():
        raise refuse_kind(_OTHERS[min(names & _OTHERS.keys())])
    if len(sites) != 1:
        raise BoundaryRefused(
            f"The KML has {len(sites):,} placemarks that are areas; a site boundary is one.",
            code="not_one_site",
            hint="Give one placemark; a site in several parts is one MultiGeometry.",
        )
    elements = list(_named(sites[0], "Polygon"))
    refuse_counts(len(elements), 0, limits)
    polygons = tuple(_polygon(element, limits) for element in elements)
    notes = (_HEIGHTS_NOTE,) if _has_heights(sites[0]) else ()
    return Outline(polygons, "KML", systems.WGS84, notes=notes)


def _root(data: bytes) -> Element:
    """The document's root, built with its depth and number of elements watched."""
    depth = count = 0
    root: Element | None = None
    try:
        for event, element in ElementTree.iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            count += 1
            root = element if root is None else root
            if depth > _MAX_ELEMENT_DEPTH or count > 2 * _MAX_ELEMENTS:
                raise TooLarge("The KML has too many or too deeply nested elements.", code="too_deep")
    except DefusedXmlException as error:
        raise FormatRefused(
            "The KML has a document type or entities, which are not accepted.", code="kml_doctype"
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise FormatRefused("The file is not well-formed XML.", code="not_kml") from error
    if root is None:
        raise FormatRefused("The file is not well-formed XML.", code="not_kml")
    return root


def _name(element: Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _named(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element.iter() if _name(child) == name)


def _polygon(element: Element, limits: Limits) -> Polygon:
    outer = [ring for boundary in _named(element, "outerBoundaryIs") for ring in _named(boundary, "coordinates")]
    inner = [ring for boundary in _named(element, "innerBoundaryIs") for ring in _named(boundary, "coordinates")]
    if len(outer) != 1:
        raise FormatRefused("A polygon in the KML does not have one outer boundary.", code="not_kml")
    texts = [(ring.text or "").split() for ring in (*outer, *inner)]
    refuse_counts(1, sum(len(positions) for positions in texts), limits)
    return tuple(_ring(positions) for positions in texts)


def _ring(positions: list[str]) -> Ring:
    if not all(_POSITION.fullmatch(position) for position in positions):
        raise FormatRefused("A position in the KML is not longitude,latitude.", code="not_kml")
    pairs = [[float(number) for number in position.split(",")[:2]] for position in positions]
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def _has_heights(placemark: Element) -> bool:
    firsts = ((ring.text or "").split()[:1] for ring in _named(placemark, "coordinates"))
    return any(
        position.count(",") == 2 and position.rpartition(",")[2].strip("0.") for first in firsts for position in first
    )
