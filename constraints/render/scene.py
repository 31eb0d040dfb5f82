"""The map of a report: where everything goes on the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from bopsgis.types import BBox
from constraints.model import ConstraintFinding, ConstraintReport, Hit
from constraints.render.drawing import Disc, Drawing, Label, Outline, rings_of
from constraints.render.ground import Ground, badges, symbol
from constraints.render.map_furniture import attribution_lines, key_rows, north_arrow, scale_bar
from constraints.render.sections import SECTIONS, hit_title, numbered, title
from constraints.render.style import Style, style_table
from constraints.screen import words

__all__ = ["scene"]

_WIDTH: Final = 960
_MARGIN: Final = 16.0
_MAP_HEIGHT: Final = 560.0
_HEADING: Final = 60.0
_SMALLEST_MARGIN_M: Final = 20.0


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One hit as it lies on the map; empty where it is outside."""

    number: int
    finding: ConstraintFinding
    hit: Hit
    style: Style
    shape: shapely.Geometry


def scene(report: ConstraintReport) -> Drawing:
    """The site, every hit with its number, and what a map needs: scale bar, north, key, sources."""
    table = style_table()
    frame = _frame(report)
    drawn = [
        _Drawn(number, finding, hit, table.of(finding.theme), frame.pixels(hit.geometry))
        for number, finding, hit in numbered(report)
    ]
    parts: list[Outline | Disc | Label] = [*_heading(report), _sheet(frame, table.ground)]
    for each in sorted(drawn, key=lambda one: -shapely.area(one.shape)):
        parts += symbol(each.shape, each.style)
    site = frame.pixels(report.site.geometry)
    parts += [
        Outline(rings_of(site), line="#ffffff", width=table.site_width + 3.0),
        Outline(rings_of(site), line=table.site_line, width=table.site_width),
        *badges([(one.number, one.shape, one.style) for one in drawn]),
        _sheet(frame, ""),
        *scale_bar(frame.box, frame.scale),
        *north_arrow(frame.box),
    ]
    key, bottom = key_rows(
        report,
        [(one.number, one.finding, one.hit, one.style, one.shape.is_empty) for one in drawn],
        frame.box[3] + 16.0,
    )
    sources, bottom = attribution_lines(report, bottom + 8.0)
    return Drawing(
        width=_WIDTH,
        height=int(np.ceil(bottom + _MARGIN)),
        parts=(*parts, *key, *sources),
        title=f"Map: {title(report)}",
        description=_description(report, drawn),
    )


def _frame(report: ConstraintReport) -> Ground:
    """The site in the middle with its surroundings; hits nearby come into the picture where that is not far."""
    box = report.site.bbox
    size = max(box.east - box.west, box.north - box.south)
    near = [hit.distance_m for finding in report.findings for hit in finding.hits]
    reach = max((distance for distance in near if distance <= size + 3.0 * _SMALLEST_MARGIN_M), default=0.0)
    grown = box.grown(max(_SMALLEST_MARGIN_M, 0.4 * size, 1.2 * reach))
    width, height = grown.east - grown.west, grown.north - grown.south
    inner = _WIDTH - 2.0 * _MARGIN
    scale = min(inner / width, _MAP_HEIGHT / height)
    extra_x, extra_y = (inner / scale - width) / 2.0, (_MAP_HEIGHT / scale - height) / 2.0
    ground = BBox(grown.west - extra_x, grown.south - extra_y, grown.east + extra_x, grown.north + extra_y)
    return Ground(ground, _MARGIN, _HEADING, scale)


def _heading(report: ConstraintReport) -> list[Label]:
    council = words.and_list(report.council_names) or "council not known"
    about = f"{words.area(report.site.area_m2)}, {council}, as at {words.day(report.as_at)}"
    return [Label(_MARGIN, 28.0, title(report), 20.0, bold=True), Label(_MARGIN, 49.0, about, 14.0)]


def _sheet(frame: Ground, fill: str) -> Outline:
    west, top, east, bottom = frame.box
    corners = np.array([[west, top], [east, top], [east, bottom], [west, bottom], [west, top]])
    return Outline((corners,), line="#0b0c0c", width=1.0, fill=fill)


def _description(report: ConstraintReport, drawn: Sequence[_Drawn]) -> str:
    """What the picture shows, for those who cannot see it."""
    shown = []
    for section in SECTIONS:
        here = [
            f"{one.number}: {hit_title(one.finding, one.hit)}" for one in drawn if one.finding.status is section.status
        ]
        if here:
            shown.append(f"{section.heading}: {'; '.join(here)}.")
    found = " ".join(shown) or "No designation is drawn."
    return f"The site boundary, {words.area(report.site.area_m2)}, drawn as a thick line. {found} Grid north is up."
