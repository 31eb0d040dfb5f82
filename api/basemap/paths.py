"""Which addresses of the Ordnance Survey's vector tile service there are: all others do not exist here.

What is sent on is put together anew from the parts that were understood, never passed through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import quote

from bopsgis.errors import InputRefused, NotFound

__all__ = ["FONTS", "ROOT", "Kind", "Resource", "fonts", "metadata", "sprite", "srs_of", "style", "tile"]

ROOT: Final = "/maps/vector/v1/vts"

FONTS: Final = (
    "Arial Bold",
    "Arial Regular",
    "Source Sans Pro Italic",
    "Source Sans Pro Light",
    "Source Sans Pro Regular",
    "Source Sans Pro Semibold",
    "Times New Roman Italic",
)
"""Font stacks of the Ordnance Survey's styles, and of ours."""

_NUMBER = re.compile(r"0|[1-9][0-9]{0,7}")
_RANGE = re.compile(r"(0|[1-9][0-9]{0,4})-([1-9][0-9]{1,4})\.pbf")
_SPRITE = re.compile(r"sprite(@2x)?\.(json|png)")
_LAST_CHARACTER = 0xFFFF
_MOST_FONTS = 4


class Kind(StrEnum):
    """What an address stands for; each is checked in its own way when it comes from outside."""

    METADATA = "metadata"
    STYLE = "style"
    TILE = "tile"
    FONTS = "fonts"
    SPRITE_INDEX = "sprite-index"
    SPRITE_PICTURE = "sprite-picture"


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that the service has. `path` begins with `ROOT` and is percent-encoded; it is the same on both sides.

    `srs` is 3857 or 27700, and 0 where it makes no difference.
    """

    kind: Kind
    path: str
    srs: int = 0

    @property
    def target(self) -> str:
        """Path and query as the Ordnance Survey is asked for them."""
        return f"{self.path}?srs={self.srs}" if self.srs else self.path


def srs_of(given: str | None) -> int:
    """The coordinate system asked for: 27700 where nothing is said, as the Ordnance Survey has it.

    Raises InputRefused for anything but 3857 and 27700.
    """
    if given is None or given == "27700":
        return 27700
    if given == "3857":
        return 3857
    raise InputRefused("The maps come in srs 3857 and 27700.", code="srs_unknown")


def metadata(srs: int) -> Resource:
    """The description of the service."""
    return Resource(Kind.METADATA, ROOT, srs)


def style(srs: int) -> Resource:
    """The style."""
    return Resource(Kind.STYLE, f"{ROOT}/resources/styles", srs)


def tile(z: str, y: str, x: str, srs: int) -> tuple[Resource, tuple[int, int, int]]:
    """A tile, with its zoom, column and row; the address has the row before the column.

    Raises NotFound for anything but three plain numbers.
    """
    if not all(_NUMBER.fullmatch(part) for part in (z, y, x)):
        raise NotFound("There is no such tile.", code="tile_unknown")
    resource = Resource(Kind.TILE, f"{ROOT}/tile/{z}/{y}/{x}.pbf", srs)
    return resource, (int(z), int(x), int(y))


def fonts(stack: str, file: str) -> tuple[Resource, tuple[str, ...], int]:
    """A file of 256 glyphs, with the names of its fonts, best first, and its first character.

    Raises NotFound for a font that the service does not have, or a range that is not one of its files.
    """
    names = tuple(stack.split(","))
    matched = _RANGE.fullmatch(file)
    if matched is None or len(names) > _MOST_FONTS or not set(names) <= set(FONTS):
        raise NotFound("There are no such glyphs.", code="glyphs_unknown")
    first, last = int(matched[1]), int(matched[2])
    if first % 256 or last != first + 255 or last > _LAST_CHARACTER:
        raise NotFound("There are no such glyphs.", code="glyphs_unknown")
    path = f"{ROOT}/resources/fonts/{quote(stack, safe=',')}/{first}-{last}.pbf"
    return Resource(Kind.FONTS, path), names, first


def sprite(file: str) -> tuple[Resource, int]:
    """A sprite sheet or its index, with its pixel ratio. Raises NotFound for another name."""
    matched = _SPRITE.fullmatch(file)
    if matched is None:
        raise NotFound("There is no such picture.", code="sprite_unknown")
    kind = Kind.SPRITE_INDEX if matched[2] == "json" else Kind.SPRITE_PICTURE
    return Resource(kind, f"{ROOT}/resources/sprites/{file}"), 2 if matched[1] else 1
