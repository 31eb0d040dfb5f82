from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest
import shapely

from constraints.store import open_store
from tiles.archive import open_archive
from tiles.features import Column
from tiles.grid import MATRIX_SETS, WEB_MERCATOR, Tile
from tiles.levels import Policy
from tiles.mvt import columns_of, decode
from tiles.pyramid import export
from tiles.snapshot import Answer, LayerSource, Snapshot, in_memory, tile_of
from tiles.snapshot.batch import zoom_of

BUFFER, LARGEST = 64, 500_000
EVERY_TILE, SOME = 100, 20
"""A zoom with more tiles is looked at in some places, evenly spread."""


def base_layers(folder: Path) -> Iterator[LayerSource]:
    """The base map of the sample town."""
    for number, path in enumerate(sorted(folder.glob("*.geojson"))):
        frame = pyogrio.read_dataframe(path)
        columns = columns_of({name: frame[name] for name in frame.columns if name != "geometry"})
        ids = np.arange(len(frame), dtype=np.uint64) + np.uint64(number << 40)
        yield LayerSource(path.stem, frame.geometry.to_numpy(), ids, columns, Policy(cluster_below=0))


def constraint_layers(folder: Path) -> Iterator[LayerSource]:
    """All designations of the sample town in one layer for each dimension, as the composite layer has them."""
    store = open_store(folder)
    numbers = np.arange(len(store))
    geometry = store.feature_geometry(numbers)
    dataset = Column(np.asarray(store.feature_dataset).astype(np.int32), store.datasets)
    for dimension, name in enumerate(("constraint-points", "constraint-lines", "constraint-areas")):
        rows = np.flatnonzero(shapely.get_dimensions(geometry) == dimension)
        columns = {"dataset": Column(dataset.codes[rows], dataset.values)}
        yield LayerSource(name, geometry[rows], rows.astype(np.uint64), columns, Policy(style=("dataset",)))


@pytest.fixture(scope="module")
def town(sample_town: Path, sample_store: Path) -> list[Snapshot]:
    """Snapshots of everything that the sample town has."""
    layers = [*base_layers(sample_town / "base"), *constraint_layers(sample_store)]
    return [in_memory(layer) for layer in layers if len(layer.geometry)]


def check(answer: Answer, tile: Tile, names: set[str]) -> None:
    """A tile reads the same in two decoders, is valid and not too large, and has nothing outside its buffer."""
    assert len(answer.data) < LARGEST, tile
    theirs = mapbox_vector_tile.decode(answer.data, default_options={"y_coord_down": True})
    count = 0
    for layer in decode(answer.data, strict=True):
        assert layer.name in names
        assert len(theirs[layer.name]["features"]) == len(layer.features)
        ids = [feature.id for feature in layer.features]
        assert ids == [feature["id"] for feature in theirs[layer.name]["features"]]
        assert len(set(ids)) == len(ids)
        geometry = layer.geometries()
        assert shapely.is_valid(geometry).all(), tile
        assert not ids or (np.abs(shapely.bounds(geometry) - 2048) <= 2048 + BUFFER).all(), tile
        count += len(ids)
    assert count == answer.features


@pytest.mark.slow
@pytest.mark.parametrize("name", MATRIX_SETS)
def test_every_tile_of_the_town_is_right(town: list[Snapshot], name: str):
    """At every zoom of both grids all tiles are valid and read the same in two decoders; ids are those of features."""
    matrix_set, names = MATRIX_SETS[name], {snapshot.name for snapshot in town}
    for z in matrix_set.zooms:
        zoom = zoom_of(town, matrix_set, z)
        if len(zoom) <= EVERY_TILE:
            for tile, answer in zoom.answers():
                check(answer, tile, names)
                assert set(answer.versions) <= {snapshot.version for snapshot in town}
            continue
        for x, y in zoom.tiles[:: -(-len(zoom) // SOME)].tolist():
            check(tile_of(town, matrix_set, z, x, y), (z, x, y), names)


def test_an_export_holds_what_is_served(town: list[Snapshot], tmp_path: Path):
    """Each tile of an archive has the bytes of the live tile, edits among them; no tile with anything is missing."""
    some = [snapshot for snapshot in town if snapshot.name in ("roads", "buildings", "constraint-points")]
    heard: list[tuple[str, int, int]] = []
    told = export(
        some, tmp_path / "town.pmtiles", range(5, 16), lambda *step: heard.append(step), metadata={"name": "T"}
    )
    archive = open_archive(tmp_path / "town.pmtiles")
    places = list(archive.places())
    assert told.tiles == len(places) > 60
    for place in places:
        data = archive.tile(*place)
        assert data is not None
        assert gzip.decompress(data) == tile_of(some, WEB_MERCATOR, *place).data
    z, x, y = places[-1]
    beside = {(z, x + a, y + b) for a in range(-3, 4) for b in range(-3, 4)} - set(places)
    assert not any(tile_of(some, WEB_MERCATOR, *place).data for place in beside)
    assert archive.metadata["versions"] == {snapshot.name: snapshot.version for snapshot in some}
    assert {layer["id"] for layer in archive.metadata["vector_layers"]} == {snapshot.name for snapshot in some}
    assert heard[-1][0] == "zoom 15"
    assert heard[-1][1] == heard[-1][2]
    assert told.largest < LARGEST
