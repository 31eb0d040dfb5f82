"""One way of writing an area, whoever made it: where its rings begin, which way round they run, and in which order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bopsgis.ragged import ranges
from tiles.features import POLYGON
from tiles.levels.shapes import Shapes
from tiles.mvt.clean import doubled_areas, reading_order
from tiles.mvt.ragged import starts_of

__all__ = ["canonical", "wound"]


def wound(shapes: Shapes) -> Shapes:
    """The same features, outer rings running as tiles want them and holes the other way."""
    area = np.repeat(shapes.kind, np.diff(shapes.parts)) == POLYGON
    turned = area & ((doubled_areas(shapes.coords, shapes.offsets) > 0) != shapes.exterior)
    if not turned.any():
        return shapes
    order = reading_order(shapes.offsets[:-1], np.diff(shapes.offsets), turned)
    return replace(shapes, coords=np.take(shapes.coords, order, axis=0))


def canonical(shapes: Shapes) -> Shapes:
    """The same features, each area written the one way; coordinates are whole numbers, and no ring is without any.

    A ring begins at its point with the least x and y, where it comes by twice the one that goes on to less; outer
    rings run as tiles want them and holes the other way;
    polygons come by the first points of their outer rings, and holes by their own after their outer ring.
    """
    if not (shapes.kind == POLYGON).any():
        return shapes
    owner = np.repeat(np.arange(len(shapes)), np.diff(shapes.parts))
    area = shapes.kind[owner] == POLYGON
    begin, counts = shapes.offsets[:-1], np.diff(shapes.offsets)
    part = np.repeat(np.arange(len(counts)), counts)
    x, y = shapes.coords[:, 0], shapes.coords[:, 1]
    backwards = area & ((doubled_areas(shapes.coords, shapes.offsets) > 0) != shapes.exterior)
    step = np.where(backwards, counts - 1, 1)
    within = np.arange(len(part)) - begin[part]
    after = begin[part] + (within + step[part]) % counts[part]
    least = np.lexsort((y[after], x[after], y, x, part))[begin]
    start = np.where(area, least - begin, 0)
    order = _in_order(shapes, owner, area, x[least], y[least])
    along = ranges(np.zeros_like(counts), counts[order])
    size = np.repeat(counts[order], counts[order])
    place = (np.repeat(start[order], counts[order]) + along * np.repeat(step[order], counts[order])) % size
    coords = np.take(shapes.coords, np.repeat(begin[order], counts[order]) + place, axis=0)
    return replace(shapes, offsets=starts_of(counts[order]), exterior=shapes.exterior[order], coords=coords)


def _in_order(
    shapes: Shapes, owner: NDArray[np.int64], area: NDArray[np.bool_], x: NDArray[np.int64], y: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Parts in the order in which they are written; `x` and `y` are the first points of rings."""
    head = np.maximum.accumulate(np.where(shapes.exterior, np.arange(len(owner)), 0))
    hole = area & ~shapes.exterior
    keys = (np.where(hole, y, 0), np.where(hole, x, 0), hole, head, y[head], x[head])
    order: NDArray[np.int64] = np.lexsort((*(np.where(area, key, 0) for key in keys), owner))
    return order
