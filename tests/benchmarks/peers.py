"""The same question asked of other software: which designations meet which sites, and by how much.

Every peer answers for the first n sites; the time that counts is CPU time of one thread for finding the pairs
and their areas, with indexes built before. Points count as hits where they lie in the site.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extension_spatial
import geopandas
import numpy as np
import pandas as pd
import psycopg
import shapely
from benchmarks.postgis import backend_clock
from numpy.typing import NDArray

from constraints.engine import overlaps
from constraints.engine.kernel import Kernel
from constraints.store import Store

__all__ = ["Answer", "Measured", "Question", "differences", "duck", "frames", "ours", "postgis", "trees"]

_JOIN = (
    "SELECT s.id AS site, d.id AS feature, sum(ST_Area(ST_Intersection(s.geom, d.geom))) AS area,"
    " bool_or(ST_Dimension(d.geom) = 0) AS point"
    " FROM s JOIN {table} AS d ON ST_Intersects(s.geom, d.geom) WHERE s.id < {sites} GROUP BY 1, 2"
)
_LEAST_M2 = 1e-3
"""Overlaps under ten square centimetres are left out of comparisons: software rounds them each in its own way."""


@dataclass(frozen=True, slots=True)
class Answer:
    """k pairs; area is 0 for points."""

    site: NDArray[np.int64]
    feature: NDArray[np.int64]
    area_m2: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a peer took and what it said."""

    name: str
    sites: int
    cpu_us: float
    """A site."""
    answer: Answer


@dataclass(frozen=True, slots=True)
class Question:
    """Designations, one after the other as the store numbers them, and sites."""

    slug: NDArray[np.int64]
    """(n,) dataset of each designation."""
    geometry: NDArray[np.object_]
    sites: NDArray[np.object_]

    def first(self, n: int) -> NDArray[np.object_]:
        """The first n sites."""
        return self.sites[:n]

    @property
    def is_point(self) -> NDArray[np.bool_]:
        """(n,) True for points."""
        return np.asarray(shapely.get_type_id(self.geometry) == 0)


def differences(ours: Answer, theirs: Answer, sites: int) -> tuple[int, float]:
    """Pairs among the first sites that only one of the two has, and the greatest difference in area, m2."""
    one, other = (
        pd.Series(answer.area_m2, index=pd.MultiIndex.from_arrays([answer.site, answer.feature]))[answer.site < sites]
        for answer in (ours, theirs)
    )
    both = pd.concat([one, other], axis=1, keys=["one", "other"])
    lonely = both.isna().any(axis=1)
    large = both.max(axis=1)
    missing = int((lonely & ((large == 0.0) | (large > _LEAST_M2))).sum())
    together = both[~lonely]
    return missing, float((together["one"] - together["other"]).abs().max())


def _timed(run: Callable[[], Any], clock: Callable[[], float], repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        begin = clock()
        run()
        taken.append(clock() - begin)
    return statistics.median(taken)


def ours(question: Question, store: Store, n: int, kernel: Kernel) -> Measured:
    """Our engine."""
    sites = question.first(n)
    overlaps(store, sites[:1], as_at=None, kernel=kernel)
    taken = _timed(lambda: overlaps(store, sites, as_at=None, kernel=kernel), time.process_time, 5)
    found = overlaps(store, sites, as_at=None, kernel=kernel)
    name = {"numpy": "bopsgis", "compiled": "bopsgis, compiled"}[kernel]
    return Measured(name, n, taken / n * 1e6, Answer(found.site, found.feature, found.area_m2))


def trees(question: Question, n: int) -> Measured:
    """One shapely STRtree over all designations, as they are, and the overlay of each pair."""
    tree, sites = shapely.STRtree(question.geometry), question.first(n)
    tree.query(sites[0])
    point = question.is_point

    def run() -> Answer:
        site, feature = tree.query(sites, "intersects")
        area = shapely.area(shapely.intersection(sites[site], question.geometry[feature]))
        kept = point[feature] | (area > 0)
        return Answer(site[kept], feature[kept], area[kept])

    return Measured("shapely STRtree + intersection", n, _timed(run, time.process_time, 1) / n * 1e6, run())


def frames(question: Question, n: int) -> Measured:
    """Ask geopandas overlay, dataset by dataset (sjoin for points)."""
    sites = geopandas.GeoDataFrame({"site": np.arange(n)}, geometry=question.first(n), crs=27700)
    point = question.is_point
    layers = []
    for dataset in np.unique(question.slug):
        rows = np.flatnonzero(question.slug == dataset)
        layer = geopandas.GeoDataFrame({"feature": rows}, geometry=question.geometry[rows], crs=27700)
        _ = layer.sindex
        layers.append((layer, bool(point[rows[0]])))

    def run() -> Answer:
        found = []
        for layer, points in layers:
            if points:
                joined = geopandas.sjoin(sites, layer, predicate="intersects").assign(area=0.0)
            else:
                joined = geopandas.overlay(sites, layer, how="intersection", keep_geom_type=True)
                joined = joined.assign(area=joined.area)
            found.append(joined[["site", "feature", "area"]])
        whole = pd.concat([some for some in found if len(some)])
        return Answer(whole["site"].to_numpy(), whole["feature"].to_numpy(), whole["area"].to_numpy())

    last: list[Answer] = []
    taken = _timed(lambda: last.append(run()), time.process_time, 1)
    return Measured("geopandas overlay", n, taken / n * 1e6, last[0])


def postgis(question: Question, connection: psycopg.Connection[Any], n: int, most: int) -> Iterator[Measured]:
    """PostGIS, as stored and with ST_Subdivide to so many vertices, one query for all sites; GiST indexes."""
    clock = backend_clock(connection)
    _fill(connection, "f", question.geometry)
    _fill(connection, "s", question.sites)
    connection.execute(f"CREATE TABLE p AS SELECT id, ST_Subdivide(geom, {most}) AS geom FROM f")  # noqa: S608  # names and queries of our own
    for table in "fsp":
        connection.execute(f"CREATE INDEX ON {table} USING gist (geom)")
        connection.execute(f"VACUUM ANALYZE {table}")
    for name, table, few in (("PostGIS, as stored", "f", n // 4), (f"PostGIS, ST_Subdivide to {most}", "p", n)):
        inner = _JOIN.format(table=table, sites=few)
        count, pairs = f"SELECT count(*), sum(area) FROM ({inner}) x", f"SELECT site, feature, area FROM ({inner}) x"  # noqa: S608  # names and queries of our own
        connection.execute(count)
        taken = _timed(partial(connection.execute, count), clock, 3)
        rows = connection.execute(f"{pairs} WHERE area > 0 OR point").fetchall()
        yield Measured(name, few, taken / few * 1e6, _answer(rows))


def _fill(connection: psycopg.Connection[Any], table: str, geometry: NDArray[np.object_]) -> None:
    connection.execute(f"CREATE TABLE {table} (id integer, geom geometry)")
    with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
        for number, text in enumerate(shapely.to_wkb(geometry, hex=True)):
            copy.write_row((number, text))


def _answer(rows: list[tuple[int, int, float]]) -> Answer:
    site, feature, area = (np.array(column) for column in zip(*rows, strict=True))
    return Answer(site.astype(np.int64), feature.astype(np.int64), area.astype(np.float64))


def duck(question: Question, connection: psycopg.Connection[Any], n: int) -> Measured:
    """DuckDB's spatial join over the pieces that PostGIS cut; one thread. Raises `duckdb.Error`."""
    folder = Path(duckdb_extension_spatial.__file__).parent / "extensions"
    extension = next(folder.glob("**/spatial.duckdb_extension"))
    database = duckdb.connect(config={"threads": 1})
    database.load_extension(str(extension))
    pieces = connection.execute("SELECT id, ST_AsBinary(geom) AS wkb FROM p").fetchall()
    pieces_frame = pd.DataFrame(pieces, columns=["id", "wkb"])
    sites_frame = pd.DataFrame({"id": np.arange(n), "wkb": shapely.to_wkb(question.first(n))})
    for table, frame in (("p", pieces_frame), ("s", sites_frame)):
        database.register("frame", frame)
        database.execute(f"CREATE TABLE {table} AS SELECT id, ST_GeomFromWKB(wkb) AS geom FROM frame")  # noqa: S608  # names and queries of our own
        database.unregister("frame")
    inner = (
        "SELECT s.id AS site, p.id AS feature, sum(ST_Area(ST_Intersection(s.geom, p.geom))) AS area,"
        " bool_or(ST_GeometryType(p.geom) = 'POINT') AS point"
        " FROM s JOIN p ON ST_Intersects(s.geom, p.geom) GROUP BY 1, 2"
    )
    query = f"SELECT count(*), sum(area) FROM ({inner})"  # noqa: S608  # names and queries of our own
    taken = _timed(lambda: database.execute(query).fetchone(), time.process_time, 3)
    rows = database.execute(f"SELECT site, feature, area FROM ({inner}) WHERE area > 0 OR point").fetchall()  # noqa: S608  # names and queries of our own
    return Measured("DuckDB spatial, cut pieces", n, taken / n * 1e6, _answer(rows))
