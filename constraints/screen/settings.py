"""What a person may choose about a screening; all of it is kept in the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bopsgis.boundary import Boundary

__all__ = ["ScreenSettings"]


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """Choices for one screening. Distances in metres on the national grid (EPSG:27700)."""

    site_accuracy_m: float | None = None
    """How accurately the site was drawn; None takes the accuracy of its coordinate transformation."""
    near_m: Mapping[str, float] = field(default_factory=dict)
    """Dataset -> distance to look for it in, in place of the catalogue's."""
    surroundings_m: float = 100.0
    """How far round the site the shapes of designations are kept for drawing."""

    def __post_init__(self) -> None:
        distances = [self.surroundings_m, *self.near_m.values()]
        if self.site_accuracy_m is not None:
            distances.append(self.site_accuracy_m)
        if not all(0.0 <= distance < 1e6 for distance in distances):
            raise ValueError("distances in screen settings are metres from 0 to 1,000,000")

    @property
    def key(self) -> tuple[float | None, tuple[tuple[str, float], ...]]:
        """What makes two settings answer alike."""
        return self.site_accuracy_m, tuple(sorted(self.near_m.items()))

    def accuracy_m(self, site: Boundary) -> float:
        """How accurately a site is drawn: as chosen, else as its coordinates were transformed."""
        return site.transform.accuracy_m if self.site_accuracy_m is None else self.site_accuracy_m

    def as_mapping(self) -> dict[str, Any]:
        """The settings as plain values, for the report."""
        return {
            "near_m": dict(sorted(self.near_m.items())),
            "site_accuracy_m": self.site_accuracy_m,
            "surroundings_m": self.surroundings_m,
        }
