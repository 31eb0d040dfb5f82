"""Archives of tiles: what is in them, and how they are read over HTTP and by GDAL."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support.serving import serving

from api.core.settings import Settings
from api.layers.archives import Span, span_of
from api.layers.exporting import export_layer
from api.layers.layer import CONSTRAINTS
from api.main import create_app
from bopsgis.errors import InputRefused
from tiles.archive import open_archive
from tiles.grid import WEB_MERCATOR
from tiles.mvt import decode

ZOOMS = (9, 13)


@pytest.fixture(scope="module")
def archive(service: FastAPI) -> Iterator[Path]:
    """All constraints of the town as an archive that the service serves."""
    path = service.state.archives.folder / "town.pmtiles"
    export_layer(service.state.tiles.editions.newest().layers[CONSTRAINTS], path, zooms=ZOOMS)
    yield path
    path.unlink()


def test_an_export_holds_the_same_tiles_as_the_service(archive: Path, client: TestClient) -> None:
    """Each tile of the archive has the bytes of the live tile, and no live tile is missing."""
    opened = open_archive(archive)
    places = set(opened.places())
    box = WEB_MERCATOR.covers(opened_box(client), ZOOMS[1])
    live = {each for each in box.tiles() if client.get(address(each)).content}
    assert live == {place for place in places if place[0] == ZOOMS[1]}
    assert {z for z, _, _ in places} == set(range(ZOOMS[0], ZOOMS[1] + 1))
    for place in places:
        stored = opened.tile(*place)
        assert stored is not None
        assert gzip.decompress(stored) == client.get(address(place)).content
    opened.close()


def opened_box(client: TestClient) -> tuple[float, float, float, float]:
    """The box of all constraints in metres of Web Mercator, a little larger."""
    limits = client.get("/ogc/tiles/WebMercatorQuad").json()["tileMatrixSetLimits"]
    (deep,) = (each for each in limits if each["tileMatrix"] == str(ZOOMS[1]))
    west, _, _, north = WEB_MERCATOR.bounds(ZOOMS[1], deep["minTileCol"] - 1, deep["minTileRow"] - 1)
    _, south, east, _ = WEB_MERCATOR.bounds(ZOOMS[1], deep["maxTileCol"] + 1, deep["maxTileRow"] + 1)
    return west, south, east, north


def address(place: tuple[int, int, int]) -> str:
    """Where the live tile is."""
    z, x, y = place
    return f"/tiles/{CONSTRAINTS}/WebMercatorQuad/{z}/{x}/{y}.mvt"


def test_it_is_read_in_ranges(archive: Path, client: TestClient) -> None:
    """206 with the bytes asked for, 416 beyond the end; If-Range gives all of a file that is another by now."""
    path, data = "/archives/town.pmtiles", archive.read_bytes()
    whole = client.get(path)
    assert (whole.status_code, whole.content) == (200, data)
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["access-control-allow-origin"] == "*"
    tag = whole.headers["etag"]
    for header, start, stop in (
        ("bytes=0-126", 0, 127),
        ("bytes=-10", len(data) - 10, len(data)),
        ("bytes=100-", 100, len(data)),
    ):
        part = client.get(path, headers={"Range": header, "Accept-Encoding": "gzip"})
        assert (part.status_code, part.content) == (206, data[start:stop])
        assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(data)}"
        assert "content-encoding" not in part.headers
    beyond = client.get(path, headers={"Range": f"bytes={len(data)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(data)}")
    assert client.get(path, headers={"Range": "bytes=0-9", "If-Range": tag}).status_code == 206
    assert client.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).content == data
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    head = client.head(path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(data)))


def test_ranges_are_read_as_the_standard_has_them() -> None:
    """RFC 9110, 14.1.2: the last byte is included and may lie beyond the end; what is no range is all."""
    assert span_of("bytes=0-0", 10) == Span(0, 1)
    assert span_of("bytes=5-100", 10) == Span(5, 10)
    assert span_of("bytes=-100", 10) == Span(0, 10)
    for no_range in (None, "bytes=1-2,4-5", "items=0-1", "bytes=5-4", "bytes=-", "bytes=a-b"):
        assert span_of(no_range, 10) is None
    for beyond in ("bytes=10-", "bytes=10-20", "bytes=-0"):
        with pytest.raises(ValueError, match="beyond"):
            span_of(beyond, 10)


def test_an_archive_holds_what_its_format_can(service: FastAPI, tmp_path: Path) -> None:
    """Another tile matrix set, and zooms out of order, are refused before anything is written."""
    layer = service.state.tiles.editions.newest().layers["conservation-area"]
    out = tmp_path / "out.pmtiles"
    with pytest.raises(InputRefused, match="WebMercatorQuad only"):
        export_layer(layer, out, matrix_set="NationalGrid")
    with pytest.raises(InputRefused, match="lowest first"):
        export_layer(layer, out, zooms=(5, 4))
    assert not out.exists()


def test_gdal_reads_archive_and_tiles(archive: Path, service: FastAPI) -> None:
    """`ogrinfo` lists the layers of a tile of the service, and of the archive where it knows the format."""
    program = shutil.which("ogrinfo")
    if program is None:
        pytest.skip("GDAL's programs are not installed (Debian: gdal-bin)")
    # An application of its own: the service ends with its server.
    with serving(create_app(Settings(home=service.state.archives.folder.parent, council="a"))) as (host, port):
        z, x, y = next(place for place in open_archive(archive).places() if place[0] == ZOOMS[1])
        tile = f"http://{host}:{port}{address((z, x, y))}"
        expected = {layer.name for layer in decode(service_tile(service, (z, x, y)))}
        formats = subprocess.run([program, "--formats"], capture_output=True, text=True, check=True).stdout
        archives = [f"/vsicurl/http://{host}:{port}/archives/town.pmtiles"] if "PMTiles" in formats else []
        for dataset in (f"MVT:{tile}", *archives):
            done = subprocess.run(
                [program, "-ro", "-q", dataset], capture_output=True, text=True, check=False, timeout=60
            )
            assert done.returncode == 0, done.stderr
            listed = {line.split(": ", 1)[1].split(" (")[0] for line in done.stdout.splitlines() if ": " in line}
            assert expected <= listed, done.stdout


def service_tile(service: FastAPI, place: tuple[int, int, int]) -> bytes:
    """A tile as it is drawn."""
    data: bytes = service.state.tiles.editions.newest().layers[CONSTRAINTS].draw(WEB_MERCATOR, place).data
    return data
