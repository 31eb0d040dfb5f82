"""What the specification asks of geometry before it is written, done for a whole layer at once with numpy.

Repeated points go, rings without area and lines of one point go, holes of a dropped ring go with it. An outer
ring has a positive area in tile coordinates (y down), a hole a negative one (Mapbox Vector Tile 2.1, 4.3.4.4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bopsgis.errors import InputRefused
from bopsgis.ragged import ranges
from tiles.features import LINE, POINT, POLYGON, Column, TileFeatures
from tiles.mvt.ragged import starts_of

__all__ = ["MOST", "Cleaned", "checked", "clean", "doubled_areas", "reading_order"]

MOST = (1 << 30) - 1
"""Coordinates lie between -MOST and MOST, so that no difference of two leaves the 32 bits of a parameter (4.3.2)."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Geometry that may be written as it stands. Features that lost all of theirs have no part in it."""

    feature: NDArray[np.int64]
    """(m,) number of the feature that each part belongs to, ascending."""
    counts: NDArray[np.int64]
    """(m,) points of each part."""
    exterior: NDArray[np.bool_]
    """(m,) the part begins a polygon."""
    coords: NDArray[np.int32]
    """(k, 2) rings are not closed."""


def checked(features: TileFeatures) -> TileFeatures:
    """The same features, in arrays of exactly the types that both encoders read.

    Raises InputRefused where lengths do not agree or coordinates lie outside -MOST to MOST.
    """
    n, parts, offsets = len(features.kind), features.parts, features.offsets
    fits = (
        len(parts) == n + 1
        and len(features.exterior) == len(offsets) - 1
        and features.coords.shape == (len(features.coords), 2)
        and (features.ids is None or len(features.ids) == n)
        and all(len(column.codes) == n for column in features.columns.values())
        and _covers(parts, len(offsets) - 1)
        and _covers(offsets, len(features.coords))
    )
    if not fits:
        raise InputRefused("The arrays of a layer's features do not fit together.")
    if n and not (features.kind.min() >= POINT and features.kind.max() <= POLYGON):
        raise InputRefused("A feature of a tile is a point (1), a line (2) or a polygon (3).")
    if ((parts[1:] - parts[:-1] > 1) & (features.kind == POINT)).any():
        raise InputRefused("A feature of points has all its points in one part.")
    if any(not _within(column) for column in features.columns.values()):
        raise InputRefused("A column's codes are the places of its values, or -1.")
    coords = features.coords
    if len(coords) and (coords.max() > MOST or coords.min() < -MOST):
        raise InputRefused(f"Tile coordinates lie between -{MOST} and {MOST}.")
    return TileFeatures(
        np.ascontiguousarray(features.kind, np.uint8),
        None if features.ids is None else np.ascontiguousarray(features.ids, np.uint64),
        np.ascontiguousarray(parts, np.int64),
        np.ascontiguousarray(offsets, np.int64),
        np.ascontiguousarray(features.exterior, np.bool_),
        np.ascontiguousarray(coords, np.int32),
        features.columns,
    )


def _within(column: Column) -> bool:
    codes = column.codes
    return not len(codes) or (codes.min() >= -1 and codes.max() < len(column.values))


def _covers(limits: NDArray[np.int64], n: int) -> bool:
    """Whether limits run from nought to n without stepping back."""
    return len(limits) > 0 and limits[0] == 0 and limits[-1] == n and bool((limits[1:] >= limits[:-1]).all())


def clean(features: TileFeatures) -> Cleaned:
    """Drop and turn what must not be written as it is. The features must be `checked`."""
    owner = np.repeat(np.arange(len(features)), np.diff(features.parts))
    kind = features.kind[owner]
    coords, counts = _without_repeats(features.coords, np.diff(features.offsets), kind == POLYGON)
    starts = starts_of(counts)
    area = np.where(kind == POLYGON, doubled_areas(coords, starts), 0)
    kept = np.where(kind == POLYGON, area != 0, counts >= np.where(kind == LINE, 2, 1))
    kept &= _outer_ring_kept(features, owner, kind, kept)
    turned = (kind == POLYGON) & ((area > 0) != features.exterior)
    if not kept.all() or turned[kept].any():
        first, counts, turned = starts[:-1][kept], counts[kept], turned[kept]
        coords = coords[reading_order(first, counts, turned)]
    return Cleaned(owner[kept], counts, features.exterior[kept], coords)


def _without_repeats(
    coords: NDArray[np.int32], counts: NDArray[np.int64], ring: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Coordinates without those that equal the one before (in rings also the last where it equals the first)."""
    if not len(coords):
        return coords, counts
    pairs = coords.view(np.int64)[:, 0]
    starts = starts_of(counts)
    fresh = np.empty(len(pairs), bool)
    fresh[0] = True
    np.not_equal(pairs[1:], pairs[:-1], out=fresh[1:])
    fresh[starts[:-1][counts > 0]] = True
    if not fresh.all():
        pairs = pairs[fresh]
        counts = np.diff(np.concatenate([[0], np.cumsum(fresh)])[starts])
        starts = starts_of(counts)
    several = np.flatnonzero(ring & (counts > 1))
    closed = several[pairs[starts[several]] == pairs[starts[several + 1] - 1]]
    if len(closed):
        pairs = np.delete(pairs, starts[closed + 1] - 1)
        counts = counts.copy()
        counts[closed] -= 1
    return pairs[:, None].view(np.int32), counts


def doubled_areas(coords: NDArray[np.int32], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Twice the signed area of each of (m,) parts, part j of which is coords[starts[j]:starts[j + 1]].

    Sums may wrap round, and are right all the same: the result fits.
    """
    x, y = coords[:, 0].astype(np.int64), coords[:, 1].astype(np.int64)
    after = np.arange(1, len(coords) + 1)
    filled = starts[1:] > starts[:-1]
    after[starts[1:][filled] - 1] = starts[:-1][filled]
    sums = starts_of(x * y[after] - x[after] * y)
    areas: NDArray[np.int64] = sums[starts[1:]] - sums[starts[:-1]]
    return areas


def _outer_ring_kept(
    features: TileFeatures, owner: NDArray[np.int64], kind: NDArray[np.uint8], kept: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Whether each part is no ring, or the outer ring of its polygon is there and kept."""
    heads = features.exterior.copy()
    heads[1:] |= owner[1:] != owner[:-1]
    heads[:1] = True
    head = np.maximum.accumulate(np.where(heads, np.arange(len(heads)), 0))
    outer: NDArray[np.bool_] = (kind != POLYGON) | (kept[head] & features.exterior[head])
    return outer


def reading_order(first: NDArray[np.int64], counts: NDArray[np.int64], turned: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Places of the coordinates of each part, from the last to the first where it is turned."""
    if not turned.any():
        return ranges(first, counts)
    step = np.repeat(np.where(turned, -1, 1), counts)
    begin = np.repeat(np.where(turned, first + counts - 1, first), counts)
    order: NDArray[np.int64] = begin + step * ranges(np.zeros_like(counts), counts)
    return order
