"""Tiles over HTTP beside a plain route of FastAPI, and what a cold tile, an archive and an edit cost.

    python tests/benchmarks/tiles_http.py HOME

HOME is a home folder with a store (`bopsgis demo` makes one). The server runs in this process on a real socket; the
time is the CPU time of the whole process, less that of the client's thread. Nothing here is a test of speed.
"""

from __future__ import annotations

import asyncio
import http.client
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

# The benchmarks and their support are modules below tests/, which is no package: their folder must be on the path.
import httpx2  # noqa: E402  # after the path is set
import shapely  # noqa: E402  # after the path is set
from fastapi import FastAPI, Response  # noqa: E402  # after the path is set
from support.serving import serving  # noqa: E402  # after the path is set
from support.tile_places import CENTRE, address_at, tile_at  # noqa: E402  # after the path is set

from api.core.settings import Settings  # noqa: E402  # after the path is set
from api.layers.exporting import export_layer  # noqa: E402  # after the path is set
from api.layers.layer import CONSTRAINTS  # noqa: E402  # after the path is set
from api.main import create_app  # noqa: E402  # after the path is set
from bopsgis.types import BBox  # noqa: E402  # after the path is set
from tiles.archive import open_archive  # noqa: E402  # after the path is set
from tiles.grid import NATIONAL_GRID, WEB_MERCATOR  # noqa: E402  # after the path is set
from tiles.snapshot import dirty_tiles  # noqa: E402  # after the path is set

REQUESTS = 1_000
CLIENTS = 500
DIRTY_ZOOMS = range(6, 17)


def server_us(host: str, port: int, path: str) -> tuple[float, int]:
    """CPU microseconds of the server for one request over a connection that stays open, and bytes of the answer."""
    connection = http.client.HTTPConnection(host, port)
    headers = {"Accept-Encoding": "gzip"}

    def ask() -> int:
        connection.request("GET", path, headers=headers)
        return len(connection.getresponse().read())

    size = [ask() for _ in range(100)][-1]
    process, own = time.process_time(), time.thread_time()
    for _ in range(REQUESTS):
        ask()
    spent = (time.process_time() - process) - (time.thread_time() - own)
    connection.close()
    return spent / REQUESTS * 1e6, size


def hot_table(app: FastAPI, home: Path, path: str) -> None:
    """A tile from memory, and the same bytes from a route of FastAPI: alone, and within our service."""
    with serving(app) as (host, port):
        ours, size = server_us(host, port, path)
        connection = http.client.HTTPConnection(host, port)
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        body = connection.getresponse().read()
        connection.close()
    headers = {"Content-Encoding": "gzip", "ETag": '"x"'}

    def plain() -> Response:
        return Response(body, media_type="application/vnd.mapbox-vector-tile", headers=headers)

    bare = FastAPI()
    bare.add_api_route("/plain", plain)
    with serving(bare) as (host, port):
        alone, _ = server_us(host, port, "/plain")
    # An application of its own: a service ends with its server.
    other = create_app(Settings(home=home))
    other.add_api_route("/plain", plain)
    with serving(other) as (host, port):
        within, _ = server_us(host, port, "/plain")
    print(f"cached tile of {size:,} bytes: {ours:.0f} us of the server's CPU, {1e6 / ours:,.0f} requests a second")
    print(f"the same from a FastAPI route alone: {alone:.0f} us, {alone / ours:.1f} times as long")
    print(f"the same from a route behind the service's doors: {within:.0f} us, {within / ours:.1f} times as long")


def stampede(app: FastAPI, path: str) -> None:
    """Many clients who ask for one cold tile."""
    before = app.state.tiles.made

    async def all_at_once() -> int:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=120) as many:
            answers = await asyncio.gather(*(many.get(path) for _ in range(CLIENTS)))
        return len({answer.headers["etag"] for answer in answers})

    tags = asyncio.run(all_at_once())
    print(f"{CLIENTS} clients, one cold tile: drawn {app.state.tiles.made - before} time(s), {tags} tag(s)")


def archive_line(app: FastAPI, folder: Path) -> None:
    """A tile from an archive."""
    layer = app.state.tiles.editions.newest().layers[CONSTRAINTS]
    export_layer(layer, folder / "town.pmtiles", zooms=(5, 14))
    archive = open_archive(folder / "town.pmtiles")
    places = list(archive.places())

    def read() -> None:
        for place in places:
            archive.tile(*place)

    print(f"tile from a PMTiles archive: {cpu_us(read, len(places) * 20, 20):.1f} us, {len(places)} tiles")


def cpu_us(work: Callable[[], None], count: int, times: int) -> float:
    """CPU microseconds of one of `count` things that are done in so many goes."""
    work()
    begun = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begun) / count * 1e6


def dirty_line() -> None:
    """Tiles that the edit of a case makes stale."""
    x, y = CENTRE
    for side in (20, 100, 300):
        box = BBox(*shapely.box(x, y, x + side, y + side).bounds)
        count = len(dirty_tiles(WEB_MERCATOR, [box], DIRTY_ZOOMS))
        print(f"edit of a site of {side} m: {count} tiles stale at zooms {DIRTY_ZOOMS[0]} to {DIRTY_ZOOMS[-1]}")


def main(home: Path) -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder)
        for name in ("store", "sample-town"):
            (own / name).symlink_to(home.resolve() / name, target_is_directory=True)
        app = create_app(Settings(home=own))
        app.state.tiles.editions.newest()
        stampede(app, address_at(CONSTRAINTS, 9))
        archive_line(app, own)
        z, x, y = tile_at(NATIONAL_GRID, 9)
        version = app.state.tiles.editions.newest().layers[CONSTRAINTS].version
        hot_table(app, own, f"/tiles/{CONSTRAINTS}@{version}/{NATIONAL_GRID.id}/{z}/{x}/{y}.mvt")
        dirty_line()
        shutil.rmtree(own / "tiles", ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
