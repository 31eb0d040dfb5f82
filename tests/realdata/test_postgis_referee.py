"""PostGIS, fed with the same repaired geometry, is asked the same 2,000 questions."""

from __future__ import annotations

import numpy as np
import psycopg
import pytest
import shapely
from numpy.typing import NDArray

from constraints.engine import overlaps
from constraints.store import Store

pytestmark = [pytest.mark.realdata, pytest.mark.postgis, pytest.mark.slow]

SITES = 2_000
AGREES_M2 = 0.01
TOWNS = {
    "Southwark": (531_000.0, 171_000.0, 537_000.0, 181_000.0),
    "Bath": (357_000.0, 153_000.0, 381_000.0, 172_000.0),
}


def _sites(store: Store) -> NDArray[np.object_]:
    """Random sites of 4 to 12 corners, 3 to 200 m in radius: half of them on a corner of some designation."""
    rng = np.random.default_rng(103)
    corners = shapely.get_coordinates(store.feature_geometry(np.arange(len(store))))
    sites = []
    for west, south, east, north in TOWNS.values():
        inside = corners[((corners >= (west, south)) & (corners <= (east, north))).all(axis=1)]
        anywhere = rng.uniform((west, south), (east, north), (SITES // 4, 2))
        for here in np.vstack([anywhere, rng.choice(inside, SITES // 4)]):
            angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(4, 13)))
            reach = np.exp(rng.uniform(np.log(3), np.log(200))) * rng.uniform(0.4, 1.0, len(angles))
            site = shapely.Polygon(here + np.column_stack([np.cos(angles), np.sin(angles)]) * reach[:, None])
            sites.append(site if site.is_valid else site.convex_hull)
    return np.array(sites, dtype=object)


def _load(connection: psycopg.Connection, table: str, geometry: NDArray[np.object_]) -> None:
    connection.execute(f"create temporary table {table} (id integer primary key, shape geometry(Geometry, 27700))")
    connection.execute(f"alter table {table} alter column shape set storage external")
    with connection.cursor() as cursor, cursor.copy(f"copy {table} from stdin (format binary)") as copy:
        copy.set_types(["int4", "bytea"])
        for number, shape in enumerate(shapely.to_wkb(shapely.set_srid(geometry, 27700), include_srid=True)):
            copy.write_row((number, shape))
    connection.execute(f"create index on {table} using gist (shape)")
    connection.execute(f"analyze {table}")


def _ask_postgis(address: str, store: Store, sites: NDArray[np.object_]) -> dict[tuple[int, int], float]:
    """(site, feature) -> area shared in m2, of every pair that meets."""
    with psycopg.connect(address) as connection:
        _load(connection, "sites", sites)
        _load(connection, "features", store.feature_geometry(np.arange(len(store))))
        rows = connection.execute(
            "select s.id, f.id, st_area(st_intersection(f.shape, s.shape)) "
            "from features f join sites s on st_intersects(f.shape, s.shape)"
        ).fetchall()
    return {(site, feature): area for site, feature, area in rows}


def test_two_thousand_sites_get_the_same_hits_and_areas_as_from_postgis(real_store: Store, postgis: str) -> None:
    """Every hit of one engine is a hit of the other, and their areas differ by less than 0.01 m2."""
    sites = _sites(real_store)
    assert len(sites) == SITES
    found = overlaps(real_store, sites, as_at=None)
    ours = dict(zip(zip(found.site.tolist(), found.feature.tolist(), strict=True), found.area_m2.tolist(), strict=True))
    theirs = _ask_postgis(postgis, real_store, sites)
    points = {
        number
        for number, shape in enumerate(real_store.feature_geometry(np.arange(len(real_store))))
        if shape.geom_type in {"Point", "MultiPoint"}
    }
    assert {pair for pair in ours if pair[1] in points} == {pair for pair in theirs if pair[1] in points}
    for pair in ours.keys() | theirs.keys():
        assert abs(ours.get(pair, 0.0) - theirs.get(pair, 0.0)) < AGREES_M2, pair
    sure = {pair for pair, area in theirs.items() if area > 1e-3}
    assert sure <= ours.keys()
    assert {pair for pair, area in ours.items() if area > 1e-3} <= theirs.keys()
    assert len(sure) > SITES
    largest_m2 = max(abs(ours.get(pair, 0.0) - theirs[pair]) for pair in theirs)
    print(f"{SITES:,} sites, {len(ours):,} hits, largest difference {largest_m2:.2e} m2")
