"""The map of a report as a picture."""

from __future__ import annotations

from typing import Literal

from constraints.model import ConstraintReport
from constraints.render.png import png
from constraints.render.scene import scene
from constraints.render.svg import svg

__all__ = ["picture"]


def picture(report: ConstraintReport, fmt: Literal["svg", "png"] = "svg") -> bytes:
    """The site and all hits with their numbers, scale bar, north arrow, key and sources, as SVG or PNG bytes.

    Raises `ValueError` for another format.
    """
    if fmt == "svg":
        return svg(scene(report)).encode()
    if fmt == "png":
        return png(scene(report))
    raise ValueError(f"a picture is made as svg or png, not as {fmt!r}")
