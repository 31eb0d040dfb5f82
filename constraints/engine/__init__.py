"""The screening engine: which designations of a store lie on or near sites, and by how much."""

from __future__ import annotations

from constraints.engine.clip import clipped_geometry, overlap_geometry
from constraints.engine.overlap import Overlaps, overlaps
from constraints.engine.relate import Pairs, reach_of, relate

__all__ = ["Overlaps", "Pairs", "clipped_geometry", "overlap_geometry", "overlaps", "reach_of", "relate"]
