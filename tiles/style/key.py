"""The key of a map: what each line, fill and pattern means, in words, as data for a page or a print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tiles.style.contrast import contrast
from tiles.style.document import BaseStyle, Symbol

__all__ = ["key_rows", "symbol_rows"]

Json = dict[str, Any]

_PATTERN_WORDS = {
    "back-diagonal": "lines falling to the right",
    "cross": "crossed diagonal lines",
    "diagonal": "lines rising to the right",
    "dots": "dots",
    "grid": "a grid of lines",
    "horizontal": "level lines",
    "none": "no pattern",
    "plus": "small crosses",
    "vertical": "upright lines",
    "zigzag": "zigzag lines",
}


def key_rows(base: BaseStyle) -> list[Json]:
    """What of the base map needs a word, once for each label: how it is drawn, and the contrast of its line.

    The contrast is the least with any colour that may lie beside it; it is None where an area has no line.
    """
    return [
        {
            "id": layer.id,
            "label": layer.label,
            "draws": layer.draws,
            "fill": layer.fill or None,
            "line": layer.line or None,
            "casing": layer.casing or None,
            "dash": list(layer.dash),
            "contrast": _least(layer.casing or layer.line, base),
        }
        for layer in base.layers
        if layer.label
    ]


def symbol_rows(symbols: Sequence[Symbol], base: BaseStyle) -> list[Json]:
    """Rows for what is laid over the base map; `description` says the symbol in words, for those who cannot see it."""
    return [
        {
            "id": symbol.id,
            "label": symbol.label,
            "line": symbol.line,
            "dash": list(symbol.dash),
            "pattern": symbol.pattern,
            "description": f"{'Broken' if symbol.dash else 'Solid'} outline, {_PATTERN_WORDS[symbol.pattern]}",
            "contrast": _least(symbol.line, base),
        }
        for symbol in symbols
    ]


def _least(line: str, base: BaseStyle) -> float | None:
    return round(min(contrast(line, fill) for fill in base.fills), 2) if line else None
