"""Distances from sites to features, from the features' own edges only, never from the cuts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bopsgis.ragged import group_starts, ranges
from constraints.engine.points import SLACK_M, segment_distance
from constraints.engine.sites import SiteEdges
from constraints.store.arrays import StoreArrays

__all__ = ["distances"]


def distances(
    store: StoreArrays,
    sites: SiteEdges,
    site: NDArray[np.int64],
    piece: NDArray[np.int64],
    reach_m: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Measure between the boundaries of sites and features, given k pairs of a site and a piece near it.

    Returns site, feature and distance in metres, once for each pair of a site and a feature; infinity where it
    is certainly over `reach_m`. All pieces of a feature that could be nearest must be among the pairs.
    """
    order = np.lexsort((store.piece["feature"][piece], site))
    site, piece, reach_m = site[order], piece[order], reach_m[order]
    feature = store.piece["feature"][piece].astype(np.int64)
    starts = group_starts(site, feature)
    if not len(starts):
        return site, feature, np.empty(0)
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(site))))
    low, high = _box_limits(sites, site, store.piece["box"][piece])
    limit = np.minimum(np.minimum.reduceat(high, starts), reach_m[starts])
    kept = np.flatnonzero(low <= limit[group] + SLACK_M)
    group, edges = _own_edges(store, piece[kept], group[kept])
    group, edges = _nearest_edges(sites, site[starts], group, edges, limit)
    nearest = np.full(len(starts), np.inf)
    which, number = sites.spread(site[starts][group])
    apart = segment_distance(edges[:, which], sites.ends[:, number])
    np.minimum.at(nearest, group[which], apart)
    return site[starts], feature[starts], nearest


def _box_limits(
    sites: SiteEdges, site: NDArray[np.int64], box: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least distance that there can be between what is in (k, 4) boxes and the sites, and the greatest."""
    asked = sites.box[site]
    gap = np.maximum(np.maximum(asked[:, :2] - box[:, 2:], box[:, :2] - asked[:, 2:]), 0.0)
    x, y = sites.ends[0, sites.start[:-1][site]], sites.ends[1, sites.start[:-1][site]]
    far_x = np.maximum(np.abs(x - box[:, 0]), np.abs(x - box[:, 2]))
    far_y = np.maximum(np.abs(y - box[:, 1]), np.abs(y - box[:, 3]))
    return np.hypot(gap[:, 0], gap[:, 1]), np.hypot(far_x, far_y)


def _own_edges(
    store: StoreArrays, piece: NDArray[np.int64], group: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Edges of the feature itself in each piece, as (4, m) ends with the group of each; a point is an edge."""
    start = store.piece["start"][piece]
    count = store.piece["own"][piece] - start
    slot = ranges(start, count)
    (x, y), group = store.xy[slot].T, np.repeat(group, count)
    following = np.append(slot[1:] - slot[:-1] == 1, False)
    x_next = np.append(x[1:], np.nan)
    lone = np.isnan(x_next) & np.append(True, np.isnan(x[:-1]))
    edge = np.flatnonzero(~np.isnan(x) & (lone | (following & ~np.isnan(x_next))))
    last = np.where(lone[edge], edge, np.minimum(edge + 1, len(x) - 1))
    return group[edge], np.stack([x[edge], y[edge], x[last], y[last]])


def _nearest_edges(
    sites: SiteEdges,
    group_site: NDArray[np.int64],
    group: NDArray[np.int64],
    edges: NDArray[np.float64],
    limit: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Leave out edges that cannot be the nearest of their group."""
    first = sites.start[:-1][group_site[group]]
    from_vertex = np.hypot(edges[0] - sites.ends[0, first], edges[1] - sites.ends[1, first])
    limit = limit.copy()
    np.minimum.at(limit, group, from_vertex)
    box = sites.box[group_site[group]]
    gap_x = np.maximum(box[:, 0] - np.maximum(edges[0], edges[2]), np.minimum(edges[0], edges[2]) - box[:, 2])
    gap_y = np.maximum(box[:, 1] - np.maximum(edges[1], edges[3]), np.minimum(edges[1], edges[3]) - box[:, 3])
    close = np.hypot(np.maximum(gap_x, 0.0), np.maximum(gap_y, 0.0)) <= limit[group] + SLACK_M
    return group[close], edges[:, close]
