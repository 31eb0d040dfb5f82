"""From measured pairs of one site to hits: records with their evidence, copies grouped, strongest first."""

from __future__ import annotations

from collections.abc import Sequence
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
from constraints.screen.measures import RELATIONS, STATUSES, Measured, exact_overlaps
from constraints.screen.settings import ScreenSettings
from constraints.screen.state import StoreState
from constraints.screen.words import metres
from constraints.store import Feature, Store

__all__ = ["bearings", "copy_of", "copy_order", "hits_by_dataset", "is_provisional", "tolerance_why", "whole_shape"]

_BEYOND_M: Final = 10.0
"""Shapes are kept a little further out than the farthest hit, so that some of each is drawn."""
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
    geometry = _surroundings(store, site, measured, settings)
    directions = bearings(store, np.array([site.geometry]), measured, geometry)
    rows_of: dict[str, list[int]] = {}
    for row, feature in enumerate(features):
        rows_of.setdefault(feature.dataset, []).append(row)
    found = {}
    for slug, rows in rows_of.items():
        groups = _groups(store, state, measured, features, rows)
        found[slug] = tuple(
            _hit(
                state.screened[slug], settings.accuracy_m(site), measured, features, group, geometry, directions, as_at
            )
            for group in groups
        )
    return found


def bearings(store: Store, sites: NDArray[np.object_], measured: Measured, shapes: NDArray[np.object_]) -> list[str]:
    """Compass point from each pair's site to its designation, empty where they meet.

    `sites` are those that `measured.site` counts, `shapes` the designation of each pair, whole or cut. A
    designation that is judged as a point is looked for at its centre.
    """
    found = [""] * len(measured)
    away = np.flatnonzero(measured.distance_m > 0.0)
    if len(away):
        target = shapes[away]
        points = np.flatnonzero(measured.likely[away])
        target[points] = shapely.centroid(store.feature_geometry(measured.feature[away[points]]))
        for row, point in zip(away.tolist(), bearing(sites[measured.site[away]], target).tolist(), strict=True):
            found[row] = point
    return found


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


def _surroundings(store: Store, site: Boundary, measured: Measured, settings: ScreenSettings) -> NDArray[np.object_]:
    reach_m = max(settings.surroundings_m, float(measured.distance_m.max()) + _BEYOND_M)
    around = site.bbox.grown(reach_m)
    frame = shapely.box(around.west, around.south, around.east, around.north)
    return exact_overlaps(store, np.full(len(measured), frame, dtype=object), measured.feature)


def _groups(
    store: Store, state: StoreState, measured: Measured, features: Sequence[Feature], rows: Sequence[int]
) -> list[list[int]]:
    """Rows of one dataset grouped into designations: the copy that speaks first, strongest group first."""
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


def _hit(
    dataset: Dataset,
    site_accuracy_m: float,
    measured: Measured,
    features: Sequence[Feature],
    group: Sequence[int],
    geometry: NDArray[np.object_],
    directions: Sequence[str],
    as_at: date,
) -> Hit:
    row = group[0]
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
        bearing=directions[row],
        tolerance_m=float(measured.tolerance_m[row]),
        tolerance_why=tolerance_why(dataset, feature, site_accuracy_m),
        provisional=is_provisional(feature, as_at),
        provenance=_provenance(feature),
        geometry=geometry[row],
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
