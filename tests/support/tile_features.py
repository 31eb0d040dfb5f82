"""Features of tiles for tests: drawn by Hypothesis, and what must become of them, worked out one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tiles.features import LINE, POINT, POLYGON, Column, TileFeatures
from tiles.mvt import columns_of
from tiles.mvt.clean import MOST

__all__ = ["Drawn", "drawn", "expected_parts", "features_of", "properties_of"]

Part = list[tuple[int, int]]

small = st.integers(-3, 3)
"""Coordinates that often repeat, and rings of which often have no area."""
wide = st.one_of(small, st.integers(-64, 4160), st.sampled_from([-MOST, MOST]))
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.sampled_from([0, 1, 0.0, -0.0, 1.0, True, False, "", "1"]),
    st.floats(allow_nan=False),
    st.floats(width=32, allow_nan=False).map(np.float32),
    st.text(max_size=4),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One feature as a person would write it down."""

    kind: int
    id: int
    parts: list[tuple[bool, Part]]
    """Whether each part begins a polygon, and its points."""
    properties: dict[str, Any]


def _parts(coordinate: st.SearchStrategy[int], least: int, most: int) -> st.SearchStrategy[Part]:
    return st.lists(st.tuples(coordinate, coordinate), min_size=least, max_size=most)


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """A point, line or polygon with everything that can be wrong with it."""
    kind = draw(st.sampled_from([POINT, LINE, POLYGON]))
    coordinate = draw(st.sampled_from([small, wide]))
    if kind == POINT:
        parts = [(False, draw(_parts(coordinate, 0, 4)))]
    else:
        several = draw(st.lists(_parts(coordinate, 0, 7), max_size=4))
        outer = st.booleans() if kind == POLYGON else st.just(False)
        parts = [(draw(outer), part) for part in several]
    properties = draw(st.dictionaries(st.sampled_from(["name", "reference", "class"]), values, max_size=3))
    return Drawn(kind, draw(st.one_of(st.integers(0, 300), st.integers(0, (1 << 64) - 1))), parts, properties)


def features_of(features: Sequence[Drawn], *, ids: bool = True, tuples: bool = False) -> TileFeatures:
    """The arrays of these features; `tuples` gives every column a plain tuple for its values."""
    parts = [part for feature in features for part in feature.parts]
    keys = dict.fromkeys(key for feature in features for key in feature.properties)
    columns = columns_of({key: [feature.properties.get(key) for feature in features] for key in keys})
    if tuples:
        columns = {key: Column(column.codes, tuple(column.values)) for key, column in columns.items()}
    return TileFeatures(
        kind=np.array([feature.kind for feature in features], np.uint8),
        ids=np.array([feature.id for feature in features], np.uint64) if ids else None,
        parts=np.cumsum([0, *[len(feature.parts) for feature in features]], dtype=np.int64),
        offsets=np.cumsum([0, *[len(points) for _, points in parts]], dtype=np.int64),
        exterior=np.array([outer for outer, _ in parts], bool),
        coords=np.array([point for _, points in parts for point in points], np.int32).reshape(-1, 2),
        columns=columns,
    )


def properties_of(feature: Drawn) -> dict[str, tuple[type, str]]:
    """Properties that a tile shows: type and spelling, because 1, 1.0, True and -0.0 are equal to one another."""
    return {key: (type(value), repr(value)) for key, value in feature.properties.items() if value is not None}


def expected_parts(feature: Drawn) -> list[tuple[bool, Part]]:
    """The parts that a tile may hold, one after another, by the words of the specification."""
    kept: list[tuple[bool, Part]] = []
    outer_kept = False
    for outer, points in feature.parts:
        fresh = [point for at, point in enumerate(points) if at == 0 or point != points[at - 1]]
        if feature.kind != POLYGON:
            if len(fresh) >= (2 if feature.kind == LINE else 1):
                kept.append((False, fresh))
            continue
        if len(fresh) > 1 and fresh[0] == fresh[-1]:
            fresh.pop()
        area = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(fresh, fresh[1:] + fresh[:1], strict=True))
        if outer:
            outer_kept = area != 0
        if outer_kept and area:
            kept.append((outer, fresh if (area > 0) == outer else fresh[::-1]))
    return kept
