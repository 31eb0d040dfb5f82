"""Which kernel does the work: numpy, the reference, or compiled code where numba is installed."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import Literal, Protocol, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from constraints.engine.sites import SiteEdges
from constraints.store.arrays import StoreArrays

__all__ = ["Compiled", "Found", "Kernel", "compiled_for", "prepare"]

Kernel = Literal["auto", "numpy", "compiled"]
"""`auto`: compiled where numba is installed and the number of sites repays loading it, else numpy."""

_MODULE = "constraints.engine.compiled"
_REPAYS_SITES = 100_000
"""Loading numba takes about as long as numpy needs for this many sites."""
_PREPARING = Lock()
"""Held while the kernel is made ready: until then `auto` answers with numpy and waits for nothing."""


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
    loaded = _MODULE in sys.modules and not _PREPARING.locked()
    wanted = kernel == "compiled" or loaded or sites >= _REPAYS_SITES
    if not wanted or (kernel == "auto" and find_spec("numba") is None):
        return None
    return cast(Compiled, import_module(_MODULE))


def prepare(store: StoreArrays) -> bool:
    """Make the compiled kernel ready where numba is installed, so that `auto` takes it from now on.

    For a service that starts: the kernel is loaded and asked once of its store, which compiles what no earlier
    start left compiled on disk and makes the tables of cells. Returns whether it is there.
    """
    if find_spec("numba") is None:
        return False
    with _PREPARING:
        compiled = cast(Compiled, import_module(_MODULE))
        edges = compiled.edges_of(np.array([shapely.box(0.0, 0.0, 1.0, 1.0)], dtype=object))
        compiled.find(store, edges, None)
        compiled.distances(store, edges, np.zeros(int(store.feature_dataset.max(initial=0)) + 1), None, 0.0)
    return True
