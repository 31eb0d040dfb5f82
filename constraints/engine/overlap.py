"""Which designations meet which sites, and by how much: the hot path, over many sites at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bopsgis.ragged import group_starts
from constraints.engine.area import LEAST_AREA_M2, overlap_areas
from constraints.engine.kernel import Compiled, Found, Kernel, compiled_for
from constraints.engine.lines import overlap_lengths
from constraints.engine.lookup import pieces_meeting
from constraints.engine.points import points_in_sites
from constraints.engine.sites import SiteEdges, in_chunks
from constraints.store import Store
from constraints.store.arrays import StoreArrays
from constraints.store.cut import KIND_AREA, KIND_LINE, KIND_POINT
from constraints.store.encode import day_number

__all__ = [
    "CHUNK_SITES",
    "LEAST_AREA_M2",
    "LEAST_LENGTH_M",
    "Overlaps",
    "in_force",
    "overlaps",
    "overlaps_among",
    "overlaps_of",
]

LEAST_LENGTH_M = 1e-6
CHUNK_SITES = 2048
"""Sites worked on at once; bounds the working memory."""
_COMPILED_SITES = 131_072
"""The same for the compiled kernel, which needs little beside what it finds."""


@dataclass(frozen=True, slots=True)
class Overlaps:
    """k pairs of a site and a feature that meet in their interiors, by site, then by feature."""

    site: NDArray[np.int64]
    feature: NDArray[np.int64]
    area_m2: NDArray[np.float64]
    length_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.site)

    def numbered(self, number: NDArray[np.int64]) -> Overlaps:
        """Return the same with `number[site]` for each site."""
        return Overlaps(number[self.site], self.feature, self.area_m2, self.length_m)

    def moved(self, by: int) -> Overlaps:
        """Return the same with sites counted from `by`."""
        return Overlaps(self.site + by, self.feature, self.area_m2, self.length_m)


def overlaps(store: Store, sites: NDArray[np.object_], *, as_at: date | None, kernel: Kernel = "auto") -> Overlaps:
    """Find every feature in force that meets the interior of each of (n,) sites.

    `sites` are valid polygons or multipolygons in EPSG:27700. A pair is told where an area shares more than
    `LEAST_AREA_M2` with the site, a line more than `LEAST_LENGTH_M`, or a point lies in or on it. A feature
    is in force where it has started and not ended on `as_at`, or the day is not known; with None, always.
    The answer does not depend on `kernel`, not in the last bit.
    """
    day = None if as_at is None else day_number(as_at)
    compiled = compiled_for(len(sites), kernel)
    if compiled is None:
        chunks = in_chunks(sites, CHUNK_SITES)
        return _joined([_overlaps_of_some(store, sites[chunk], day, None).numbered(chunk) for chunk in chunks])
    if len(sites) <= _COMPILED_SITES:
        return _overlaps_of_some(store, sites, day, compiled)
    return _joined(
        [
            _overlaps_of_some(store, sites[begin : begin + _COMPILED_SITES], day, compiled).moved(begin)
            for begin in range(0, len(sites), _COMPILED_SITES)
        ]
    )


def _overlaps_of_some(store: Store, sites: NDArray[np.object_], day: int | None, compiled: Compiled | None) -> Overlaps:
    edges = SiteEdges.of(sites) if compiled is None else compiled.edges_of(sites)
    return overlaps_of(store.arrays, edges, sites, day, compiled)


def in_force(store: StoreArrays, feature: NDArray[np.integer[Any]], day: int | None) -> NDArray[np.bool_]:
    """Tell for (k,) features whether each is in force on the day, a number of days since 1970-01-01."""
    if day is None:
        return np.ones(len(feature), np.bool_)
    days = store.feature_days[feature]
    held: NDArray[np.bool_] = (days[:, 0] <= day) & (days[:, 1] > day)
    return held


def _joined(found: list[Overlaps]) -> Overlaps:
    site, feature, area, length = (
        np.concatenate([getattr(some, name) for some in found]) for name in Overlaps.__slots__
    )
    key = site << 32 | feature
    if (key[1:] > key[:-1]).all():
        return Overlaps(site, feature, area, length)
    sequence = np.argsort(key)
    return Overlaps(site[sequence], feature[sequence], area[sequence], length[sequence])


def overlaps_of(
    store: StoreArrays, edges: SiteEdges, sites: NDArray[np.object_], day: int | None, compiled: Compiled | None
) -> Overlaps:
    """Do the work of `overlaps` on one chunk of sites; with the numpy kernel in no order."""
    if compiled is not None:
        return _told(store, sites, compiled.find(store, edges, day))
    site, piece = pieces_meeting(store, edges.box)
    held = in_force(store, store.piece["feature"][piece], day)
    return overlaps_among(store, edges, sites, site[held], piece[held])


def overlaps_among(
    store: StoreArrays,
    edges: SiteEdges,
    sites: NDArray[np.object_],
    site: NDArray[np.int64],
    piece: NDArray[np.int64],
) -> Overlaps:
    """Measure k pairs of a site and a piece whose boxes meet, all such pairs, of features in force; in no order."""
    return _told(store, sites, _found_among(store, edges, site, piece))


def _told(store: StoreArrays, sites: NDArray[np.object_], found: Found) -> Overlaps:
    """What was found as overlaps, without touches, lines with their lengths."""
    site, feature, area, kind = found
    line = kind == KIND_LINE
    meets = ~line & ((area > LEAST_AREA_M2) | (kind == KIND_POINT))
    if meets.all():
        return Overlaps(site, feature, area, np.zeros(len(site)))
    kept = np.flatnonzero(meets)
    met = Overlaps(site[kept], feature[kept], area[kept], np.zeros(len(kept)))
    if not line.any():
        return met
    measured = overlap_lengths(store, sites, site[line], feature[line])
    site, feature, length = measured
    longer = np.flatnonzero(length > LEAST_LENGTH_M)
    return _joined([met, Overlaps(site[longer], feature[longer], np.zeros(len(longer)), length[longer])])


def _found_among(store: StoreArrays, edges: SiteEdges, site: NDArray[np.int64], piece: NDArray[np.int64]) -> Found:
    """Do with numpy what `compiled.find` does: site, feature (for a line: piece), area, kind."""
    kind = store.piece["kind"][piece]
    line, point, area = np.flatnonzero(kind == KIND_LINE), np.flatnonzero(kind == KIND_POINT), kind > KIND_LINE
    found = []
    if len(point):
        x, y = store.xy[store.piece["start"][piece[point]]].T
        point = point[points_in_sites(edges, site[point], x, y)]
        found.append(_summed(store, site[point], piece[point], np.zeros(len(point)), KIND_POINT))
    if len(line):
        found.append((site[line], piece[line], np.zeros(len(line)), kind[line]))
    # Of many sites there is always one with an area; a single one has often nothing to be measured.
    if area.any():
        shared = overlap_areas(store, edges, site[area], piece[area])
        found.append(_summed(store, site[area], piece[area], shared, KIND_AREA))
    if len(found) == 1:
        return found[0]
    if not found:
        return site, piece, np.empty(0), kind
    site, feature, shared, kind = (np.concatenate(column) for column in zip(*found, strict=True))
    return site, feature, shared, kind


def _summed(
    store: StoreArrays, site: NDArray[np.int64], piece: NDArray[np.int64], area: NDArray[np.float64], kind: int
) -> Found:
    """Add up the pieces of each feature, in the order of their numbers: another order may round otherwise."""
    feature = store.piece["feature"][piece].astype(np.int64)
    order = np.lexsort((piece, feature, site))
    site, feature = site[order], feature[order]
    starts = group_starts(site, feature)
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(site))))
    total = np.bincount(group, area[order], minlength=len(starts)).astype(np.float64, copy=False)
    return site[starts], feature[starts], total, np.full(len(starts), kind, np.int32)
