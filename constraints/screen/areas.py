"""In which ward, parish or other area of administration a site lies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from bopsgis.boundary import Boundary
from constraints.engine import overlaps
from constraints.store import Store

__all__ = ["areas_at"]


def areas_at(store: Store, site: Boundary, datasets: Sequence[str], *, as_at: date) -> dict[str, str]:
    """Dataset -> name of the area in force that holds the most of the site (EPSG:27700), its reference without one.

    A dataset that is not loaded, or of which nothing meets the site, is left out: it is not known where the site lies.
    """
    met = overlaps(store, np.array([site.geometry], dtype=object), as_at=as_at)
    kind = np.asarray(store.feature_dataset)[met.feature]
    found = {}
    for slug in datasets:
        rows = np.flatnonzero(kind == store.datasets.index(slug)) if slug in store.datasets else np.array([], dtype=int)
        if rows.size:
            # Of two that hold as much, the one that was loaded first: the answer is the same each time.
            most = min(rows.tolist(), key=lambda row: (-float(met.area_m2[row]), int(met.feature[row])))
            feature = store.feature(int(met.feature[most]))
            found[slug] = feature.name or feature.reference
    return found
