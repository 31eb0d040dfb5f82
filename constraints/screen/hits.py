"""From measured pairs of one site to hits: records with their evidence, copies grouped, strongest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.boundary import Boundary
from bopsgis.measure import bearing
from constraints.catalogue import Dataset
from constraints.model import Hit, Provenance
from constraints.screen.duplicates import Copy, group_copies
from constraints.screen.measures import LARGE_BYTES, RELATIONS, STATUSES, Measured, exact_overlaps
from constraints.screen.settings import ScreenSettings
from constraints.screen.shapes import Shapes
from constraints.screen.state import StoreState
from constraints.screen.words import metres
from constraints.store import Feature, Store

__all__ = ["bearings", "copy_of", "copy_order", "hits_by_dataset", "is_provisional", "tolerance_why", "whole_shape"]

_BEYOND_M: Final = 10.0
"""Shapes are looked at a little further out than the farthest hit, so that some of each is drawn."""
_LISTED: Final = ("list-entry", "listed-building")
"""Attributes that hold a number of the National Heritage List for England."""


def hits_by_dataset(
    store: Store,
    site: Boundary,
    measured: Measured,
    state: StoreState,
    *,
    as_at: date,
    settings: ScreenSettings,
) -> dict[str, tuple[Hit, ...]]:
    """Dataset -> its hits on one site, strongest first; `measured` are the pairs of that site alone."""
    if not len(measured):
        return {}
    features = [store.feature(number) for number in measured.feature.tolist()]
    directions = bearings(store, np.array([site.geometry]), measured)
    shapes = Shapes(store, measured.feature, site.bbox.grown(_reach_m(measured, settings)))
    about = _About(measured, features, directions, shapes, settings.accuracy_m(site), as_at)
    rows_of: dict[str, list[int]] = {}
    for row, feature in enumerate(features):
        rows_of.setdefault(feature.dataset, []).append(row)
    return {
        slug: tuple(_hit(state.screened[slug], about, group) for group in _groups(store, state, about, rows))
        for slug, rows in rows_of.items()
    }


def bearings(store: Store, sites: NDArray[np.object_], measured: Measured) -> list[str]:
    """Compass point from each pair's site to its designation, empty where they meet.

    `sites` are those that `measured.site` counts. A designation that is judged as a point is looked for at its
    centre. Only designations that lie apart from their site are read, each of them once.
    """
    found = [""] * len(measured)
    away = np.flatnonzero(measured.distance_m > 0.0)
    if len(away):
        target = _shapes_towards(store, sites[measured.site[away]], measured.take(away))
        points = np.flatnonzero(measured.likely[away])
        target[points] = shapely.centroid(target[points])
        for row, point in zip(away.tolist(), bearing(sites[measured.site[away]], target).tolist(), strict=True):
            found[row] = point
    return found


def _shapes_towards(store: Store, sites: NDArray[np.object_], measured: Measured) -> NDArray[np.object_]:
    """Designations whole, read once each; of large ones what lies round each site."""
    unique, place = np.unique(measured.feature, return_inverse=True)
    small = store.arrays.wkb_end[unique + 1] - store.arrays.wkb_end[unique] <= LARGE_BYTES
    shapes = np.full(len(unique), None, dtype=object)
    shapes[small] = store.feature_geometry(unique[small])
    target = shapes[place]
    large = np.flatnonzero(~small[place])
    reach_m = measured.distance_m[large] + _BEYOND_M
    frames = shapely.bounds(sites[large]) + reach_m[:, None] * np.array([-1.0, -1.0, 1.0, 1.0])
    target[large] = exact_overlaps(store, shapely.box(*frames.T), measured.feature[large])
    return target


def copy_of(feature: Feature) -> Copy:
    """What is compared of a record to find other publishers' copies of it."""
    listed = next((value for key in _LISTED if (value := feature.attributes.get(key, ""))), "")
    return Copy.of(
        feature=feature.id,
        source=feature.source.id,
        reference=feature.reference,
        name=feature.name,
        listed=listed,
        area_m2=feature.area_m2,
    )


def copy_order(dataset: Dataset, status: int, feature: Feature) -> tuple[int, bool, int, int]:
    """Which copy speaks for a designation: the strongest, then the dataset's own publisher, then the newest."""
    info = feature.source.info
    return status, info.publisher != dataset.publisher, -info.retrieved.toordinal(), feature.id


def whole_shape(store: Store, number: int) -> Any:
    """The exact geometry of one feature."""
    return store.feature_geometry(np.array([number]))[0]


def is_provisional(feature: Feature, as_at: date) -> bool:
    """Whether a record says that it was provisional on the date asked: in force, and not yet confirmed."""
    if any("provisional" in value.casefold() for value in feature.attributes.values()):
        return True
    confirmed = feature.attributes.get("confirmed-date", "")
    return bool(confirmed) and confirmed > as_at.isoformat()


def tolerance_why(dataset: Dataset, feature: Feature, site_accuracy_m: float) -> str:
    """Why the tolerance is what it is: the designation's accuracy, and the site's."""
    own = feature.source.info.tolerance_m
    why = dataset.tolerance_why if own is None else f"The source gives its accuracy as {metres(own)}."
    if site_accuracy_m < 0.01:
        return why
    return f"{why} The site boundary is accurate to {metres(site_accuracy_m)}; the two are combined."


def _reach_m(measured: Measured, settings: ScreenSettings) -> float:
    """How far round the site shapes are drawn."""
    return max(settings.surroundings_m, float(measured.distance_m.max()) + _BEYOND_M)


@dataclass(frozen=True, slots=True)
class _About:
    """What is known of the pairs of one site, row by row."""

    measured: Measured
    features: Sequence[Feature]
    directions: Sequence[str]
    shapes: Shapes
    site_accuracy_m: float
    as_at: date


def _groups(store: Store, state: StoreState, about: _About, rows: Sequence[int]) -> list[list[int]]:
    """Rows of one dataset grouped into designations: the copy that speaks first, strongest group first."""
    measured, features = about.measured, about.features
    if len(rows) == 1:
        return [list(rows)]
    dataset = state.screened[features[rows[0]].dataset]
    ordered = sorted(rows, key=lambda row: copy_order(dataset, int(measured.status[row]), features[row]))
    if len({features[row].source.id for row in rows}) > 1:
        copies = [copy_of(features[row]) for row in ordered]
        grouped = group_copies(copies, lambda number: whole_shape(store, number), state.compared)
    else:
        grouped = [[place] for place in range(len(ordered))]
    groups = [[ordered[place] for place in group] for group in grouped]
    return sorted(groups, key=lambda group: _strength(measured, group[0]))


def _strength(measured: Measured, row: int) -> tuple[int, float, float, float, int]:
    return (
        int(measured.status[row]),
        -float(measured.overlap_m2[row]),
        -float(measured.overlap_length_m[row]),
        float(measured.distance_m[row]),
        int(measured.feature[row]),
    )


def _hit(dataset: Dataset, about: _About, group: Sequence[int]) -> Hit:
    measured, features, row = about.measured, about.features, group[0]
    feature = features[row]
    return Hit(
        feature=feature.id,
        dataset=dataset.slug,
        reference=feature.reference,
        name=feature.name,
        entity=feature.entity,
        attributes=feature.attributes,
        relation=RELATIONS[measured.relation[row]],
        status=STATUSES[measured.status[row]],
        likely=bool(measured.likely[row]),
        overlap_m2=float(measured.overlap_m2[row]),
        overlap_length_m=float(measured.overlap_length_m[row]),
        site_share=float(measured.site_share[row]),
        feature_share=float(measured.feature_share[row]),
        parts=int(measured.parts[row]),
        inscribed_radius_m=float(measured.inscribed_radius_m[row]),
        distance_m=float(measured.distance_m[row]),
        bearing=about.directions[row],
        tolerance_m=float(measured.tolerance_m[row]),
        tolerance_why=tolerance_why(dataset, feature, about.site_accuracy_m),
        provisional=is_provisional(feature, about.as_at),
        provenance=_provenance(feature),
        drawing=about.shapes,
        also=tuple(_provenance(features[other]) for other in group[1:]),
    )


def _provenance(feature: Feature) -> Provenance:
    info = feature.source.info
    return Provenance(
        source=info.name,
        publisher=info.publisher,
        dataset_version=info.sha256[:12],
        retrieved=info.retrieved,
        entry_date=feature.entry_date,
        start_date=feature.start_date,
        end_date=feature.end_date,
        licence=info.licence,
        attribution=info.attribution,
        transform=info.transform,
        transform_accuracy_m=info.transform_accuracy_m,
        repair=feature.repair,
    )
