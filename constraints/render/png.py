"""A drawing as PNG, with Pillow: drawn twice as large and made smaller, so that edges are smooth."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFont, PngImagePlugin

from constraints.render.drawing import Disc, Drawing, Label, Outline

__all__ = ["png"]

_TIMES: Final = 2
_ANCHORS: Final = {"start": "ls", "middle": "ms", "end": "rs"}


def png(drawing: Drawing) -> bytes:
    """The drawing as PNG bytes, one pixel to a unit, with the description as text inside."""
    image = Image.new("RGB", (drawing.width * _TIMES, drawing.height * _TIMES), "#ffffff")
    pen = ImageDraw.Draw(image)
    for part in drawing.parts:
        if isinstance(part, Outline):
            _outline(image, pen, part)
        elif isinstance(part, Disc):
            _disc(pen, part)
        else:
            _label(pen, part)
    small = image.resize((drawing.width, drawing.height), Image.Resampling.LANCZOS)
    words = PngImagePlugin.PngInfo()
    words.add_itxt("Title", drawing.title)
    words.add_itxt("Description", drawing.description)
    file = io.BytesIO()
    small.save(file, "PNG", optimize=True, pnginfo=words)
    return file.getvalue()


def _outline(image: Image.Image, pen: ImageDraw.ImageDraw, part: Outline) -> None:
    paths = [path * _TIMES for path in part.paths]
    if part.fill:
        _fill(image, paths, part.fill, part.opacity)
    if part.line and part.width > 0.0:
        width = max(round(part.width * _TIMES), 1)
        dash = tuple(length * _TIMES for length in part.dash)
        for path in paths:
            for stroke in _dashes(path, dash) if dash else (path,):
                pen.line([(x, y) for x, y in stroke.tolist()], fill=part.line, width=width, joint="curve")


def _fill(image: Image.Image, rings: list[NDArray[np.float64]], colour: str, opacity: float) -> None:
    """Fill where an odd number of rings is around, as SVG's `evenodd` does."""
    inside = Image.new("1", image.size)
    for ring in rings:
        one = Image.new("1", image.size)
        ImageDraw.Draw(one).polygon([(x, y) for x, y in ring.tolist()], fill=1)
        inside = ImageChops.logical_xor(inside, one)
    mask = inside.convert("L").point(lambda value: round(value * opacity))
    image.paste(ImageColor.getrgb(colour), (0, 0), mask)


def _dashes(path: NDArray[np.float64], dash: tuple[float, ...]) -> Iterator[NDArray[np.float64]]:
    """The drawn pieces of a dashed line, corners kept."""
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    starts = np.arange(0.0, along[-1], sum(dash))
    offset = 0.0
    for drawn, left_out in zip(dash[::2], dash[1::2], strict=True):
        for start in starts + offset:
            end = min(start + drawn, along[-1])
            corners = np.flatnonzero((along > start) & (along < end))
            places = np.concatenate([[start], along[corners], [end]])
            yield np.column_stack([np.interp(places, along, path[:, axis]) for axis in (0, 1)])
        offset += drawn + left_out


def _disc(pen: ImageDraw.ImageDraw, part: Disc) -> None:
    x, y, radius = part.x * _TIMES, part.y * _TIMES, part.radius * _TIMES
    width = round(part.width * _TIMES) if part.line else 0
    pen.ellipse(
        (x - radius, y - radius, x + radius, y + radius), fill=part.fill, outline=part.line or None, width=width
    )


def _label(pen: ImageDraw.ImageDraw, part: Label) -> None:
    pen.text(
        (part.x * _TIMES, part.y * _TIMES),
        part.text,
        font=_font(round(part.size * _TIMES), bold=part.bold),
        fill=part.colour,
        anchor=_ANCHORS[part.anchor],
    )


@cache
def _font(size: int, *, bold: bool) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """DejaVu Sans, which comes with matplotlib and has every letter; else the font that Pillow brings."""
    folder = _font_folder()
    if folder is None:
        return ImageFont.load_default(size)
    return ImageFont.truetype(folder / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"), size)


def _font_folder() -> Path | None:
    # The package is looked up and not imported: it takes long to import, and only its files are wanted.
    found = find_spec("matplotlib")
    places = [] if found is None else found.submodule_search_locations or []
    folders = [Path(place) / "mpl-data" / "fonts" / "ttf" for place in places]
    return next((folder for folder in folders if folder.is_dir()), None)
