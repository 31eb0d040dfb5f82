"""Wards on a map, by how many applications came from each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely

from api.maps.basemap import BaseMap
from api.maps.figure import Figure, Item, figure
from api.maps.service import SiteChecks
from bopsgis.errors import StoreError
from constraints.render.style import Style

__all__ = ["WARD_DATASET", "ward_map"]

WARD_DATASET: Final = "ward"
_FEW = Style("few", "Few applications: under a third of the most", "#0b4a78", (6.0, 4.0), "none")
_SOME = Style("some", "Some: a third to two thirds of the most", "#7a3d00", (), "dots")
_MANY = Style("many", "Many: over two thirds of the most", "#7a1420", (), "cross")


def ward_map(counted: Sequence[tuple[str, int, int]], checks: SiteChecks, base: BaseMap) -> Figure | None:
    """The wards of the table that have a shape, with the numbers of its rows; None where no ward has one."""
    shapes = _shapes(checks)
    most = max((received for _, received, _ in counted), default=0)
    items = [
        Item(f"ward-{number}", number, name, _style(received, most), shapes[name])
        for number, (name, received, _) in enumerate(counted, start=1)
        if name in shapes
    ]
    return figure(items, base, title="Applications by ward") if items else None


def _style(received: int, most: int) -> Style:
    if 3 * received < most:
        return _FEW
    return _SOME if 3 * received < 2 * most else _MANY


def _shapes(checks: SiteChecks) -> dict[str, shapely.Geometry]:
    """Name -> shape of the wards that are loaded; nothing without a store."""
    try:
        store = checks.store()
    except StoreError:
        return {}
    if WARD_DATASET not in store.datasets:
        return {}
    numbers = np.flatnonzero(store.feature_dataset == store.datasets.index(WARD_DATASET))
    shapes = store.feature_geometry(numbers)
    return {store.feature(int(number)).name: shape for number, shape in zip(numbers, shapes, strict=True)}
