"""What a snapshot is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bopsgis.errors import InputRefused
from tiles.features import Column
from tiles.levels import Policy

__all__ = ["LayerSource"]


@dataclass(frozen=True, slots=True)
class LayerSource:
    """A layer: n features with geometry, ids that stay the same from version to version, and attributes."""

    name: str
    """As it stands in tiles."""
    geometry: NDArray[np.object_]
    """(n,) points, lines and areas of shapely, in EPSG:27700; an empty one is never drawn."""
    ids: NDArray[np.uint64]
    """(n,) each only once."""
    columns: Mapping[str, Column] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)

    def check(self) -> None:
        """Raise `InputRefused` where the arrays do not fit together or an id comes twice."""
        lengths = {len(self.geometry), len(self.ids), *(len(column.codes) for column in self.columns.values())}
        if len(lengths) > 1:
            raise InputRefused(f"Geometry, ids and columns of the layer {self.name} have different lengths.")
        if len(np.unique(self.ids)) != len(self.ids):
            raise InputRefused(f"An id of the layer {self.name} comes twice.")
        unknown = sorted(set(self.policy.style) - set(self.columns))
        if unknown:
            raise InputRefused(
                f"The layer {self.name} is drawn by columns that it does not have: {', '.join(unknown)}."
            )
