"""What the scripts of our pages draw with: the base map's rules and the patterns, from the documents tiles use too."""

from __future__ import annotations

import json
from functools import cache

from tiles.style import base_style, flat_rules
from tiles.style.document import pattern_table

__all__ = ["style_module"]


@cache
def style_module() -> bytes:
    """A JavaScript module: `BASE` are flat rules for OpenLayers, `PATTERNS` strokes and dots on a repeating square."""
    table = pattern_table()
    patterns = {
        "size": table.size,
        "stroke": table.stroke,
        "dot": table.dot,
        "strokes": dict(table.strokes),
        "dots": dict(table.dots),
    }
    told = {"BASE": flat_rules(base_style()), "PATTERNS": patterns}
    return "".join(f"export const {name} = {json.dumps(value)};\n" for name, value in told.items()).encode()
