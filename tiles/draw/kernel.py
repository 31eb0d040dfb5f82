"""Whether tiles are drawn by numpy and GEOS, the reference, or by compiled code where that is loaded."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from tiles import mvt
from tiles.levels import Level, Shapes

__all__ = ["Drawing", "drawing", "prepare"]

_MODULE = "tiles.draw.compiled"


class Drawing(Protocol):
    """What `tiles.draw.compiled` offers."""

    def meeting(self, level: Level, box: tuple[int, int, int, int]) -> NDArray[np.int64]:
        """As `Tree.meeting`."""

    def cut(
        self, level: Level, entries: NDArray[np.int64], corner: tuple[int, int], bits: int, low: int, high: int
    ) -> tuple[Shapes, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Shapes in tile units, their places in `entries`, which may be invalid, and places of those not cut."""


def prepare() -> bool:
    """Load compiled code for drawing and encoding where numba is installed, so that every tile is made by it.

    For a service that starts. Returns whether it is there.
    """
    if not mvt.prepare():
        return False
    import_module(_MODULE)
    return True


def drawing() -> Drawing | None:
    """The compiled code if it was loaded (see `prepare`), else None."""
    return cast("Drawing | None", sys.modules.get(_MODULE))
