from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from benchmarks.england import designations
from hypothesis import given
from hypothesis import strategies as st

from constraints.store.cut import KIND_AREA, KIND_FULL, cut, piece_areas
from constraints.store.grid import cells_of, level_of, register


def star(vertices: int, roughness: float, seed: int, origin: tuple[float, float]) -> Any:
    """An area with a hole and a rough outline of so many vertices."""
    random = np.random.default_rng(seed)
    angle = 2 * np.pi * np.arange(vertices) / vertices
    radius = 900 * (1 - roughness * random.random(vertices))
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return shapely.Polygon(ring + origin, [ring[::-1] * 0.1 + origin])


@given(
    st.integers(4, 3_000),
    st.sampled_from([0.0, 0.02, 0.6]),
    st.integers(0, 1_000),
    st.sampled_from([4, 32, 256]),
    st.sampled_from([(0.0, 0.0), (533_000.0, 178_000.0), (650_000.1, 1_200_000.7)]),
)
def test_no_area_is_lost_in_cutting(vertices: int, roughness: float, seed: int, most: int, origin: tuple[float, float]):
    """Pieces add up to the whole to one part in a million, whatever the shape and wherever it lies."""
    whole = star(vertices, roughness, seed, origin)
    pieces = cut(np.array([whole], object), most)
    assert piece_areas(pieces).sum() == pytest.approx(whole.area, rel=1e-6)


def test_every_dataset_of_the_synthetic_england_keeps_its_area():
    """Cutting loses nothing of circles, ribbons, mosaics, holes and parts of a hundred thousand vertices."""
    for slug, geometry in designations(0.001).items():
        pieces = cut(geometry)
        whole = shapely.area(geometry)
        together = np.bincount(pieces.feature, piece_areas(pieces), minlength=len(geometry))
        assert np.abs(together - whole).max() <= 1e-6 * max(whole.max(), 1.0), slug


def test_what_is_marked_as_covered_is_covered():
    """A rectangle marked as covered lies inside its feature, and there are many in a large smooth shape."""
    whole = star(4_000, 0.01, 1, (533_000.0, 178_000.0))
    pieces = cut(np.array([whole], object))
    covered = shapely.box(*pieces.box[pieces.kind == KIND_FULL].T)
    assert len(covered) > 50
    assert shapely.covered_by(covered, whole).all()


def test_pieces_are_small():
    """A piece has at most so many edges of the feature, unless its cell cannot be made smaller."""
    pieces = cut(np.array([star(4_000, 0.01, 1, (533_000.0, 178_000.0))], object), 32)
    extent = (pieces.box[:, 2:] - pieces.box[:, :2]).max(axis=1)
    assert (pieces.real[(pieces.kind == KIND_AREA) & (extent > 4.0)] <= 3 * 32).all()


def test_a_fan_of_spikes_does_not_explode():
    """A shape whose every edge crosses many cells is cut into a bounded number of fragments."""
    random = np.random.default_rng(1)
    angle = 2 * np.pi * np.arange(3_000) / 3_000
    radius = 1_000 * (0.3 + 0.7 * random.random(3_000))
    fan = shapely.Polygon(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1))
    pieces = cut(np.array([fan], object))
    assert len(pieces.xy) < 40 * 3_000
    assert piece_areas(pieces).sum() == pytest.approx(fan.area, rel=1e-6)


@given(st.lists(st.tuples(*[st.floats(-1e5, 1e6)] * 2, *[st.floats(0, 3e5)] * 2), min_size=1, max_size=20))
def test_a_box_is_listed_in_at_most_four_cells(corners: list[tuple[float, float, float, float]]):
    """Every box is listed where its south-west corner lies, and in no more than four cells."""
    west, south, wide, high = np.array(corners).T
    boxes = np.stack([west, south, west + wide, south + high], axis=1)
    keys, listed = register(boxes, np.zeros(len(boxes), np.int64))
    assert (np.diff(keys) >= 0).all()
    assert np.bincount(listed, minlength=len(boxes)).max() <= 4
    level = level_of(boxes)
    corner = {(int(c), int(i)) for c, i in zip(cells_of(boxes[:, 0], level), range(len(boxes)), strict=True)}
    assert corner <= {(int(key & 0xFFFFF), int(i)) for key, i in zip(keys, listed, strict=True)}
