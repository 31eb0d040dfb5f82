"""Keeping a tile within its budget by rule: attributes go first, then the smallest shapes and points into squares.

The same layers always give the same tile, and a tile that is not all there says so. Nothing depends on the order
of rows, as it does where a query is cut off at a number of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tiles.mvt import encode_tile
from tiles.snapshot.picture import Picture

__all__ = ["Answer", "answer"]

_AIM = 0.92
"""Share of the room that is aimed at: what features will take is only estimated."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A tile, and what became of it."""

    data: bytes
    """Mapbox Vector Tile 2.1, not compressed; empty where nothing is drawn."""
    versions: tuple[str, ...]
    """Of the layers it was made from, in the order asked for."""
    features: int
    dropped: int
    """Lines and areas left out to keep to the budget; points in squares are not left out, their number is told."""
    truncated: bool
    """Whether anything was left out or gathered to keep to the budget."""


@dataclass(slots=True)
class _Rung:
    """How far down the ladder one layer of a tile is."""

    whole: Picture
    shown: Picture
    data: bytes
    coarser: int = -1
    steps: int = 0

    def down(self, room: int) -> None:
        """Go down a step, for room of so many bytes."""
        self.steps += 1
        plainer = self.shown.plainer()
        if plainer is not None:
            self.shown = plainer
        else:
            self.coarser += 1
            share = min(max(room, 0) / len(self.data), 1.0) * _AIM
            self.shown = self.shown.smaller(share, self.coarser)
        self.data = self.shown.encoded() if len(self.shown) else b""

    @property
    def dropped(self) -> int:
        return 0 if not self.steps else _shapes_in(self.whole) - _shapes_in(self.shown)


def _shapes_in(picture: Picture) -> int:
    return len(picture) - picture.lone_points


def answer(pictures: Sequence[Picture], versions: Sequence[str], budget: int) -> Answer:
    """Encode the layers of a tile, going down the ladder with the largest until all are within the budget."""
    rungs = [_Rung(picture, picture, picture.encoded() if len(picture) else b"") for picture in pictures]
    over = sum(len(rung.data) for rung in rungs) - budget
    while over > 0:
        largest = max(rungs, key=lambda rung: len(rung.data))
        largest.down(len(largest.data) - over)
        over = sum(len(rung.data) for rung in rungs) - budget
    return Answer(
        encode_tile([rung.data for rung in rungs]),
        tuple(versions),
        sum(len(rung.shown) for rung in rungs),
        sum(rung.dropped for rung in rungs),
        any(rung.steps for rung in rungs),
    )
