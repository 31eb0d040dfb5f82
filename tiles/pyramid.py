"""Whole pyramids of tiles as PMTiles archives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tiles.archive import Placed, write
from tiles.draw import prepare
from tiles.grid import WEB_MERCATOR
from tiles.snapshot import Snapshot
from tiles.snapshot.batch import zoom_of

__all__ = ["Exported", "Progress", "export"]


class Progress(Protocol):
    """Called with what is being done, how many steps are done and how many there are (0: not known)."""

    def __call__(self, what: str, done: int, total: int, /) -> None:
        """Take note; must return quickly."""


@dataclass(slots=True)
class Exported:
    """What an archive was made of."""

    tiles: int = 0
    features: int = 0
    """Counted in every tile in which they are drawn."""
    dropped: int = 0
    """Lines and areas left out to keep tiles within their budgets, counted likewise."""
    truncated: int = 0
    """Tiles that are not all there for that reason."""
    largest: int = 0
    """Bytes of the largest tile before compression."""


def export(
    snapshots: Sequence[Snapshot],
    path: Path,
    zooms: Iterable[int],
    progress: Progress | None = None,
    *,
    metadata: Mapping[str, Any] | None = None,
) -> Exported:
    """Write all tiles of some layers at some zooms of WebMercatorQuad as a PMTiles archive, whole or not at all.

    Each tile has the bytes that `tile_of` gives for it. Zooms are taken from the lowest; `metadata` (a name,
    attribution, licence) goes into the archive beside the list of layers and their versions. `progress` is told of
    tiles. Raises `NotFound` for a zoom that does not exist or a layer without tiles in WebMercatorQuad.
    """
    prepare()
    levels = sorted(set(zooms))
    told = Exported()
    about: dict[str, Any] = {**(metadata or {}), "vector_layers": [_layer(snapshot, levels) for snapshot in snapshots]}
    about["versions"] = {snapshot.name: snapshot.version for snapshot in snapshots}
    write(path, _tiles(snapshots, levels, progress, told), about)
    return told


_STEP = 1000


def _tiles(
    snapshots: Sequence[Snapshot], levels: Sequence[int], progress: Progress | None, told: Exported
) -> Iterator[Placed]:
    for z in levels:
        zoom = zoom_of(snapshots, WEB_MERCATOR, z)
        for number, ((_, x, y), answer) in enumerate(zoom.answers()):
            if progress is not None and number % _STEP == 0:
                progress(f"zoom {z}", number, len(zoom))
            if not answer.data:
                continue
            told.tiles += 1
            told.features += answer.features
            told.dropped += answer.dropped
            told.truncated += answer.truncated
            told.largest = max(told.largest, len(answer.data))
            yield z, x, y, answer.data
        if progress is not None:
            progress(f"zoom {z}", len(zoom), len(zoom))


def _layer(snapshot: Snapshot, levels: Sequence[int]) -> dict[str, Any]:
    """A layer as TileJSON 3 describes it in `vector_layers`."""
    shown = [z for z in levels if z >= snapshot.policy.minzoom] or [0]
    return {"id": snapshot.name, "fields": snapshot.fields(), "minzoom": shown[0], "maxzoom": shown[-1]}
