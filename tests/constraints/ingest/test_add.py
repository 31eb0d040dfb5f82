"""Deliveries go into a real store, whole or not at all."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from support.deliveries import RETRIEVED, SQUARES, codes, feature, frame, in_system, take, write_geojson

from bopsgis.errors import BopsgisError, FormatRefused, NotFound
from constraints.engine import overlaps
from constraints.ingest import add, add_manifest, listing, remove, verify
from constraints.source import Account, Coverage
from constraints.store import open_store

SOUTHWARK = Coverage(councils=("E09000028",))
BOW_TIE = shapely.Polygon([(533_000, 177_000), (533_010, 177_010), (533_010, 177_000), (533_000, 177_010)])


def _delivery(folder: Path, name: str = "areas.gpkg") -> Path:
    path = folder / name
    frame().to_file(path, driver="GPKG")
    return path


def _add(root: Path, path: Path, **more: object) -> Account:
    return add(root, path, dataset="conservation-area", retrieved=RETRIEVED, coverage=SOUTHWARK, **more)  # type: ignore[arg-type]  # passed on as given


def test_what_is_added_can_be_asked_for(tmp_path: Path) -> None:
    """An added delivery is in the store with its provenance, and the engine finds its areas."""
    root = tmp_path / "store"
    heard: list[str] = []
    path = _delivery(tmp_path)
    account = _add(root, path, publisher="LB Southwark", progress=lambda what, *_: heard.append(what))
    assert (account.rows_in, account.kept) == (3, 3)
    store = open_store(root)
    info = store.sources[0].info
    assert (info.dataset, info.name, info.publisher) == ("conservation-area", "areas", "LB Southwark")
    assert (info.source_crs, info.file_name, info.retrieved) == (27700, "areas.gpkg", RETRIEVED)
    assert len(info.sha256) == 64
    hits = overlaps(store, np.array([shapely.box(533_010, 178_010, 533_020, 178_020)]), as_at=None)
    assert hits.area_m2.tolist() == pytest.approx([100.0])
    assert {"Reading", "Placing on the national grid", "Writing"} <= set(heard)
    assert verify(root) == []


def test_the_account_says_what_became_of_every_row(tmp_path: Path) -> None:
    """A delivery with every wart balances: kept, repaired, repeated, ended, future, unlocated and refused rows."""
    square = in_system(list(SQUARES), 4326)
    rows = [
        ({"reference": "1", "name": "plain"}, square[0]),
        ({"reference": "1", "name": "plain"}, square[0]),
        ({"reference": "1", "name": "same place, another name"}, square[0]),
        ({"reference": "2", "end-date": "2020-01-01"}, square[1]),
        ({"reference": "3", "start-date": "2027-05-01"}, square[2]),
        ({"reference": "4"}, in_system([BOW_TIE], 4326)[0]),
        ({"reference": "5", "organisation": "E09000022", "start-date": "01/02/2003"}, None),
        ({"reference": "6", "uprns": "200003453172"}, None),
        ({"reference": "7", "address-texts": "1 High Street"}, None),
        ({"reference": "8"}, {"type": "Polygon", "coordinates": []}),
        ({"reference": "", "name": None}, None),
        ({"reference": "9"}, shapely.Point(2.35, 48.85)),
    ]
    path = write_geojson(tmp_path / "warts.geojson", [feature(said, shape) for said, shape in rows])
    found = take(path, "article-4-direction-area")
    account = found.account
    assert account.balanced()
    assert (account.rows_in, account.kept, account.unlocated, account.duplicates, account.refused) == (12, 5, 4, 1, 2)
    assert (account.repaired, account.repaired_flagged, account.no_geometry) == (1, 1, 4)
    assert (account.ended, account.future) == (1, 1)
    assert found.records.row.tolist() == [1, 3, 4, 5, 6]
    reasons = {record.row: record.reason for record in found.unlocated}
    assert reasons == {7: "no_geometry", 8: "uprn_only", 9: "address_only", 10: "empty_geometry"}
    assert found.unlocated[0].councils == ("E09000022",)
    assert found.unlocated[0].start_date == date(2003, 2, 1)
    assert found.unlocated[1].uprns == ("200003453172",)
    said = codes(found)
    assert said[2] == {"duplicate"}
    assert said[6] == {"repaired_flagged"}
    assert said[11] == {"empty_row"}
    assert said[12] == {"outside_great_britain"}


def test_an_area_that_cannot_be_repaired_is_unlocated_with_its_box(tmp_path: Path) -> None:
    """A collapsed area blocks an answer only round the place where it was drawn."""
    flat = shapely.Polygon([(533_000, 178_000), (533_010, 178_000), (533_005, 178_000)])
    path = tmp_path / "flat.csv"
    path.write_text(f'reference,geometry\nA,"{flat.wkt}"\n', encoding="utf-8")
    record = take(path, council="E09000028").unlocated[0]
    assert record.reason == "unrepairable_geometry"
    assert record.box is not None
    assert (record.box.west, record.box.east) == (533_000, 533_010)
    assert record.councils == ("E09000028",)


def test_repeats_are_known_however_their_rings_are_written(tmp_path: Path) -> None:
    """The same ring begun at another corner and turned the other way repeats; a shape moved by 1 mm does not."""
    again = shapely.Polygon(list(SQUARES[0].exterior.coords)[2::-1] + list(SQUARES[0].exterior.coords)[3:1:-1])
    moved = shapely.transform(SQUARES[0], lambda x, y: (x + 0.001, y), interleaved=False)
    assert again.equals(SQUARES[0])
    path = tmp_path / "again.csv"
    rows = "".join(f'CA1,"{shape.wkt}"\n' for shape in (SQUARES[0], again, moved))
    path.write_text(f"reference,geometry\n{rows}", encoding="utf-8")
    found = take(path)
    assert found.records.row.tolist() == [1, 3]
    assert found.account.duplicates == 1


def test_a_line_among_areas_is_kept_and_told(tmp_path: Path) -> None:
    """A line in a dataset of areas is kept, with a remark; parts of a lower dimension are left out, with one."""
    line = shapely.LineString([(533_000, 178_000), (533_050, 178_000)])
    both = shapely.GeometryCollection([SQUARES[1], line])
    path = tmp_path / "lines.csv"
    path.write_text(f'reference,geometry\nA,"{line.wkt}"\nB,"{both.wkt}"\n', encoding="utf-8")
    found = take(path)
    assert [shape.geom_type for shape in found.records.geometry] == ["LineString", "Polygon"]
    assert codes(found) == {1: {"line_for_area"}, 2: {"parts_left_out"}}


def test_rows_of_other_datasets_are_refused_where_ours_is_named(tmp_path: Path) -> None:
    """In a bulk file of several datasets only ours is taken; a column of other words is no such column."""
    path = tmp_path / "mixed.csv"
    path.write_text(
        'dataset,reference,geometry\ntree,1,"POINT (533000 178000)"\ngreen-belt,2,"POINT (533000 178000)"\n',
        encoding="utf-8",
    )
    found = take(path, "tree")
    assert (found.account.kept, found.account.refused) == (1, 1)
    assert codes(found)[2] == {"other_dataset"}
    assert take(path, "battlefield").account.kept == 2


def test_adding_again_replaces_and_removing_takes_out(tmp_path: Path) -> None:
    """The same name replaces its source; another name stands beside it; removing leaves the other."""
    root = tmp_path / "store"
    assert listing(root) == ()
    path = _delivery(tmp_path)
    _add(root, path)
    _add(root, path)
    _add(root, path, name="copy")
    assert [entry.info.name for entry in listing(root)] == ["areas", "copy"]
    remove(root, "conservation-area", "areas")
    assert [entry.info.name for entry in listing(root)] == ["copy"]
    with pytest.raises(NotFound):
        remove(root, "conservation-area", "areas")


@pytest.mark.parametrize("broken", ["{", "reference,x,y\nA,1,1\n"])
def test_a_delivery_that_fails_leaves_the_store_as_it_was(tmp_path: Path, broken: str) -> None:
    """A refused file changes neither the version nor what is staged."""
    root = tmp_path / "store"
    _add(root, _delivery(tmp_path))
    before = sorted(str(file) for file in root.rglob("*")), open_store(root).version
    path = tmp_path / "areas.csv"
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(BopsgisError):
        _add(root, path)
    assert (sorted(str(file) for file in root.rglob("*")), open_store(root).version) == before


def test_an_unknown_dataset_is_named(tmp_path: Path) -> None:
    """A dataset that the catalogue lacks is refused before the file is read."""
    with pytest.raises(NotFound, match="conservation-area"):
        add(tmp_path, tmp_path / "none", dataset="conservation-aera", retrieved=RETRIEVED, coverage=Coverage())


def test_a_manifest_adds_all_its_deliveries_and_builds_once(tmp_path: Path) -> None:
    """Every delivery of a manifest is in the one new version, with its own coverage."""
    folder, root = tmp_path / "town", tmp_path / "store"
    folder.mkdir()
    _delivery(folder, "one.gpkg")
    write_geojson(folder / "two.geojson", [feature({"name": "A"}, in_system([SQUARES[0]], 4326)[0])])
    manifest = [
        {"file": "one.gpkg", "dataset": "conservation-area", "name": "council", "publisher": "Ours",
         "retrieved": "2026-10-01", "councils": ["E99000001"], "crs": 27700},
        {"file": "two.geojson", "dataset": "green-belt", "retrieved": "2026-10-02", "councils": "everywhere"},
    ]  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    heard: list[str] = []
    accounts = add_manifest(root, folder, lambda what, *_: heard.append(what))
    assert {name: account.kept for name, account in accounts.items()} == {"one.gpkg": 3, "two.geojson": 1}
    sources = {entry.info.dataset: entry.info for entry in listing(root)}
    assert sources["conservation-area"].coverage == Coverage(councils=("E99000001",))
    assert sources["green-belt"].coverage == Coverage(everywhere=True)
    assert "Adding one.gpkg" in heard


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        ("", "no manifest"),
        ("[]", "no deliveries"),
        ('[{"file": "x.gpkg"}]', "Delivery 1"),
        ('[{"file": "x", "dataset": "tree", "retrieved": "2026-10-01", "councils": "all"}]', "councils"),
        ('[{"file": "x", "dataset": "tree", "retrieved": "2026-10-01", "councils": []}]', "no file x"),
        ('[{"file": "../a.txt", "dataset": "tree", "retrieved": "2026-10-01", "councils": []}]', "no file"),
    ],
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, manifest: str, why: str) -> None:
    """A manifest that is broken, or names a file that is not in its folder, is refused before anything is added."""
    folder = tmp_path / "town"
    folder.mkdir()
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    with pytest.raises(FormatRefused, match=why):
        add_manifest(tmp_path / "store", folder)
    assert not (tmp_path / "store").exists()
