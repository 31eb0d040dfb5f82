"""Which encoder does the work: numpy, the reference, or compiled code where numba is installed."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Literal, Protocol, cast

from tiles.features import TileFeatures
from tiles.mvt.tags import Tags

__all__ = ["Compiled", "Kernel", "compiled_for", "prepare"]

Kernel = Literal["auto", "numpy", "compiled"]
"""`auto`: compiled where numba is installed and either loaded or repaid by the number of points, else numpy."""

_MODULE = "tiles.mvt.compiled"
_REPAYS_POINTS = 2_000_000
"""Loading numba takes about as long as numpy needs for this many points."""


class Compiled(Protocol):
    """What `tiles.mvt.compiled` offers."""

    def features_bytes(self, features: TileFeatures) -> tuple[memoryview, Tags | None]:
        """Clean and encode the features of a layer."""


def compiled_for(points: int, kernel: Kernel) -> Compiled | None:
    """Return the compiled encoder if it is to be used for so many points, else None.

    It is loaded here and not at the top of a module, because numba is optional and takes a second to load. Raises
    `ModuleNotFoundError` where `compiled` is asked for and numba is not installed.
    """
    if kernel == "numpy":
        return None
    if kernel == "auto" and _MODULE not in sys.modules and (points < _REPAYS_POINTS or find_spec("numba") is None):
        return None
    return cast(Compiled, import_module(_MODULE))


def prepare() -> bool:
    """Load the compiled encoder where numba is installed, so that `auto` takes it for every tile from now on.

    For a service that starts. Returns whether it is there.
    """
    if find_spec("numba") is None:
        return False
    import_module(_MODULE)
    return True
