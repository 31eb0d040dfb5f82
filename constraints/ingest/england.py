"""A coarse outline of England, to tell eastings from northings when a file has them swapped."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["shares_in_england"]

# Capes and border towns in EPSG:27700, to about 5 km, clockwise from Land's End; grown by 15 km below.
_OUTLINE_M: Final = (
    (134_000, 25_000),
    (185_000, 76_000),
    (223_000, 127_000),
    (353_000, 193_000),
    (322_000, 245_000),
    (322_000, 285_000),
    (328_000, 330_000),
    (335_000, 366_000),
    (320_000, 390_000),
    (317_000, 465_000),
    (295_000, 515_000),
    (332_000, 567_000),
    (391_000, 620_000),
    (400_000, 655_000),
    (425_000, 620_000),
    (437_000, 569_000),
    (525_000, 470_000),
    (545_000, 411_000),
    (622_000, 342_000),
    (655_000, 293_000),
    (640_000, 169_000),
    (634_000, 141_000),
    (609_000, 117_000),
    (559_000, 95_000),
    (450_000, 75_000),
    (368_000, 68_000),
    (283_000, 37_000),
    (170_000, 11_000),
    (90_000, 10_000),
)
_MARGIN_M: Final = 15_000.0
_ENGLAND: Final = shapely.Polygon(_OUTLINE_M).buffer(_MARGIN_M)
shapely.prepare(_ENGLAND)


def shares_in_england(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Shares (0 to 1) of places that lie in or near England as (x, y), and as (y, x), in EPSG:27700 metres."""
    if not len(x):
        return 0.0, 0.0
    return float(shapely.contains_xy(_ENGLAND, x, y).mean()), float(shapely.contains_xy(_ENGLAND, y, x).mean())
