"""`bopsgis tiles export`: archives of layers, as another program reads them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from pmtiles.reader import MmapSource, Reader, all_tiles
from support.registers import SITES, add_case

from api.accounts.tables import CouncilRow
from api.core.db import Database
from api.core.settings import Settings
from api.schema import upgrade
from constraints.store import open_store


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, sample_home: Path) -> Path:
    """A home with the sample town's data, and one case on the register and one that is not."""
    home = tmp_path_factory.mktemp("home")
    for folder in ("store", "sample-town"):
        (home / folder).symlink_to(sample_home / folder)
    database = Database(Settings(home=home).database_url)
    upgrade(database)
    with database.engine.execution_options(write=True).begin() as connection:
        connection.execute(CouncilRow.__table__.insert(), [{"code": "a", "name": "Example Council"}])
    add_case(database, "1 Mill Lane", SITES["1 Mill Lane"])
    add_case(database, "2 Mill Lane", SITES["2 Mill Lane"], valid=False)
    database.dispose()
    return home


@pytest.fixture
def export(run: Callable[..., Any], town: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run the command in that home."""
    monkeypatch.setenv("BOPSGIS_HOME", str(town))
    return lambda *words: run("tiles", "export", *words)


def read(path: Path) -> tuple[dict[str, Any], dict[tuple[int, int, int], dict[str, Any]]]:
    """The archive's metadata and its tiles, as readers of other people have them."""
    with path.open("rb") as file:
        source = MmapSource(file)
        tiles = {place: mapbox_vector_tile.decode(gzip.decompress(data)) for place, data in all_tiles(source)}
        return Reader(source).metadata(), tiles


def test_a_dataset_is_exported_with_its_progress(
    export: Callable[..., Any], tmp_path: Path, sample_store: Path
) -> None:
    """Each zoom is told of; the archive names publisher and version, and has every feature of the dataset."""
    done = export("conservation-area", str(tmp_path / "out.pmtiles"), "--maxzoom", "14")
    assert done.status == 0, done.err
    assert [line for line in done.err.splitlines() if line.startswith("zoom")] == [
        f"zoom {z} ..." for z in range(5, 15)
    ]
    metadata, tiles = read(tmp_path / "out.pmtiles")
    assert f"{len(tiles)} tiles".encode() in done.out
    assert metadata["data_version"].encode() in done.out
    assert metadata["attribution"]
    near = [layer["features"] for (z, _, _), tile in tiles.items() if z == 14 for layer in tile.values()]
    found = {each["properties"]["reference"] for features in near for each in features}
    store = open_store(sample_store)
    at = store.datasets.index("conservation-area")
    assert found == {store.feature(n).reference for n in range(len(store)) if store.feature_dataset[n] == at}


def test_cases_are_exported_as_the_public_sees_them(export: Callable[..., Any], town: Path) -> None:
    """Without a path the archive goes where it is served; what is not on the register is not in it."""
    done = export("cases", "--maxzoom", "13")
    assert done.status == 0, done.err
    _, tiles = read(town / "archives" / "cases.pmtiles")
    near = [tile["cases"]["features"] for (z, _, _), tile in tiles.items() if z == 13]
    assert {each["properties"]["address"] for features in near for each in features} == {"1 Mill Lane"}
    assert {z for z, _, _ in tiles} == set(range(5, 14))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("conservation-area", "--matrix-set", "NationalGrid"), "WebMercatorQuad only"),
        (("officers",), "only officers"),
        (("nothing",), "no layer of this name"),
        (("conservation-area", "--minzoom", "9", "--maxzoom", "8"), "lowest first"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_words(
    export: Callable[..., Any], tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    """Another tile matrix set, private cases, an unknown layer, zooms out of order: status 2, and no file."""
    done = export(words[0], str(tmp_path / "no.pmtiles"), *words[1:])
    assert done.status == 2
    assert said in done.err
    assert not (tmp_path / "no.pmtiles").exists()
