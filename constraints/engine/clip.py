"""Geometry of overlaps, for measuring and drawing."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bopsgis.types import BBox
from constraints.store import Store

__all__ = ["clipped_geometry", "overlap_geometry"]


def overlap_geometry(store: Store, site: BaseGeometry, features: NDArray[np.integer[Any]]) -> NDArray[np.object_]:
    """Intersection of one site with each of (k,) features, EPSG:27700, exact to 1e-6 m2."""
    return np.asarray(shapely.intersection(site, store.feature_geometry(features)), dtype=object)


def clipped_geometry(store: Store, features: NDArray[np.integer[Any]], box: BBox) -> NDArray[np.object_]:
    """Each of (k,) features cut to a box, for drawing; empty where it lies outside."""
    frame = shapely.box(box.west, box.south, box.east, box.north)
    return np.asarray(shapely.intersection(frame, store.feature_geometry(features)), dtype=object)
