"""Which councils a site lies in, from the council boundaries in the store.

A council that the site only grazes, by less than the accuracy of the maps, is a warning and not a council of
the site; land that no loaded council covers makes the site's councils incomplete. (HM Land Registry's local
land charges search tests the drawn area shrunk and grown for the same reason.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from constraints.model import Status
from constraints.screen.coverage import SiteCouncils
from constraints.screen.measures import STATUSES, Measured
from constraints.screen.radius import radius_of
from constraints.screen.words import and_list, area, metres
from constraints.store import Feature, Store

__all__ = ["COUNCIL_DATASETS", "council_around", "council_dataset", "councils_by_code", "councils_of_site"]

COUNCIL_DATASETS: Final = ("local-planning-authority", "local-authority-district")
"""Datasets of council boundaries, the better first."""
_NO_AREA_M2: Final = 0.01


def council_dataset(store: Store) -> str | None:
    """The dataset of council boundaries to use, or None where the store has none."""
    return next((slug for slug in COUNCIL_DATASETS if slug in store.datasets), None)


def councils_by_code(names: Mapping[str, str], codes: Sequence[str]) -> SiteCouncils:
    """Councils that the asker named; `names` are those of the store by code."""
    unique = tuple(dict.fromkeys(code.strip() for code in codes if code.strip()))
    return SiteCouncils(unique, tuple(names.get(code, code) for code in unique), complete=bool(unique))


def councils_of_site(store: Store, site: shapely.Geometry, measured: Measured) -> SiteCouncils:
    """Councils from the measured pairs of one site and the council boundaries (in force on the date asked)."""
    rows = sorted(range(len(measured)), key=lambda row: int(measured.feature[row]))
    inside = [row for row in rows if STATUSES[measured.status[row]] is Status.PRESENT]
    grazed = [row for row in rows if STATUSES[measured.status[row]] is Status.ADJACENT]
    if not inside:
        inside = [row for row in grazed if measured.overlap_m2[row] > 0.0]
        grazed = [row for row in grazed if measured.overlap_m2[row] == 0.0]
    found: dict[str, str] = {}
    for row in inside:
        feature = store.feature(int(measured.feature[row]))
        found.setdefault(feature.reference or feature.name, feature.name or feature.reference)
    outside_m2 = _outside(store, site, measured.take(np.array(inside, dtype=np.int64)))
    return SiteCouncils(
        codes=tuple(found),
        names=tuple(found.values()),
        complete=bool(found) and outside_m2 == 0.0,
        notes=(*_graze_notes(store, measured, grazed), *_outside_notes(found, outside_m2)),
    )


def council_around(feature: Feature) -> SiteCouncils:
    """The council of a site that lies wholly in this one's boundary and meets no other."""
    code = feature.reference or feature.name
    return SiteCouncils((code,), (feature.name or feature.reference,), complete=True)


def _outside(store: Store, site: shapely.Geometry, inside: Measured) -> float:
    """Area of a site in some known council that lies in none, 0 where that is no more than drawing error."""
    if not len(inside):
        return 0.0
    missing = float(shapely.area(site)) - float(inside.overlap_m2.sum())
    if missing <= _NO_AREA_M2 or (inside.site_share >= 1.0).any():
        return 0.0
    bodies: NDArray[np.object_] = store.feature_geometry(inside.feature)
    rest = shapely.difference(site, shapely.union_all(bodies))
    left_m2 = float(shapely.area(rest))
    tolerance_m = float(inside.tolerance_m.max())
    if left_m2 <= _NO_AREA_M2 or float(radius_of(np.array([rest]))[0]) < tolerance_m:
        return 0.0
    return left_m2


def _graze_notes(store: Store, measured: Measured, grazed: Sequence[int]) -> list[str]:
    if not grazed:
        return []
    names = [store.feature(int(measured.feature[row])).name for row in grazed]
    tolerance_m = max(float(measured.tolerance_m[row]) for row in grazed)
    note = (
        f"The site touches the boundary of {and_list(names)} (within {metres(tolerance_m)}): the records of "
        f"{'that council' if len(names) == 1 else 'those councils'} may also apply, and were not asked for."
    )
    return [note]


def _outside_notes(found: dict[str, str], outside_m2: float) -> list[str]:
    if not found:
        return ["The site lies in no council whose boundary is loaded."]
    if outside_m2 > 0.0:
        return [f"{area(outside_m2)} of the site lie in no council whose boundary is loaded."]
    return []
