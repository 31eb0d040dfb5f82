"""A version of a layer, with or without edits that came after it, and its tiles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bopsgis.errors import NotFound
from tiles.draw.kernel import drawing
from tiles.features import POINT
from tiles.grid import Tile, TileMatrixSet
from tiles.levels import Level, Policy, Shapes, like
from tiles.levels.shapes import joined
from tiles.snapshot.anchor import BUFFER, LARGE, Anchors
from tiles.snapshot.delta import Delta, Edits, delta_of
from tiles.snapshot.gather import Fetch, drawn_in
from tiles.snapshot.ladder import Answer, answer
from tiles.snapshot.make import Levels
from tiles.snapshot.picture import Picture
from tiles.snapshot.source import LayerSource
from tiles.snapshot.table import Table

__all__ = ["Part", "Snapshot"]


@dataclass(frozen=True, slots=True)
class Part:
    """A level that a zoom is drawn from, and entries of it that edits have hidden."""

    level: Level
    hidden: NDArray[np.int64]

    def meeting(self, box: tuple[int, int, int, int]) -> NDArray[np.int64]:
        """Entries whose boxes meet a box in the level's units."""
        compiled = drawing()
        found = self.level.tree.meeting(box) if compiled is None else compiled.meeting(self.level, box)
        return found[~np.isin(found, self.hidden)] if len(self.hidden) else found


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A layer, immutable: whoever holds one gets tiles of this version only, whatever is built or edited meanwhile.

    Threads may share it.
    """

    name: str
    version: str
    """Changes with the contents."""
    policy: Policy
    table: Table = field(repr=False)
    levels: Mapping[str, Levels] = field(repr=False)
    """By the name of the tile matrix set."""
    delta: Delta | None = field(default=None, repr=False)
    anchors: Anchors = field(default_factory=Anchors, repr=False)

    def __len__(self) -> int:
        """How many features there are, without edits."""
        return len(self.table.ids)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all attributes."""
        return self.table.names

    def fields(self) -> dict[str, str]:
        """Attributes and the types of their values, in the words of TileJSON: of the first value that there is."""
        kinds = {}
        for name, codes in zip(self.table.names, self.table.codes, strict=True):
            used = codes[codes >= 0]
            value = self.table.values[int(used[0])] if len(used) else ""
            kinds[name] = "Boolean" if isinstance(value, bool) else "String" if isinstance(value, str) else "Number"
        return kinds

    def bounds(self, matrix_set: TileMatrixSet) -> tuple[float, float, float, float] | None:
        """West, south, east and north of all features, in the set's system; None where there are none."""
        boxes = [part.level.tree.boxes for part in self.parts(matrix_set, matrix_set.zooms[-1])]
        there = np.concatenate(boxes).astype(np.int64)
        if not len(there):
            return None
        corners = np.array([there[:, :2].min(axis=0), there[:, 2:].max(axis=0)])
        (west, north), (east, south) = matrix_set.from_world(corners).tolist()
        return west, south, east, north

    def tile(
        self, matrix_set: TileMatrixSet, z: int, x: int, y: int, *, columns: Collection[str] | None = None
    ) -> Answer:
        """One tile with this layer. `columns` are the attributes that may be shown; None: all.

        Raises `NotFound` for a tile that does not exist, or a matrix set that the snapshot was not built for.
        """
        matrix_set.require(z, x, y)
        budget = self.policy.budget(like(matrix_set, z))
        return answer([self.picture(matrix_set, (z, x, y), columns)], [self.version], budget)

    def edited(self, edits: Edits) -> Snapshot:
        """This version with changes since it was built, all of them at once: edits given before are forgotten.

        Features of `edits.changed` take the place of those with their ids, or are new. Tiles show it from the next
        one asked; the version says so. Raises `InputRefused` as a build does.
        """
        base = replace(self, delta=None, version=self.version.partition("+")[0])
        delta = delta_of(base.table, base.levels, edits, LayerSource(self.name, *_NOTHING, {}, self.policy))
        return replace(base, delta=delta, version=f"{base.version}+{delta.digest}")

    def parts(self, matrix_set: TileMatrixSet, z: int) -> list[Part]:
        """What a zoom is drawn from: the level, and beside it the one with edits."""
        if matrix_set.id not in self.levels:
            raise NotFound(f"The layer {self.name} has no tiles in {matrix_set.id}.")
        level = self.levels[matrix_set.id].at(z)
        if self.delta is None:
            return [Part(level, _NONE)]
        levels, hidden = self.delta.levels[matrix_set.id], self.delta.hidden[matrix_set.id]
        return [Part(level, hidden[level.zoom]), Part(levels.at(z), _NONE)]

    def picture(self, matrix_set: TileMatrixSet, tile: Tile, columns: Collection[str] | None = None) -> Picture:
        """What a tile shows of this layer, before any budget. The tile must exist."""
        z, x, y = tile
        parts = self.parts(matrix_set, z)
        if like(matrix_set, z) < self.policy.minzoom:
            return self.picture_of(parts[:1], [_NONE], like(matrix_set, z), columns)
        found, shapes = [], []
        for number, part in enumerate(parts):
            bits = part.level.zoom - z
            side, margin = 4096 << bits, BUFFER << bits
            west, north = x * side, y * side
            entries = part.meeting((west - margin, north - margin, west + side + margin, north + side + margin))
            if not len(entries):
                found.append(entries)
                continue
            fetch_of = partial(self._fetch, matrix_set, part.level, tile) if number == 0 else _no_fetch
            made, place = drawn_in(part.level, entries, tile, fetch_of)
            shapes.append(made)
            found.append(entries[place])
        return self.picture_of(parts, found, like(matrix_set, z), columns, joined(shapes) if shapes else None)

    def picture_of(
        self,
        parts: Sequence[Part],
        entries: Sequence[NDArray[np.int64]],
        zoom: int,
        columns: Collection[str] | None,
        shapes: Shapes | None = None,
    ) -> Picture:
        """Ids and attributes of entries of parts at a zoom (of WebMercatorQuad), with their shapes if given."""
        levels = [part.level for part in parts]
        both = list(zip(levels, entries, strict=True))

        def of_each(values: Callable[[Level], NDArray[Any]]) -> NDArray[Any]:
            found = [values(level)[places] for level, places in both]
            return found[0] if len(found) == 1 else np.concatenate(found)

        table = self.table if self.delta is None else self.delta.table
        kept = table.names if zoom >= self.policy.full_from else self.policy.style
        return Picture(
            self.name,
            table,
            levels[0].shapes.run(0, 0) if shapes is None else shapes,
            of_each(lambda level: level.rows).astype(np.int64),
            of_each(lambda level: level.counts),
            of_each(lambda level: level.agreed),
            tuple(name for name in kept if columns is None or name in columns),
            self.policy.style,
        )

    def _fetch(self, matrix_set: TileMatrixSet, level: Level, tile: Tile, entries: NDArray[np.int64]) -> Fetch | None:
        """How to get at large shapes quickly, where there are some."""
        if level.exact or not len(entries):
            return None
        large = (level.shapes.vertices(entries) > LARGE) & (level.shapes.kind[entries] != POINT)
        first = min((z for z in matrix_set.zooms if like(matrix_set, z) >= self.policy.exact_from), default=0)
        if not large.any() or not 0 < first <= tile[0]:
            return None

        def fetch(crossing: NDArray[np.int64]) -> Shapes:
            wanted, big = entries[crossing], large[crossing]
            if not big.any():
                return level.shapes.take(wanted)
            near = self.anchors.above(matrix_set.id, level, tile, first).of(wanted[big])
            both = joined([level.shapes.take(wanted[~big]), near])
            return both.take(np.argsort(np.concatenate([np.flatnonzero(~big), np.flatnonzero(big)])))

        return fetch


def _no_fetch(_: NDArray[np.int64]) -> None:
    """Shapes of edits are few: they are taken whole."""


_NONE = np.empty(0, np.int64)
_NOTHING = (np.empty(0, object), np.empty(0, np.uint64))
