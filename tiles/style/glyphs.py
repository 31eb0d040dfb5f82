"""Letters for WebGL maps: signed distance fields of a font's glyphs, 256 characters to a file, as MapLibre reads them.

The format is that of the `glyphs` address in the Mapbox style specification (glyphs.proto): letters at 24 pixels with
a border of 3, in which a byte says how far a pixel's middle lies from the letter's edge: 191 on it, more inside, and
32 less for each pixel away from it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from tiles.mvt.wire import field, varint

__all__ = ["empty_range", "glyph_range"]

_SIZE = 24
_BORDER = 3
_RADIUS = 8.0
_ON_THE_EDGE = 0.75
_FINER = 8
"""Letters are drawn so many times larger to find their edges."""
_NO_CHARACTER = "\uffff"
"""Not a character in Unicode, so every font answers with its picture for what it does not have."""


def glyph_range(font: Path, stack: str, first: int) -> bytes:
    """The glyphs of the characters `first` to `first + 255` that the font file has, as one file for `stack`.

    `first` is a multiple of 256. What the font does not have is left out, and the client writes it in its own way.
    """
    face = _face(font)
    ascender = round(face.getmetrics()[0] / _FINER)
    missing = _drawn(face, _NO_CHARACTER)
    glyphs = []
    for code in range(first, first + 256):
        if chr(code).isprintable() and not 0xD800 <= code < 0xE000:
            glyph = _glyph(face, code, ascender, missing)
            if glyph is not None:
                glyphs.append(glyph)
    return _stack(stack, first, glyphs)


def empty_range(stack: str, first: int) -> bytes:
    """A file without glyphs, for characters that no label has."""
    return _stack(stack, first, [])


@cache
def _face(font: Path) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font), _SIZE * _FINER, layout_engine=ImageFont.Layout.BASIC)


def _stack(name: str, first: int, glyphs: list[bytes]) -> bytes:
    content = field(1, name.encode()) + field(2, f"{first}-{first + 255}".encode())
    return field(1, content + b"".join(field(3, glyph) for glyph in glyphs))


def _glyph(face: ImageFont.FreeTypeFont, code: int, ascender: int, missing: tuple[bytes, int, int]) -> bytes | None:
    text = chr(code)
    drawn = _drawn(face, text)
    if drawn == missing:
        return None
    advance = round(face.getlength(text) / _FINER)
    ink = _ink(face, text)
    if ink is None:
        return b"".join((_number(1, code), *(_number(number, 0) for number in (3, 4, 5, 6)), _number(7, advance)))
    mask, left, above = ink
    levels, left_px, top_px = _distances(mask, left, above)
    height, width = levels.shape
    return b"".join(
        (
            _number(1, code),
            field(2, levels.tobytes()),
            _number(3, width - 2 * _BORDER),
            _number(4, height - 2 * _BORDER),
            _number(5, _zigzag(left_px)),
            _number(6, _zigzag(top_px - ascender)),
            _number(7, advance),
        )
    )


def _drawn(face: ImageFont.FreeTypeFont, text: str) -> tuple[bytes, int, int]:
    mask, offset = face.getmask2(text, mode="L", anchor="ls")
    return bytes(mask), int(offset[0]), int(offset[1])


def _ink(face: ImageFont.FreeTypeFont, text: str) -> tuple[NDArray[np.bool_], int, int] | None:
    """The letter as a mask, its left edge and its top above the baseline, all in the larger pixels."""
    mask, (left, down) = face.getmask2(text, mode="L", anchor="ls")
    width, height = mask.size
    if not width or not height:
        return None
    inked = np.frombuffer(bytes(mask), dtype=np.uint8).reshape(height, width) > 127
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not len(rows):
        return None
    west, north = int(columns[0]), int(rows[0])
    return inked[north : rows[-1] + 1, west : columns[-1] + 1], int(left) + west, -int(down) - north


def _distances(mask: NDArray[np.bool_], left: int, above: int) -> tuple[NDArray[np.uint8], int, int]:
    """The distance field in pixels of the file, with its left edge and its top above the baseline."""
    height, width = mask.shape
    left_px, top_px = left // _FINER, -(-above // _FINER)
    right_px, bottom_px = -(-(left + width) // _FINER), (above - height) // _FINER
    columns = right_px - left_px + 2 * _BORDER
    rows = top_px - bottom_px + 2 * _BORDER
    # Middles of the pixels, in the larger pixels of the mask.
    x = (left_px - _BORDER + np.arange(columns) + 0.5) * _FINER - left
    y = above - (top_px + _BORDER - np.arange(rows) - 0.5) * _FINER
    edge_x, edge_y = _edges(mask)
    across = np.square(x[:, None] - edge_x[None, :]).astype(np.float32)
    down = np.square(y[:, None] - edge_y[None, :]).astype(np.float32)
    nearest = np.stack([np.sqrt((across + row[None, :]).min(axis=1)) for row in down])
    inside = _at(mask, x, y)
    signed = np.where(inside, -nearest, nearest) / _FINER
    level = 255.0 * (_ON_THE_EDGE - signed / _RADIUS)
    return np.clip(np.round(level), 0, 255).astype(np.uint8), left_px, top_px


def _edges(mask: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points on the letter's edge: between each two pixels of which one is inside."""
    framed = np.pad(mask, 1)
    beside_y, beside_x = np.nonzero(framed[:, 1:] != framed[:, :-1])
    below_y, below_x = np.nonzero(framed[1:, :] != framed[:-1, :])
    x = np.concatenate([beside_x.astype(np.float64), below_x - 0.5])
    y = np.concatenate([beside_y - 0.5, below_y.astype(np.float64)])
    return x, y


def _at(mask: NDArray[np.bool_], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    height, width = mask.shape
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    within = ((row >= 0) & (row < height))[:, None] & ((column >= 0) & (column < width))[None, :]
    found = mask[np.clip(row, 0, height - 1)[:, None], np.clip(column, 0, width - 1)[None, :]]
    return np.asarray(within & found, dtype=np.bool_)


def _number(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def _zigzag(value: int) -> int:
    return value << 1 ^ value >> 63
