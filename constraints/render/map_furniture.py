"""Scale bar, north arrow, key and sources of the map."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import shapely

from constraints.model import ConstraintFinding, ConstraintReport, Hit, Status
from constraints.render.drawing import Disc, Label, Outline
from constraints.render.hatching import hatching
from constraints.render.sections import hit_title
from constraints.render.style import Style, style_table

__all__ = ["attribution_lines", "key_rows", "north_arrow", "scale_bar"]

Box = tuple[float, float, float, float]
Parts = list[Outline | Disc | Label]

_LEFT: Final = 16.0
_ROW: Final = 24.0
_COLUMN: Final = 468.0
_LABEL_CHARACTERS: Final = 56
_LINE_CHARACTERS: Final = 150
_INK: Final = "#0b0c0c"
_WORDS: Final = {
    Status.PRESENT: "on the site",
    Status.ADJACENT: "at its boundary",
    Status.NEAR: "near it",
}


def scale_bar(frame: Box, pixels_per_m: float) -> Parts:
    """A bar of a round number of metres, in four fields, at the bottom left of the map."""
    length_m = _round_length(0.25 * (frame[2] - frame[0]) / pixels_per_m)
    length = length_m * pixels_per_m
    x, y = frame[0] + 18.0, frame[3] - 30.0
    parts: Parts = [_box(x - 10.0, y - 8.0, length + 60.0, 32.0, fill="#ffffff", opacity=0.85)]
    for field in range(4):
        fill = _INK if field % 2 == 0 else "#ffffff"
        parts.append(_box(x + field * length / 4.0, y, length / 4.0, 6.0, fill=fill, line=_INK))
    ends = [(0.0, "0"), (length / 2.0, f"{length_m / 2.0:g}"), (length, f"{length_m:g} m")]
    parts += [Label(x + offset, y + 19.0, text, 12.0, anchor="middle") for offset, text in ends]
    return parts


def north_arrow(frame: Box) -> Parts:
    """An arrow to grid north at the top right of the map."""
    x, y = frame[2] - 30.0, frame[1] + 14.0
    arrow = np.array([[x, y], [x + 9.0, y + 26.0], [x, y + 20.0], [x - 9.0, y + 26.0], [x, y]])
    return [
        _box(x - 18.0, y - 8.0, 36.0, 56.0, fill="#ffffff", opacity=0.85),
        Outline((arrow,), line=_INK, width=1.0, fill=_INK),
        Label(x, y + 42.0, "N", 14.0, anchor="middle", bold=True),
    ]


def key_rows(
    report: ConstraintReport,
    hits: Sequence[tuple[int, ConstraintFinding, Hit, Style, bool]],
    top: float,
) -> tuple[Parts, float]:
    """The key, in two columns, and where it ends: the site, then every hit; the last member says "off the map"."""
    table = style_table()
    x, y = _key_place(0, top)
    site = replace(_box(x + 26.0, y - 13.0, 30.0, 16.0, line=table.site_line), width=table.site_width)
    parts: Parts = [site, Label(x + 64.0, y, "Site boundary", 13.0)]
    for index, (number, finding, hit, style, outside) in enumerate(hits, start=1):
        x, y = _key_place(index, top)
        parts += [
            Disc(x + 10.0, y - 5.0, 10.0, "#ffffff", style.line, 1.5),
            Label(x + 10.0, y - 1.0, str(number), 11.0, anchor="middle", bold=True),
            *_swatch(x + 26.0, y - 13.0, hit, style),
            Label(x + 64.0, y, _key_text(finding, hit, outside=outside), 13.0),
        ]
    rows = len(hits) // 2 + 1
    unknown = sum(finding.status is Status.NOT_KNOWN for finding in report.findings)
    bottom = top + rows * _ROW + 14.0
    note = f"Not on this map: {unknown} kinds of constraint are not known here. See the report."
    parts.append(Label(_LEFT, bottom, note, 13.0, bold=True))
    return parts, bottom


def attribution_lines(report: ConstraintReport, top: float) -> tuple[Parts, float]:
    """Whose data is drawn, as their licences ask, and where the lines end."""
    said = dict.fromkeys(
        f"{hit.provenance.publisher}: {hit.provenance.attribution}"
        for finding in report.findings
        for hit in finding.hits
    )
    text = " · ".join([*said, f"Report {report.identity[:12]}"])
    lines = textwrap.wrap(text, _LINE_CHARACTERS)
    return [Label(_LEFT, top + 14.0 * (row + 1), line, 11.0) for row, line in enumerate(lines)], top + 14.0 * len(lines)


def _key_place(index: int, top: float) -> tuple[float, float]:
    return _LEFT + (index % 2) * _COLUMN, top + (index // 2) * _ROW + 14.0


def _key_text(finding: ConstraintFinding, hit: Hit, *, outside: bool) -> str:
    where = f"{_WORDS[hit.status]}, off the map" if outside else _WORDS[hit.status]
    name = hit_title(finding, hit)
    if hit.name:
        name = f"{name}, {finding.name}"
    return f"{textwrap.shorten(name, _LABEL_CHARACTERS - len(where), placeholder='…')} ({where})"


def _swatch(x: float, y: float, hit: Hit, style: Style) -> Parts:
    dimension = int(shapely.get_dimensions(hit.geometry))
    if dimension == 0:
        return [Disc(x + 15.0, y + 8.0, 5.0, "#ffffff", style.line, 2.5)]
    if dimension == 1:
        line = np.array([[x, y + 8.0], [x + 30.0, y + 8.0]])
        return [Outline((line,), line=style.line, width=3.0, dash=style.dash)]
    return [
        _box(x, y, 30.0, 16.0, fill=style.line, opacity=0.10),
        *hatching(shapely.box(x, y, x + 30.0, y + 16.0), style),
        replace(_box(x, y, 30.0, 16.0, line=style.line, dash=style.dash), width=2.0),
    ]


def _box(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    fill: str = "",
    opacity: float = 1.0,
    line: str = "",
    dash: tuple[float, ...] = (),
) -> Outline:
    corners = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]])
    return Outline((corners,), line=line, width=1.0 if line else 0.0, dash=dash, fill=fill, opacity=opacity)


def _round_length(most_m: float) -> float:
    """The largest 1, 2 or 5 times a power of ten that is not longer."""
    power = 10.0 ** np.floor(np.log10(most_m))
    return float(max(times * power for times in (1.0, 2.0, 5.0) if times * power <= most_m))
