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
from constraints.engine.overlap import Overlaps, in_force, overlaps_among, overlaps_of
from constraints.engine.points import TOUCH_M
from constraints.engine.sites import SiteEdges, in_chunks
from constraints.store import Store
from constraints.store.arrays import StoreArrays
from constraints.store.cut import KIND_FULL
from constraints.store.encode import day_number

__all__ = ["Pairs", "reach_of", "relate"]

_CHUNK_SITES = 256
"""Sites worked on at once: fewer than for overlaps, since the surroundings of a site hold more."""
_SHORT_M = 256.0
"""Datasets that reach no farther are looked up together."""
_OUTWARDS = np.array([-1.0, -1.0, 1.0, 1.0])


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
    within_m: Mapping[str, float] | NDArray[np.float64],
    *,
    as_at: date | None,
    kernel: Kernel = "auto",
) -> Pairs:
    """Find every feature in force within its dataset's distance of each of (n,) sites, and measure it.

    `within_m` names the datasets to be asked and how far each reaches, in metres; 0 finds what meets or
    touches the site. A dataset that is not named is not asked; one that the store does not have is ignored.
    Whoever asks often gives a distance for each of `store.datasets` instead, less than 0 where it is not asked.
    `sites`, `as_at` and `kernel` are as for `overlaps`. Distances under a micrometre are told as 0.
    """
    reach = within_m if isinstance(within_m, np.ndarray) else reach_of(store, within_m)
    day = None if as_at is None else day_number(as_at)
    compiled = compiled_for(len(sites), kernel)
    found = []
    for chunk in in_chunks(sites, _CHUNK_SITES):
        edges = SiteEdges.of(sites[chunk]) if compiled is None else compiled.edges_of(sites[chunk])
        if compiled is None:
            met, (site, feature, distance) = _both(store.arrays, edges, sites[chunk], reach, day)
        else:
            met = overlaps_of(store.arrays, edges, sites[chunk], day, compiled)
            site, feature, distance = compiled.distances(store.arrays, edges, reach, day, _SHORT_M)
        met = met.numbered(chunk)
        asked = np.flatnonzero(reach[store.feature_dataset[met.feature]] >= 0)
        zeros = np.zeros(len(asked))
        found.append(Pairs(met.site[asked], met.feature[asked], met.area_m2[asked], met.length_m[asked], zeros))
        zeros = np.zeros(len(site))
        found.append(Pairs(chunk[site], feature, zeros, zeros, distance))
    return _merged(found)


def reach_of(store: Store, within_m: Mapping[str, float]) -> NDArray[np.float64]:
    """(d,) distance for each of `store.datasets`, -1 where it is not named."""
    return np.array([within_m.get(slug, -1.0) for slug in store.datasets], dtype=np.float64)


_Near = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""Site, feature and distance."""


def _both(
    store: StoreArrays, edges: SiteEdges, sites: NDArray[np.object_], reach: NDArray[np.float64], day: int | None
) -> tuple[Overlaps, _Near]:
    """What overlaps the sites and what is near them, from one look-up of what lies round them."""
    short_m = max(reach[reach <= _SHORT_M].max(initial=0.0), TOUCH_M)
    site, piece = pieces_meeting(store, edges.box + short_m * _OUTWARDS)
    held = in_force(store, store.piece["feature"][piece], day)
    site, piece = site[held], piece[held]
    met = np.flatnonzero(_meet(store.piece["box"][piece], edges.box[site]))
    overlaps = overlaps_among(store, edges, sites, site[met], piece[met])
    if (reach > _SHORT_M).any():
        near = reach[store.feature_dataset[store.piece["feature"][piece]]] <= _SHORT_M
        far_site, far_piece = _far_pieces(store, edges.box, reach)
        held = in_force(store, store.piece["feature"][far_piece], day)
        site = np.concatenate([site[near], far_site[held]])
        piece = np.concatenate([piece[near], far_piece[held]])
    return overlaps, _near(store, edges, reach, site, piece)


def _near(
    store: StoreArrays,
    edges: SiteEdges,
    reach: NDArray[np.float64],
    site: NDArray[np.int64],
    piece: NDArray[np.int64],
) -> _Near:
    """Features, among k pairs of a site and a piece, with boundaries within their dataset's reach of each other."""
    limit = reach[store.feature_dataset[store.piece["feature"][piece]]]
    grown = edges.box[site] + np.maximum(limit, TOUCH_M)[:, None] * _OUTWARDS
    kept = _meet(store.piece["box"][piece], grown) & (limit >= 0) & (store.piece["kind"][piece] != KIND_FULL)
    if not kept.any():
        return site[kept], piece[kept], np.empty(0)
    site, feature, distance = distances(store, edges, site[kept], piece[kept], np.maximum(limit[kept], TOUCH_M))
    distance = np.where(distance < TOUCH_M, 0.0, distance)
    close = distance <= reach[store.feature_dataset[feature]]
    return site[close], feature[close], distance[close]


def _meet(boxes: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    met = (boxes[:, 0] <= others[:, 2]) & (boxes[:, 1] <= others[:, 3])
    return met & (boxes[:, 2] >= others[:, 0]) & (boxes[:, 3] >= others[:, 1])


def _far_pieces(
    store: StoreArrays, box: NDArray[np.float64], reach: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a site and a piece that may be in reach, of the datasets that reach far, looked up one by one."""
    far = np.flatnonzero(reach > _SHORT_M)
    site, dataset = np.repeat(np.arange(len(box)), len(far)), np.tile(far, len(box))
    look, piece = pieces_within(store, box[site] + reach[dataset][:, None] * _OUTWARDS, dataset)
    return site[look], piece


def _merged(found: list[Pairs]) -> Pairs:
    """Put all pairs in order; where one is told twice, what was measured as an overlap stands."""
    site, feature, area, length, distance = (
        np.concatenate([getattr(some, name) for some in found]) for name in Pairs.__slots__
    )
    order = np.lexsort((feature, site))
    kept = order[group_starts(site[order], feature[order])]
    return Pairs(site[kept], feature[kept], area[kept], length[kept], distance[kept])
