"""The drawing commands of a feature, read back into points, lines and rings (Mapbox Vector Tile 2.1, section 4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from bopsgis.errors import FormatRefused
from tiles.features import LINE, POINT, POLYGON
from tiles.mvt.stream import CLOSE_PATH, LINE_TO, MOVE_TO

__all__ = ["Geometry", "geometry_of"]

Part = NDArray[np.int64]
"""(k, 2) points in tile units. They may leave 32 bits, because each is a sum of many steps."""
Geometry = tuple[tuple[Part, ...], tuple[bool, ...]]
"""The parts (rings are not closed), and whether each begins a polygon."""

_Command = tuple[int, int, Sequence[int]]
"""Command, count, and parameters: two for each repetition, none for ClosePath."""
_UINT32 = (1 << 32) - 1
_NOTHING: Geometry = ((), ())


def geometry_of(kind: int, numbers: Sequence[int], *, strict: bool) -> Geometry:
    """Parts of a geometry of this kind. Of an unknown kind (0) nothing is known, so it has no parts.

    `strict` raises FormatRefused where the specification is not followed; otherwise as much as can be is read.
    Lines of one point, and rings without area, are left out: they are no geometry.
    """
    commands = _commands(numbers, strict=strict)
    if strict:
        _follow_the_grammar(kind, commands)
    if kind == POINT:
        parts = _drawn([(MOVE_TO, len(commands), [step for _, _, steps in commands for step in steps])], joined=True)
        return parts, (False,) * len(parts)
    if kind == LINE:
        lines = tuple(part for part in _drawn(commands, joined=False) if len(part) > 1)
        return lines, (False,) * len(lines)
    if kind == POLYGON:
        return _rings(_drawn(commands, joined=False), strict=strict)
    return _NOTHING


def _commands(numbers: Sequence[int], *, strict: bool) -> list[_Command]:
    """Take the numbers apart. A count is compared with what is there before anything is made of it."""
    found: list[_Command] = []
    at = 0
    while at < len(numbers):
        command, count = numbers[at] & 7, (numbers[at] & _UINT32) >> 3
        at += 1
        if command == CLOSE_PATH:
            found.append((command, count, ()))
            continue
        there = (len(numbers) - at) // 2
        known = command in {MOVE_TO, LINE_TO}
        if strict and not (known and count <= there):
            raise FormatRefused(f"A geometry has the command {command}, {count} times, and {there} points are left.")
        if not known:
            break
        steps = numbers[at : at + 2 * min(count, there)]
        found.append((command, count, steps))
        at += len(steps)
        if count > there:
            break
    return found


def _follow_the_grammar(kind: int, commands: Sequence[_Command]) -> None:
    """Raise FormatRefused where the commands are not those of a kind of geometry (4.3.4)."""
    given = [(command, count) for command, count, _ in commands]
    follows = {0: _any, POINT: _is_points, LINE: _is_lines, POLYGON: _is_rings}[kind](given)
    if not follows:
        raise FormatRefused(f"The commands {given[:4]} draw no geometry of kind {kind}.")
    for command, _, steps in commands:
        if any(step > _UINT32 for step in steps):
            raise FormatRefused("A step of a geometry has more than 32 bits.")
        stays = any(dx == dy == 0 for dx, dy in zip(steps[::2], steps[1::2], strict=True))
        if command == LINE_TO and stays:
            raise FormatRefused("A line goes from a point to the same point.")


def _any(given: Sequence[tuple[int, int]]) -> bool:
    return len(given) > 0


def _is_points(given: Sequence[tuple[int, int]]) -> bool:
    return len(given) == 1 and given[0][0] == MOVE_TO and given[0][1] > 0


def _is_lines(given: Sequence[tuple[int, int]]) -> bool:
    moves, lines = given[::2], given[1::2]
    return (
        len(moves) == len(lines) > 0
        and all(move == (MOVE_TO, 1) for move in moves)
        and all(command == LINE_TO and count > 0 for command, count in lines)
    )


def _is_rings(given: Sequence[tuple[int, int]]) -> bool:
    moves, lines, ends = given[::3], given[1::3], given[2::3]
    return (
        len(moves) == len(lines) == len(ends) > 0
        and all(move == (MOVE_TO, 1) for move in moves)
        and all(command == LINE_TO and count > 1 for command, count in lines)
        and all(end == (CLOSE_PATH, 1) for end in ends)
    )


def _drawn(commands: Sequence[_Command], *, joined: bool) -> tuple[Part, ...]:
    """Follow the steps: each MoveTo begins a part, unless all points are `joined` in one. ClosePath moves nothing."""
    steps = [step & _UINT32 for _, _, steps in commands for step in steps]
    xs = accumulate(step >> 1 ^ -(step & 1) for step in steps[::2])
    ys = accumulate(step >> 1 ^ -(step & 1) for step in steps[1::2])
    points = np.array([*zip(xs, ys, strict=True)], np.int64).reshape(-1, 2)
    if joined:
        return (points,) if len(points) else ()
    begins: list[int] = []
    at = 0
    for command, _, taken in commands:
        here = len(taken) // 2
        begins.extend(range(at, at + here) if command == MOVE_TO else ())
        at += here
    if not begins:
        return ()
    ends = [*begins[1:], len(points)]
    return tuple(points[begin:end] for begin, end in zip(begins, ends, strict=True))


def _rings(parts: Sequence[Part], *, strict: bool) -> Geometry:
    """Tell outer rings from holes by the way they go round: the first one is an outer ring (4.3.4.4)."""
    areas = [_doubled_area(part) for part in parts]
    known = [(part, area) for part, area in zip(parts, areas, strict=True) if area]
    if not known:
        return _NOTHING
    first = known[0][1] > 0
    if strict and not first:
        raise FormatRefused("A polygon begins with a hole.")
    return tuple(part for part, _ in known), tuple((area > 0) == first for _, area in known)


def _doubled_area(ring: Part) -> int:
    """Twice the signed area, y down, in Python's whole numbers where 64 bits would not hold it."""
    x, y = (ring - ring[0]).T
    if max(x.max(), -x.min(), y.max(), -y.min()) >= 1 << 28:
        x, y = x.astype(object), y.astype(object)
    # The way back to the first point, which is the origin here, adds nothing.
    return int((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())
