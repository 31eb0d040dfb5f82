"""Shapes of the designations of one report, cut when they are first drawn: most reports are only read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.types import BBox
from constraints.screen.measures import exact_overlaps
from constraints.store import Store

__all__ = ["Shapes"]


class Shapes:
    """Designations of an open store, (k,) by number, cut to a box in EPSG:27700."""

    def __init__(self, store: Store, features: NDArray[np.int64], around: BBox) -> None:
        self._store = store
        self._features = features
        self._around = around

    def shape(self, feature: int) -> Any:
        """The shapely geometry of one of them."""
        return self._cut[feature]

    @cached_property
    def _cut(self) -> Mapping[int, Any]:
        frame = shapely.box(self._around.west, self._around.south, self._around.east, self._around.north)
        shapes = exact_overlaps(self._store, np.full(len(self._features), frame, dtype=object), self._features)
        return dict(zip(self._features.tolist(), shapes.tolist(), strict=True))

    def __getstate__(self) -> dict[str, Any]:
        """What goes to another process or into a file: the shapes themselves, not the store."""
        return {"_cut": self._cut}
