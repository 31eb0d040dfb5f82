from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.alone import memory_line
from benchmarks.bulk import bulk_table, question_of
from benchmarks.england import SPECIFICATION, designations, sites
from benchmarks.stores import make_store

from constraints.store import open_store


@pytest.mark.slow
@pytest.mark.postgis
def test_peers_give_equal_hits_and_areas(tmp_path: Path):
    """Geopandas, shapely, PostGIS and DuckDB find the same designations and areas as both our kernels."""
    data = designations(0.001)
    asked = sites(160, data)
    make_store(tmp_path / "store", data)
    store = open_store(tmp_path / "store")
    lines = bulk_table(question_of(data, asked), store, 160)
    assert sum("bopsgis" in line for line in lines[2:]) == 2
    assert memory_line(tmp_path, tmp_path / "store", asked).count("|") == 6


def test_the_synthetic_england_is_the_same_each_time():
    """The same scale gives the same shapes, in sixty datasets."""
    one, other = designations(0.0005), designations(0.0005)
    assert len(one) == len(SPECIFICATION) == 60
    assert all((one[slug] == other[slug]).all() for slug in one)
