"""Several layers in one tile."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bopsgis.errors import InputRefused
from tiles.grid import TileMatrixSet
from tiles.levels import like
from tiles.snapshot.ladder import Answer, answer
from tiles.snapshot.view import Snapshot

__all__ = ["tile_of"]


def tile_of(
    snapshots: Sequence[Snapshot],
    matrix_set: TileMatrixSet,
    z: int,
    x: int,
    y: int,
    *,
    columns: Mapping[str, Collection[str]] | None = None,
) -> Answer:
    """One tile with several layers, which share the smallest of their budgets.

    `columns` are the attributes that may be shown, by the name of the layer; a layer not named there shows all.
    Raises `NotFound` as `Snapshot.tile`, `InputRefused` where two layers have one name.
    """
    matrix_set.require(z, x, y)
    names = [snapshot.name for snapshot in snapshots]
    if len(set(names)) < len(names):
        raise InputRefused("Two layers of a tile have the same name.")
    allowed = columns or {}
    pictures = [snapshot.picture(matrix_set, (z, x, y), allowed.get(snapshot.name)) for snapshot in snapshots]
    budget = min((snapshot.policy.budget(like(matrix_set, z)) for snapshot in snapshots), default=0)
    return answer(pictures, [snapshot.version for snapshot in snapshots], budget)
