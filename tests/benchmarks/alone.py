"""One site at a time, the first answer after a start, and memory."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import psutil
import psycopg
import shapely
from benchmarks.postgis import backend_clock, connected
from benchmarks.stores import make_store
from numpy.typing import NDArray
from support.postgis import binaries as find_binaries

from bopsgis import boundary
from constraints.engine.kernel import compiled_for
from constraints.screen import screen
from constraints.store import open_store

__all__ = ["alone_table", "cold_table", "memory_line", "workers_table"]

_FIRST_ANSWER = (
    "import sys, time, numpy, shapely; from pathlib import Path; from constraints.store import open_store;"
    "from constraints.engine import overlaps; site = numpy.array([shapely.from_wkt(sys.argv[2])], object);"
    "begin = time.process_time(); overlaps(open_store(Path(sys.argv[1])), site, as_at=None);"
    "print(time.process_time() - begin)"
)
_READ_ALL = (
    "import sys, time, geopandas, pathlib, pyogrio; packages = sorted(pathlib.Path(sys.argv[1]).glob('*.gpkg'));"
    "begin = time.process_time(); kept = [geopandas.read_file(path) for path in packages];"
    "print(time.process_time() - begin)"
)
_SCREEN = (
    "import sys, geopandas, numpy, shapely; from datetime import date; from pathlib import Path;"
    "from constraints.bulk import screen_many;"
    "sites = geopandas.GeoSeries(shapely.from_wkb(numpy.load(sys.argv[2], allow_pickle=True)), crs=27700);"
    "screen_many(sites, store=Path(sys.argv[1]), as_at=date(2026, 11, 22), workers=1);"
    "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0])"
)
"""Prints the most memory that was ever resident, KB, as Linux tells it: libraries and mapped pages count."""


_AS_AT = date(2026, 11, 22)
_ROUNDS = 3
_AWAY_M = (2e6, 0.0)
"""East of every site."""


def _cpu_of(code: str, *arguments: str) -> tuple[float, str]:
    """CPU seconds of a fresh interpreter that runs some code, and what it prints."""
    before = psutil.Process().cpu_times()
    told = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True)
    after = psutil.Process().cpu_times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent, told.stdout.strip()


def _best_us(runs: NDArray[np.float64]) -> float:
    """Median of the sites of the best of all rounds: other programs can only slow a round down."""
    return float(np.median(runs, axis=1).min()) * 1e6


def _ours_us(root: Path, sites: NDArray[np.object_]) -> tuple[float, float, float]:
    """Median CPU time of a report on one site, of its identity besides, and how many hits a report has."""
    store = open_store(root)
    asked = [boundary.from_geometry(site) for site in sites]
    for site in asked[:20]:
        screen(site, store=store, as_at=_AS_AT)
    runs, seals, hits = np.empty((_ROUNDS, len(asked))), np.empty((_ROUNDS, len(asked))), 0
    for place in np.ndindex(runs.shape):
        begin = time.process_time()
        report = screen(asked[place[1]], store=store, as_at=_AS_AT)
        made = time.process_time()
        assert report.identity
        seals[place], runs[place] = time.process_time() - made, made - begin
        hits += sum(len(finding.hits) for finding in report.findings)
    return _best_us(runs), _best_us(seals), hits / runs.size


def _postgis_us(connection: psycopg.Connection[Any], slugs: Sequence[str], sites: NDArray[np.object_]) -> float:
    """CPU time of one query for each dataset, the backend's and ours of asking; mean of all sites, best round."""
    backend = backend_clock(connection)

    def clock() -> float:
        return backend() + time.process_time()

    def ask(site: shapely.Polygon) -> None:
        wkb = shapely.to_wkb(site)
        for slug in slugs:
            connection.execute(
                f'SELECT id, ST_Area(ST_Intersection(geom, %s::geometry)) FROM "{slug}"'  # noqa: S608  # names and queries of our own
                " WHERE ST_Intersects(geom, %s::geometry)",
                (wkb, wkb),
                binary=True,
                prepare=True,
            ).fetchall()

    for site in sites[:20]:
        ask(site)
    rounds = []
    for _ in range(_ROUNDS):
        begin = clock()
        for site in sites:
            ask(site)
        rounds.append((clock() - begin) / len(sites) * 1e6)
    return min(rounds)


def alone_table(folder: Path, datasets: Mapping[str, NDArray[np.object_]], sites: NDArray[np.object_]) -> list[str]:
    """One site, warm, with its report built, beside a PostGIS query for each dataset (hits and areas only).

    Ten datasets; the same with fifty more that have nothing near any site; and all sixty where they lie.
    """
    slugs = sorted(datasets)
    some = slugs[:: max(len(slugs) // 10, 1)][:10]
    away = {slug: shapely.transform(shape, lambda xy: xy + _AWAY_M) for slug, shape in datasets.items()}
    few = {slug: datasets[slug] for slug in some}
    asked = {
        "10 datasets": few,
        f"10 datasets and {len(slugs) - 10} with nothing there": {**away, **few},
        f"{len(slugs)} datasets": datasets,
    }
    for number, chosen in enumerate(asked.values()):
        make_store(folder / f"alone-{number}", chosen)
    numpy = [_ours_us(folder / f"alone-{number}", sites) for number in range(len(asked))]
    # Screening uses the compiled kernel from here on, because it is loaded.
    compiled_for(1, "compiled")
    compiled = [_ours_us(folder / f"alone-{number}", sites) for number in range(len(asked))]
    theirs = [_theirs_us(chosen, sites) for chosen in asked.values()]
    lines = [
        "| one site against | hits | report, us | compiled, us | identity, us | PostGIS, us | times | compiled |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, (ours_us, _, hits), (fast_us, seal_us, _), peer_us in zip(asked, numpy, compiled, theirs, strict=True):
        lines.append(
            f"| {name} | {hits:.1f} | {ours_us:,.0f} | {fast_us:,.0f} | {seal_us:,.0f} | {peer_us:,.0f} "
            f"| {peer_us / ours_us:,.1f} | {peer_us / fast_us:,.1f} |"
        )
    return lines


def _theirs_us(chosen: Mapping[str, NDArray[np.object_]], sites: NDArray[np.object_]) -> float:
    """CPU time of one query for each dataset; not a number where no PostGIS is installed."""
    binaries = find_binaries()
    if binaries is None:
        return float("nan")
    with connected(binaries) as connection:
        _fill(connection, chosen)
        return _postgis_us(connection, sorted(chosen), sites)


def _fill(connection: psycopg.Connection[Any], datasets: Mapping[str, NDArray[np.object_]]) -> None:
    for slug, shapes in datasets.items():
        connection.execute(f'CREATE TABLE "{slug}" (id integer, geom geometry)')
        with connection.cursor().copy(f'COPY "{slug}" FROM STDIN') as copy:
            for number, text in enumerate(shapely.to_wkb(shapes, hex=True)):
                copy.write_row((number, text))
        connection.execute(f'CREATE INDEX ON "{slug}" USING gist (geom)')
        connection.execute(f'VACUUM ANALYZE "{slug}"')


def cold_table(
    folder: Path, root: Path, datasets: Mapping[str, NDArray[np.object_]], site: shapely.Polygon
) -> list[str]:
    """From starting Python to the first answer, beside reading the same data from GeoPackages; CPU seconds."""
    packages = folder / "packages"
    packages.mkdir(exist_ok=True)
    for slug, geometry in datasets.items():
        geopandas.GeoDataFrame(geometry=geometry, crs=27700).to_file(packages / f"{slug}.gpkg", driver="GPKG")
    ours, ours_inside = min(
        _cpu_of(_FIRST_ANSWER, str(root), shapely.to_wkt(site, rounding_precision=3)) for _ in range(3)
    )
    theirs, theirs_inside = _cpu_of(_READ_ALL, str(packages))
    opened, read = float(ours_inside), float(theirs_inside)
    return [
        "| cold start, CPU s | bopsgis: open the store, first answer | geopandas: read the GeoPackages | times |",
        "|---|--:|--:|--:|",
        f"| libraries loaded | {opened:.4f} | {read:.2f} | {read / opened:.0f} |",
        f"| with starting Python and loading libraries | {ours:.2f} | {theirs:.2f} | {theirs / ours:.1f} |",
    ]


def memory_line(folder: Path, root: Path, sites: NDArray[np.object_]) -> str:
    """Most resident memory of a fresh process that screens all sites, beside the store's size on disk."""
    np.save(folder / "sites.npy", np.array(shapely.to_wkb(sites), dtype=object), allow_pickle=True)
    _, told = _cpu_of(_SCREEN, str(root), str(folder / "sites.npy"))
    store = open_store(root)
    size = sum(entry.bytes for entry in store.manifest.files.values())
    resident = int(told) * 1024
    return (
        f"| {len(store):,} | {store.manifest.vertices:,} | {size / 2**20:,.0f} | {resident / 2**20:,.0f} "
        f"| {resident / size:.2f} |"
    )


def workers_table(folder: Path, root: Path, sites: NDArray[np.object_]) -> list[str]:
    """Time of `screen_many` in a fresh process with one worker and with two, the best of three runs each."""
    np.save(folder / "sites.npy", np.array(shapely.to_wkb(sites), dtype=object), allow_pickle=True)
    script = Path(__file__).with_name("two_workers.py")
    command = [sys.executable, str(script), str(root), str(folder / "sites.npy")]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    one, one_cpu, two, two_cpu = (float(word) for word in told.split())
    return [
        f"| screen_many, {len(sites):,} sites | one worker, s | two workers, s | times |",
        "|---|--:|--:|--:|",
        f"| wall | {one:.1f} | {two:.1f} | {one / two:.2f} |",
        f"| CPU of the busiest process | {one_cpu:.1f} | {two_cpu:.1f} | {one_cpu / two_cpu:.2f} |",
    ]
