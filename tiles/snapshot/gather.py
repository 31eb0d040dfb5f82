"""From a level to the geometry of tiles: cut to the buffered box, in tile units, for one tile or for many at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tiles.clip import clip
from tiles.draw.kernel import drawing
from tiles.features import POINT
from tiles.grid import EXTENT_BITS, Tile
from tiles.levels import Level, Shapes
from tiles.levels.canonical import canonical
from tiles.levels.shapes import cleaned, joined
from tiles.snapshot.anchor import BUFFER

__all__ = ["Fetch", "drawn", "drawn_in"]

Fetch = Callable[[NDArray[np.int64]], Shapes]
"""Gives the shapes, in the level's units, of the entries at these places of those asked for."""


def drawn(
    level: Level, entries: NDArray[np.int64], tiles: NDArray[np.int64], z: int, fetch: Fetch | None = None
) -> tuple[Shapes, NDArray[np.int64]]:
    """What (n,) entries of a level look like in tiles of a zoom: in tile units, valid, nothing outside the buffer.

    `tiles` are columns and rows, (n, 2), one tile for each entry, or (1, 2), one for all. Comes with the place in
    `entries` of each; what nothing is left of is left out. `fetch` may give shapes that are the same within the
    buffered box of their tile only.
    """
    bits = level.zoom - z
    side, margin = 1 << EXTENT_BITS + bits, BUFFER << bits
    corner = tiles * side
    boxes = level.tree.boxes[entries].astype(np.int64) - np.concatenate([corner, corner], axis=1)
    within = ((boxes >= -margin) & (boxes <= side + margin)).all(axis=1)
    inside, crossing = np.flatnonzero(within), np.flatnonzero(~within)
    kept, places = [], []
    if len(inside) or not len(crossing):
        shapes = _local(level.shapes.take(entries[inside]), corner, inside)
        half = 1 << bits >> 1
        shapes = replace(shapes, coords=shapes.coords + half >> bits)
        kept.append(shapes)
        places.append(inside)
    if len(crossing):
        source = level.shapes.take(entries[crossing]) if fetch is None else fetch(crossing)
        cut, row = clip(_local(source, corner, crossing), -margin, side + margin, (1 << bits) / 2)
        units = replace(cut, coords=np.floor(cut.coords * 0.5**bits + 0.5).astype(np.int64))
        kept.append(_tidy(units) if level.exact else units)
        places.append(crossing[row])
    # What was made for this zoom is valid where it is not cut.
    whole, place = joined(kept) if level.exact else _tidy(joined(kept)), np.concatenate(places)
    filled = np.flatnonzero(np.diff(whole.parts))
    order = filled[np.argsort(place[filled], kind="stable")]
    if not np.array_equal(order, np.arange(len(whole))):
        whole = whole.take(order)
    return replace(whole, coords=whole.coords.astype(np.int32)), place[order]


def drawn_in(
    level: Level,
    entries: NDArray[np.int64],
    tile: Tile,
    fetch_of: Callable[[NDArray[np.int64]], Fetch | None],
) -> tuple[Shapes, NDArray[np.int64]]:
    """The same as `drawn` in one tile: by compiled code, where that is loaded, as far as it is certain.

    `fetch_of` gives how to fetch some of the entries.
    """
    z, x, y = tile
    compiled, corners = drawing(), np.array([[x, y]])
    if compiled is None:
        return drawn(level, entries, corners, z, fetch_of(entries))
    bits = level.zoom - z
    side, margin = 1 << EXTENT_BITS + bits, BUFFER << bits
    shapes, place, doubtful, left = compiled.cut(level, entries, (x * side, y * side), bits, -margin, side + margin)
    if not len(left) and not len(doubtful):
        return shapes, place
    sure = np.setdiff1d(np.arange(len(place)), doubtful, assume_unique=True)
    kept, places = [shapes.take(sure)], [place[sure]]
    if len(doubtful):
        # Compiled code gives them without repeats and in order already.
        tidy = _mended(shapes.take(doubtful))
        filled = np.flatnonzero(np.diff(tidy.parts))
        kept.append(tidy.take(filled))
        places.append(place[doubtful[filled]])
    if len(left):
        others, place_left = drawn(level, entries[left], corners, z, fetch_of(entries[left]))
        kept.append(others)
        places.append(left[place_left])
    order = np.argsort(np.concatenate(places))
    whole = joined(kept).take(order)
    return replace(whole, coords=whole.coords.astype(np.int32)), np.concatenate(places)[order]


def _local(shapes: Shapes, corner: NDArray[np.int64], rows: NDArray[np.int64]) -> Shapes:
    """Coordinates counted from the corner of each shape's tile."""
    coords = shapes.coords.astype(np.int64)
    if len(corner) == 1:
        return replace(shapes, coords=coords - corner)
    return replace(shapes, coords=coords - np.repeat(corner[rows], np.diff(shapes.ends), axis=0))


def _tidy(shapes: Shapes) -> Shapes:
    """Valid, and written the one way before and after: what is mended may depend on where its rings begin."""
    if (shapes.kind == POINT).all():
        return shapes
    return _mended(canonical(cleaned(shapes, mend=False)))


def _mended(shapes: Shapes) -> Shapes:
    return canonical(cleaned(shapes, mend=True))
