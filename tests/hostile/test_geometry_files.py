"""Hostile files at the door: zips, Shapefiles, GeoPackages and KML. The numbers are those of the fault list."""

from __future__ import annotations

import io
import sqlite3
import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path

import geopandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.shapes import site

from bopsgis import boundary
from bopsgis.boundary import Boundary
from bopsgis.errors import InputRefused


@pytest.fixture(scope="module")
def geopackage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good GeoPackage of one site."""
    path = tmp_path_factory.mktemp("gpkg") / "site.gpkg"
    geopandas.GeoDataFrame({"name": ["x"]}, geometry=[site()], crs=27700).to_file(path, driver="GPKG")
    return path


@pytest.fixture(scope="module")
def shapefile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A good Shapefile of one site, file by file."""
    folder = tmp_path_factory.mktemp("shp")
    geopandas.GeoDataFrame({"name": ["x"]}, geometry=[site()], crs=27700).to_file(folder / "site.shp")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _zip(entries: list[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return buffer.getvalue()


def _refusal(data: bytes) -> InputRefused:
    """What the reader says, having taken less memory than anything unpacked or expanded would need."""
    tracemalloc.start()
    with pytest.raises(InputRefused) as refusal:
        boundary.read(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000
    return refusal.value


def test_f06_zip_bombs_are_not_unpacked(shapefile: dict[str, bytes]) -> None:
    """Two hundred megabytes of zeros in 200 kB, alone or beside a good Shapefile, are refused by the directory."""
    bomb = b"\0" * 120_000_000
    assert _refusal(_zip([("site.shp", bomb)])).code == "zip_bomb"
    assert _refusal(_zip([*shapefile.items(), ("readme.txt", bomb)])).code == "zip_bomb"


def test_f06_a_directory_that_lies_is_found_out(shapefile: dict[str, bytes]) -> None:
    """An entry that says it is small and unpacks to more is refused when it passes its own size."""
    data = bytearray(_zip([*shapefile.items(), ("readme.txt", b"\0" * 5_000)]))
    at = data.find(struct.pack("<I", 5_000))
    while at != -1:
        data[at : at + 4] = struct.pack("<I", 50)
        at = data.find(struct.pack("<I", 5_000))
    assert _refusal(bytes(data)).code == "zip_damaged"


def test_f06_too_many_entries(shapefile: dict[str, bytes]) -> None:
    """200 entries are read, 201 are refused."""
    extra = [(f"{i}.txt", b"x") for i in range(201 - len(shapefile))]
    assert boundary.read(_zip([*shapefile.items(), *extra[:-1]])).area_m2 == 10_000
    assert _refusal(_zip([*shapefile.items(), *extra])).code == "too_large"


@pytest.mark.parametrize("name", ["../site.shp", "a/../../site.shp", "/etc/site.shp", "C:\\site.shp", "..\\site.shp"])
def test_f06_paths_that_lead_outside_are_refused(shapefile: dict[str, bytes], name: str) -> None:
    """A climbing or absolute path is refused, though nothing is ever unpacked by its name."""
    assert _refusal(_zip([*shapefile.items(), (name, b"x")])).code == "zip_slip"


def test_f06_links_doubles_and_passwords_are_refused(shapefile: dict[str, bytes]) -> None:
    """Symbolic links, the same name twice (in any case), encrypted entries, and a bad checksum."""
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert _refusal(_zip([*shapefile.items(), (link, b"/etc/passwd")])).code == "zip_link"
    assert _refusal(_zip([*shapefile.items(), ("SITE.SHP", b"x")])).code == "zip_duplicate"
    plain = _zip(list(shapefile.items()))
    encrypted = bytearray(plain)
    at = plain.find(b"PK\x01\x02")
    encrypted[at + 8] |= 1
    assert _refusal(bytes(encrypted)).code == "zip_encrypted"
    damaged = bytearray(plain)
    damaged[60] ^= 0xFF
    assert _refusal(bytes(damaged)).code == "zip_damaged"
    assert _refusal(plain[: len(plain) // 2]).code == "zip_damaged"
    assert _refusal(_zip([("inner.zip", plain)])).code == "not_one_shapefile"


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_f07_damaged_shapefiles_are_read_or_refused(shapefile: dict[str, bytes], data: st.DataObject) -> None:
    """Any bytes of a Shapefile changed or cut give a boundary or a refusal and nothing else."""
    members = dict(shapefile)
    name = data.draw(st.sampled_from([n for n in sorted(members) if not n.endswith(".cpg")]))
    content = bytearray(members[name])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    members[name] = bytes(content[: data.draw(st.integers(0, len(content)))])
    _expect_boundary_or_refusal(_zip(list(members.items())))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_f08_damaged_geopackages_are_read_or_refused(geopackage: Path, data: st.DataObject) -> None:
    """Any bytes of a GeoPackage changed or cut give a boundary or a refusal and nothing else."""
    content = bytearray(geopackage.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(16, len(content) - 1))] = data.draw(st.integers(0, 255))
    _expect_boundary_or_refusal(bytes(content[: data.draw(st.integers(17, len(content)))]))


def _expect_boundary_or_refusal(data: bytes) -> None:
    outcome: object
    try:
        outcome = boundary.read(data)
    except InputRefused as refusal:
        outcome = refusal
    assert isinstance(outcome, (Boundary, InputRefused))


def test_f08_views_in_a_geopackage_are_not_run(geopackage: Path, tmp_path: Path) -> None:
    """A view that counts for ever, registered as the layer, is refused before it is opened."""
    path = tmp_path / "view.gpkg"
    path.write_bytes(geopackage.read_bytes())
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE VIEW endless AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
            "SELECT x AS fid, NULL AS geom FROM c"
        )
        database.execute("UPDATE gpkg_contents SET table_name = 'endless'")
    database.close()
    assert _refusal(path.read_bytes()).code == "geopackage_view"


def test_f08_other_databases_are_refused(tmp_path: Path) -> None:
    """A plain SQLite database, even full of tables, is not a GeoPackage."""
    path = tmp_path / "plain.gpkg"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE site (id INTEGER)")
    database.close()
    assert _refusal(path.read_bytes()).code == "not_geopackage"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ('<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]><kml>&x;</kml>', "kml_doctype"),
        ("<!DOCTYPE kml><kml/>", "kml_doctype"),
        (
            '<!DOCTYPE k [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><kml>&b;</kml>',
            "kml_doctype",
        ),
        ("<kml><NetworkLink><Link><href>http://localhost/</href></Link></NetworkLink></kml>", "kml_link"),
        ("<kml>" + "<a>" * 65 + "</a>" * 65 + "</kml>", "too_deep"),
        ("<kml>" + "<a>" * 300_000, "too_deep"),
        ("<kml>" + "<a/>" * 300_000 + "</kml>", "too_deep"),
        ("<kml>&undefined;</kml>", "not_kml"),
        ("<kml", "not_kml"),
        ('<?xml version="1.0" encoding="nonsense"?><kml/>', "not_kml"),
        ("<html><script>alert(1)</script></html>", "not_kml"),
        ("<kml>\x01</kml>", "not_kml"),
    ],
)  # fmt: skip
def test_f09_xml_tricks_are_refused(document: str, code: str) -> None:
    """Entities, document types, links, endless nesting and broken XML never reach a parser that obeys them."""
    assert _refusal(document.encode()).code == code


def test_f10_other_drivers_are_not_guessed(geopackage: Path) -> None:
    """Text that GDAL would open with another driver is only ever what its first bytes say."""
    vrt = b"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>"
    assert _refusal(vrt).code == "not_kml"
    assert _refusal(b"SQLite format 3\0" + vrt).code == "not_geopackage"
    header = geopackage.read_bytes()[:100]
    assert _refusal(header + vrt).code == "file_damaged"
