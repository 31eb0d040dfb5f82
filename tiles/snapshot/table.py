"""Ids and attributes of a layer's features, with one dictionary of values for all columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiles.features import Column
from tiles.mvt import Dictionary

__all__ = ["Table", "coded", "known_values"]


@dataclass(frozen=True, slots=True)
class Table:
    """n rows: features in the order in which their geometry is kept."""

    ids: NDArray[np.uint64]
    names: tuple[str, ...]
    codes: NDArray[np.int32]
    """(c, n) places in the dictionary, -1 for none."""
    values: Dictionary

    def style(self, names: Sequence[str]) -> NDArray[np.int32]:
        """(s, n) codes of some columns, in the order asked for."""
        return self.codes[[self.names.index(name) for name in names]]

    def with_rows(self, ids: NDArray[np.uint64], codes: NDArray[np.int32], values: Dictionary) -> Table:
        """A table with more rows, whose dictionary begins as this one's does."""
        return Table(np.concatenate([self.ids, ids]), self.names, np.concatenate([self.codes, codes], axis=1), values)


def known_values(values: Dictionary) -> dict[bytes, int]:
    """Place of every value of a dictionary, by its bytes."""
    found = values.bytes_of(np.arange(len(values)))
    return {entry: place for place, entry in enumerate(found)}


def coded(
    columns: Mapping[str, Column], names: Sequence[str], rows: NDArray[np.int64], places: dict[bytes, int]
) -> NDArray[np.int32]:
    """(c, k) codes of (k,) rows of columns in one dictionary, `places`, which grows by the values that it lacks.

    A column that is not there has no values.
    """
    codes = np.full((len(names), len(rows)), -1, np.int32)
    for at, name in enumerate(names):
        if name in columns:
            codes[at] = _one(columns[name], rows, places)
    return codes


def _one(column: Column, rows: NDArray[np.int64], places: dict[bytes, int]) -> NDArray[np.int32]:
    given = column.codes[rows]
    used = np.unique(given[given >= 0]).astype(np.int64)
    values = column.values if isinstance(column.values, Dictionary) else None
    entries = (
        values.bytes_of(used)
        if values is not None
        else Dictionary.of(column.values[code] for code in used.tolist()).bytes_of(np.arange(len(used)))
    )
    new = np.full(int(used[-1]) + 2 if len(used) else 1, -1, np.int32)
    new[used] = [places.setdefault(entry, len(places)) for entry in entries]
    # The last place stays -1, which is where the code -1 points to.
    return new[given]
