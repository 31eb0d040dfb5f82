from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import shapely
from benchmarks.alone import memory_line
from benchmarks.bulk import bulk_table, question_of
from benchmarks.england import SPECIFICATION, designations, sites
from benchmarks.stores import make_store
from benchmarks.tiles_encoding import encoding_table
from benchmarks.tiles_england import tiles_england
from benchmarks.tiles_pyramid import pyramid_table

from constraints.store import open_store
from tiles.archive import open_archive
from tiles.mvt import decode
from tiles.mvt.layer import Layer


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


@pytest.mark.filterwarnings("ignore:The 'shapely.ops.transform:DeprecationWarning")  # mapbox-vector-tile calls it
def test_mapbox_vector_tile_writes_the_same_features():
    """Tiles of the benchmark hold the same features and attributes, whoever encodes them; the table has its lines."""
    lines = encoding_table(0.001, zooms=(8,), sample=2)
    assert lines[2].startswith("| 8 | dense |")
    assert all(line.count("|") == 13 for line in lines)


def test_the_layers_to_make_tiles_of_are_the_same_each_time():
    """The same scale gives the same valid shapes and values, in four layers."""
    one, other = tiles_england(0.001), tiles_england(0.001)
    assert [layer.name for layer in one] == ["listed-building", "conservation-area", "flood-risk-zone", "case"]
    for layer, again in zip(one, other, strict=True):
        assert shapely.is_valid(layer.geometry).all()
        assert (layer.geometry == again.geometry).all()
        assert all((layer.columns[key].codes == again.columns[key].codes).all() for key in layer.columns)


@pytest.mark.slow
def test_pyramids_of_the_benchmark_hold_the_same_features(tmp_path: Path):
    """Tippecanoe's archive and ours, of the same layers, have the same layers and ids where nothing is left out."""
    layers = tiles_england(0.0005)
    lines = pyramid_table(layers, tmp_path, 13, 13)
    assert any("tippecanoe" in line for line in lines)
    found = []
    for name in ("ours", "theirs"):
        archive = open_archive(tmp_path / f"{name}.pmtiles")
        shown: dict[str, set[str]] = {}
        for place in archive.places():
            for layer in decode(gzip.decompress(archive.tile(*place) or b""), strict=False):
                shown.setdefault(layer.name, set()).update(_known_by(layer))
        found.append(shown)
    assert found[0] == found[1]


def _known_by(layer: Layer) -> set[str]:
    return {str(feature.properties["reference"]) for feature in layer.features}
