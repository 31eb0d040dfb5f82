from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from benchmarks.stores import account_of, info_of, make_store, records_of

from bopsgis.errors import NotFound, StoreDamaged, StoreError, StoreMissing
from bopsgis.files import exclusive
from bopsgis.types import BBox
from constraints.source import Records, Repair, UnlocatedRecord
from constraints.store import build, open_store, remove_source, verify, write_source
from constraints.store.encode import to_json
from constraints.store.manifest import FORMAT, version_folder

E0, N0 = 533_000.0, 178_000.0
SQUARE = shapely.box(E0, N0, E0 + 100, N0 + 100)
RING = shapely.Point(E0, N0).buffer(400, quad_segs=64).difference(shapely.Point(E0, N0).buffer(200, quad_segs=64))


def geometries(*shapes: shapely.Geometry) -> np.ndarray:
    """Shapes as an object array."""
    made = np.empty(len(shapes), object)
    made[:] = shapes
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store with two datasets and three designations."""
    make_store(
        tmp_path / "store", {"conservation-area": geometries(SQUARE, RING), "tree": geometries(shapely.Point(E0, N0))}
    )
    return tmp_path / "store"


def described() -> Records:
    """Two records with something in every field."""
    plain = records_of(geometries(SQUARE, shapely.LineString([(E0, N0), (E0 + 30, N0 + 40)])))
    return replace(
        plain,
        name=["Old Town", "Überhang €"],
        attributes=[{"notes": "one\ntwo"}, {}],
        start_date=np.array(["2001-02-03", "NaT"], "datetime64[D]"),
        end_date=np.array(["NaT", "2020-01-01"], "datetime64[D]"),
        entry_date=np.array(["2002-01-01", "NaT"], "datetime64[D]"),
        repair=[Repair("structure", "Self-intersection", 1.0, 2.0, True), None],
        row=np.array([7, 9]),
        point_like=np.array([True, False]),
    )


def test_a_record_comes_back_as_it_was_written(tmp_path: Path):
    """Every field of a record survives the store, newlines and other alphabets included."""
    write_source(tmp_path, info_of("tree"), described(), [], account_of(2))
    build(tmp_path)
    store = open_store(tmp_path)
    first, second = store.feature(0), store.feature(1)
    assert (first.name, first.row, first.point_like, first.attributes) == ("Old Town", 7, True, {"notes": "one\ntwo"})
    assert (first.entry_date, first.start_date, first.end_date) == (date(2002, 1, 1), date(2001, 2, 3), None)
    assert first.repair == Repair("structure", "Self-intersection", 1.0, 2.0, True)
    assert (second.name, second.end_date, second.repair) == ("Überhang €", date(2020, 1, 1), None)
    assert (first.area_m2, second.area_m2, second.length_m) == (10_000.0, 0.0, 50.0)
    assert shapely.equals_identical(store.feature_geometry(np.array([1, 0]))[1], SQUARE)
    with pytest.raises(NotFound):
        store.feature(2)


def test_a_source_and_its_unlocated_records_come_back_as_they_were_written(tmp_path: Path):
    """Provenance, account and the rows without a place survive the store as equal values."""
    lost = UnlocatedRecord(
        3, "A4/1", "Flats", "uprn_only", "It has no geometry.", ("SWK",), ("1",), BBox(1, 2, 3, 4), date(2020, 1, 2)
    )
    info, account = replace(info_of("tree"), notes=("a", "b")), replace(account_of(2), remarks=((1, "code", "Why."),))
    write_source(tmp_path, info, described(), [lost], account)
    build(tmp_path)
    store = open_store(tmp_path)
    assert store.sources[0].info == info
    assert store.sources[0].account == account
    assert store.unlocated("tree") == ((store.sources[0], lost),)
    assert store.unlocated("sssi") == ()


def test_the_same_sources_give_the_same_bytes(tmp_path: Path):
    """Two stores built from the same deliveries, in another order, have equal versions and equal files."""
    data = {"tree": geometries(shapely.Point(E0, N0)), "conservation-area": geometries(SQUARE, RING)}
    make_store(tmp_path / "a", data)
    make_store(tmp_path / "b", dict(reversed(data.items())))
    one, other = open_store(tmp_path / "a"), open_store(tmp_path / "b")
    assert one.version == other.version
    folders = [version_folder(tmp_path / name, one.version) for name in "ab"]
    for path in folders[0].iterdir():
        assert path.read_bytes() == (folders[1] / path.name).read_bytes(), path.name


def test_a_source_of_the_same_name_replaces_the_old_one(root: Path):
    """Adding a delivery again does not double its designations, and its old folder goes."""
    write_source(root, info_of("tree"), records_of(geometries(SQUARE, SQUARE, SQUARE)), [], account_of(3))
    build(root)
    store = open_store(root)
    assert [source.account.kept for source in store.sources] == [2, 3]
    assert len(store) == 5
    assert len([path for path in (root / "sources").iterdir() if path.is_dir()]) == 2


def test_a_removed_source_leaves_at_the_next_build(root: Path):
    """Removal takes effect with the build; a source that is not there is an error."""
    remove_source(root, "tree", "synthetic")
    assert open_store(root).datasets == ("conservation-area", "tree")
    build(root)
    assert open_store(root).datasets == ("conservation-area",)
    with pytest.raises(NotFound):
        remove_source(root, "tree", "synthetic")


def test_an_empty_store_opens(tmp_path: Path):
    """A store whose last source was removed still opens, and has nothing in it."""
    make_store(tmp_path, {"tree": geometries(SQUARE)})
    remove_source(tmp_path, "tree", "synthetic")
    build(tmp_path)
    assert len(open_store(tmp_path)) == 0
    assert verify(tmp_path) == []


def test_a_reader_keeps_the_version_it_opened(root: Path):
    """A store that is open goes on answering from its version while a new one takes its place."""
    old = open_store(root)
    write_source(root, info_of("sssi"), records_of(geometries(RING)), [], account_of(1))
    new = build(root)
    assert old.version != new
    assert not version_folder(root, old.version).exists()
    assert shapely.equals_identical(old.feature_geometry(np.array([0]))[0], SQUARE)
    assert old.feature(2).dataset == "tree"
    assert open_store(root).version == new


KILLED = """
import os, sys
from pathlib import Path
from constraints.store import build
def die(what, done, total):
    if what == sys.argv[2]:
        os._exit(9)
build(Path(sys.argv[1]), die)
"""


@pytest.mark.parametrize("moment", ["packing", "indexing"])
def test_an_interrupted_build_leaves_the_old_version(root: Path, moment: str):
    """A process killed in the middle of a build leaves the store as it was, and the next build succeeds."""
    before = open_store(root).version
    write_source(root, info_of("sssi"), records_of(geometries(RING)), [], account_of(1))
    paths = os.pathsep.join(path for path in sys.path if path)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(root), moment], env={**os.environ, "PYTHONPATH": paths}, check=False
    )
    assert killed.returncode == 9
    assert open_store(root).version == before
    assert verify(root) == []
    assert build(root) != before
    assert open_store(root).datasets == ("conservation-area", "sssi", "tree")


def test_a_second_builder_is_refused(root: Path):
    """Two processes cannot change one store at once."""
    with exclusive(root), pytest.raises(StoreError) as refused:
        build(root)
    assert refused.value.code == "store_busy"


def test_a_missing_store_says_so(tmp_path: Path):
    """Opening a folder without a store is its own error."""
    with pytest.raises(StoreMissing):
        open_store(tmp_path)


@pytest.mark.parametrize("name", ["wkb.bin", "piece.npy", "xy.npy", "cell_key.npy", "sources.json"])
def test_a_file_cut_short_is_found_at_opening(root: Path, name: str):
    """A truncated file is never read: the store refuses to open and names the file."""
    path = version_folder(root, open_store(root).version) / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreDamaged, match=name):
        open_store(root)


def test_every_flipped_byte_is_found_by_verify(root: Path):
    """One changed bit in any file of the version is reported with the file's name."""
    folder = version_folder(root, open_store(root).version)
    for path in sorted(folder.iterdir()):
        whole = path.read_bytes()
        path.write_bytes(bytes([*whole[:-2], whole[-2] ^ 1, whole[-1]]))
        problems = verify(root)
        path.write_bytes(whole)
        assert any(path.name in problem or "manifest" in problem for problem in problems), path.name
    assert verify(root) == []


def test_a_damaged_version_is_built_again(root: Path):
    """Building mends a version that no longer matches its checksums."""
    path = version_folder(root, open_store(root).version) / "xy.npy"
    path.write_bytes(path.read_bytes()[:-8] + b"12345678")
    assert verify(root) != []
    build(root)
    assert verify(root) == []


def test_a_damaged_delivery_is_never_packed(root: Path):
    """A staged source that does not match its checksums stops the build; the old version stays."""
    before = open_store(root).version
    staged = next((root / "sources").glob("tree*")) / "wkb.npy"
    write_source(root, info_of("sssi"), records_of(geometries(RING)), [], account_of(1))
    staged.write_bytes(staged.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreDamaged):
        build(root)
    assert open_store(root).version == before


@pytest.mark.parametrize("other", [FORMAT - 1, FORMAT + 1])
def test_a_store_of_another_format_is_refused(root: Path, other: int):
    """A whole store written by older or newer software says so, and is packed anew from its sources."""
    path = version_folder(root, open_store(root).version) / "manifest.json"
    body = {**json.loads(path.read_bytes())["manifest"], "format": other}
    path.write_bytes(to_json({"manifest": body, "sha256": hashlib.sha256(to_json(body)).hexdigest()}))
    with pytest.raises(StoreDamaged, match=f"format {other}, this software reads format {FORMAT}") as refused:
        open_store(root)
    assert refused.value.code == "store_format"
    build(root)
    assert len(open_store(root)) > 0


@pytest.mark.parametrize(
    "wrong",
    [
        replace(records_of(geometries(SQUARE)), name=[]),
        records_of(geometries(shapely.Polygon())),
        records_of(geometries(shapely.GeometryCollection([SQUARE]))),
        records_of(geometries(shapely.Point(1e9, 0))),
        records_of(geometries(shapely.Point(float("nan"), 0))),
    ],
)
def test_records_that_break_their_promise_are_refused(tmp_path: Path, wrong: Records):
    """Uneven columns, empty shapes, collections and impossible coordinates never reach the store."""
    with pytest.raises(StoreError):
        write_source(tmp_path, info_of("tree"), wrong, [], account_of(1))


def test_opening_and_answering_one_site_loads_nothing_heavy(root: Path):
    """A cold start waits for no library of tables or rasters and no compiler: each takes up to a second to load."""
    code = (
        "import sys, numpy, shapely; from pathlib import Path; from constraints.store import open_store;"
        "from constraints.engine import overlaps; store = open_store(Path(sys.argv[1]));"
        "overlaps(store, numpy.array([shapely.box(0, 0, 1, 1)], object), as_at=None);"
        "print(sorted({'pandas', 'geopandas', 'pyarrow', 'pyogrio', 'rasterio', 'numba'} & set(sys.modules)))"
    )
    paths = os.pathsep.join(path for path in sys.path if path)
    told = subprocess.run(
        [sys.executable, "-c", code, str(root)],
        env={**os.environ, "PYTHONPATH": paths},
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip() == "[]"
