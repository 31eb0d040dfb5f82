"""Small edits to a layer, made ready to be drawn beside the version they change."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from tiles.features import Column
from tiles.grid import MATRIX_SETS, TileMatrixSet
from tiles.hilbert import hilbert_place
from tiles.levels import Level, Policy, Shapes, deepest, full_level, like, shapes_of, world_of
from tiles.levels.build import clustered, dotted, in_units, lone_points, order_of, shapes_level, with_points
from tiles.levels.cluster import cells_of
from tiles.levels.policy import CELL_UNITS
from tiles.mvt import Dictionary
from tiles.snapshot.make import Levels, dictionary_of
from tiles.snapshot.source import LayerSource
from tiles.snapshot.table import Table, coded, known_values

__all__ = ["Delta", "Edits", "delta_of"]


@dataclass(frozen=True, slots=True)
class Edits:
    """What has changed since a version was built: k features changed or added, and ids of those removed."""

    geometry: NDArray[np.object_]
    """(k,) in EPSG:27700."""
    ids: NDArray[np.uint64]
    """(k,)"""
    columns: Mapping[str, Column] = field(default_factory=dict)
    """Attributes; those that the version does not have are left out, and those that are missing here are empty."""
    removed: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))


@dataclass(frozen=True, slots=True)
class Delta:
    """Edits as levels beside those of a version, whose rows go on where the version's end."""

    digest: str
    table: Table
    """The version's rows and then the edits'."""
    levels: Mapping[str, Levels]
    hidden: Mapping[str, Mapping[int, NDArray[np.int64]]]
    """Entries that are no longer drawn, by the name of the matrix set and the zoom of the version's level."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What the levels of every matrix set are changed by."""

    shapes: Shapes
    """Of the features changed or added, in EPSG:27700."""
    style: NDArray[np.int32]
    """(s, n + k) codes of style attributes, of the version's rows and then the edits'."""
    gone: NDArray[np.int64]
    """Rows of the version that are not drawn any more, ascending."""
    first: int
    """Row of the first feature changed."""
    policy: Policy


def delta_of(table: Table, levels: Mapping[str, Levels], edits: Edits, layer: LayerSource) -> Delta:
    """Prepare edits to a version's table and levels; `layer` has the layer's name and policy.

    Raises `InputRefused` as a build does.
    """
    replace(layer, geometry=edits.geometry, ids=edits.ids, policy=replace(layer.policy, style=())).check()
    places = known_values(table.values)
    known = len(places)
    codes = coded(edits.columns, table.names, np.arange(len(edits.ids)), places)
    more = dictionary_of(dict.fromkeys(list(places)[known:], 0))
    values = Dictionary(
        np.concatenate([table.values.encoded, more.encoded]),
        np.concatenate([table.values.starts, more.starts[1:] + table.values.starts[-1]]),
    )
    whole = table.with_rows(edits.ids.astype(np.uint64), codes, values)
    gone = np.flatnonzero(np.isin(table.ids, np.concatenate([edits.ids, edits.removed]).astype(np.uint64)))
    change = _Change(shapes_of(edits.geometry), whole.style(layer.policy.style), gone, len(table.ids), layer.policy)
    made = {name: _changed(each, MATRIX_SETS[name], change) for name, each in levels.items()}
    return Delta(
        _digest(edits, codes),
        whole,
        {name: beside for name, (beside, _) in made.items()},
        {name: hidden for name, (_, hidden) in made.items()},
    )


def _digest(edits: Edits, codes: NDArray[np.int32]) -> str:
    digest = hashlib.sha256()
    for array in (edits.ids, codes, np.sort(edits.removed)):
        digest.update(np.ascontiguousarray(array).tobytes())
        digest.update(b"|")
    for geometry in shapely.to_wkb(edits.geometry):
        digest.update(geometry)
    for column in edits.columns.values():
        digest.update(repr([column.values[code] for code in column.codes.tolist() if code >= 0]).encode())
    return digest.hexdigest()[:12]


def _changed(levels: Levels, matrix_set: TileMatrixSet, change: _Change) -> tuple[Levels, dict[int, NDArray[np.int64]]]:
    world = replace(change.shapes, coords=world_of(change.shapes.coords, matrix_set))
    own = change.style[:, change.first :]
    low, hidden = {}, {levels.full.zoom: _entries_of(levels.full, change.gone)}
    for z, level in levels.low.items():
        seen = dotted(world, deepest(matrix_set) - z, change.policy)
        beside = _moved(shapes_level(z, seen, own, matrix_set, change.policy), change.first)
        gone = _entries_of(level, change.gone)
        if level.squares < len(level.rows) or len(lone_points(seen, like(matrix_set, z), change.policy)):
            beside, squares = _with_squares(beside, level, levels.full, seen, matrix_set, change)
            gone = np.union1d(gone, squares)
        low[z], hidden[z] = beside, gone
    return Levels(low, _moved(full_level(world, own, matrix_set), change.first)), hidden


def _moved(level: Level, first: int) -> Level:
    return replace(level, rows=level.rows + np.int32(first))


def _entries_of(level: Level, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Entries, without squares of points, of these rows, both ascending."""
    return np.flatnonzero(np.isin(level.rows[: level.squares], rows))


def _with_squares(
    beside: Level, level: Level, full: Level, world: Shapes, matrix_set: TileMatrixSet, change: _Change
) -> tuple[Level, NDArray[np.int64]]:
    """Count the points again in squares where one came or went; gives also the version's squares that this replaces.

    `world` are the features changed as this zoom sees them.
    """
    z, bits = level.zoom, deepest(matrix_set) - level.zoom
    zoom = like(matrix_set, z)
    new = lone_points(world, zoom, change.policy)
    added = in_units(world.take(new), bits).coords
    left = dotted(full.shapes.take(_entries_of(full, change.gone)), bits, change.policy)
    left = left.take(lone_points(left, zoom, change.policy))
    places = np.concatenate([added, in_units(left, bits).coords])
    cells = np.unique(cells_of(places, order_of(z)))
    old = level.squares + np.flatnonzero(
        np.isin(
            cells_of(level.shapes.coords[level.shapes.ends[level.squares : -1]].astype(np.int64), order_of(z)), cells
        )
    )
    staying = _points_in(full, cells, z, bits)
    staying = staying[~np.isin(full.rows[staying], change.gone)]
    stay = dotted(full.shapes.take(staying), bits, change.policy)
    alone = lone_points(stay, zoom, change.policy)
    # The box of an area may meet a square in which its middle is not.
    alone = alone[np.isin(cells_of(in_units(stay.take(alone), bits).coords, order_of(z)), cells)]
    rows = np.concatenate([full.rows[staying[alone]], change.first + new]).astype(np.int64)
    coords = np.concatenate([in_units(stay.take(alone), bits).coords, added])
    if not len(rows):
        return beside, old
    gathered = clustered(coords, change.style[:, rows].T, z)
    return with_points(beside, gathered, rows[gathered.first]), old


def _points_in(full: Level, cells: NDArray[np.uint64], z: int, bits: int) -> NDArray[np.int64]:
    """Entries of the whole geometry whose boxes meet squares of a zoom, of which each is in one square if a point."""
    side, half = CELL_UNITS << bits, 1 << bits >> 1
    columns, rows = hilbert_place(cells, order_of(z) - CELL_UNITS.bit_length() + 1)
    found = [np.empty(0, np.int64)]
    for column, row in zip(columns.tolist(), rows.tolist(), strict=True):
        west, north = column * side - half, row * side - half
        found.append(full.tree.meeting((west, north, west + side - 1, north + side - 1)))
    return np.unique(np.concatenate(found))
