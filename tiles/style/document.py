"""The style document: which layer is drawn how, from how coarse to how fine a map, read from the tables beside it.

Scales are metres on the ground for a pixel of the screen, so that one number serves every grid of tiles.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, Protocol

__all__ = [
    "BaseLayer",
    "BaseStyle",
    "CaseGroup",
    "Patterns",
    "Stops",
    "Symbol",
    "base_style",
    "case_groups",
    "pattern_table",
    "several_cases",
]

Stops = tuple[tuple[float, float], ...]
"""Pairs of scale (metres a pixel, falling) and size in pixels; between them the size goes evenly by zoom."""


class Symbol(Protocol):
    """What is told apart by line, dash and pattern, never by colour alone: a theme of constraints, a group of cases."""

    @property
    def id(self) -> str: ...  # noqa: D102  # the class says what it is
    @property
    def label(self) -> str: ...  # noqa: D102  # as above
    @property
    def line(self) -> str: ...  # noqa: D102  # as above
    @property
    def dash(self) -> tuple[float, ...]: ...  # noqa: D102  # as above
    @property
    def pattern(self) -> str: ...  # noqa: D102  # as above


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """Cases that look the same on a map. Implements `Symbol`; `dash` is in pixels."""

    id: str
    label: str
    line: str
    dash: tuple[float, ...]
    pattern: str
    statuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BaseLayer:
    """One thing that the base map draws. Colours are #rrggbb; an empty one is not drawn.

    `source` is the layer in the tile, `where` the values that a property may have. An area may have a fill and a
    line; a line may have a casing round it; a name has a field, a font, a size and a colour.
    """

    id: str
    source: str
    draws: Literal["area", "line", "name"]
    where: Mapping[str, tuple[str, ...]]
    label: str
    """In the key; empty for what needs no explaining."""
    fill: str
    line: str
    casing: str
    width: Stops
    dash: tuple[float, ...]
    """In pixels, drawn and left out in turn; empty for a solid line."""
    coarsest: float | None
    """Not drawn on a map coarser than this, in metres a pixel."""
    finest: float | None
    """Not drawn on a map finer than this."""
    field: str
    font: str
    size: Stops
    colour: str
    along: bool
    """The name follows the line."""


@dataclass(frozen=True, slots=True)
class BaseStyle:
    """The base map's style. `fonts` are font stacks by what they are for."""

    id: str
    name: str
    ground: str
    halo: str
    fonts: Mapping[str, str]
    layers: tuple[BaseLayer, ...]
    """From the ground up."""

    @property
    def fills(self) -> frozenset[str]:
        """Every colour that lies under other things: the ground and what areas are filled with."""
        return frozenset({self.ground, *(layer.fill for layer in self.layers if layer.fill)})


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns on a square of `size` pixels that repeats in both directions."""

    size: int
    stroke: float
    """Width of a line, in pixels."""
    dot: float
    """Radius of a dot, in pixels."""
    strokes: Mapping[str, tuple[tuple[tuple[float, float], ...], ...]]
    """Name -> lines, each of points (x right, y down)."""
    dots: Mapping[str, tuple[tuple[float, float], ...]]


@cache
def base_style() -> BaseStyle:
    """The base map's style, read once."""
    data = _read("base.json")
    layers = tuple(_layer(row) for row in data["layers"])
    fonts = MappingProxyType(dict(data["fonts"]))
    return BaseStyle(data["id"], data["name"], data["ground"], data["halo"], fonts, layers)


@cache
def case_groups() -> tuple[CaseGroup, ...]:
    """How cases look, by where they stand; every status of `bopsgis.planning.case.CaseStatus` is in one group."""
    return tuple(
        CaseGroup(row["id"], row["label"], row["line"], tuple(row["dash"]), row["pattern"], tuple(row["statuses"]))
        for row in _read("cases.json")["groups"]
    )


@cache
def several_cases() -> CaseGroup:
    """How a point looks that stands for several cases of different groups."""
    row = _read("cases.json")["several"]
    return CaseGroup(row["id"], row["label"], row["line"], tuple(row["dash"]), row["pattern"], ())


@cache
def pattern_table() -> Patterns:
    """The patterns that themes and groups of cases name, read once."""
    data = _read("patterns.json")
    rows = data["patterns"].items()
    strokes = {name: tuple(tuple(_point(at) for at in line) for line in row["strokes"]) for name, row in rows}
    dots = {name: tuple(_point(at) for at in row["dots"]) for name, row in rows}
    return Patterns(data["size"], data["stroke"], data["dot"], MappingProxyType(strokes), MappingProxyType(dots))


def _read(name: str) -> Any:
    return json.loads(files(__package__).joinpath(name).read_bytes())


def _layer(row: Mapping[str, Any]) -> BaseLayer:
    return BaseLayer(
        id=row["id"],
        source=row["from"],
        draws=row["draws"],
        where=MappingProxyType({name: tuple(values) for name, values in row.get("where", {}).items()}),
        label=row.get("label", ""),
        fill=row.get("fill", ""),
        line=row.get("line", ""),
        casing=row.get("casing", ""),
        width=_stops(row.get("width", ())),
        dash=tuple(row.get("dash", ())),
        coarsest=row.get("coarsest"),
        finest=row.get("finest"),
        field=row.get("field", ""),
        font=row.get("font", ""),
        size=_stops(row.get("size", ())),
        colour=row.get("colour", ""),
        along=row.get("along", False),
    )


def _stops(pairs: Sequence[Sequence[float]]) -> Stops:
    return tuple((float(scale), float(size)) for scale, size in pairs)


def _point(at: Sequence[float]) -> tuple[float, float]:
    x, y = at
    return float(x), float(y)
