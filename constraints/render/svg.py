"""A drawing as SVG: one file, no script, no link to anywhere, with a title and a description."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from constraints.render.drawing import Disc, Drawing, Label, Outline

__all__ = ["svg"]


def svg(drawing: Drawing, *, ids: str = "map") -> str:
    """The drawing as SVG text; `ids` begins the element ids, so that two can stand in one page."""
    parts = "\n".join(_part(part) for part in drawing.parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}" '
        f'width="{drawing.width}" height="{drawing.height}" role="img" '
        f'aria-labelledby="{ids}-title {ids}-description" font-family="Helvetica, Arial, sans-serif">\n'
        f'<title id="{ids}-title">{escape(drawing.title)}</title>\n'
        f'<desc id="{ids}-description">{escape(drawing.description)}</desc>\n'
        f'<rect width="{drawing.width}" height="{drawing.height}" fill="#ffffff"/>\n{parts}\n</svg>\n'
    )


def _part(part: Outline | Disc | Label) -> str:
    if isinstance(part, Outline):
        return _outline(part)
    return _disc(part) if isinstance(part, Disc) else _label(part)


def _outline(part: Outline) -> str:
    path = "".join(_path(points) for points in part.paths)
    fill = f'fill="{part.fill}" fill-rule="evenodd"' if part.fill else 'fill="none"'
    if part.fill and part.opacity < 1.0:
        fill += f' fill-opacity="{part.opacity:g}"'
    line = ""
    if part.line and part.width > 0.0:
        line = f' stroke="{part.line}" stroke-width="{part.width:g}" stroke-linejoin="round"'
        if part.dash:
            line += f' stroke-dasharray="{" ".join(f"{length:g}" for length in part.dash)}"'
    return f'<path d="{path}" {fill}{line}/>'


def _path(points: NDArray[np.float64]) -> str:
    closed = len(points) > 2 and bool((points[0] == points[-1]).all())
    kept = points[:-1] if closed else points
    return f"M{'L'.join(f'{x:.1f} {y:.1f}' for x, y in kept.tolist())}{'Z' if closed else ''}"


def _disc(part: Disc) -> str:
    line = f' stroke="{part.line}" stroke-width="{part.width:g}"' if part.line else ""
    return f'<circle cx="{part.x:.1f}" cy="{part.y:.1f}" r="{part.radius:g}" fill="{part.fill}"{line}/>'


def _label(part: Label) -> str:
    anchor = "" if part.anchor == "start" else f' text-anchor="{part.anchor}"'
    weight = ' font-weight="bold"' if part.bold else ""
    return (
        f'<text x="{part.x:.1f}" y="{part.y:.1f}" font-size="{part.size:g}" fill="{part.colour}"{anchor}{weight}>'
        f"{escape(part.text)}</text>"
    )
