"""What a layer shows in one tile, before it becomes bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tiles.features import POINT, POINT_COUNT, Column, TileFeatures
from tiles.hilbert import hilbert_index
from tiles.levels import Shapes
from tiles.levels.cluster import cluster
from tiles.levels.policy import CELL_UNITS
from tiles.levels.shapes import joined
from tiles.mvt import encode_layer
from tiles.snapshot.table import Table

__all__ = ["Picture"]

_TILE = 4096
_ORDER = 7


@dataclass(frozen=True, slots=True)
class Picture:
    """n features in tile units and where their ids and attributes are."""

    name: str
    table: Table
    shapes: Shapes
    rows: NDArray[np.int64]
    counts: NDArray[np.int32]
    agreed: NDArray[np.int32]
    """(n, s) codes of the style attributes of squares of points."""
    columns: tuple[str, ...]
    """Attributes to write."""
    style: tuple[str, ...]
    """Those that the drawing depends on."""

    def __len__(self) -> int:
        return len(self.shapes)

    @property
    def lone_points(self) -> int:
        """How many features are one point each."""
        return int(np.count_nonzero(self._is_lone_point()))

    def encoded(self) -> bytes:
        """The layer of a tile."""
        return encode_layer(self.name, self.features(), known=True)

    def features(self) -> TileFeatures:
        """Ready to be encoded."""
        several = np.flatnonzero(self.counts > 1)
        columns = {name: Column(self._codes(name, several), self.table.values) for name in self.columns}
        if len(several):
            values, place = np.unique(self.counts[several], return_inverse=True)
            codes = np.full(len(self), -1, np.int32)
            codes[several] = place
            columns[POINT_COUNT] = Column(codes, values.tolist())
        shapes = self.shapes
        ids = self.table.ids[self.rows]
        return TileFeatures(shapes.kind, ids, shapes.parts, shapes.offsets, shapes.exterior, shapes.coords, columns)

    def _codes(self, name: str, several: NDArray[np.int64]) -> NDArray[np.int32]:
        codes: NDArray[np.int32] = self.table.codes[self.table.names.index(name)][self.rows]
        if len(several):
            codes[several] = self.agreed[several, self.style.index(name)] if name in self.style else -1
        return codes

    def plainer(self) -> Picture | None:
        """With the attributes only that the drawing depends on; None where it has no others."""
        kept = tuple(name for name in self.columns if name in self.style)
        return None if kept == self.columns else replace(self, columns=kept)

    def smaller(self, share: float, coarser: int) -> Picture:
        """With about a share of its bytes: the largest lines and areas, and points in squares doubled so many times.

        Squares that reach beyond the tile are left to the tile that they lie in.
        """
        lone = self._is_lone_point()
        large = self._largest(np.flatnonzero(~lone), share)
        points = self.take(np.flatnonzero(lone))._in_squares(coarser)  # noqa: SLF001  # of the same class
        return self.take(large) if not len(points) else self.take(large).beside(points)

    def take(self, places: NDArray[np.int64]) -> Picture:
        """Some of the features."""
        return replace(
            self,
            shapes=self.shapes.take(places),
            rows=self.rows[places],
            counts=self.counts[places],
            agreed=self.agreed[places],
        )

    def run(self, first: int, end: int) -> Picture:
        """Features from one number to another (not included)."""
        part = slice(first, end)
        shapes = self.shapes.run(first, end)
        return replace(self, shapes=shapes, rows=self.rows[part], counts=self.counts[part], agreed=self.agreed[part])

    def _is_lone_point(self) -> NDArray[np.bool_]:
        lone: NDArray[np.bool_] = (self.shapes.kind == POINT) & (np.diff(self.shapes.ends) == 1)
        return lone

    def _largest(self, places: NDArray[np.int64], share: float) -> NDArray[np.int64]:
        if not len(places):
            return places
        boxes = self.shapes.take(places).boxes()
        size = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
        order = np.argsort(-size, kind="stable")
        bytes_each = 14 + 2.5 * self.shapes.vertices(places[order])
        fits = np.cumsum(bytes_each) <= share * bytes_each.sum()
        return np.sort(places[order[fits]])

    def _in_squares(self, coarser: int) -> Picture:
        bits = CELL_UNITS.bit_length() - 1 + coarser
        within = np.flatnonzero(((self.shapes.coords >= 0) & (self.shapes.coords < _TILE)).all(axis=1))
        points = self.take(within)
        if not len(within):
            return points
        place = points.shapes.coords.astype(np.int64)
        column, row = (place >> bits).astype(np.uint64).T
        cells = hilbert_index(column, row, _ORDER)
        gathered = cluster(place, points.counts, points._style_codes(), cells)  # noqa: SLF001  # of the same class
        kept = points.take(gathered.first)
        coords = gathered.coords.astype(np.int32)
        return replace(kept, shapes=replace(kept.shapes, coords=coords), counts=gathered.counts, agreed=gathered.agreed)

    def _style_codes(self) -> NDArray[np.int32]:
        own = self.table.style(self.style)[:, self.rows].T
        return np.where(self.counts[:, None] > 1, self.agreed, own)

    def beside(self, other: Picture) -> Picture:
        """With the features of another picture of the same layer after these."""
        return replace(
            self,
            shapes=joined([self.shapes, other.shapes]),
            rows=np.concatenate([self.rows, other.rows]),
            counts=np.concatenate([self.counts, other.counts]),
            agreed=np.concatenate([self.agreed, other.agreed]),
        )
