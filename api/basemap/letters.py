"""Letters of our own base map, drawn from the typeface that came with the front-end files, and kept on disk."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from tiles.style.glyphs import empty_range, glyph_range

__all__ = ["Letters"]

_FACES: Final = {
    "Arial Bold": "Semibold",
    "Arial Regular": "Regular",
    "Source Sans Pro Italic": "It",
    "Source Sans Pro Light": "Regular",
    "Source Sans Pro Regular": "Regular",
    "Source Sans Pro Semibold": "Semibold",
    "Times New Roman Italic": "It",
}
"""Font stack -> the nearest of the faces that we have."""
_RANGES: Final = frozenset({0, 256, 8192})
"""Latin with the accents of Welsh and Gaelic, and punctuation: what names on a map of Great Britain need."""


class Letters:
    """Files of glyphs. `fonts` is the folder of the typeface, `kept` where files are kept once they are made."""

    def __init__(self, fonts: Path, kept: Path) -> None:
        self._fonts = fonts
        self._kept = kept

    def glyphs(self, names: Sequence[str], first: int) -> bytes:
        """The glyphs from character `first` on, of the first of `names`; empty where no label needs them."""
        stack = ",".join(names)
        font = self._fonts / f"SourceSansPro-{_FACES[names[0]]}.ttf"
        if first not in _RANGES or not font.is_file():
            return empty_range(stack, first)
        mark = hashlib.sha256(f"{_digest(font)} {stack}".encode()).hexdigest()[:16]
        file = self._kept / f"{mark}-{first}.pbf"
        if not file.is_file():
            _write(file, glyph_range(font, stack, first))
        return file.read_bytes()


@cache
def _digest(font: Path) -> str:
    return hashlib.sha256(font.read_bytes()).hexdigest()


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all: others may read the file at any time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    Path(name).replace(file)
