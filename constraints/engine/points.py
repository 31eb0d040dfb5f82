"""Whether points lie in or on sites, and how far edges lie from each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from constraints.engine.sites import SiteEdges

__all__ = ["SLACK_M", "TOUCH_M", "points_in_sites", "segment_distance"]

TOUCH_M = 1e-6
"""Nearer than this is touching: it is far under the accuracy of any data and far over the rounding of sums."""
SLACK_M = 1e-9
"""Left when something is passed over as too far away: a bound and a distance are rounded each in its own way."""


def segment_distance(edges: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance in metres between k pairs of straight edges; both arrays are (4, k): x, y, x, y."""
    ax, ay, bx, by = edges
    cx, cy, dx, dy = others
    nearest = np.minimum(
        np.minimum(_point_distance(ax, ay, others), _point_distance(bx, by, others)),
        np.minimum(_point_distance(cx, cy, edges), _point_distance(dx, dy, edges)),
    )
    side_c = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    side_d = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
    side_a = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
    side_b = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
    crosses = (side_c * side_d < 0) & (side_a * side_b < 0)
    apart: NDArray[np.float64] = np.where(crosses, 0.0, nearest)
    return apart


def _point_distance(x: NDArray[np.float64], y: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    ax, ay, bx, by = edges
    along_x, along_y = bx - ax, by - ay
    square = along_x * along_x + along_y * along_y
    share = ((x - ax) * along_x + (y - ay) * along_y) / np.where(square > 0, square, 1.0)
    share = np.clip(share, 0.0, 1.0)
    away: NDArray[np.float64] = np.hypot(ax + share * along_x - x, ay + share * along_y - y)
    return away


def points_in_sites(
    sites: SiteEdges, site: NDArray[np.int64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell for k pairs of a site and a point whether the point is inside the site or on its boundary."""
    which, number = sites.spread(site)
    ax, ay, bx, by = sites.ends[:, number]
    px, py = x[which], y[which]
    spans = (ay > py) != (by > py)
    rise = np.where(spans, by - ay, 1.0)
    crossed = spans & (px < ax + (py - ay) / rise * (bx - ax))
    inside: NDArray[np.bool_] = np.bincount(which, crossed, minlength=len(site)) % 2 == 1
    on = _point_distance(px, py, sites.ends[:, number]) < TOUCH_M
    inside |= np.bincount(which, on, minlength=len(site)) > 0
    return inside
