"""The key of the map: line and pattern of each theme as a small picture, drawn by the same hand as the map."""

from __future__ import annotations

import base64
from functools import cache

import shapely

from constraints.render.drawing import Drawing
from constraints.render.ground import symbol
from constraints.render.style import Style
from constraints.render.svg import svg

__all__ = ["swatch_uri"]

_WIDTH, _HEIGHT = 44, 28


@cache
def swatch_uri(style: Style) -> str:
    """A picture of the style as a data address."""
    box = shapely.box(2.0, 2.0, _WIDTH - 2.0, _HEIGHT - 2.0)
    drawing = Drawing(_WIDTH, _HEIGHT, tuple(symbol(box, style)), style.label, style.label)
    content = svg(drawing, ids=f"key-{style.id}").encode()
    return f"data:image/svg+xml;base64,{base64.b64encode(content).decode('ascii')}"
