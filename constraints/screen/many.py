"""Screening a chunk of sites at once, in arrays: the same measures and backgrounds as for one site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.types import BBox
from constraints.engine import Pairs, relate
from constraints.engine.kernel import Kernel
from constraints.model import NotKnown, Status
from constraints.screen.councils import councils_by_code, councils_of_site
from constraints.screen.coverage import SiteCouncils
from constraints.screen.duplicates import group_copies
from constraints.screen.findings import finding_status
from constraints.screen.hits import bearings, copy_of, copy_order, whole_shape
from constraints.screen.measures import STATUSES, Measured, SiteColumns, measure
from constraints.screen.settings import ScreenSettings
from constraints.screen.state import Background, StoreState, reason_codes, state_of
from constraints.store import Store

__all__ = ["ALL_STATUSES", "ChunkAnswer", "screen_chunk"]

ALL_STATUSES: Final = (*STATUSES, Status.NOT_KNOWN, Status.ABSENT)
"""Statuses by code; the first three are those of hits."""

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ChunkAnswer:
    """The findings of n sites on d screened datasets, and their k hits, strongest first in each finding."""

    status: NDArray[np.int8]
    """(n, d) index into `ALL_STATUSES`."""
    reasons: NDArray[np.int32]
    """(n, d) index into `reason_texts`."""
    reason_texts: tuple[str, ...]
    """Codes of what is not known, with `;` between."""
    hits: Measured
    """One row for each designation: of several publishers' copies, the one that speaks for it."""
    dataset: Integers
    """(k,) index of each hit's dataset among the screened ones."""
    copies: Integers
    """(k,) how many other copies of the designation were found."""
    bearing: NDArray[np.object_]
    """(k,) compass point, empty where site and designation meet."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A chunk on its way: what every step needs."""

    store: Store
    state: StoreState
    sites: SiteColumns
    as_at: date
    settings: ScreenSettings
    accuracy_m: float


def screen_chunk(
    store: Store,
    geometry: NDArray[np.object_],
    *,
    as_at: date,
    settings: ScreenSettings,
    accuracy_m: float,
    councils: Sequence[str] | None = None,
    kernel: Kernel = "auto",
) -> ChunkAnswer:
    """Screen (n,) sites in EPSG:27700 that have passed the door; `accuracy_m` is that of the sites."""
    state = state_of(store)
    chunk = _Chunk(store, state, SiteColumns.of(geometry), as_at, settings, accuracy_m)
    within = state.within_m(store, settings, accuracy_m)
    pairs: Pairs = relate(store, geometry, within, as_at=as_at, kernel=kernel)
    columns = state.columns(pairs, settings, np.full(len(pairs), accuracy_m))
    measured = measure(store, chunk.sites, pairs, columns)
    is_council = _is_council(chunk, measured)
    status, reasons, texts = _backgrounds(chunk, measured.take(is_council), councils)
    hits, dataset, copies = _strongest_first(chunk, measured.take(~is_council))
    np.minimum.at(status, (hits.site, dataset), hits.status.astype(np.int8))
    return ChunkAnswer(status, reasons, texts, hits, dataset, copies, _bearings(store, geometry, hits))


def _bearings(store: Store, geometry: NDArray[np.object_], hits: Measured) -> NDArray[np.object_]:
    found = np.empty(len(hits), dtype=object)
    found[:] = bearings(store, geometry, hits)
    return found


def _is_council(chunk: _Chunk, measured: Measured) -> NDArray[np.bool_]:
    slug = chunk.state.council_slug
    if slug is None:
        return np.zeros(len(measured), dtype=np.bool_)
    return np.asarray(chunk.store.feature_dataset[measured.feature] == chunk.store.datasets.index(slug))


def _backgrounds(
    chunk: _Chunk, council_pairs: Measured, asked: Sequence[str] | None
) -> tuple[NDArray[np.int8], NDArray[np.int32], tuple[str, ...]]:
    """Statuses and reasons of every dataset as if nothing were found, site by site."""
    count = len(chunk.sites.geometry)
    width = len(chunk.state.screened)
    status = np.empty((count, width), dtype=np.int8)
    reasons = np.empty((count, width), dtype=np.int32)
    texts: dict[str, int] = {}
    boxes = shapely.bounds(chunk.sites.geometry)
    for where, rows in _sites_by_councils(chunk, council_pairs, asked):
        background = chunk.state.background(where, chunk.as_at, chunk.settings, chunk.accuracy_m)
        status[rows] = [ALL_STATUSES.index(quiet.status) for quiet in background.quiet]
        reasons[rows] = [_number(texts, quiet.reason_codes) for quiet in background.quiet]
        for row, place, open_here in _boxed(background, rows, boxes):
            status[row, place] = ALL_STATUSES.index(finding_status(None, open_here))
            reasons[row, place] = _number(texts, reason_codes(open_here))
    return status, reasons, tuple(texts)


def _sites_by_councils(
    chunk: _Chunk, pairs: Measured, asked: Sequence[str] | None
) -> list[tuple[SiteCouncils, Integers]]:
    """Councils, and the sites that lie in just these."""
    count = len(chunk.sites.geometry)
    if asked is not None:
        return [(councils_by_code(chunk.state.council_names(chunk.store), asked), np.arange(count))]
    number = np.bincount(pairs.site, minlength=count)
    whole = np.flatnonzero((number[pairs.site] == 1) & (pairs.site_share >= 1.0))
    found: dict[object, tuple[SiteCouncils, list[Integers]]] = {}
    for feature in np.unique(pairs.feature[whole]).tolist():
        rows = whole[pairs.feature[whole] == feature]
        _add(found, _councils_of(chunk, pairs, rows[:1]), pairs.site[rows])
    for site in np.setdiff1d(np.arange(count), pairs.site[whole]).tolist():
        rows = np.flatnonzero(pairs.site == site)
        _add(found, _councils_of(chunk, pairs, rows, site), np.array([site]))
    return [(where, np.concatenate(sites)) for where, sites in found.values()]


def _councils_of(chunk: _Chunk, pairs: Measured, rows: Integers, site: int | None = None) -> SiteCouncils:
    which = int(pairs.site[rows[0]]) if site is None else site
    return councils_of_site(chunk.store, chunk.sites.geometry[which], pairs.take(rows))


def _add(found: dict[object, tuple[SiteCouncils, list[Integers]]], where: SiteCouncils, sites: Integers) -> None:
    key = (where.codes, where.names, where.complete)
    found.setdefault(key, (where, []))[1].append(sites)


def _boxed(
    background: Background, rows: Integers, boxes: NDArray[np.float64]
) -> Iterator[tuple[int, int, tuple[NotKnown, ...]]]:
    """Site, dataset and reasons wherever an unlocated record that lies in a known box could apply."""
    for place in background.boxed:
        quiet = background.quiet[place]
        held = [record.box for record in quiet.unlocated.boxed if record.box is not None]
        known = np.array([(box.west, box.south, box.east, box.north) for box in held])
        grown = boxes[rows] + quiet.asked.near_m * np.array([-1.0, -1.0, 1.0, 1.0])
        overlap_x = (grown[:, None, 0] <= known[None, :, 2]) & (known[None, :, 0] <= grown[:, None, 2])
        overlap_y = (grown[:, None, 1] <= known[None, :, 3]) & (known[None, :, 1] <= grown[:, None, 3])
        meets = np.logical_and(overlap_x, overlap_y).any(axis=1)
        for row in rows[meets].tolist():
            yield row, place, quiet.asked_at(BBox(*boxes[row].tolist())).reasons


def _strongest_first(chunk: _Chunk, measured: Measured) -> tuple[Measured, Integers, Integers]:
    """Hits sorted by site, dataset and strength, one for each designation; their datasets; their other copies."""
    slugs = {slug: place for place, slug in enumerate(chunk.state.screened)}
    place_of = np.array([slugs.get(slug, -1) for slug in chunk.store.datasets], dtype=np.int64)
    dataset = place_of[chunk.store.feature_dataset[measured.feature]]
    order = np.lexsort(
        (
            measured.feature,
            measured.distance_m,
            -measured.overlap_length_m,
            -measured.overlap_m2,
            measured.status,
            dataset,
            measured.site,
        )
    )
    measured, dataset = measured.take(order), dataset[order]
    copies = np.zeros(len(measured), dtype=np.int64)
    source = chunk.store.arrays.feature_source[measured.feature]
    group = measured.site * len(chunk.state.screened) + dataset
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    mixed = np.maximum.reduceat(source, starts) != np.minimum.reduceat(source, starts) if len(starts) else starts
    ends = np.append(starts[1:], len(group))
    for start, end in zip(starts[mixed].tolist(), ends[mixed].tolist(), strict=True):
        _mark_copies(chunk, measured, np.arange(start, end), copies)
    kept = copies >= 0
    return measured.take(kept), dataset[kept], copies[kept]


def _mark_copies(chunk: _Chunk, measured: Measured, rows: Integers, copies: Integers) -> None:
    """Count the copies of each designation of one finding; those that do not speak for it get -1."""
    features = {row: chunk.store.feature(int(measured.feature[row])) for row in rows.tolist()}
    item = chunk.state.screened[features[int(rows[0])].dataset]
    ordered = sorted(features, key=lambda row: copy_order(item, int(measured.status[row]), features[row]))
    records = [copy_of(features[row]) for row in ordered]
    for group in group_copies(records, lambda number: whole_shape(chunk.store, number), chunk.state.compared):
        copies[ordered[group[0]]] = len(group) - 1
        for other in group[1:]:
            copies[ordered[other]] = -1


def _number(texts: dict[str, int], text: str) -> int:
    return texts.setdefault(text, len(texts))
