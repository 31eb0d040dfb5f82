"""Whatever is handed over, the answer is a refusal in words: never a crash, and never a silent gap."""

from __future__ import annotations

import gzip
import json
import struct
import zipfile
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.deliveries import codes, feature, frame, take, write_geojson

from bopsgis.errors import BopsgisError, FormatRefused, InputRefused, NotFound, TooLarge
from constraints.ingest import read
from constraints.ingest.limits import IngestLimits

HEADS = (
    b"",
    b"SQLite format 3\x00",
    b"fgb\x03fgb\x01",
    b"\x00\x00\x27\x0a",
    b"PK\x03\x04",
    b"PAR1",
    b"\x1f\x8b\x08",
    b"{",
)
POINT = shapely.Point(-0.0762, 51.4842)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=st.sampled_from(HEADS), body=st.binary(max_size=400))
def test_random_bytes_are_refused_in_words(tmp_path: Path, head: bytes, body: bytes) -> None:
    """Random bytes behind the first bytes of any format end in one of our own errors, or in rows."""
    path = tmp_path / "rubbish.bin"
    path.write_bytes(head + body)
    try:
        rows = len(read(path))
    except BopsgisError as error:
        message = error.message
    else:
        message = f"rubbish.bin has {rows} rows"
    assert "rubbish.bin" in message


@pytest.mark.parametrize("kind", ["gpkg", "parquet", "fgb", "zip", "geojson", "geojson.gz"])
def test_a_file_cut_short_is_refused(tmp_path: Path, kind: str) -> None:
    """Half a file of each format is refused as a whole: half the rows would look like all of them."""
    whole = tmp_path / f"whole.{kind}"
    if kind == "gpkg":
        frame().to_file(whole, driver="GPKG")
    elif kind == "parquet":
        frame().to_parquet(whole)
    elif kind == "fgb":
        frame().to_file(whole, driver="FlatGeobuf")
    elif kind == "zip":
        with zipfile.ZipFile(whole, "w") as archive:
            archive.writestr("a.shp", b"\x00\x00\x27\x0a" + bytes(500))
    else:
        write_geojson(whole, [feature({"name": str(i)}, POINT) for i in range(50)])
    half = tmp_path / f"half.{kind}"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(FormatRefused, match=r"half\."):
        take(half)


def test_a_virtual_file_is_not_opened(tmp_path: Path) -> None:
    """A GDAL virtual file, which could read other files or addresses, is refused under any name."""
    (tmp_path / "secret.csv").write_text("a,x,y\n1,533000,178000\n", encoding="utf-8")
    source = f"<SrcDataSource>{tmp_path}/secret.csv</SrcDataSource>"
    vrt = f"<OGRVRTDataSource><OGRVRTLayer name='secret'>{source}</OGRVRTLayer></OGRVRTDataSource>"
    plain = tmp_path / "a.geojson"
    plain.write_text(vrt, encoding="utf-8")
    with pytest.raises(FormatRefused, match="not read"):
        take(plain)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.shp", vrt)
    with pytest.raises(FormatRefused, match="no Shapefile"):
        take(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("  \n ", "blanks"),
        ("<html><body>503</body></html>", "web pages"),
        ('{"error": "not found"}', "neither GeoJSON"),
        ('{"type": "FeatureCollection", "features": [{"type": "Feature"', "ends in the middle"),
        ('{"type": "Feature", "geometry": null}\n{"type": "Feature"}', "something follows"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"type": "FeatureCollection", "features": [' + "9" * 5_000 + "]}", "too long"),
        ("just one column\n1\n2\n", "two or more columns"),
        ("a,b\n1,2\n", "no column with geometry"),
    ],
)
def test_texts_that_are_no_delivery(tmp_path: Path, text: str, why: str) -> None:
    """Each kind of wrong text is refused with what is wrong with it."""
    path = tmp_path / "text.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatRefused, match=why):
        take(path)


def test_a_missing_or_huge_file(tmp_path: Path) -> None:
    """No file is said to be missing; a file over the limit, packed or not, is refused before it is read."""
    with pytest.raises(NotFound, match="no file"):
        take(tmp_path / "none.gpkg")
    small = IngestLimits(max_bytes=1_000)
    bomb = tmp_path / "bomb.geojson.gz"
    bomb.write_bytes(gzip.compress(b" " * 100_000))
    with pytest.raises(TooLarge):
        read(bomb, limits=small)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", b"\x00" * 100_000)
    with pytest.raises(TooLarge):
        read(tmp_path / "bomb.zip", limits=small)


@pytest.mark.parametrize(
    "top",
    [
        {"count": 250, "links": {"next": "/entity.geojson?offset=2"}},
        {"exceededTransferLimit": True},
        {"properties": {"exceededTransferLimit": True}},
    ],
)
def test_part_of_an_answer_is_refused(tmp_path: Path, top: dict[str, object]) -> None:
    """One page of an API's answer is no delivery: the records that it lacks would look like open land."""
    path = write_geojson(tmp_path / "page.geojson", [feature({}, POINT)] * 2, **top)
    with pytest.raises(FormatRefused) as caught:
        take(path)
    assert caught.value.code == "partial_answer"


def _nested(depth: int) -> dict[str, object]:
    shape: dict[str, object] = {"type": "Point", "coordinates": [-0.0762, 51.4842]}
    for _ in range(depth):
        shape = {"type": "GeometryCollection", "geometries": [shape]}
    return shape


def test_rows_that_cannot_be_read_are_told_one_by_one(tmp_path: Path) -> None:
    """Bad rows do not spoil good ones: each is unlocated with its own sentence, and the account balances."""
    bad = [
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": "none"},
        {"type": "Polygon", "coordinates": [[["a", "b"], ["c", "d"], ["e", "f"], ["a", "b"]]]},
        {"type": "Circle", "coordinates": [0, 0]},
        {"type": "Point", "coordinates": [[[[1]]]]},
        {"type": "LineString", "coordinates": [[-0.08, 51.4]]},
        {"coordinates": [1, 2]},
        ["not", "a", "geometry"],
        _nested(40),
        {"type": "GeometryCollection", "geometries": 7},
    ]
    path = write_geojson(
        tmp_path / "bad.geojson", [feature({"name": str(i)}, shape) for i, shape in enumerate([POINT, *bad])]
    )
    found = take(path, "tree")
    assert found.account.kept == 1
    assert found.account.balanced()
    assert [record.row for record in found.unlocated] == list(range(2, 2 + len(bad)))
    assert {record.reason for record in found.unlocated} == {"unrepairable_geometry"}


def test_deep_nesting_never_reaches_geos(tmp_path: Path) -> None:
    """Collections nested 100,000 deep, as WKT and as WKB, would end the process: their rows are unlocated."""
    text = "GEOMETRYCOLLECTION(" * 100_000 + "POINT(0 0)" + ")" * 100_000
    binary = b"".join([struct.pack("<BII", 1, 7, 1)] * 100_000) + shapely.to_wkb(POINT)
    mixed = b"".join([struct.pack(">BII", 0, 6, 1)] * 100_000) + shapely.to_wkb(POINT)
    path = tmp_path / "deep.csv"
    rows = [f'{i},"{shape}"' for i, shape in enumerate(["POINT (533000 178000)", text, binary.hex(), mixed.hex()])]
    path.write_text("reference,geometry\n" + "\n".join(rows) + "\n", encoding="utf-8")
    found = take(path)
    assert found.records.reference == ["0"]
    assert len(found.unlocated) == 3
    assert all("too many collections" in record.sentence for record in found.unlocated)


def test_items_that_are_no_features_are_counted(tmp_path: Path) -> None:
    """A list item that is no object is a row that was refused, not a row that never was."""
    path = tmp_path / "odd.geojson"
    items = [feature({"name": "A"}, POINT), None, 7, {"type": "Feature", "properties": None, "geometry": None}]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": items}), encoding="utf-8")
    found = take(path, "tree")
    assert (found.account.rows_in, found.account.kept, found.account.refused) == (4, 1, 3)
    assert "not_a_record" in codes(found)[2]
    assert found.account.balanced()


def test_a_surface_is_not_a_table() -> None:
    """A dataset that is a raster is refused here with the way to add it."""
    with pytest.raises(InputRefused, match="GeoTIFF"):
        take(Path("depth.tif"), "surface-water-flood-depth")
