"""The arrays of a version, mapped from its files."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.errors import StoreDamaged
from bopsgis.files import load_array

__all__ = ["PIECE", "StoreArrays"]

_RAW = ("wkb", "records")

PIECE = np.dtype(
    [
        ("box", "<f8", (4,)),  # west, south, east, north
        ("start", "<i8"),  # the vertices of the piece are xy[start:end]
        ("own", "<i8"),  # where, in the vertices, edges of the feature end and edges made by cutting begin
        ("end", "<i8"),
        ("feature", "<i4"),
        ("kind", "<i4"),
    ]
)
"""What is known of a piece: 64 bytes, so that a piece costs one look into memory."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class StoreArrays:
    """n features, p pieces, v vertices, c entries in cells. Metres, square metres, EPSG:27700; read-only."""

    feature_source: NDArray[np.uint16]
    feature_dataset: NDArray[np.uint16]
    feature_days: NDArray[np.int32]
    """(n, 2) start and end as days since 1970-01-01, with the least and greatest int32 where not known."""
    feature_point_like: NDArray[np.bool_]
    feature_box: NDArray[np.float64]
    feature_area: NDArray[np.float64]
    feature_length: NDArray[np.float64]
    wkb: NDArray[np.uint8]
    wkb_end: NDArray[np.int64]
    """(n + 1,) the WKB of feature i is `wkb[wkb_end[i]:wkb_end[i + 1]]`; records likewise."""
    records: NDArray[np.uint8]
    record_end: NDArray[np.int64]
    piece: NDArray[np.void]
    """(p,) of type `PIECE`."""
    xy: NDArray[np.float64]
    """(v, 2) vertices of pieces; NaN between runs of vertices."""
    cell_key: NDArray[np.int64]
    """(c,) sorted keys of cells (see `grid`), all datasets together; `cell_piece` beside it."""
    cell_piece: NDArray[np.int32]
    cell_limit: NDArray[np.int64]
    """Where each level begins in the keys, and the end."""
    near_key: NDArray[np.int64]
    """As `cell_key`, dataset by dataset, without the pieces that are covered wholly: they have no edge."""
    near_piece: NDArray[np.int32]
    near_limit: NDArray[np.int64]
    """Where each level of each dataset begins in the keys, and the end."""

    @staticmethod
    def load(folder: Path) -> StoreArrays:
        """Map all arrays of a version. Raises `StoreDamaged`."""
        arrays: dict[str, NDArray[Any]] = {
            name: _map_raw(folder / f"{name}.bin") if name in _RAW else load_array(folder / f"{name}.npy")
            for name in (column.name for column in fields(StoreArrays))
        }
        return StoreArrays(**arrays)

    def geometry(self, numbers: NDArray[np.integer[Any]]) -> NDArray[np.object_]:
        """Exact geometries of (k,) features."""
        blobs = [self.wkb[self.wkb_end[number] : self.wkb_end[number + 1]].tobytes() for number in numbers]
        geometries = np.empty(len(blobs), object)
        geometries[:] = shapely.from_wkb(blobs)
        return geometries


def _map_raw(path: Path) -> NDArray[np.uint8]:
    try:
        if path.stat().st_size == 0:
            return np.empty(0, np.uint8)
        return np.memmap(path, np.uint8, mode="r").view(np.ndarray)
    except OSError as error:
        raise StoreDamaged(f"The store's file {path.name} cannot be read: {error}.") from error
