"""Which kernel does the work: numpy, the reference, or compiled code where numba is installed."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from constraints.engine.sites import SiteEdges
from constraints.store.arrays import StoreArrays

__all__ = ["Compiled", "Found", "Kernel", "compiled_for"]

Kernel = Literal["auto", "numpy", "compiled"]
"""`auto`: compiled where numba is installed and the number of sites repays loading it, else numpy."""

_MODULE = "constraints.engine.compiled"
_REPAYS_SITES = 100_000
"""Loading numba takes about as long as numpy needs for this many sites."""


Found = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int32]]
"""Site, feature (for a line: piece), area in m2 and kind of piece of what was found."""


class Compiled(Protocol):
    """What `constraints.engine.compiled` offers."""

    def edges_of(self, sites: NDArray[np.object_]) -> SiteEdges:
        """Take sites apart."""

    def find(self, store: StoreArrays, sites: SiteEdges, day: int | None) -> Found:
        """Look up and measure."""

    def distances(
        self, store: StoreArrays, sites: SiteEdges, reach: NDArray[np.float64], day: int | None, short_m: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Site, feature and distance of what is within its dataset's reach."""


def compiled_for(sites: int, kernel: Kernel) -> Compiled | None:
    """Return the compiled kernel if it is to be used for so many sites, else None.

    It is loaded here and not at the top of a module, because numba is optional and takes a second to load: the
    first answer of a freshly started program must not wait for it. Raises `ModuleNotFoundError` where
    `compiled` is asked for and numba is not installed.
    """
    if kernel == "numpy":
        return None
    wanted = kernel == "compiled" or _MODULE in sys.modules or sites >= _REPAYS_SITES
    if not wanted or (kernel == "auto" and find_spec("numba") is None):
        return None
    return cast(Compiled, import_module(_MODULE))
