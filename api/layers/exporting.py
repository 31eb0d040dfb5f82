"""Whole layers as PMTiles archives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from api.core.db import Database
from api.layers.documents import MAX_ZOOM
from api.layers.layer import OFFICERS, Layer
from api.layers.service import TileService
from api.layers.settings import TileSettings
from bopsgis.errors import InputRefused
from constraints.store import Store
from tiles.grid import WEB_MERCATOR
from tiles.pyramid import Exported, Progress, export
from tiles.snapshot import Snapshot

__all__ = ["export_layer", "layer_for_export"]


def layer_for_export(
    name: str,
    home: Path,
    store: Callable[[], Store],
    database: Database,
    council: Callable[[], int],
    base_map: Callable[[], tuple[Snapshot, ...]],
) -> Layer:
    """A public layer as it is now. Raises NotFound where there is none, NotAllowed for that of the officers."""
    if name == OFFICERS:
        raise InputRefused("What only officers may see is not written to a file that anybody may read.")
    service = TileService(store, database, base_map, TileSettings(disk_bytes=0), home)
    try:
        return service.layer(name, council)
    finally:
        service.close()


def export_layer(
    layer: Layer,
    path: Path,
    *,
    matrix_set: str = WEB_MERCATOR.id,
    zooms: tuple[int, int] | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Write all tiles of a layer from one zoom to another, whole or not at all.

    Raises InputRefused for another tile matrix set, which PMTiles has no words for, and for zooms out of order.
    """
    if matrix_set != WEB_MERCATOR.id:
        raise InputRefused(
            "A PMTiles archive holds tiles of WebMercatorQuad only: its format knows no other.",
            hint="For the national grid use the service's own tiles.",
        )
    first, last = zooms or (layer.minzoom, MAX_ZOOM[WEB_MERCATOR.id])
    if not (0 <= first <= last and last in WEB_MERCATOR.zooms):
        raise InputRefused(f"Zooms run from 0 to {WEB_MERCATOR.zooms[-1]}, the lowest first.")
    metadata = {
        "name": layer.title,
        "description": layer.description,
        "attribution": " ".join(layer.credits),
        "licence": "; ".join(layer.licences),
        "data_version": layer.version,
    }
    return export(layer.snapshots, path, range(first, last + 1), progress, metadata=metadata)
