"""Length of line designations inside sites: few, so GEOS measures them."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.ragged import group_starts
from constraints.store.arrays import StoreArrays

__all__ = ["overlap_lengths"]


def overlap_lengths(
    store: StoreArrays, sites: NDArray[np.object_], site: NDArray[np.int64], piece: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Measure for k pairs of a site and a line's piece; returns site, feature and length in metres.

    Each pair of a site and a feature is told once. A stretch along the site's boundary counts, a stretch that
    the line runs twice counts once; so the line is taken whole, as cutting it would move it by a rounding error.
    """
    feature = store.piece["feature"][piece].astype(np.int64)
    order = np.lexsort((feature, site))
    site, feature = site[order], feature[order]
    once = group_starts(site, feature)
    site, feature = site[once], feature[once]
    known, which = np.unique(feature, return_inverse=True)
    length = shapely.length(shapely.intersection(sites[site], store.geometry(known)[which]))
    return site, feature, length
