"""All tiles of a zoom in few passes: what is done for a tile is done for thousands at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bopsgis.ragged import ranges
from tiles.clip import reduced
from tiles.features import POINT
from tiles.grid import EXTENT_BITS, Tile, TileMatrixSet
from tiles.hilbert import hilbert_index
from tiles.levels import Level, Shapes, like
from tiles.levels.build import order_of
from tiles.levels.shapes import joined
from tiles.snapshot.anchor import BUFFER, LARGE, STEP
from tiles.snapshot.gather import Fetch, drawn
from tiles.snapshot.ladder import Answer, answer
from tiles.snapshot.picture import Picture
from tiles.snapshot.view import Part, Snapshot

__all__ = ["Zoom", "zoom_of"]

_BLOCK_POINTS = 1_000_000
"""Coordinates that are worked on at once."""


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Entries of a level and the tiles that they reach, tile by tile along the Hilbert curve."""

    keys: NDArray[np.uint64]
    """Number of the tile along the curve."""
    tiles: NDArray[np.int64]
    """(p, 2) columns and rows."""
    entries: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Zoom:
    """The tiles of a zoom in which something of some layers may lie."""

    snapshots: Sequence[Snapshot]
    matrix_set: TileMatrixSet
    z: int
    keys: NDArray[np.uint64]
    """Numbers along the Hilbert curve, ascending."""
    tiles: NDArray[np.int64]
    """(t, 2) columns and rows."""
    pairs: Sequence[Sequence[tuple[Part, _Pairs]]]
    """For each layer, its levels."""

    def __len__(self) -> int:
        return len(self.keys)

    def answers(self) -> Iterator[tuple[Tile, Answer]]:
        """All of them with their tiles, along the Hilbert curve, each as `tile_of` makes it; some may be empty."""
        for first, end in self._blocks():
            low, high = self.keys[first], self.keys[end - 1]
            layers = [
                self._layer(snapshot, pairs, low, high, self.keys[first:end])
                for snapshot, pairs in zip(self.snapshots, self.pairs, strict=True)
            ]
            for at in range(first, end):
                x, y = self.tiles[at].tolist()
                yield (self.z, x, y), self._answer(layers, at - first)

    def _answer(self, layers: Sequence[tuple[Picture, NDArray[np.int64]]], at: int) -> Answer:
        pictures = [picture.run(limits[at], limits[at + 1]) for picture, limits in layers]
        budget = min(snapshot.policy.budget(like(self.matrix_set, self.z)) for snapshot in self.snapshots)
        return answer(pictures, [snapshot.version for snapshot in self.snapshots], budget)

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Runs of tiles whose shapes, the large ones counted as if they were not, have so many coordinates."""
        weight = np.zeros(len(self.keys))
        for part, pairs in (each for layer in self.pairs for each in layer):
            points = np.minimum(part.level.shapes.vertices(pairs.entries), LARGE)
            np.add.at(weight, np.searchsorted(self.keys, pairs.keys), points)
        block = (np.cumsum(weight) // _BLOCK_POINTS).astype(np.int64)
        limits = np.append(np.flatnonzero(np.diff(block, prepend=-1)), len(self.keys))
        yield from pairwise(limits.tolist())

    def _layer(
        self,
        snapshot: Snapshot,
        pairs: Sequence[tuple[Part, _Pairs]],
        low: np.uint64,
        high: np.uint64,
        keys: NDArray[np.uint64],
    ) -> tuple[Picture, NDArray[np.int64]]:
        """What a layer shows in a run of tiles, and (t + 1,) where each tile's features begin."""
        made, found, owner = [], [], []
        for part, each in pairs:
            first, end = np.searchsorted(each.keys, low), np.searchsorted(each.keys, high, side="right")
            entries, tiles = each.entries[first:end], each.tiles[first:end]
            shapes, place = drawn(part.level, entries, tiles, self.z, _fetch(part.level, entries, tiles, self.z))
            made.append(shapes)
            found.append(entries[place])
            owner.append(each.keys[first:end][place])
        parts = [part for part, _ in pairs]
        picture = snapshot.picture_of(parts, found, like(self.matrix_set, self.z), None)
        picture = replace(picture, shapes=joined(made))
        owners = np.concatenate(owner)
        if len(pairs) > 1:
            order = np.argsort(owners, kind="stable")
            picture, owners = picture.take(order), owners[order]
        return picture, np.append(np.searchsorted(owners, keys), len(owners))


def zoom_of(snapshots: Sequence[Snapshot], matrix_set: TileMatrixSet, z: int) -> Zoom:
    """Find out which tiles of a zoom have something in them. Raises `NotFound` where there is no such zoom."""
    pairs = [
        [(part, _pairs(part, matrix_set, z)) for part in snapshot.parts(matrix_set, z)]
        if like(matrix_set, z) >= snapshot.policy.minzoom
        else []
        for snapshot in snapshots
    ]
    shown = [at for at, layer in enumerate(pairs) if layer]
    kept = [pairs[at] for at in shown]
    every = [each for layer in kept for _, each in layer]
    keys = np.concatenate([np.empty(0, np.uint64), *(each.keys for each in every)])
    tiles = np.concatenate([np.empty((0, 2), np.int64), *(each.tiles for each in every)])
    keys, first = np.unique(keys, return_index=True)
    return Zoom([snapshots[at] for at in shown], matrix_set, z, keys, tiles[first], kept)


def _pairs(part: Part, matrix_set: TileMatrixSet, z: int) -> _Pairs:
    level = part.level
    entries = np.setdiff1d(np.arange(len(level.rows)), part.hidden, assume_unique=True)
    boxes = level.tree.boxes[entries].astype(np.int64)
    bits = EXTENT_BITS + level.zoom - z
    margin = BUFFER << level.zoom - z
    last = np.array(matrix_set.size(z)) - 1
    low = np.clip(-(margin - boxes[:, :2] >> bits) - 1, 0, last)
    high = np.clip(boxes[:, 2:] + margin >> bits, 0, last)
    across, down = (high - low + 1).T
    at = np.repeat(np.arange(len(entries)), across * down)
    place = ranges(np.zeros(len(entries), np.int64), across * down)
    tiles = low[at] + np.column_stack([place % across[at], place // across[at]])
    column, row = tiles.astype(np.uint64).T
    keys = hilbert_index(column, row, order_of(z) - EXTENT_BITS if matrix_set.first_size != (1, 1) else z)
    order = np.argsort(keys, kind="stable")
    return _Pairs(keys[order], tiles[order], entries[at[order]])


def _fetch(level: Level, entries: NDArray[np.int64], tiles: NDArray[np.int64], z: int) -> Fetch:
    """Large shapes are cut down to the surroundings of a tile above first, once for all its tiles below."""
    bits = level.zoom - z
    side, margin = 1 << EXTENT_BITS + bits + STEP, BUFFER << bits

    def fetch(crossing: NDArray[np.int64]) -> Shapes:
        wanted = entries[crossing]
        big = (level.shapes.vertices(wanted) > LARGE) & (level.shapes.kind[wanted] != POINT)
        if not big.any():
            return level.shapes.take(wanted)
        near = np.column_stack([wanted[big], tiles[crossing[big]] >> STEP])
        each, inverse = np.unique(near, axis=0, return_inverse=True)
        shapes, corner = level.shapes.take(each[:, 0]), each[:, 1:] * side
        per_point = np.repeat(corner, np.diff(shapes.ends), axis=0)
        less = reduced(replace(shapes, coords=shapes.coords.astype(np.int64) - per_point), -margin, side + margin)
        back = replace(less, coords=less.coords + np.repeat(corner, np.diff(less.ends), axis=0))
        both = joined([level.shapes.take(wanted[~big]), back.take(inverse.ravel())])
        return both.take(np.argsort(np.concatenate([np.flatnonzero(~big), np.flatnonzero(big)])))

    return fetch
