"""Which designations lie on, against or near which sites, and how far away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

from constraints.engine.distance import distances
from constraints.engine.kernel import Kernel
from constraints.engine.lookup import pieces_within
from constraints.engine.overlap import CHUNK_SITES, in_force, overlaps
from constraints.engine.points import TOUCH_M
from constraints.engine.sites import SiteEdges
from constraints.store import Store
from constraints.store.encode import day_number
from constraints.store.grid import z_order
from constraints.store.ragged import group_starts

__all__ = ["Pairs", "relate"]

_CHUNK_LOOKS = CHUNK_SITES * 4
"""Boxes looked up at once."""


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
    met = overlaps(store, sites, as_at=as_at, kernel=kernel)
    day = None if as_at is None else day_number(as_at)
    asked = reach[store.arrays.feature_dataset[met.feature]] >= 0
    found = [Pairs(met.site[asked], met.feature[asked], met.area_m2[asked], met.length_m[asked], np.zeros(asked.sum()))]
    datasets = np.flatnonzero(reach >= 0)
    step = max(_CHUNK_LOOKS // max(len(datasets), 1), 1)
    order = np.argsort(z_order(shapely.bounds(sites)), kind="stable")
    for chunk in np.split(order, range(step, len(order), step)):
        near = _near(store, sites[chunk], datasets, reach, day)
        found.append(Pairs(chunk[near.site], near.feature, near.area_m2, near.length_m, near.distance_m))
    return _merged(found)


def _near(
    store: Store,
    sites: NDArray[np.object_],
    datasets: NDArray[np.int64],
    reach: NDArray[np.float64],
    day: int | None,
) -> Pairs:
    arrays = store.arrays
    edges = SiteEdges.of(sites)
    site = np.repeat(np.arange(len(sites)), len(datasets))
    dataset = np.tile(datasets, len(sites))
    grown = np.maximum(reach[dataset], TOUCH_M)[:, None] * np.array([-1.0, -1.0, 1.0, 1.0]) + edges.box[site]
    look, piece = pieces_within(arrays, grown, dataset)
    held = in_force(arrays, arrays.piece["feature"][piece], day)
    look, piece = look[held], piece[held]
    site, feature, distance = distances(arrays, edges, site[look], piece, np.maximum(reach[dataset[look]], TOUCH_M))
    distance = np.where(distance < TOUCH_M, 0.0, distance)
    close = distance <= reach[arrays.feature_dataset[feature]]
    nothing = np.zeros(int(close.sum()))
    return Pairs(site[close], feature[close], nothing, nothing, distance[close])


def _merged(found: list[Pairs]) -> Pairs:
    """Put all pairs in order; where one is told twice, what was measured as an overlap stands."""
    site, feature, area, length, distance = (
        np.concatenate([getattr(some, name) for some in found]) for name in Pairs.__slots__
    )
    order = np.lexsort((feature, site))
    kept = order[group_starts(site[order], feature[order])]
    return Pairs(site[kept], feature[kept], area[kept], length[kept], distance[kept])
