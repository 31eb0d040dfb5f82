"""Directed edges of areas and lines, and how a straight line parts them.

An area's edges keep its interior on their left (outer rings anticlockwise, holes clockwise). So the number of
times that the area covers a place is what the edges straight below it add up to: plus one for each that runs
east, minus one for each that runs west. Cutting, area and point tests all rest on this.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.ragged import group_starts

__all__ = ["Edges", "Profile", "edges_of", "profile", "split_edges", "split_profile"]


@dataclass(frozen=True, slots=True)
class Edges:
    """n directed edges, each in one cell (or part), with its place in the order of the rings."""

    ends: NDArray[np.float64]
    """(n, 4) x and y of the start, x and y of the end; metres."""
    cell: NDArray[np.int64]
    order: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.cell)

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Edges:
        """Return the edges that `which` picks."""
        return Edges(self.ends[which], self.cell[which], self.order[which])

    def moved_to(self, cell: NDArray[np.int64]) -> Edges:
        """Return the same edges in other cells."""
        return Edges(self.ends, cell, self.order)


@dataclass(frozen=True, slots=True)
class Profile:
    """How often an area covers the bottom (or top) line of its cells: n intervals, none with 0."""

    west: NDArray[np.float64]
    east: NDArray[np.float64]
    times: NDArray[np.int64]
    cell: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.cell)

    def take(self, which: NDArray[np.bool_]) -> Profile:
        """Return the intervals that `which` picks."""
        return Profile(self.west[which], self.east[which], self.times[which], self.cell[which])

    def moved_to(self, cell: NDArray[np.int64]) -> Profile:
        """Return the same intervals in other cells."""
        return Profile(self.west, self.east, self.times, cell)

    @staticmethod
    def empty() -> Profile:
        """Cover nothing."""
        return Profile(np.empty(0), np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64))


def edges_of(parts: NDArray[np.object_]) -> Edges:
    """Take the edges of (n,) polygons or lines without parts; `cell` is the part's number. Zero edges are left out."""
    rings, owner = parts, np.arange(len(parts))
    if len(parts) and shapely.get_type_id(parts[0]) == shapely.GeometryType.POLYGON:
        rings, owner = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[1:] == ring[:-1]
    moves = (xy[1:] != xy[:-1]).any(axis=1)
    start = np.flatnonzero(inside & moves)
    return Edges(np.hstack([xy[start], xy[start + 1]]), owner[ring[start]].astype(np.int64), start.astype(np.int64))


def split_edges(edges: Edges, at: NDArray[np.float64], *, axis: int) -> tuple[Edges, NDArray[np.int64]]:
    """Cut edges where they cross the line x = `at` (axis 0) or y = `at` (axis 1), one line for each of n edges.

    Returns the edges and for each the side it is on: 0 below or on the line, 1 above it.
    """
    start, end = edges.ends[:, axis], edges.ends[:, axis + 2]
    low = np.maximum(start, end) <= at
    high = ~low & (np.minimum(start, end) >= at)
    crossing = ~(low | high)
    cut, line = edges.ends[crossing], at[crossing]
    other = 1 - axis
    rises = cut[:, axis] < line
    # From the lower end, so that an edge and the same edge run backwards are cut at the same place.
    lower = np.where(rises[:, None], cut, cut[:, [2, 3, 0, 1]])
    slope = (lower[:, other + 2] - lower[:, other]) / (lower[:, axis + 2] - lower[:, axis])
    where = lower[:, other] + (line - lower[:, axis]) * slope
    where = np.clip(where, cut[:, [other, other + 2]].min(axis=1), cut[:, [other, other + 2]].max(axis=1))
    first, second = cut.copy(), cut.copy()
    first[:, axis + 2] = second[:, axis] = line
    first[:, other + 2] = second[:, other] = where
    picked = [edges.take(low), edges.take(high), edges.take(crossing)]
    split = Edges(
        np.concatenate([picked[0].ends, picked[1].ends, first, second]),
        np.concatenate([picked[0].cell, picked[1].cell, picked[2].cell, picked[2].cell]),
        np.concatenate([picked[0].order, picked[1].order, picked[2].order, picked[2].order]),
    )
    side = np.concatenate([np.zeros(len(picked[0]), np.int64), np.ones(len(picked[1]), np.int64), ~rises, rises])
    return split, side


def split_profile(flats: Profile, at: NDArray[np.float64]) -> tuple[Profile, NDArray[np.int64]]:
    """Cut intervals where they cross x = `at`, one line for each; returns them and the side that each is on."""
    west, east = flats.west < at, flats.east > at
    left = Profile(flats.west[west], np.minimum(flats.east, at)[west], flats.times[west], flats.cell[west])
    right = Profile(np.maximum(flats.west, at)[east], flats.east[east], flats.times[east], flats.cell[east])
    both = Profile(*(np.concatenate([getattr(left, name), getattr(right, name)]) for name in Profile.__slots__))
    return both, np.repeat(np.array([0, 1]), [len(left), len(right)])


def profile(edges: Edges, flats: Profile) -> Profile:
    """Add up edges and intervals seen from above: how often the area covers the line over them, cell by cell."""
    x = np.concatenate([edges.ends[:, 0], edges.ends[:, 2], flats.west, flats.east])
    one = np.ones(len(edges), np.int64)
    step = np.concatenate([one, -one, flats.times, -flats.times])
    cell = np.concatenate([edges.cell, edges.cell, flats.cell, flats.cell])
    if not len(x):
        return Profile.empty()
    order = np.lexsort((x, cell))
    x, step, cell = x[order], step[order], cell[order]
    starts = group_starts(cell, x)
    step, x, cell = np.add.reduceat(step, starts), x[starts], cell[starts]
    real = step != 0
    step, x, cell = step[real], x[real], cell[real]
    # The steps of a cell add up to nothing, so one running sum serves all cells.
    times = np.cumsum(step)[:-1]
    covered = np.flatnonzero(times)
    return Profile(x[covered], x[covered + 1], times[covered], cell[covered])
