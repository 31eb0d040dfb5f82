"""The attributes of a layer as a tile holds them: a list of keys, a list of values, and places in both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bopsgis.ragged import ranges
from tiles.features import Column, Value
from tiles.mvt.values import Dictionary, encode_value
from tiles.mvt.wire import field

__all__ = ["Join", "Tags", "joined", "tags_of"]

_KEYS = 3
"""Number of the field of a layer that holds its keys."""
_FEW = 8
"""Where a dictionary has more values than this for each code asked for, codes are sorted, not marked off."""


@dataclass(frozen=True, slots=True)
class Tags:
    """Attributes of the features of one layer that are written."""

    keys: bytes
    values: bytes
    places: NDArray[np.int32]
    """(keys, n) place of each feature's value in the list of values, -1 where it has none."""


def joined(dictionary: Dictionary, places: NDArray[np.int64]) -> bytes:
    """The bytes of a dictionary's values at these places, one after another."""
    first = np.asarray(dictionary.starts)[places]
    lengths = np.asarray(dictionary.starts)[places + 1] - first
    return bytes(np.asarray(dictionary.encoded)[ranges(first, lengths)])


Join = Callable[[Dictionary, NDArray[np.int64]], bytes]


def tags_of(columns: Mapping[str, Column], rows: NDArray[np.int64], join: Join = joined) -> Tags:
    """Keys and values that these features use, each once: keys in the order given, values as in their dictionaries.

    `join` does what `joined` does.
    """
    codes = {name: column.codes[rows] for name, column in columns.items()}
    used = [name for name, found in codes.items() if (found >= 0).any()]
    places = np.empty((len(used), len(rows)), np.int32)
    groups: dict[int, list[int]] = {}
    for key, name in enumerate(used):
        groups.setdefault(id(columns[name].values), []).append(key)
    alone = len(groups) == 1
    written: dict[bytes, int] = {}
    values = b""
    for keys in groups.values():
        values_of_group = columns[used[keys[0]]].values
        found, places[keys] = _marked([codes[used[key]] for key in keys], len(values_of_group))
        if alone and isinstance(values_of_group, Dictionary):
            values = join(values_of_group, found)
        else:
            into = [written.setdefault(entry, len(written)) for entry in _entries(values_of_group, found)]
            places[keys] = np.append(np.array(into, np.int32), np.int32(-1))[places[keys]]
    return Tags(b"".join(field(_KEYS, name.encode()) for name in used), values + b"".join(written), places)


def _marked(codes: Sequence[NDArray[np.int32]], size: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Codes in use, ascending, and for every code its place among them (-1 stays -1)."""
    asked = np.stack(codes)
    if size > _FEW * asked.size:
        found, places = np.unique(asked, return_inverse=True)
        absent = int(found[0] < 0)
        return found[absent:].astype(np.int64), (places.reshape(asked.shape) - absent).astype(np.int32)
    mark = np.zeros(size + 1, bool)
    mark[asked] = True  # -1 marks the one after the last
    used = np.flatnonzero(mark[:-1])
    place = np.empty(size + 1, np.int32)
    place[used] = np.arange(len(used), dtype=np.int32)
    place[-1] = -1
    return used, place[asked]


def _entries(values: Sequence[Value], places: NDArray[np.int64]) -> list[bytes]:
    if isinstance(values, Dictionary):
        return values.bytes_of(places)
    return [encode_value(values[place]) for place in places]
