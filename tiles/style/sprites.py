"""The sprite sheet: patterns and key symbols in one picture, drawn from the style document.

The same symbols give the same picture, byte for byte with one version of Pillow.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image, ImageColor, ImageDraw

from tiles.style.document import Symbol, pattern_table
from tiles.style.themed import AREA_OPACITY, AREA_WIDTH

__all__ = ["Place", "Sheet", "key_name", "pattern_name", "sprite_sheet"]

_FINER = 8
"""Pictures are drawn so many times larger and then made smaller, so that edges are smooth."""
_KEY_WIDTH, _KEY_HEIGHT = 40, 28
_GAP = 2
"""Pixels between the pictures of a sheet, so that none bleeds into its neighbour."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture lies on its sheet, in the sheet's own pixels."""

    x: int
    y: int
    width: int
    height: int
    pixel_ratio: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as PNG, and where on it each picture lies."""

    png: bytes
    index: Mapping[str, Place]

    def json(self) -> dict[str, dict[str, int]]:
        """The index as the Mapbox style specification writes it."""
        return {
            name: {
                "x": at.x,
                "y": at.y,
                "width": at.width,
                "height": at.height,
                "pixelRatio": at.pixel_ratio,
            }
            for name, at in self.index.items()
        }


def pattern_name(symbol: Symbol) -> str:
    """Name of the picture that repeats inside an area."""
    return f"pattern-{symbol.id}"


def key_name(symbol: Symbol) -> str:
    """Name of the picture for a key."""
    return f"key-{symbol.id}"


def sprite_sheet(symbols: Sequence[Symbol], ratio: int = 1) -> Sheet:
    """A sheet of the patterns (one square each) and key symbols of all `symbols`; `ratio` is 1, or 2 for `@2x`."""
    pictures: dict[str, Image.Image] = {}
    for symbol in sorted(symbols, key=lambda one: one.id):
        if symbol.pattern != "none":
            pictures[pattern_name(symbol)] = _pattern(symbol, ratio)
        pictures[key_name(symbol)] = _key(symbol, ratio)
    width = max(picture.width for picture in pictures.values())
    height = sum(picture.height + _GAP for picture in pictures.values())
    sheet = Image.new("RGBA", (width, height))
    index: dict[str, Place] = {}
    y = 0
    for name, picture in pictures.items():
        sheet.paste(picture, (0, y))
        index[name] = Place(0, y, picture.width, picture.height, ratio)
        y += picture.height + _GAP
    written = io.BytesIO()
    sheet.save(written, "PNG", optimize=False)
    return Sheet(written.getvalue(), index)


def _pattern(symbol: Symbol, ratio: int) -> Image.Image:
    size = pattern_table().size
    return _coloured(_marks(symbol, size, size, ratio), symbol.line)


def _key(symbol: Symbol, ratio: int) -> Image.Image:
    """An area on a white card: tint, pattern and outline as on the map."""
    scale = ratio * _FINER
    edge = AREA_WIDTH / 2.0 + 1.0
    west, north, east, south = edge, edge, _KEY_WIDTH - edge, _KEY_HEIGHT - edge
    card = Image.new("RGBA", (_KEY_WIDTH * ratio, _KEY_HEIGHT * ratio), "#ffffff")
    inside = Image.new("L", (_KEY_WIDTH * scale, _KEY_HEIGHT * scale), 0)
    ImageDraw.Draw(inside).rectangle([west * scale, north * scale, east * scale, south * scale], fill=255)
    inside = inside.resize(card.size, Image.Resampling.BOX)
    tint = inside.point(lambda level: int(level * AREA_OPACITY))
    card.paste(symbol.line, mask=tint)
    marks = _marks(symbol, _KEY_WIDTH, _KEY_HEIGHT, ratio)
    card.paste(symbol.line, mask=Image.composite(marks, Image.new("L", card.size, 0), inside))
    outline = Image.new("L", (_KEY_WIDTH * scale, _KEY_HEIGHT * scale), 0)
    pen = ImageDraw.Draw(outline)
    corners: list[Point] = [(west, north), (east, north), (east, south), (west, south), (west, north)]
    for start, end in _dashes(corners, symbol.dash):
        pen.line([_scaled(start, scale), _scaled(end, scale)], fill=255, width=int(AREA_WIDTH * scale))
    card.paste(symbol.line, mask=outline.resize(card.size, Image.Resampling.BOX))
    return card


def _marks(symbol: Symbol, width: int, height: int, ratio: int) -> Image.Image:
    """The symbol's pattern over a box, as a mask."""
    table = pattern_table()
    scale = ratio * _FINER
    mask = Image.new("L", (width * scale, height * scale), 0)
    pen = ImageDraw.Draw(mask)
    for right in range(0, width, table.size):
        for down in range(0, height, table.size):
            for stroke in table.strokes[symbol.pattern]:
                points = [_scaled((x + right, y + down), scale) for x, y in stroke]
                pen.line(points, fill=255, width=round(table.stroke * scale), joint="curve")
            for x, y in table.dots[symbol.pattern]:
                reach = table.dot * scale
                middle_x, middle_y = _scaled((x + right, y + down), scale)
                pen.ellipse([middle_x - reach, middle_y - reach, middle_x + reach, middle_y + reach], fill=255)
    return mask.resize((width * ratio, height * ratio), Image.Resampling.BOX)


def _coloured(mask: Image.Image, colour: str) -> Image.Image:
    picture = Image.new("RGBA", mask.size, (*ImageColor.getrgb(colour)[:3], 0))
    picture.putalpha(mask)
    return picture


def _scaled(at: Point, scale: int) -> Point:
    return at[0] * scale, at[1] * scale


def _dashes(line: Sequence[Point], dash: Sequence[float]) -> list[tuple[Point, Point]]:
    """The pieces of a line of level and upright sides that a dash pattern draws; all of it for a solid one."""
    if not dash:
        return list(pairwise(line))
    pieces: list[tuple[Point, Point]] = []
    number, left = 0, float(dash[0])
    for (x, y), (to_x, to_y) in pairwise(line):
        length = abs(to_x - x) + abs(to_y - y)
        step_x, step_y = (to_x - x) / length, (to_y - y) / length
        done = 0.0
        while done < length:
            run = min(left, length - done)
            if number % 2 == 0:
                end = done + run
                pieces.append(
                    ((x + step_x * done, y + step_y * done), (x + step_x * end, y + step_y * end)),
                )
            done, left = done + run, left - run
            if left <= 0.0:
                number += 1
                left = float(dash[number % len(dash)])
    return pieces
