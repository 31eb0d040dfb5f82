"""Site boundaries as flat arrays, for the hot path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.ragged import ranges
from constraints.store.grid import z_order

__all__ = ["SiteEdges", "in_chunks"]

_NO_SITE = "A site boundary is a polygon or multipolygon that is not empty."


@dataclass(frozen=True, slots=True)
class SiteEdges:
    """n sites and their e directed edges, interior on the left; metres, EPSG:27700."""

    box: NDArray[np.float64]
    """(n, 4) west, south, east, north."""
    area: NDArray[np.float64]
    start: NDArray[np.int64]
    """(n + 1,) the edges of site i are `start[i]` to `start[i + 1]`."""
    edges: NDArray[np.float64]
    """(e, 5) x and y of each edge's start, x and y of its end, and rise over run; 0 for upright ones."""

    def __len__(self) -> int:
        return len(self.area)

    @property
    def ends(self) -> NDArray[np.float64]:
        """(4, e) x and y of each edge's start, x and y of its end."""
        return self.edges[:, :4].T

    @property
    def slope(self) -> NDArray[np.float64]:
        """(e,) rise over run of each edge; 0 for upright ones, which take no part in areas."""
        return self.edges[:, 4]

    @staticmethod
    def of(sites: NDArray[np.object_]) -> SiteEdges:
        """Take (n,) valid polygons and multipolygons apart. Raises `ValueError` for any other geometry."""
        kinds = shapely.get_type_id(sites)
        box = shapely.bounds(sites)
        if not ((kinds == 3) | (kinds == 6)).all() or np.isnan(box).any():
            raise ValueError(_NO_SITE)
        xy, ring, ring_site, ring_outer = _coordinates(sites, kinds)
        first = np.flatnonzero(ring[1:] == ring[:-1])
        ring = ring[first]
        site = ring_site[ring]
        ends = np.stack([xy[first, 0], xy[first, 1], xy[first + 1, 0], xy[first + 1, 1]])
        x, y = ends[:2] - box[site, :2].T
        doubled = x * (ends[3] - ends[1]) - y * (ends[2] - ends[0])
        ring_area = np.bincount(ring, doubled, minlength=len(ring_site)) / 2
        backwards = ((ring_area > 0) != ring_outer)[ring]
        turned = np.flatnonzero(backwards)
        ends[:, turned] = ends[[2, 3, 0, 1]][:, turned]
        run = ends[2] - ends[0]
        slope = (ends[3] - ends[1]) / np.where(run == 0.0, np.inf, run)
        area = np.bincount(ring_site, np.where(ring_outer, 1.0, -1.0) * np.abs(ring_area), minlength=len(sites))
        start = np.concatenate([[0], np.cumsum(np.bincount(site, minlength=len(sites)))])
        return SiteEdges(box, area.astype(np.float64, copy=False), start, np.vstack([ends, slope]).T)

    def spread(self, site: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """All edges of the (k,) sites given: index into `site`, and number of the edge."""
        count = np.diff(self.start)[site]
        return np.repeat(np.arange(len(site)), count), ranges(self.start[:-1][site], count)


def in_chunks(sites: NDArray[np.object_], most: int) -> list[NDArray[np.int64]]:
    """Numbers of (n,) sites in chunks of so many, neighbours together. Raises `ValueError` as `SiteEdges.of` does."""
    box = shapely.bounds(sites)
    if np.isnan(box).any():
        raise ValueError(_NO_SITE)
    if len(sites) == 1:
        return [np.zeros(1, np.int64)]
    order = np.argsort(z_order(box), kind="stable")
    return np.split(order, range(most, len(order), most))


def _coordinates(
    sites: NDArray[np.object_], kinds: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Vertices, the ring of each, the site of each ring, and whether the ring is an outer one."""
    if (kinds == 3).all() and not shapely.get_num_interior_rings(sites).any():
        xy, ring = shapely.get_coordinates(sites, return_index=True)
        return xy, ring, np.arange(len(sites)), np.ones(len(sites), np.bool_)
    parts, part_site = shapely.get_parts(sites, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    outer = np.ones(len(rings), np.bool_)
    outer[1:] = ring_part[1:] != ring_part[:-1]
    return xy, ring, part_site[ring_part], outer
