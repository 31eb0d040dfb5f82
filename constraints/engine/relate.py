"""Which designations lie on, against or near which sites, and how far away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from bopsgis.ragged import group_starts
from constraints.engine.distance import distances
from constraints.engine.kernel import Kernel, compiled_for
from constraints.engine.lookup import pieces_meeting, pieces_within
from constraints.engine.overlap import in_force, overlaps_of
from constraints.engine.points import TOUCH_M
from constraints.engine.sites import SiteEdges, in_chunks
from constraints.store import Store
from constraints.store.arrays import StoreArrays
from constraints.store.cut import KIND_FULL
from constraints.store.encode import day_number

__all__ = ["Pairs", "relate"]

_CHUNK_SITES = 256
"""Sites worked on at once: fewer than for overlaps, since the surroundings of a site hold more."""
_SHORT_M = 256.0
"""Datasets that reach no farther are looked up together."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """k pairs of a site and a feature, by site, then by feature. Metres and square metres."""

    site: NDArray[np.int64]
    feature: NDArray[np.int64]
    area_m2: NDArray[np.float64]
    length_m: NDArray[np.float64]
    distance_m: NDArray[np.float64]
    """0 where they meet or touch."""

    def __len__(self) -> int:
        return len(self.site)


def relate(
    store: Store,
    sites: NDArray[np.object_],
    within_m: Mapping[str, float],
    *,
    as_at: date | None,
    kernel: Kernel = "auto",
) -> Pairs:
    """Find every feature in force within its dataset's distance of each of (n,) sites, and measure it.

    `within_m` names the datasets to be asked and how far each reaches, in metres; 0 finds what meets or
    touches the site. A dataset that is not named is not asked; one that the store does not have is ignored.
    `sites`, `as_at` and `kernel` are as for `overlaps`. Distances under a micrometre are told as 0.
    """
    reach = np.array([within_m.get(slug, -1.0) for slug in store.datasets])
    day = None if as_at is None else day_number(as_at)
    compiled = compiled_for(len(sites), kernel)
    found = []
    for chunk in in_chunks(sites, _CHUNK_SITES):
        edges = SiteEdges.of(sites[chunk]) if compiled is None else compiled.edges_of(sites[chunk])
        met = overlaps_of(store.arrays, edges, sites[chunk], day, compiled).numbered(chunk)
        asked = np.flatnonzero(reach[store.feature_dataset[met.feature]] >= 0)
        zeros = np.zeros(len(asked))
        found.append(Pairs(met.site[asked], met.feature[asked], met.area_m2[asked], met.length_m[asked], zeros))
        if compiled is None:
            site, feature, distance = _near(store.arrays, edges, reach, day)
        else:
            site, feature, distance = compiled.distances(store.arrays, edges, reach, day, _SHORT_M)
        zeros = np.zeros(len(site))
        found.append(Pairs(chunk[site], feature, zeros, zeros, distance))
    return _merged(found)


def _near(
    store: StoreArrays, edges: SiteEdges, reach: NDArray[np.float64], day: int | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Site, feature and distance of all whose boundaries are within their dataset's reach of each other."""
    site, piece = _pieces_in_reach(store, edges.box, reach)
    feature = store.piece["feature"][piece]
    limit = reach[store.feature_dataset[feature]]
    grown = edges.box[site] + np.maximum(limit, TOUCH_M)[:, None] * np.array([-1.0, -1.0, 1.0, 1.0])
    there = store.piece["box"][piece]
    kept = (there[:, :2] <= grown[:, 2:]).all(axis=1) & (there[:, 2:] >= grown[:, :2]).all(axis=1)
    kept &= (limit >= 0) & (store.piece["kind"][piece] != KIND_FULL) & in_force(store, feature, day)
    site, feature, distance = distances(store, edges, site[kept], piece[kept], np.maximum(limit[kept], TOUCH_M))
    distance = np.where(distance < TOUCH_M, 0.0, distance)
    close = distance <= reach[store.feature_dataset[feature]]
    return site[close], feature[close], distance[close]


def _pieces_in_reach(
    store: StoreArrays, box: NDArray[np.float64], reach: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a site and a piece that may be in reach: all datasets of short reach at once, the others one by one."""
    outwards = np.array([-1.0, -1.0, 1.0, 1.0])
    short = reach[reach <= _SHORT_M]
    site, piece = pieces_meeting(store, box + max(short.max(initial=0.0), TOUCH_M) * outwards)
    near = reach[store.feature_dataset[store.piece["feature"][piece]]] <= _SHORT_M
    far = np.flatnonzero(reach > _SHORT_M)
    look_site, dataset = np.repeat(np.arange(len(box)), len(far)), np.tile(far, len(box))
    look, far_piece = pieces_within(store, box[look_site] + reach[dataset][:, None] * outwards, dataset)
    return np.concatenate([site[near], look_site[look]]), np.concatenate([piece[near], far_piece])


def _merged(found: list[Pairs]) -> Pairs:
    """Put all pairs in order; where one is told twice, what was measured as an overlap stands."""
    site, feature, area, length, distance = (
        np.concatenate([getattr(some, name) for some in found]) for name in Pairs.__slots__
    )
    order = np.lexsort((feature, site))
    kept = order[group_starts(site[order], feature[order])]
    return Pairs(site[kept], feature[kept], area[kept], length[kept], distance[kept])
