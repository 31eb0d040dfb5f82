"""Land, planning and time: coordinates on the national grid, site boundaries, measures.

Nothing here imports a package from outside the standard library until a name is used, so that
`python3 -m bopsgis` can start on a bare interpreter and install what it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bopsgis.boundary import LIMITS, Boundary, Limits, from_circle, from_geojson, from_geometry, read
    from bopsgis.types import BBox, LonLat, Point

__all__ = [
    "LIMITS",
    "BBox",
    "Boundary",
    "Limits",
    "LonLat",
    "Point",
    "from_circle",
    "from_geojson",
    "from_geometry",
    "read",
]

_HOMES = dict.fromkeys(__all__, "bopsgis.boundary") | dict.fromkeys(("BBox", "LonLat", "Point"), "bopsgis.types")


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
