"""The map of a report: where everything goes on the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.types import BBox
from constraints.model import ConstraintFinding, ConstraintReport, Hit
from constraints.render.drawing import Disc, Drawing, Label, Outline, lines_of, rings_of
from constraints.render.hatching import hatching
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
_BADGE: Final = 10.0
_ROOM: Final = 2.6 * _BADGE
"""Badges keep this far apart where the shape gives them room."""
_GRID_STEP: Final = 32.0
_BESIDE: Final = np.array([[14.0, -12.0], [-14.0, -12.0], [14.0, 14.0], [-14.0, 14.0]])
"""Where the badge of a point may stand, beside it."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the map lies in the picture, and how metres become pixels."""

    ground: BBox
    left: float
    top: float
    scale: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, top, east, bottom in pixels."""
        width, height = self.ground.east - self.ground.west, self.ground.north - self.ground.south
        return self.left, self.top, self.left + width * self.scale, self.top + height * self.scale

    def pixels(self, shape: shapely.Geometry) -> shapely.Geometry:
        """A shape in EPSG:27700 cut to the map, in pixels."""
        ground = self.ground
        cut = shapely.intersection(shape, shapely.box(ground.west, ground.south, ground.east, ground.north))
        return shapely.transform(cut, self._to_pixels)

    def _to_pixels(self, coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        x = self.left + (coordinates[:, 0] - self.ground.west) * self.scale
        y = self.top + (self.ground.north - coordinates[:, 1]) * self.scale
        return np.column_stack([x, y])


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
        parts += _symbol(each)
    site = frame.pixels(report.site.geometry)
    parts += [
        Outline(rings_of(site), line="#ffffff", width=table.site_width + 3.0),
        Outline(rings_of(site), line=table.site_line, width=table.site_width),
        *_badges(drawn),
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


def _frame(report: ConstraintReport) -> _Frame:
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
    return _Frame(ground, _MARGIN, _HEADING, scale)


def _heading(report: ConstraintReport) -> list[Label]:
    council = words.and_list(report.council_names) or "council not known"
    about = f"{words.area(report.site.area_m2)}, {council}, as at {words.day(report.as_at)}"
    return [Label(_MARGIN, 28.0, title(report), 20.0, bold=True), Label(_MARGIN, 49.0, about, 14.0)]


def _sheet(frame: _Frame, fill: str) -> Outline:
    west, top, east, bottom = frame.box
    corners = np.array([[west, top], [east, top], [east, bottom], [west, bottom], [west, top]])
    return Outline((corners,), line="#0b0c0c", width=1.0, fill=fill)


def _symbol(drawn: _Drawn) -> list[Outline | Disc | Label]:
    """Tint, pattern and outline of an area; a line; or a ringed dot for each point."""
    shape, style = drawn.shape, drawn.style
    if shape.is_empty:
        return []
    dimension = int(shapely.get_dimensions(shape))
    if dimension == 0:
        places = shapely.get_coordinates(shape)
        return [Disc(float(x), float(y), 5.0, "#ffffff", style.line, 2.5) for x, y in places]
    if dimension == 1:
        return [Outline(lines_of(shape), line=style.line, width=3.0, dash=style.dash)]
    rings = rings_of(shape)
    return [
        Outline(rings, fill=style.line, opacity=0.10),
        *hatching(shape, style),
        Outline(rings, line=style.line, width=2.0, dash=style.dash),
    ]


def _badges(drawn: Sequence[_Drawn]) -> list[Disc | Label]:
    """The number of each hit, on its shape and out of the way of the others."""
    placed = np.empty((0, 2))
    parts: list[Disc | Label] = []
    for each in drawn:
        if each.shape.is_empty:
            continue
        x, y = _place(_candidates(each.shape), placed)
        placed = np.vstack([placed, [x, y]])
        parts.append(Disc(x, y, _BADGE, "#ffffff", each.style.line, 1.5))
        parts.append(Label(x, y + 4.0, str(each.number), 11.0, anchor="middle", bold=True))
    return parts


def _candidates(shape: shapely.Geometry) -> NDArray[np.float64]:
    """Places for a badge: the middle first, then others on the shape."""
    dimension = int(shapely.get_dimensions(shape))
    if dimension == 0:
        point: NDArray[np.float64] = shapely.get_coordinates(shape)[:1]
        return np.asarray(point + _BESIDE, dtype=np.float64)
    if dimension == 1:
        longest = max(shapely.get_parts(shape), key=shapely.length)
        places = shapely.line_interpolate_point(longest, [0.5, 0.25, 0.75, 0.1, 0.9], normalized=True)
        return np.asarray(shapely.get_coordinates(places), dtype=np.float64)
    middle = shapely.get_coordinates(shapely.point_on_surface(shape))
    west, top, east, bottom = shapely.bounds(shape)
    x, y = np.meshgrid(np.arange(west + _BADGE, east, _GRID_STEP), np.arange(top + _BADGE, bottom, _GRID_STEP))
    lattice = np.column_stack([x.ravel(), y.ravel()])
    return np.vstack([middle, lattice[shapely.contains_xy(shape, lattice[:, 0], lattice[:, 1])]])


def _place(candidates: NDArray[np.float64], placed: NDArray[np.float64]) -> tuple[float, float]:
    if not len(placed):
        return float(candidates[0, 0]), float(candidates[0, 1])
    gaps = np.linalg.norm(candidates[:, None, :] - placed[None, :, :], axis=2).min(axis=1)
    free = np.flatnonzero(gaps >= _ROOM)
    best = int(free[0]) if len(free) else int(np.argmax(gaps))
    return float(candidates[best, 0]), float(candidates[best, 1])


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
