"""Geometry as tiles want it: whole numbers, ragged, and for each low zoom a version that is worth drawing there."""

from __future__ import annotations

from tiles.levels.build import Level, full_level, level_at
from tiles.levels.policy import Policy
from tiles.levels.shapes import Shapes, shapes_of
from tiles.levels.world import deepest, like, world_of

__all__ = ["Level", "Policy", "Shapes", "deepest", "full_level", "level_at", "like", "shapes_of", "world_of"]
