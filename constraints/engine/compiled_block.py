"""Pieces that meet a block of sites, found in steps that ask for memory one step ahead of using it.

Import this only through `compiled`. Each step goes over the whole block, so that the lines asked for by one step
have come when the next reads them: cells, then what is listed in them, then boxes of pieces, then vertices.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from constraints.engine.compiled_ahead import ask
from constraints.engine.compiled_area import holds
from constraints.engine.compiled_index import counted_here, few_cells, meets, reach_of, scattered, set_in
from constraints.store.cut import KIND_FULL, KIND_LINE
from constraints.store.grid import BIAS, BITS, CELL_M

__all__ = ["BLOCK", "MOST_CELLS", "pieces_of_block"]

BLOCK = 32
"""Sites in a block: what they use fits into the processor's first caches."""
_LEVELS = len(CELL_M)
MOST_CELLS = 5 * 5 + 3 * 3 + 2 * 2 * (_LEVELS - 2)
"""Cells that a box of few cells takes in, over all levels."""
_VERTICES_IN_LINE = 4
"""Of 16 bytes each, in a line of memory."""


@njit(cache=True, nogil=True, error_model="numpy")
def _cells_taken_in(index: Any, boxes: Any, block: Any, taken: Any) -> Any:
    """Cells of the block's boxes that may not be empty, as rows of `taken`: site in the block, key, slot."""
    starts, cells, bits = index[2], index[3], index[4]
    n = 0
    for i in range(len(block)):
        site = block[i]
        if not few_cells((boxes[site, 0], boxes[site, 1], boxes[site, 2], boxes[site, 3])):
            continue
        west0, south0, east0, north0 = reach_of((boxes[site, 0], boxes[site, 1], boxes[site, 2], boxes[site, 3]))
        for level in range(_LEVELS):
            if starts[level] == starts[level + 1]:
                continue
            west, east = (west0 >> level) + BIAS, (east0 >> level) + BIAS
            for row in range((south0 >> level) + BIAS, (north0 >> level) + BIAS + 1):
                base = ((level << BITS) | row) << BITS
                for key in range(base | west, (base | east) + 1):
                    # Written always and counted if the bit is set: a branch would be guessed wrong half the time.
                    place = scattered(key)
                    taken[n, 0], taken[n, 1], taken[n, 2] = i, key, place & (len(cells) - 1)
                    n += set_in(bits, place)
    for c in range(n):
        ask(cells, taken[c, 2])
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _cells_found(index: Any, there: Any, taken: Any, n: Any) -> Any:
    """Keep of the first n rows of `taken` those of cells that are listed, with their slots; returns how many."""
    listed, cells = index[1], index[3]
    found = 0
    for c in range(n):
        key, slot = taken[c, 1], taken[c, 2]
        while cells[slot].key >= 0 and cells[slot].key != key:
            slot = (slot + 1) & (len(cells) - 1)
        if cells[slot].key < 0:
            continue
        taken[found, 0], taken[found, 1], taken[found, 2] = taken[c, 0], key, slot
        found += 1
        if cells[slot].count == 1:
            ask(there, np.int64(cells[slot].begin))
        else:
            ask(listed, np.int64(cells[slot].begin))
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _pieces_listed(index: Any, there: Any, taken: Any, n: Any, listing: Any) -> Any:
    """All pieces in the first n rows of `taken`, as rows of `listing`: piece, row of `taken`."""
    listed, cells = index[1], index[3]
    found = 0
    for c in range(n):
        begin, count = np.int64(cells[taken[c, 2]].begin), np.int64(cells[taken[c, 2]].count)
        if found + count > len(listing):
            wider = np.empty((2 * (found + count), 2), np.int64)
            wider[:found] = listing[:found]
            listing = wider
        if count == 1:
            listing[found, 0], listing[found, 1] = begin, c
            found += 1
            continue
        for at in range(begin, begin + count):
            listing[found, 0], listing[found, 1] = listed[at], c
            ask(there, listing[found, 0])
            found += 1
    return found, listing


@njit(cache=True, nogil=True, error_model="numpy")
def _ask_for_vertices(store: Any, piece: Any, box: Any) -> Any:
    pieces, there, xy, _ = store
    kind = pieces[piece].kind
    if kind == KIND_LINE or (kind == KIND_FULL and holds(there, piece, box)):
        return
    for vertex in range(pieces[piece].start, pieces[piece].end, _VERTICES_IN_LINE):
        ask(xy, vertex)


@njit(cache=True, nogil=True, error_model="numpy")
def pieces_of_block(index: Any, store: Any, boxes: Any, block: Any, taken: Any, listing: Any, first: Any) -> Any:
    """Pieces whose boxes meet those of the sites of a block; boxes of more than few cells are left out.

    Returns `listing`, widened where it had to be: its rows first[i] to first[i + 1] begin with the numbers of the
    pieces of the block's site i. `taken` is room for `MOST_CELLS` rows of three for each site.
    """
    there = store[1]
    n, listing = _pieces_listed(
        index, there, taken, _cells_found(index, there, taken, _cells_taken_in(index, boxes, block, taken)), listing
    )
    kept, i = 0, 0
    first[0] = 0
    for c in range(n):
        piece, row = listing[c, 0], listing[c, 1]
        key = taken[row, 1]
        while i < taken[row, 0]:
            i += 1
            first[i] = kept
        site = block[i]
        box = (boxes[site, 0], boxes[site, 1], boxes[site, 2], boxes[site, 3])
        if meets(there, piece, box) and counted_here(there, piece, box, key >> (2 * BITS), key):
            _ask_for_vertices(store, piece, box)
            listing[kept, 0] = piece
            kept += 1
    first[i + 1 : len(block) + 1] = kept
    return listing
