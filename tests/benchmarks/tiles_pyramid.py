"""Tiles and pyramids from snapshots beside PostGIS and tippecanoe: `python tests/benchmarks/tiles_pyramid.py`.

PostGIS has the layers in EPSG:3857 as its users prepare them: for each low zoom a table without what is under a
pixel, simplified to half a pixel, clustered and indexed; beside it, without preparation, the tables as they come.
Tippecanoe reads the same layers from FlatGeobuf. All times are CPU time, of one thread or of all threads of a
program together; all ratios come from one run.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

# The benchmarks are modules below tests/, which is no package: their folder must be on the path first.
import geopandas  # noqa: E402  # after the path is set
import numpy as np  # noqa: E402  # after the path is set
import psycopg  # noqa: E402  # after the path is set
import shapely  # noqa: E402  # after the path is set
from benchmarks.postgis import connected  # noqa: E402  # after the path is set
from benchmarks.tiles_encoding import EVERYTHING, dense_tile, sampled_tiles  # noqa: E402  # after the path is set
from benchmarks.tiles_england import tiles_england  # noqa: E402  # after the path is set
from support.postgis import binaries as find_binaries  # noqa: E402  # after the path is set

from bopsgis.crs import geometry_from_national_grid  # noqa: E402  # after the path is set
from bopsgis.types import BBox  # noqa: E402  # after the path is set
from tiles.archive import open_archive  # noqa: E402  # after the path is set
from tiles.draw import prepare  # noqa: E402  # after the path is set
from tiles.grid import WEB_MERCATOR, Tile  # noqa: E402  # after the path is set
from tiles.levels import Policy  # noqa: E402  # after the path is set
from tiles.pyramid import export  # noqa: E402  # after the path is set
from tiles.snapshot import (  # noqa: E402  # after the path is set
    Answer,
    LayerSource,
    Snapshot,
    build,
    dirty_tiles,
    open_snapshot,
    tile_of,
)

__all__ = ["figures", "postgis_table", "pyramid_table"]

_ZOOMS = (6, 8, 10, 12, 14, 16)
_PREPARED = (6, 8, 10, 12)
"""Zooms up to which each prepared table serves; above, the whole geometry."""
_PIXEL_M = 40_075_016.685578488 / 512
"""At zoom 0."""
_STYLES = {"listed-building": "grade", "flood-risk-zone": "level", "case": "status"}
_TIMEOUT_MS = 60_000
_LEAST_S = 0.15


def _styled(layer: LayerSource) -> LayerSource:
    """The layer as it would be served: with the attribute that it is drawn by, and budgets."""
    style = (_STYLES[layer.name],) if layer.name in _STYLES else ()
    return LayerSource(layer.name, layer.geometry, layer.ids, layer.columns, Policy(style=style))


def _built(layers: Sequence[LayerSource], folder: Path) -> list[Snapshot]:
    for layer in layers:
        build(folder / layer.name, layer, [WEB_MERCATOR])
    return [open_snapshot(folder / layer.name) for layer in layers]


def _ms(run: Callable[[], object]) -> float:
    """CPU milliseconds of one run: the median of as many as fit into a moment."""
    spent: list[float] = []
    while sum(spent) < _LEAST_S:
        begin = process_time()
        run()
        spent.append(process_time() - begin)
    return median(spent) * 1_000


class _PostGis:
    """The layers in a database, prepared and not."""

    def __init__(self, connection: psycopg.Connection[Any], layers: Sequence[LayerSource]) -> None:
        self._connection = connection
        self._layers = layers
        self._stat = Path(f"/proc/{connection.info.backend_pid}/schedstat")
        connection.execute(f"SET statement_timeout = {_TIMEOUT_MS}")
        for layer in layers:
            self._load(layer)

    def _load(self, layer: LayerSource) -> None:
        name, columns = layer.name, list(layer.columns)
        fields = ", ".join(f'"{column}" {_sql_type(layer, column)}' for column in columns)
        self._connection.execute(f'CREATE TABLE "{name}" (id bigint, geom geometry, {fields})')
        shapes = shapely.to_wkb(geometry_from_national_grid(layer.geometry, 3857), hex=True)
        values = [[None if c < 0 else column.values[c] for c in column.codes] for column in layer.columns.values()]
        with self._connection.cursor().copy(f'COPY "{name}" FROM STDIN') as copy:
            for row in zip(layer.ids.tolist(), shapes, *values, strict=True):
                copy.write_row(row)
        self._index(name)
        if shapely.get_dimensions(layer.geometry[0]) == 0:
            return
        quoted = ", ".join(f'"{column}"' for column in columns)
        for zoom in _PREPARED:
            pixel = _PIXEL_M / 2**zoom
            self._connection.execute(
                f'CREATE TABLE "{name}-{zoom}" AS SELECT id, ST_Simplify(geom, {pixel / 2}, true) AS geom,'  # noqa: S608  # names and queries of our own
                f' {quoted} FROM "{name}"'
                f" WHERE greatest(ST_XMax(geom) - ST_XMin(geom), ST_YMax(geom) - ST_YMin(geom)) >= {pixel}"
            )
            self._index(f"{name}-{zoom}")

    def _index(self, table: str) -> None:
        self._connection.execute(f'CREATE INDEX "{table}-geom" ON "{table}" USING gist (geom)')
        self._connection.execute(f'CLUSTER "{table}" USING "{table}-geom"')
        self._connection.execute(f'VACUUM ANALYZE "{table}"')

    def ms(self, tile: Tile, *, prepared: bool) -> tuple[float, int]:
        """CPU milliseconds of the backend for one tile, all layers in one statement, and bytes of the tile."""
        z, x, y = tile
        parts = []
        for layer in self._layers:
            fits = [zoom for zoom in _PREPARED if z <= zoom]
            flat = shapely.get_dimensions(layer.geometry[0]) == 0
            table = f"{layer.name}-{fits[0]}" if prepared and fits and not flat else layer.name
            columns = ", ".join(f'"{column}"' for column in layer.columns)
            box = f"ST_TileEnvelope({z}, {x}, {y})"
            parts.append(
                f"(SELECT coalesce(ST_AsMVT(t, '{layer.name}', 4096, 'g', 'id'), '') FROM (SELECT id, {columns},"  # noqa: S608  # names and queries of our own
                f' ST_AsMVTGeom(geom, {box}, 4096, 64, true) AS g FROM "{table}"'
                f" WHERE geom && ST_TileEnvelope({z}, {x}, {y}, margin => 0.015625)) t WHERE g IS NOT NULL)"
            )
        query = "SELECT " + " || ".join(parts)
        self._connection.execute(query)
        spent = []
        while sum(spent) < _LEAST_S * 1_000:
            begin = self._clock()
            row = self._connection.execute(query).fetchone()
            spent.append((self._clock() - begin) / 1e6)
        return median(spent), len(row[0]) if row else 0

    def _clock(self) -> int:
        return int(self._stat.read_text().split()[0])


def _sql_type(layer: LayerSource, column: str) -> str:
    first = next(layer.columns[column].values[c] for c in layer.columns[column].codes if c >= 0)
    return "boolean" if isinstance(first, bool) else "bigint" if isinstance(first, int) else "text"


def postgis_table(
    layers: Sequence[LayerSource], folder: Path, scale: float, zooms: Sequence[int] = _ZOOMS, sample: int = 7
) -> list[str]:
    """Lines of a table: CPU ms of a tile from snapshots and from PostGIS, dense tiles and medians of samples."""
    binaries = find_binaries()
    if binaries is None:
        return ["There is no PostGIS here."]
    prepare()
    whole = _built([LayerSource(x.name, x.geometry, x.ids, x.columns, EVERYTHING) for x in layers], folder / "whole")
    served = _built([_styled(layer) for layer in layers], folder / "served")
    lines = [
        "| zoom | tile | ours, all, ms | kB | PostGIS prepared, ms | kB | times | ours as served, ms | kB | times |",
        "|--:|--|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    with connected(binaries) as connection:
        database = _PostGis(connection, layers)
        for zoom in zooms:
            dense = dense_tile(zoom)
            others = [tile for tile in sampled_tiles(scale, zoom, sample) if tile != dense]
            for what, tiles in (("dense", [dense]), (f"median of {len(others)}", others)):
                if tiles:
                    rows = [_compared(whole, served, database, tile) for tile in tiles]
                    all_ms, all_kb, theirs, their_kb, ms, kb = (median(column) for column in zip(*rows, strict=True))
                    lines.append(
                        f"| {zoom} | {what} | {all_ms:,.2f} | {all_kb:,.1f} | {theirs:,.1f} | {their_kb:,.1f} "
                        f"| {theirs / all_ms:.1f} | {ms:,.2f} | {kb:,.1f} | {theirs / ms:.1f} |"
                    )
        lines.append("")
        for zoom in (z for z in zooms if z >= 10):
            bare, _ = database.ms(dense_tile(zoom), prepared=False)
            lines.append(f"PostGIS without preparation, dense tile of zoom {zoom}: {bare:,.1f} ms")
    return lines


def _compared(whole: Sequence[Snapshot], served: Sequence[Snapshot], database: _PostGis, tile: Tile) -> list[float]:
    def kilobytes(answer: Answer) -> float:
        return len(answer.data) / 1_000

    every, some = (tile_of(snapshots, WEB_MERCATOR, *tile) for snapshots in (whole, served))
    theirs, size = database.ms(tile, prepared=True)
    return [
        _ms(lambda: tile_of(whole, WEB_MERCATOR, *tile)),
        kilobytes(every),
        theirs,
        size / 1_000,
        _ms(lambda: tile_of(served, WEB_MERCATOR, *tile)),
        kilobytes(some),
    ]


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def pyramid_table(layers: Sequence[LayerSource], folder: Path, first: int = 5, last: int = 14) -> list[str]:
    """Lines of a table: CPU seconds of a whole pyramid, from geometry in memory or a file to a PMTiles archive."""
    begin = process_time()
    snapshots = _built([_styled(layer) for layer in layers], folder / "pyramid")
    built = process_time() - begin
    begin = process_time()
    told = export(snapshots, folder / "ours.pmtiles", range(first, last + 1))
    exported = process_time() - begin
    size = _mb(folder / "ours.pmtiles")
    lines = [
        "| pyramid | CPU s | tiles | MB | largest tile, kB |",
        "|--|--:|--:|--:|--:|",
        f"| snapshots | {built:,.1f} | | | |",
        f"| export | {exported:,.1f} | {told.tiles:,} | {size:,.1f} | {told.largest / 1_000:,.0f} |",
    ]
    program = Path(sysconfig.get_path("scripts")) / "tippecanoe"
    if not program.exists():
        return [*lines, "Tippecanoe is not installed."]
    spent = _tippecanoe(program, layers, folder, first, last)
    theirs = open_archive(folder / "theirs.pmtiles").header
    return [
        *lines,
        f"| tippecanoe | {spent:,.1f} | {theirs.addressed_tiles:,} | {_mb(folder / 'theirs.pmtiles'):,.1f} | |",
        f"| times, with snapshots made | {spent / (built + exported):.1f} | | | |",
    ]


def _mb(path: Path) -> float:
    return path.stat().st_size / 1e6


def _tippecanoe(program: Path, layers: Sequence[LayerSource], folder: Path, first: int, last: int) -> float:
    options = ["--drop-densest-as-needed", "--coalesce-smallest-as-needed", "--quiet", "--force"]
    for layer in layers:
        shapes = geometry_from_national_grid(layer.geometry, 4326)
        columns: Mapping[str, list[Any]] = {
            name: [None if c < 0 else column.values[c] for c in column.codes] for name, column in layer.columns.items()
        }
        path = folder / f"{layer.name}.fgb"
        geopandas.GeoDataFrame(columns, geometry=shapes, crs=4326).to_file(path, driver="FlatGeobuf")
        options += ["-L", f"{layer.name}:{path}"]
    before = _children_s()
    subprocess.run(
        [str(program), "-o", str(folder / "theirs.pmtiles"), f"-Z{first}", f"-z{last}", *options],
        check=True,
        capture_output=True,
    )
    return _children_s() - before


def figures(layers: Sequence[LayerSource], folder: Path) -> list[str]:
    """Lines with the other figures: a tile of an archive, the tile of everything at zoom 6, an edit."""
    archive = open_archive(folder / "ours.pmtiles")
    places = list(archive.places())[::97]
    begin = process_time()
    for place in places:
        archive.tile(*place)
    each_us = (process_time() - begin) / len(places) * 1e6
    served = [open_snapshot(folder / "pyramid" / layer.name) for layer in layers]
    answer = tile_of(served, WEB_MERCATOR, *dense_tile(6))
    cases = layers[-1].geometry[:1_000]
    boxes = [BBox(*bounds) for bounds in shapely.bounds(cases).tolist()]
    dirty = [len(dirty_tiles(WEB_MERCATOR, [box], range(17))) for box in boxes]
    return [
        f"A tile of the archive: {each_us:,.1f} us CPU (mean of {len(places):,}).",
        f"Zoom 6, all layers: {len(answer.data) / 1_000:,.1f} kB raw, {answer.features:,} features.",
        f"Tiles that an edit of a case makes stale, zooms 0 to 16: median {np.median(dirty):.0f}, most {max(dirty)}.",
    ]


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.02, help="1 for 300,000 points and 12 million vertices")
    parser.add_argument("--part", choices=("postgis", "pyramid"), action="append", help="leave out for both")
    chosen = parser.parse_args()
    layers = tiles_england(chosen.scale)
    parts = chosen.part or ["postgis", "pyramid"]
    with tempfile.TemporaryDirectory(prefix="bopsgis-bench-") as name:
        folder = Path(name)
        if "postgis" in parts:
            print(*postgis_table(layers, folder, chosen.scale), sep="\n", flush=True)
        if "pyramid" in parts:
            print("", *pyramid_table(layers, folder), "", *figures(layers, folder), sep="\n", flush=True)


if __name__ == "__main__":
    main()
