"""Ragged geometry of many features in flat arrays, and the way from and to shapely."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.errors import InputRefused
from bopsgis.ragged import ranges
from tiles.features import LINE, POINT, POLYGON, TileFeatures
from tiles.mvt.clean import checked, clean
from tiles.mvt.mend import all_mended
from tiles.mvt.ragged import starts_of
from tiles.mvt.shapes import geometries_of

__all__ = ["Shapes", "cleaned", "joined", "shapes_of"]

_KIND = np.array([POINT, LINE, LINE, POLYGON, POINT, LINE, POLYGON, 0], np.uint8)
"""By shapely's number of a type; collections have no kind."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Geometry of n features, laid out as in `TileFeatures`; coordinates in any unit and type. Rings are not closed."""

    kind: NDArray[np.uint8]
    parts: NDArray[np.int64]
    offsets: NDArray[np.int64]
    exterior: NDArray[np.bool_]
    coords: NDArray[Any]

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def ends(self) -> NDArray[np.int64]:
        """(n + 1,) feature i owns coords[ends[i]:ends[i + 1]]."""
        return self.offsets[self.parts]

    def vertices(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many coordinates features have."""
        counts: NDArray[np.int64] = self.offsets[self.parts[rows + 1]] - self.offsets[self.parts[rows]]
        return counts

    def take(self, rows: NDArray[np.int64]) -> Shapes:
        """Some of the features, in the order asked for."""
        first = self.parts[rows]
        counts = self.parts[rows + 1] - first
        part = ranges(first, counts)
        begin = self.offsets[part]
        lengths = self.offsets[part + 1] - begin
        return Shapes(
            self.kind[rows],
            starts_of(counts),
            starts_of(lengths),
            self.exterior[part],
            np.take(self.coords, ranges(begin, lengths), axis=0),
        )

    def run(self, first: int, end: int) -> Shapes:
        """Features from one number to another (not included), without copying coordinates."""
        part, end_part = self.parts[first], self.parts[end]
        begin = self.offsets[part]
        return Shapes(
            self.kind[first:end],
            self.parts[first : end + 1] - part,
            self.offsets[part : end_part + 1] - begin,
            self.exterior[part:end_part],
            self.coords[begin : self.offsets[end_part]],
        )

    def features(self) -> TileFeatures:
        """The same arrays as features of a tile without ids and attributes."""
        return TileFeatures(self.kind, None, self.parts, self.offsets, self.exterior, self.coords, {})

    def boxes(self) -> NDArray[Any]:
        """(n, 4) least x, least y, greatest x and greatest y of each feature; none may be without coordinates."""
        begin = self.ends[:-1]
        low, high = np.minimum.reduceat(self.coords, begin), np.maximum.reduceat(self.coords, begin)
        return np.column_stack([low, high])


def shapes_of(geometry: NDArray[np.object_]) -> Shapes:
    """Take (n,) shapely geometries apart; empty ones have no parts.

    Raises `InputRefused` for a missing geometry or a collection.
    """
    kind = _KIND[shapely.get_type_id(geometry)]
    if not kind.all():
        raise InputRefused("A feature needs a point, a line or an area; collections cannot be drawn as one.")
    groups = [_group(geometry, np.flatnonzero(kind == one), one) for one in (POINT, LINE, POLYGON)]
    order = np.argsort(np.concatenate([rows for rows, _ in groups]), kind="stable")
    whole = joined([shapes for _, shapes in groups])
    return whole if (np.diff(order) == 1).all() else whole.take(order)


def _group(geometry: NDArray[np.object_], rows: NDArray[np.int64], kind: int) -> tuple[NDArray[np.int64], Shapes]:
    parts, owner = shapely.get_parts(geometry[rows], return_index=True)
    if kind == POINT:
        coords, owner = shapely.get_coordinates(geometry[rows], return_index=True)
        filled = np.bincount(owner, minlength=len(rows)) > 0
        offsets = np.append(np.searchsorted(owner, np.flatnonzero(filled)), len(owner))
        return rows, Shapes(
            np.full(len(rows), kind, np.uint8),
            starts_of(filled.astype(np.int64)),
            offsets,
            np.zeros(filled.sum(), bool),
            coords,
        )
    exterior = np.zeros(len(parts), np.bool_)
    if kind == POLYGON:
        parts, polygon = shapely.get_rings(parts, return_index=True)
        exterior = np.ones(len(parts), np.bool_)
        exterior[1:] = polygon[1:] != polygon[:-1]
        owner = owner[polygon]
    coords, part = shapely.get_coordinates(parts, return_index=True)
    lengths = np.bincount(part, minlength=len(parts))
    if kind == POLYGON and len(coords):
        coords = np.delete(coords, np.cumsum(lengths) - 1, axis=0)
        lengths = lengths - 1
    counts = np.bincount(owner, minlength=len(rows))
    return rows, Shapes(np.full(len(rows), kind, np.uint8), starts_of(counts), starts_of(lengths), exterior, coords)


def joined(several: list[Shapes]) -> Shapes:
    """Features of several, one after another."""
    filled = [shapes for shapes in several if len(shapes)] or several[:1]
    if len(filled) == 1:
        return filled[0]
    return Shapes(
        np.concatenate([shapes.kind for shapes in filled]),
        starts_of(np.concatenate([np.diff(shapes.parts) for shapes in filled])),
        starts_of(np.concatenate([np.diff(shapes.offsets) for shapes in filled])),
        np.concatenate([shapes.exterior for shapes in filled]),
        np.concatenate([shapes.coords for shapes in filled]),
    )


def cleaned(shapes: Shapes, *, mend: bool) -> Shapes:
    """Without repeated points and parts that are nothing; areas valid where `mend` says so. Whole numbers only.

    Features may be left without parts.
    """
    tidy = _without_nothing(shapes)
    if not mend:
        return tidy
    areas = np.flatnonzero((tidy.kind == POLYGON) & (np.diff(tidy.parts) > 0))
    some = tidy if len(areas) == len(tidy) else tidy.take(areas)
    bad = areas[~shapely.is_valid(geometries_of(some.features()))]
    if not len(bad):
        return tidy
    good = np.setdiff1d(np.arange(len(tidy)), bad, assume_unique=True)
    made = all_mended(checked(tidy.take(bad).features()))
    fixed = _without_nothing(Shapes(made.kind, made.parts, made.offsets, made.exterior, made.coords))
    return joined([tidy.take(good), fixed]).take(np.argsort(np.concatenate([good, bad])))


def _without_nothing(shapes: Shapes) -> Shapes:
    tidy = clean(checked(shapes.features()))
    parts = np.searchsorted(tidy.feature, np.arange(len(shapes) + 1))
    return replace(shapes, parts=parts, offsets=starts_of(tidy.counts), exterior=tidy.exterior, coords=tidy.coords)
