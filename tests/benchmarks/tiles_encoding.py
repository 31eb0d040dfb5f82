"""Our encoder of vector tiles beside mapbox-vector-tile, on the same prepared geometry, zoom by zoom.

What is drawn in a tile (clipped, generalised, in whole tile units, four layers with all attributes and nothing left
out for a budget) comes from snapshots, is the same for all, and is not timed. Mapbox-vector-tile gets it twice: as
shapely geometry in metres with the bounds of the tile, as it is mostly called, and in tile units already, the form
that it is quickest with. Times are CPU time of one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from statistics import median
from time import process_time
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from benchmarks.tiles_england import dense_place, tiles_england
from numpy.typing import NDArray

from bopsgis.crs import from_national_grid
from tiles.features import TileFeatures
from tiles.grid import WEB_MERCATOR, Tile
from tiles.levels import Policy
from tiles.mvt import decode, encode_layer, encode_tile, geometries_of, prepare
from tiles.mvt.kernel import Kernel
from tiles.snapshot import Snapshot, in_memory

__all__ = ["EVERYTHING", "ZOOMS", "dense_tile", "encoding_table", "sampled_tiles", "snapshots_of"]

ZOOMS = (6, 8, 10, 12, 14, 16)
_NO_BUDGET = 1 << 40
EVERYTHING = Policy(minzoom=0, full_from=0, cluster_below=0, low_bytes=_NO_BUDGET, most_bytes=_NO_BUDGET)
"""All attributes at all zooms; nothing is counted in squares or left out for a budget, but shapes are generalised."""
_TIMED = ("metres ms", "units ms", "numpy ms", "compiled ms", "with drawing ms")
_LEAST_S = 0.2
_MOST_TIMES = 200

Prepared = list[tuple[str, TileFeatures]]


@dataclass(frozen=True, slots=True)
class _Times:
    """Of one tile."""

    features: int
    points: int
    kilobytes: float
    metres_ms: float
    """mapbox-vector-tile, from metres."""
    units_ms: float
    """mapbox-vector-tile, from tile units."""
    numpy_ms: float
    compiled_ms: float
    drawn_ms: float
    """Ours with looking up, clipping and rounding what the tile shows, which is in none of the other times."""


def snapshots_of(scale: float, policy: Policy = EVERYTHING) -> list[Snapshot]:
    """The four layers, ready to be drawn in WebMercatorQuad."""
    return [in_memory(layer, [WEB_MERCATOR]) for layer in tiles_england(scale, policy)]


def dense_tile(zoom: int) -> Tile:
    """The tile of a zoom that lies where most features are."""
    return _tile_at(np.array([dense_place()]), zoom)[0]


def sampled_tiles(scale: float, zoom: int, number: int) -> list[Tile]:
    """Tiles of a zoom that hold features, drawn so that those with many come up more often; none comes twice."""
    cases = tiles_england(scale)[-1].geometry
    random = np.random.default_rng([zoom, number])
    chosen = random.choice(len(cases), size=min(4 * number, len(cases)), replace=False)
    places = np.array([each.exterior.coords[0] for each in cases[chosen]])
    return list(dict.fromkeys(_tile_at(places, zoom)))[:number]


def _tile_at(places: NDArray[np.float64], zoom: int) -> list[Tile]:
    x, y = from_national_grid(places[:, 0], places[:, 1], 3857)
    world = WEB_MERCATOR.to_world(np.stack([x, y], axis=1)) >> WEB_MERCATOR.world_bits - zoom
    return [(zoom, int(column), int(row)) for column, row in world]


def _prepared(snapshots: Sequence[Snapshot], tile: Tile) -> Prepared:
    pictures = [(snapshot.name, snapshot.picture(WEB_MERCATOR, tile)) for snapshot in snapshots]
    return [(name, picture.features()) for name, picture in pictures if len(picture)]


def _ours(layers: Prepared, kernel: Kernel) -> bytes:
    return encode_tile([encode_layer(name, features, kernel=kernel) for name, features in layers])


def _for_mapbox(layers: Prepared) -> list[dict[str, Any]]:
    """The same as mapbox-vector-tile wants it: an object for each feature."""
    made = []
    for name, features in layers:
        ids = [] if features.ids is None else features.ids.tolist()
        shown = {
            key: [None if code < 0 else column.values[code] for code in column.codes.tolist()]
            for key, column in features.columns.items()
        }
        rows = zip(geometries_of(features), ids, strict=True)
        made.append(
            {
                "name": name,
                "features": [
                    {
                        "geometry": shape,
                        "id": number,
                        "properties": {key: values[row] for key, values in shown.items() if values[row] is not None},
                    }
                    for row, (shape, number) in enumerate(rows)
                    if shape is not None
                ],
            }
        )
    return made


def _by_mapbox(layers: list[dict[str, Any]], **options: Any) -> bytes:
    return bytes(mapbox_vector_tile.encode(layers, default_options={"extents": 4096, **options}))


def _in_metres(layers: list[dict[str, Any]], bounds: tuple[float, float, float, float]) -> list[dict[str, Any]]:
    """The same in EPSG:3857, y up."""
    west, _, east, north = bounds
    unit = (east - west) / 4096
    made = []
    for layer in layers:
        shapes = np.array([feature["geometry"] for feature in layer["features"]], object)
        placed = shapely.transform(shapes, lambda xy: xy * (unit, -unit) + (west, north))
        features = [{**each, "geometry": shape} for each, shape in zip(layer["features"], placed, strict=True)]
        made.append({**layer, "features": features})
    return made


def _milliseconds(run: Callable[[], object]) -> float:
    """CPU time of a run: the least of several, where one is short."""
    spent: list[float] = []
    while sum(spent) < _LEAST_S and len(spent) < _MOST_TIMES:
        begin = process_time()
        run()
        spent.append(process_time() - begin)
    return 1_000 * min(spent)


def _timed(snapshots: Sequence[Snapshot], tile: Tile) -> _Times:
    layers, bounds = _prepared(snapshots, tile), WEB_MERCATOR.bounds(*tile)
    given = _for_mapbox(layers)
    in_metres = _in_metres(given, bounds)
    written = _ours(layers, "compiled")
    _check_same(written, _by_mapbox(given, y_coord_down=True))
    _check_same(written, _by_mapbox(in_metres, quantize_bounds=bounds))
    return _Times(
        sum(len(features) for _, features in layers),
        sum(len(features.coords) for _, features in layers),
        len(written) / 1_000,
        _milliseconds(lambda: _by_mapbox(in_metres, quantize_bounds=bounds)),
        _milliseconds(lambda: _by_mapbox(given, y_coord_down=True)),
        _milliseconds(lambda: _ours(layers, "numpy")),
        _milliseconds(lambda: _ours(layers, "compiled")),
        _milliseconds(lambda: _ours(_prepared(snapshots, tile), "compiled")),
    )


def _check_same(ours: bytes, theirs: bytes) -> None:
    """Both tiles have the same layers, and theirs has every feature of ours, in the same order, with its attributes."""
    found = {layer.name: layer for layer in decode(theirs, strict=False)}
    for layer in decode(ours):
        others = {feature.id: feature.properties for feature in found[layer.name].features}
        if any(others.get(feature.id) != feature.properties for feature in layer.features):
            raise AssertionError(f"The tiles of {layer.name} differ.")


def encoding_table(scale: float, zooms: Sequence[int] = ZOOMS, sample: int = 9) -> list[str]:
    """Lines of a table: for each zoom the densest tile, and the median of a sample of others.

    `metres` and `units` are mapbox-vector-tile, and how many times as long as our compiled encoder it takes.
    """
    prepare()
    snapshots = snapshots_of(scale)
    columns = ("zoom", "tile", "features", "points", "kB", *_TIMED, "x metres", "x units")
    lines = [f"| {' | '.join(columns)} |", f"|--:|--|{'--:|' * (len(columns) - 2)}"]
    for zoom in zooms:
        lines.append(_line(zoom, "dense", [_timed(snapshots, dense_tile(zoom))]))
        tiles = [tile for tile in sampled_tiles(scale, zoom, sample) if tile != dense_tile(zoom)]
        if tiles:
            lines.append(_line(zoom, f"median of {len(tiles)}", [_timed(snapshots, tile) for tile in tiles]))
    return lines


def _line(zoom: int, what: str, times: Sequence[_Times]) -> str:
    features, points, size, metres, units, by_numpy, compiled, drawn = (
        median(getattr(each, field.name) for each in times) for field in fields(_Times)
    )
    return (
        f"| {zoom} | {what} | {features:,.0f} | {points:,.0f} | {size:,.1f} | {metres:,.1f} | {units:,.1f} "
        f"| {by_numpy:,.2f} | {compiled:,.2f} | {drawn:,.2f} "
        f"| {median(each.metres_ms / each.compiled_ms for each in times):,.1f} "
        f"| {median(each.units_ms / each.compiled_ms for each in times):,.1f} |"
    )
