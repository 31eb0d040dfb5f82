"""Bars drawn on the server: two for each label, told apart by outline as well as by colour."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from constraints.render.drawing import Disc, Drawing, Label, Outline
from constraints.render.svg import svg

__all__ = ["bars"]

_WIDTH: Final = 880
_HEIGHT: Final = 320
_LEFT: Final = 46.0
_BASE: Final = 270.0
_TOP: Final = 40.0
_FILLED, _EMPTY = "#12433f", "#c4553b"
_STEPS: Final = 4


def bars(title: str, labels: Sequence[str], first: Sequence[int], second: Sequence[int], names: tuple[str, str]) -> str:
    """The chart as a data address. The first series is filled, the second an outline."""
    top = _round_up(max([*first, *second, 1]))
    room = (_WIDTH - _LEFT) / max(len(labels), 1)
    parts: list[Outline | Disc | Label] = [*_grid(top), *_key(names)]
    for place, (label, one, other) in enumerate(zip(labels, first, second, strict=True)):
        x, width = _LEFT + place * room + room * 0.16, room * 0.32
        parts += [Outline((_bar(x, width, one / top),), fill=_FILLED)] if one else []
        parts += [Outline((_bar(x + width + 2, width, other / top),), line=_EMPTY, width=2.5)] if other else []
        parts.append(Label(x + width, _BASE + 20, label, 13, "middle"))
    said = f"{title}: {names[0].lower()} and {names[1].lower()}; the same numbers are in the table."
    drawing = Drawing(_WIDTH, _HEIGHT, tuple(parts), title, said)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg(drawing).encode()).decode('ascii')}"


def _bar(x: float, width: float, share: float) -> NDArray[np.float64]:
    y = _BASE - share * (_BASE - _TOP)
    return np.array([[x, _BASE], [x, y], [x + width, y], [x + width, _BASE], [x, _BASE]])


def _grid(top: int) -> list[Outline | Disc | Label]:
    parts: list[Outline | Disc | Label] = []
    for step in range(_STEPS + 1):
        y = _BASE - step / _STEPS * (_BASE - _TOP)
        line = np.array([[_LEFT, y], [_WIDTH, y]])
        parts.append(Outline((line,), line="#0b0c0c" if not step else "#c8cbcd", width=1.0))
        parts.append(Label(_LEFT - 8, y + 5, f"{top * step // _STEPS:,}", 13, "end"))
    return parts


def _key(names: tuple[str, str]) -> list[Outline | Disc | Label]:
    boxes = [np.array([[x, 10], [x + 18, 10], [x + 18, 24], [x, 24], [x, 10]], dtype=np.float64) for x in (50, 180)]
    return [
        Outline((boxes[0],), fill=_FILLED),
        Label(75, 22, names[0], 14),
        Outline((boxes[1],), line=_EMPTY, width=2.5),
        Label(205, 22, names[1], 14),
    ]


def _round_up(number: int) -> int:
    """A number that divides into the steps of the grid and is not smaller."""
    step = _STEPS * int(10 ** max(0, len(str(number)) - 2))
    return -(-number // step) * step
