"""Which designations meet which sites, and by how much: the hot path, over many sites at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

from constraints.engine.area import overlap_areas
from constraints.engine.lines import overlap_lengths
from constraints.engine.lookup import pieces_meeting
from constraints.engine.points import points_in_sites
from constraints.engine.sites import SiteEdges
from constraints.store import Store
from constraints.store.arrays import StoreArrays
from constraints.store.cut import KIND_LINE, KIND_POINT
from constraints.store.encode import day_number
from constraints.store.grid import z_order
from constraints.store.ragged import group_starts

__all__ = ["CHUNK_SITES", "LEAST_AREA_M2", "LEAST_LENGTH_M", "Overlaps", "in_force", "overlaps"]

LEAST_AREA_M2 = 1e-6
"""A shared area up to this (one square millimetre) is a touch: sums of products of coordinates err by less."""
LEAST_LENGTH_M = 1e-6
CHUNK_SITES = 2048
"""Sites worked on at once; bounds the working memory."""


@dataclass(frozen=True, slots=True)
class Overlaps:
    """k pairs of a site and a feature that meet in their interiors, by site, then by feature."""

    site: NDArray[np.int64]
    feature: NDArray[np.int64]
    area_m2: NDArray[np.float64]
    length_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.site)


def overlaps(store: Store, sites: NDArray[np.object_], *, as_at: date | None) -> Overlaps:
    """Find every feature in force that meets the interior of each of (n,) sites.

    `sites` are valid polygons or multipolygons in EPSG:27700. A pair is told where an area shares more than
    `LEAST_AREA_M2` with the site, a line more than `LEAST_LENGTH_M`, or a point lies in or on it. A feature
    is in force where it has started and not ended on `as_at`, or the day is not known; with None, always.
    """
    order = np.argsort(z_order(shapely.bounds(sites)), kind="stable")
    found = [
        _overlaps_of(store.arrays, sites[chunk], chunk, as_at)
        for chunk in np.split(order, range(CHUNK_SITES, len(order), CHUNK_SITES))
    ]
    return _joined(found)


def in_force(store: StoreArrays, feature: NDArray[np.int64], as_at: date | None) -> NDArray[np.bool_]:
    """Tell for (k,) features whether each is in force on the day."""
    if as_at is None:
        return np.ones(len(feature), np.bool_)
    day = day_number(as_at)
    days = store.feature_days[feature]
    held: NDArray[np.bool_] = (days[:, 0] <= day) & (days[:, 1] > day)
    return held


def _joined(found: list[Overlaps]) -> Overlaps:
    site, feature, area, length = (
        np.concatenate([getattr(some, name) for some in found]) for name in Overlaps.__slots__
    )
    sequence = np.lexsort((feature, site))
    return Overlaps(site[sequence], feature[sequence], area[sequence], length[sequence])


def _overlaps_of(
    store: StoreArrays, sites: NDArray[np.object_], number: NDArray[np.int64], as_at: date | None
) -> Overlaps:
    """Work on one chunk; `number` gives each of its sites the place in the whole."""
    edges = SiteEdges.of(sites)
    site, piece = pieces_meeting(store, edges.box)
    held = in_force(store, store.piece_feature[piece], as_at)
    site, piece = site[held], piece[held]
    kind = store.piece_kind[piece]
    found = [
        _areas(store, edges, site[kind > KIND_LINE], piece[kind > KIND_LINE]),
        _lengths(store, sites, site[kind == KIND_LINE], piece[kind == KIND_LINE]),
        _points(store, edges, site[kind == KIND_POINT], piece[kind == KIND_POINT]),
    ]
    return _joined([Overlaps(number[some.site], some.feature, some.area_m2, some.length_m) for some in found])


def _areas(store: StoreArrays, edges: SiteEdges, site: NDArray[np.int64], piece: NDArray[np.int64]) -> Overlaps:
    area = overlap_areas(store, edges, site, piece)
    feature = store.piece_feature[piece].astype(np.int64)
    order = np.lexsort((feature, site))
    site, feature, area = site[order], feature[order], area[order]
    starts = group_starts(site, feature)
    total = np.add.reduceat(area, starts) if len(starts) else area
    more = total > LEAST_AREA_M2
    kept = starts[more]
    return Overlaps(site[kept], feature[kept], total[more], np.zeros(len(kept)))


def _lengths(
    store: StoreArrays, sites: NDArray[np.object_], site: NDArray[np.int64], piece: NDArray[np.int64]
) -> Overlaps:
    if not len(site):
        return Overlaps(site, piece, np.empty(0), np.empty(0))
    site, feature, length = overlap_lengths(store, sites, site, piece)
    more = length > LEAST_LENGTH_M
    return Overlaps(site[more], feature[more], np.zeros(int(more.sum())), length[more])


def _points(store: StoreArrays, edges: SiteEdges, site: NDArray[np.int64], piece: NDArray[np.int64]) -> Overlaps:
    if not len(site):
        return Overlaps(site, piece, np.empty(0), np.empty(0))
    vertex = store.piece_start[piece]
    inside = points_in_sites(edges, site, store.x[vertex], store.y[vertex])
    site, feature = site[inside], store.piece_feature[piece[inside]].astype(np.int64)
    order = np.lexsort((feature, site))
    kept = order[group_starts(site[order], feature[order])]
    return Overlaps(site[kept], feature[kept], np.zeros(len(kept)), np.zeros(len(kept)))
