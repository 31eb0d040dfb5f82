from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from support.planted import AS_AT, Delivery, Planted, plant

from bopsgis import boundary
from bopsgis.crs import geometry_from_national_grid
from bopsgis.errors import InputRefused
from constraints.bulk import REFUSED, screen_many, summary
from constraints.catalogue import datasets
from constraints.screen.door import accept
from constraints.store import Store

SITE = shapely.box(533400, 177900, 533440, 177930)
AREA = Planted(shapely.box(533000, 177000, 533430, 178000), "19", "Mill")
BOW_TIE = shapely.Polygon([(533400, 177900), (533440, 177930), (533440, 177900), (533400, 177930)])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A conservation area and nothing else."""
    return plant(tmp_path, Delivery("conservation-area", [AREA]))


def test_refused_sites_are_rows_of_their_own_in_their_place(store: Store):
    """A bow tie, a point, nothing and a speck are refused in words; the site between them is answered."""
    series = gpd.GeoSeries(
        [BOW_TIE, SITE, shapely.Point(533400, 177900), None, shapely.box(533400, 177900, 533400.5, 177900.5)],
        index=list("abcde"),
        crs=27700,
    )
    table = screen_many(series, store=store, as_at=AS_AT)
    refused = table[table["status"] == REFUSED]
    assert list(refused["site"]) == ["a", "c", "d", "e"]
    assert refused["message"].str.len().min() > 20
    assert list(table["site"].unique()) == list("abcde")
    assert (table[table["site"] == "b"]["message"] == "").all()
    assert len(table) == 4 + sum(item.screened for item in datasets().values())
    hits = screen_many(series, store=store, as_at=AS_AT, rows="hits")
    assert list(hits["site"]) == list("abcde")
    assert list(hits["status"]) == [REFUSED, "present", REFUSED, REFUSED, REFUSED]


def test_sites_in_degrees_are_brought_through_ostn15(store: Store):
    """The same site in longitude and latitude gives the same overlap to a hundredth of a square metre."""
    degrees = geometry_from_national_grid([SITE], 4326)
    grid = screen_many(gpd.GeoSeries([SITE], crs=27700), store=store, as_at=AS_AT, rows="hits")
    other = screen_many(gpd.GeoSeries(degrees, crs=4326), store=store, as_at=AS_AT, rows="hits")
    assert other["overlap_m2"].iloc[0] == pytest.approx(grid["overlap_m2"].iloc[0], abs=0.05)


def test_sites_without_a_system_are_refused(store: Store):
    """A series that does not say its CRS is not guessed at."""
    with pytest.raises(InputRefused, match="coordinate system"):
        screen_many(gpd.GeoSeries([SITE]), store=store, as_at=AS_AT)


def test_no_sites_give_an_empty_table_with_all_columns(store: Store):
    """Nothing asked, nothing answered: the columns are there."""
    none, one = gpd.GeoSeries([], crs=27700), gpd.GeoSeries([SITE], crs=27700)
    for rows in ("findings", "hits"):
        empty = screen_many(none, store=store, as_at=AS_AT, rows=rows)
        assert len(empty) == 0
        assert list(empty.columns) == list(screen_many(one, store=store, as_at=AS_AT, rows=rows).columns)


def test_progress_is_told_from_nothing_to_all(store: Store):
    """The first call says how many there are, the last that all are done."""
    told: list[tuple[str, int, int]] = []
    series = gpd.GeoSeries([SITE] * 1500, crs=27700)
    screen_many(series, store=store, as_at=AS_AT, progress=lambda *step: told.append(step))
    assert [step[1:] for step in told] == [(0, 1500), (1000, 1500), (1500, 1500)]


def test_several_processes_give_the_same_table(store: Store, tmp_path: Path):
    """Work shared between two processes, started from a script as people start it, changes nothing."""
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, datetime, pathlib, geopandas as gpd, shapely\n"
        "from constraints import screen_many\n"
        "if __name__ == '__main__':\n"
        "    box = [shapely.box(533400 + i % 40, 177900, 533440 + i % 40, 177930) for i in range(2100)]\n"
        "    sites = gpd.GeoSeries(box, crs=27700)\n"
        "    day = datetime.date(2026, 6, 1)\n"
        "    one, two = (screen_many(sites, store=pathlib.Path(sys.argv[1]), as_at=day, workers=n) for n in (1, 2))\n"
        "    assert one.equals(two)\n"
        "    print(len(two))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script), str(store.path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
        env={"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert done.stderr == ""
    assert int(done.stdout) == 2100 * sum(item.screened for item in datasets().values())


def test_summary_counts_every_site_in_every_dataset(store: Store):
    """Each dataset's row adds up to the number of sites; refused ones have a row of their own."""
    far = affinity.translate(SITE, 1000, 0)
    table = summary(screen_many(gpd.GeoSeries([SITE, far, BOW_TIE], crs=27700), store=store, as_at=AS_AT))
    assert dict(table.loc["conservation-area"]) == {
        "present": 1,
        "adjacent": 0,
        "near": 0,
        "not_known": 0,
        "absent": 1,
        "refused": 0,
    }
    assert table.loc["(refused)", "refused"] == 1
    assert (table.drop(index="(refused)").sum(axis=1) == 2).all()


numbers = st.integers(0, 40).map(lambda tenths: tenths / 10)
rings = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=7)


@settings(max_examples=150, deadline=None)
@given(corners=rings, easting=st.sampled_from([533000.0, 100.0, 695000.0, -50.0]), double=st.booleans())
def test_the_door_for_many_is_the_door_for_one(corners: list[tuple[float, float]], easting: float, *, double: bool):
    """Any ring, valid or not, on land or at sea, is taken or refused exactly as one site alone is."""
    shape = shapely.Polygon([(easting + x, 177900 + y) for x, y in corners])
    given_shape = shapely.MultiPolygon([shape]) if double else shape
    accepted = accept(gpd.GeoSeries([given_shape]).to_numpy(), 27700)
    assert (accepted.message[0], accepted.geometry[0]) == _alone(given_shape)


def _alone(shape: shapely.Geometry) -> tuple[str, shapely.Geometry | None]:
    """Message and geometry of one site alone."""
    try:
        return "", boundary.from_geometry(shape).geometry
    except InputRefused as error:
        return str(error), None


def test_tables_are_small(store: Store):
    """Names repeat by the million, so they are kept as categories."""
    table = screen_many(gpd.GeoSeries([SITE], crs=27700), store=store, as_at=AS_AT)
    assert all(isinstance(table[name].dtype, pd.CategoricalDtype) for name in ("dataset", "status", "reasons"))
