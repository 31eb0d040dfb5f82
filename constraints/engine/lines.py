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
    order = np.lexsort((store.piece["feature"][piece], site))
    site, piece = site[order], piece[order]
    feature = store.piece["feature"][piece].astype(np.int64)
    starts = group_starts(site, feature)
    group = np.zeros(len(site), np.int64)
    group[starts[1:]] = 1
    group = np.cumsum(group)
    start = store.piece["start"][piece]
    count = store.piece["own"][piece] - start
    xy, owner = store.xy[ranges(start, count)], np.repeat(group, count)
    gap = np.isnan(xy[:, 0])
    edge = np.flatnonzero(~gap[:-1] & ~gap[1:])
    ends = np.stack([xy[edge], xy[edge + 1]], axis=1)
    lines = shapely.multilinestrings(shapely.linestrings(ends), indices=owner[edge])
    length = shapely.length(shapely.intersection(sites[site[starts]], lines))
    return site[starts], feature[starts], length
