"""Drawings that come with a sample application: to scale, with frame, north, scale bar and title block, as PDF."""

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
from numpy.typing import NDArray

from api.sample.designs import Elevation
from bopsgis.planning.calendar import in_words
from bopsgis.types import BBox
from constraints.render.drawing import Drawing, Label, Outline, lines_of, rings_of
from constraints.render.map_furniture import north_arrow, scale_bar
from constraints.render.svg import svg

__all__ = ["Layer", "Sheet", "TitleBlock", "draw_elevations", "draw_plan", "sheet_pdf"]

_TEMPLATE: Final = (Path(__file__).parent / "sheet.typ").read_bytes()
_PIXELS_PER_MM: Final = 4.0
_WIDTH_MM: Final = 277.0
_HEIGHT_MM: Final = 162.0
_ROOM: Final = 0.8
"""The site takes up at most this part of a plan."""
_INK: Final = "#0b0c0c"
_SCALES: Final = (100, 200, 500, 1250, 2500, 5000, 10_000)
_SITE: Final = "#d4351c"


@dataclass(frozen=True, slots=True)
class Layer:
    """Shapes that are drawn alike (EPSG:27700)."""

    shapes: Sequence[Any] | NDArray[np.object_]
    line: str = ""
    width: float = 0.0
    fill: str = ""
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class TitleBlock:
    """What the title block of a sheet says, but for its scale."""

    title: str
    number: str
    address: str
    applicant: str
    drawn_by: str
    day: date


@dataclass(frozen=True, slots=True)
class Sheet:
    """A drawing with its scale: 1 mm on paper is `scale` mm on the ground."""

    drawing: Drawing
    scale: int


def draw_plan(
    site: Any, layers: Sequence[Layer], labels: Sequence[tuple[str, Any]], *, most_detail: int, title: str
) -> Sheet:
    """Draw a site (EPSG:27700) on its surroundings, at `most_detail` or the next smaller usual scale that it fits in.

    `labels` are words with the points where they stand.
    """
    west, south, east, north = (float(value) for value in shapely.bounds(site))
    scale = next(
        one
        for one in _SCALES
        if one >= most_detail
        and (east - west) * 1000.0 / one <= _ROOM * _WIDTH_MM
        and (north - south) * 1000.0 / one <= _ROOM * _HEIGHT_MM
    )
    ground = _ground((west + east) / 2.0, (south + north) / 2.0, scale)
    pixels_per_m = _PIXELS_PER_MM * 1000.0 / scale

    def to_pixels(places: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([places[:, 0] - ground.west, ground.north - places[:, 1]]) * pixels_per_m

    box = (ground.west, ground.south, ground.east, ground.north)
    parts: list[Any] = []
    for layer in layers:
        shapes = shapely.clip_by_rect(np.asarray(layer.shapes, dtype=object), *box)
        for shape in shapely.transform(shapes[~shapely.is_empty(shapes)], to_pixels):
            paths = (*rings_of(shape), *lines_of(shape))
            if paths:
                parts.append(Outline(paths, line=layer.line, width=layer.width, dash=layer.dash, fill=layer.fill))
    parts.append(Outline(rings_of(shapely.transform(site, to_pixels)), line=_SITE, width=3.5))
    inside = shapely.box(*box)
    for words, point in labels:
        if inside.contains(point):
            (x, y) = to_pixels(shapely.get_coordinates(point))[0]
            parts.append(Label(float(x), float(y), words, 12.0, anchor="middle"))
    frame = (0.0, 0.0, _WIDTH_MM * _PIXELS_PER_MM, _HEIGHT_MM * _PIXELS_PER_MM)
    parts += [*scale_bar(frame, pixels_per_m), *north_arrow(frame)]
    area = float(shapely.area(site))
    words = f"{title} at 1:{scale}: the site, {area:,.0f} square metres, in a thick red line. Grid north is up."
    return Sheet(_drawing(parts, title, words), scale)


def draw_elevations(elevations: Sequence[Elevation], *, title: str) -> Sheet:
    """Draw elevations side by side on one line of ground, at 1:100 or the next smaller scale that they fit in."""
    gap_m, height_m = 3.0, max(one.height_m for one in elevations)
    total_m = sum(one.width_m for one in elevations) + gap_m * (len(elevations) + 1)
    scale = next(
        one
        for one in _SCALES
        if total_m * 1000.0 / one <= _WIDTH_MM and (height_m + 4.0) * 1000.0 / one <= _ROOM * _HEIGHT_MM
    )
    pixels_per_m = _PIXELS_PER_MM * 1000.0 / scale
    ground_y = _HEIGHT_MM * _PIXELS_PER_MM * 0.72
    x = (_WIDTH_MM * _PIXELS_PER_MM - (total_m - 2.0 * gap_m) * pixels_per_m) / 2.0
    parts: list[Any] = []
    for one in elevations:
        for ring, fill, width in one.parts:
            points = np.column_stack([x + ring[:, 0] * pixels_per_m, ground_y - ring[:, 1] * pixels_per_m])
            parts.append(Outline((points,), line=_INK, width=width, fill=fill))
        ends = np.array([[x - pixels_per_m, ground_y], [x + (one.width_m + 1.0) * pixels_per_m, ground_y]])
        parts.append(Outline((ends,), line=_INK, width=3.0))
        middle = x + one.width_m * pixels_per_m / 2.0
        parts.append(Label(middle, ground_y + 26.0, one.title, 15.0, anchor="middle", bold=True))
        parts.append(Label(middle, ground_y + 44.0, one.sizes, 12.0, anchor="middle"))
        x += (one.width_m + gap_m) * pixels_per_m
    frame = (0.0, 0.0, _WIDTH_MM * _PIXELS_PER_MM, _HEIGHT_MM * _PIXELS_PER_MM)
    parts += scale_bar(frame, pixels_per_m)
    words = f"{title} at 1:{scale}: " + "; ".join(f"{one.title}, {one.sizes}" for one in elevations) + "."
    return Sheet(_drawing(parts, title, words), scale)


def sheet_pdf(sheet: Sheet, block: TitleBlock) -> bytes:
    """The sheet as a tagged PDF of one page (PDF/UA-1)."""
    day = block.day
    data = {
        "title": block.title,
        "number": block.number,
        "address": block.address,
        "applicant": block.applicant,
        "drawn_by": block.drawn_by,
        "scale": f"1:{sheet.scale} at A4",
        "date": in_words(day),
        "day": [day.year, day.month, day.day],
        "drawing": svg(sheet.drawing, ids="sheet"),
        "description": sheet.drawing.description,
    }
    compiler = typst.Compiler(_TEMPLATE, sys_inputs={"sheet": json.dumps(data)}, ignore_system_fonts=True)
    pdf = compiler.compile(format="pdf", pdf_standards=["ua-1"])
    assert isinstance(pdf, bytes)  # noqa: S101  # pages of a PDF are one file
    return pdf


def _ground(x: float, y: float, scale: int) -> BBox:
    half_width, half_height = _WIDTH_MM * scale / 2000.0, _HEIGHT_MM * scale / 2000.0
    return BBox(x - half_width, y - half_height, x + half_width, y + half_height)


def _drawing(parts: list[Any], title: str, description: str) -> Drawing:
    width, height = int(_WIDTH_MM * _PIXELS_PER_MM), int(_HEIGHT_MM * _PIXELS_PER_MM)
    return Drawing(width, height, tuple(parts), title, description)
