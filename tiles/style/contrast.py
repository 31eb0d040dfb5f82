"""Contrast of two colours, as WCAG 2.2 defines it."""

from __future__ import annotations

__all__ = ["FOR_GRAPHICS", "FOR_TEXT", "contrast"]

FOR_GRAPHICS = 3.0
"""Least contrast of a line with what lies beside it (WCAG 2.2, 1.4.11)."""
FOR_TEXT = 4.5
"""Least contrast of text below 24 px with its ground (WCAG 2.2, 1.4.3)."""


def contrast(one: str, other: str) -> float:
    """The ratio of two opaque colours, `#rrggbb`, from 1 to 21, whichever is the lighter."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255.0) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
