"""A plan on paper: a map at a true scale with frame, north, scale bar, key and sources, as SVG and as PDF.

A millimetre on the sheet is `scale` millimetres on the national grid. Coordinates in the drawing are rounded to a
fortieth of a millimetre.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
import typst

from api.decisions.notice_pages import printable
from api.maps.basemap import BaseMap
from api.maps.figure import Item
from api.maps.ground_map import base_parts
from bopsgis import gridref
from bopsgis.errors import BopsgisError
from bopsgis.types import BBox, Point
from constraints.render.drawing import Disc, Drawing, Label, Outline, rings_of
from constraints.render.ground import Ground, symbol
from constraints.render.map_furniture import north_arrow, scale_bar
from constraints.render.style import Style, style_table
from constraints.render.svg import svg
from constraints.screen import words

__all__ = ["ORIENTATIONS", "PAPERS", "SCALES", "Sheet", "sheet_pdf", "sheet_svg"]

SCALES: Final = (500, 1_250, 2_500)
PAPERS: Final = {"a4": (210.0, 297.0), "a3": (297.0, 420.0)}
"""Width and height upright, in millimetres."""
ORIENTATIONS: Final = ("portrait", "landscape")
MARGIN_MM: Final = 10.0
_GAP_MM: Final = 3.0
_BLOCK_MM: Final = 34.0
"""Height of the title block under the map."""
_PIXELS_PER_MM: Final = 4.0
_MOST_SHAPES: Final = 20_000
_FINEST_PIXELS: Final = 0.1
_MOST_NAMES: Final = 60
_TEMPLATE: Final = (Path(__file__).parent / "sheet.typ").read_bytes()

Parts = list[Outline | Disc | Label]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is to be printed. `centre` is the middle of the map (EPSG:27700)."""

    title: str
    centre: Point
    scale: int
    paper: str
    orientation: str
    on: date
    printed: date

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the paper."""
        width, height = PAPERS[self.paper]
        return (width, height) if self.orientation == "portrait" else (height, width)

    @property
    def map_mm(self) -> tuple[float, float]:
        """Width and height of the map on it."""
        width, height = self.size_mm
        return width - 2.0 * MARGIN_MM, height - 2.0 * MARGIN_MM - _GAP_MM - _BLOCK_MM

    @property
    def view(self) -> BBox:
        """The ground that the map shows."""
        half_x, half_y = (side / 1000.0 * self.scale / 2.0 for side in self.map_mm)
        x, y = self.centre.easting, self.centre.northing
        return BBox(x - half_x, y - half_y, x + half_x, y + half_y)


def sheet_svg(sheet: Sheet, base: BaseMap, items: Sequence[Item], site: shapely.Geometry | None) -> str:
    """The map of the sheet, without the title block; four pixels are a millimetre."""
    width, height = (side * _PIXELS_PER_MM for side in sheet.map_mm)
    ground = Ground(sheet.view, 0.0, 0.0, _PIXELS_PER_MM * 1000.0 / sheet.scale)
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height], [0, 0]], dtype=np.float64)
    parts: Parts = [Outline((frame,), fill=style_table().ground)]
    parts += base_parts(base, ground, most=_MOST_SHAPES, finest=_FINEST_PIXELS, line="#8c867a")
    drawn = [(ground.pixels(item.geometry), item.style) for item in items]
    for shape, style in sorted(drawn, key=lambda one: -float(shapely.area(one[0]))):
        parts += symbol(shape, style)
    parts += _street_names(base, ground)
    if site is not None:
        parts.append(Outline(rings_of(ground.pixels(site)), line=style_table().site_line, width=2.0))
    parts += [*scale_bar(ground.box, ground.scale), *north_arrow(ground.box)]
    parts.append(Outline((frame,), line="#0b0c0c", width=1.6))
    return svg(Drawing(int(width), int(height), tuple(parts), sheet.title, _description(sheet, items, site)))


def sheet_pdf(
    sheet: Sheet, base: BaseMap, items: Sequence[Item], site: shapely.Geometry | None, credits_: Sequence[str]
) -> bytes:
    """The sheet as a tagged PDF (PDF/UA-1) of vectors: the same sheet always gives the same bytes."""
    width, height = sheet.size_mm
    map_width, map_height = sheet.map_mm
    styles = dict.fromkeys(item.style for item in items)
    data: dict[str, Any] = {
        "title": printable(sheet.title),
        "date": [sheet.printed.year, sheet.printed.month, sheet.printed.day],
        "width_mm": width,
        "height_mm": height,
        "margin_mm": MARGIN_MM,
        "map_width_mm": map_width,
        "map_height_mm": map_height,
        "block_mm": _BLOCK_MM,
        "map": sheet_svg(sheet, base, items, site),
        "description": _description(sheet, items, site),
        "scale": f"{sheet.scale:,}",
        "paper": sheet.paper.upper(),
        "reference": _reference(sheet.centre),
        "corners": _corners(sheet.view),
        "on": f"Designations as at {words.day(sheet.on)}. Printed {words.day(sheet.printed)}.",
        "key": [{"label": style.label, "svg": _swatch(style)} for style in styles],
        "credits": printable(" · ".join(credits_)),
    }
    compiler = typst.Compiler(
        _TEMPLATE, sys_inputs={"sheet": json.dumps(data, ensure_ascii=False)}, ignore_system_fonts=True
    )
    pdf = compiler.compile(format="pdf", pdf_standards=["ua-1"])
    assert isinstance(pdf, bytes)  # noqa: S101  # pages of a PDF are one file
    return pdf


def _swatch(style: Style) -> str:
    box = shapely.box(2.0, 2.0, 42.0, 18.0)
    return svg(Drawing(44, 20, tuple(symbol(box, style)), style.label, style.label))


def _street_names(base: BaseMap, ground: Ground) -> Parts:
    """Each street's name once, at the middle of its longest stretch on the map."""
    if "roads" not in base.layers:
        return []
    found = json.loads(base.geojson("roads", ground.ground, _MOST_SHAPES))["features"]
    longest: dict[str, shapely.Geometry] = {}
    for feature in found:
        name = feature["properties"].get("name", "")
        line = ground.pixels(shapely.from_geojson(json.dumps(feature["geometry"])))
        if name and line.length > longest.get(name, shapely.Point()).length:
            longest[name] = max(shapely.get_parts(line), key=shapely.length)
    middles = [(name, shapely.line_interpolate_point(line, 0.5, normalized=True)) for name, line in longest.items()]
    return [Label(at.x, at.y + 4.0, name, 10.0, anchor="middle") for name, at in middles[:_MOST_NAMES]]


def _description(sheet: Sheet, items: Sequence[Item], site: shapely.Geometry | None) -> str:
    """What the map shows, for those who cannot see it."""
    themes = words.and_list(list(dict.fromkeys(item.style.label.lower() for item in items)))
    shown = f"{len(items)} designations ({themes})" if items else "no designations"
    of_site = " and the site boundary as a thick red line" if site is not None else ""
    return f"Map at 1:{sheet.scale:,} round {_reference(sheet.centre)} with {shown}{of_site}. Grid north is up."


def _reference(at: Point) -> str:
    try:
        return gridref.format(at)
    except BopsgisError:
        return f"{at.easting:.0f}, {at.northing:.0f}"


def _corners(view: BBox) -> str:
    return (
        f"Eastings {view.west:.0f} to {view.east:.0f}, northings {view.south:.0f} to {view.north:.0f} "
        "on the national grid (EPSG:27700)."
    )
