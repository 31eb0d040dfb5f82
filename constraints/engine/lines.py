"""Length of line designations inside sites: few, so GEOS measures them."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from constraints.store.arrays import StoreArrays
from constraints.store.ragged import group_starts, ranges

__all__ = ["overlap_lengths"]


def overlap_lengths(
    store: StoreArrays, sites: NDArray[np.object_], site: NDArray[np.int64], piece: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Measure for k pairs of a site and a line's piece; returns site, feature and length in metres.

    Each pair of a site and a feature is told once. A stretch along the site's boundary counts, a stretch that
    the line runs twice counts once.
    """
    order = np.lexsort((store.piece_feature[piece], site))
    site, piece = site[order], piece[order]
    feature = store.piece_feature[piece].astype(np.int64)
    starts = group_starts(site, feature)
    group = np.zeros(len(site), np.int64)
    group[starts[1:]] = 1
    group = np.cumsum(group)
    count = store.piece_own[piece] - store.piece_start[piece]
    slot = ranges(store.piece_start[piece], count)
    x, y, owner = store.x[slot], store.y[slot], np.repeat(group, count)
    edge = np.flatnonzero(~np.isnan(x[:-1]) & ~np.isnan(x[1:]))
    xy = np.stack([x[edge], y[edge], x[edge + 1], y[edge + 1]], axis=1).reshape(-1, 2, 2)
    lines = shapely.multilinestrings(shapely.linestrings(xy), indices=owner[edge])
    length = shapely.length(shapely.intersection(sites[site[starts]], lines))
    return site[starts], feature[starts], length
