"""Area that sites and pieces share, from their edges alone: no overlay of polygons.

An edge of a piece covers everything above it, once or (running west) minus once; so what it adds to the
overlap is, with that sign, the area of the site above the edge and between its ends. That in turn is added up
from the site's own edges: trapezoids of the site's edge over the piece's edge. Most edges of a piece lie east,
west or north of the site and add nothing, and most of the rest run below all of it and add the site's whole
area; only edges that meet the site's box or end below it need trapezoids.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bopsgis.ragged import ranges
from constraints.engine.sites import SiteEdges
from constraints.store.arrays import StoreArrays

__all__ = ["LEAST_AREA_M2", "overlap_areas"]

LEAST_AREA_M2 = 1e-6
"""A shared area up to this (one square millimetre) is a touch: sums of products of coordinates err by less."""


def overlap_areas(
    store: StoreArrays, sites: SiteEdges, site: NDArray[np.int64], piece: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Area in m2 that each of k pairs of a site and an area's piece share."""
    box = sites.box[site]
    start, end = store.piece["start"][piece], store.piece["end"][piece]
    pair = np.repeat(np.arange(len(site)), end - start)
    slot = ranges(start, end - start)
    x, y = store.xy[slot].T.copy()
    x0, x1, y0, y1 = x[:-1], x[1:], y[:-1], y[1:]
    pair = pair[:-1]
    # Comparisons with the NaN between runs are false, so no edge joins two runs.
    near = (np.minimum(x0, x1) < box[pair, 2]) & (np.maximum(x0, x1) > box[pair, 0]) & (x0 != x1)
    near &= np.minimum(y0, y1) < box[pair, 3]
    kept = np.flatnonzero(near)
    pair, x0, x1, y0, y1 = pair[kept], x0[kept], x1[kept], y0[kept], y1[kept]
    sign = np.where(x0 < x1, 1.0, -1.0)
    west, east = np.minimum(x0, x1), np.maximum(x0, x1)
    under = (np.maximum(y0, y1) <= box[pair, 1]) & (west <= box[pair, 0]) & (east >= box[pair, 2])
    whole = np.bincount(pair[under], sign[under], minlength=len(site)) * sites.area[site]
    rest = np.flatnonzero(~under)
    edges = np.stack([x0[rest], y0[rest], x1[rest], y1[rest]])
    above = _site_above(sites, site[pair[rest]], edges)
    shared = whole + np.bincount(pair[rest], above * sign[rest], minlength=len(site))
    return np.clip(shared, 0.0, sites.area[site])


def _site_above(sites: SiteEdges, site: NDArray[np.int64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area of each site above its (4, k) edge and between the edge's ends; the edge's direction does not matter."""
    which, number = sites.spread(site)
    ax, ay, bx, by = sites.ends[:, number]
    cx, cy, dx, dy = edges[:, which]
    west = np.maximum(np.minimum(ax, bx), np.minimum(cx, dx))
    east = np.minimum(np.maximum(ax, bx), np.maximum(cx, dx))
    # A site's edge that is nowhere over the piece's edge adds nothing.
    some = np.flatnonzero((west < east) & (np.maximum(ay, by) > np.minimum(cy, dy)))
    which, west, east = which[some], west[some], east[some]
    ax, ay, bx, by, cx, cy, dx, dy = (values[some] for values in (ax, ay, bx, by, cx, cy, dx, dy))
    slope = sites.slope[number[some]]
    floor = (dy - cy) / (dx - cx)
    height = ay - cy
    left = height + (west - ax) * slope - (west - cx) * floor
    right = height + (east - ax) * slope - (east - cx) * floor
    # A site's edge that runs west has the site below it, so it adds; one that runs east takes away.
    trapezoid = np.where(ax > bx, 0.5, -0.5) * (east - west) * _positive_part(left, right)
    return np.bincount(which, trapezoid, minlength=len(site)).astype(np.float64, copy=False)


def _positive_part(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twice the mean height over nought of a straight line from `left` to `right`."""
    high, low = np.maximum(left, right), np.minimum(left, right)
    up = np.maximum(high, 0.0)
    drop = np.where(high > low, high - low, 1.0)
    return np.where(low >= 0.0, high + low, up * up / drop)
