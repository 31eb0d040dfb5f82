"""Tiles over HTTP beside a plain route of FastAPI, and what a cold tile, an archive and an edit cost.

    python tests/benchmarks/tiles_http.py HOME

HOME is a home folder with a store (`bopsgis demo` makes one). Each server is a process of its own with the settings
of `api.core.server`, asked from here over sockets that stay open; the time is the CPU time of all its threads, the
least of several rounds. Nothing here is a test of speed.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

# The benchmarks and their support are modules below tests/, which is no package: their folder must be on the path.
import httpx2  # noqa: E402  # after the path is set
import shapely  # noqa: E402  # after the path is set
import uvicorn  # noqa: E402  # after the path is set
from fastapi import FastAPI, Response  # noqa: E402  # after the path is set
from support.tile_places import CENTRE, address_at, tile_at  # noqa: E402  # after the path is set

from api.core import server  # noqa: E402  # after the path is set
from api.core.settings import Settings  # noqa: E402  # after the path is set
from api.layers.exporting import export_layer  # noqa: E402  # after the path is set
from api.layers.layer import CONSTRAINTS  # noqa: E402  # after the path is set
from api.main import create_app  # noqa: E402  # after the path is set
from bopsgis.types import BBox  # noqa: E402  # after the path is set
from tiles.archive import open_archive  # noqa: E402  # after the path is set
from tiles.grid import NATIONAL_GRID, WEB_MERCATOR  # noqa: E402  # after the path is set
from tiles.snapshot import dirty_tiles  # noqa: E402  # after the path is set

REQUESTS = 2_000
ROUNDS = 5
CONNECTIONS = (1, 16)
QUIET_S = 2.0
CLIENTS = 500
DIRTY_ZOOMS = range(6, 17)
ASYNC, PLAIN, TILE = "a FastAPI route, async def", "a FastAPI route, def", "our tile"


def serve(what: str, home: Path, body: bytes, listener: socket.socket) -> None:
    """Serve until the process is ended: our service, or a route that answers with the same bytes."""
    headers = {"Content-Encoding": "gzip", "ETag": '"x"'}

    def plain() -> Response:
        return Response(body, media_type="application/vnd.mapbox-vector-tile", headers=headers)

    async def quick() -> Response:
        return plain()

    app = create_app(Settings(home=home)) if what == TILE else FastAPI()
    if what != TILE:
        app.add_api_route("/plain", quick if what == ASYNC else plain)
    host, port = listener.getsockname()
    uvicorn.Server(server.config(app, host, port)).run(sockets=[listener])


@contextmanager
def served(what: str, home: Path, body: Path) -> Iterator[tuple[int, int]]:
    """The process of a server and its port. Ends that process afterwards."""
    # Named as TCP: asyncio sends at once only what it knows to be.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        number, port = listener.fileno(), listener.getsockname()[1]
        asked = [sys.executable, str(Path(__file__).resolve()), str(home), what, str(body), str(number)]
        with subprocess.Popen(asked, pass_fds=[number], stderr=subprocess.DEVNULL) as process:
            try:
                yield process.pid, port
            finally:
                process.terminate()


def cpu_ns(process: int) -> int:
    """CPU time of all threads of a process so far."""
    stats = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(stat.read_text().split()[0]) for stat in stats)


def settle(process: int) -> None:
    """Wait until a server has done what it does at its start."""
    while True:
        before = cpu_ns(process)
        time.sleep(QUIET_S)
        if before > 0 and cpu_ns(process) - before < QUIET_S * 1e9 / 100:
            return


def answer_of(connection: socket.socket) -> bytes:
    """Body of the next answer."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(1 << 16)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    size = int(head.lower().partition(b"content-length:")[2].split()[0])
    while len(body) < size:
        body += connection.recv(1 << 16)
    return body


def measured(process: int, port: int, path: str, connections: int) -> tuple[float, float, bytes]:
    """CPU microseconds of the server for one request, requests a second, and the body of the answer."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    rounds, bodies = [], [b""]
    for _ in range(ROUNDS + 1):
        used, begun = cpu_ns(process), time.perf_counter()
        for _ in range(REQUESTS // connections):
            for client in clients:
                client.sendall(request)
            bodies = [answer_of(client) for client in clients]
        rounds.append(((cpu_ns(process) - used) / REQUESTS / 1e3, REQUESTS / (time.perf_counter() - begun)))
    for client in clients:
        client.close()
    return min(us for us, _ in rounds[1:]), max(rate for _, rate in rounds[1:]), bodies[0]


def hot_table(home: Path, path: str) -> None:
    """A tile from memory, and the same bytes from a route of FastAPI alone."""
    kept, found = home / "body", {}
    kept.write_bytes(b"")
    for what in (TILE, ASYNC, PLAIN):
        with served(what, home, kept) as (process, port):
            measured(process, port, path if what == TILE else "/plain", 1)
            settle(process)
            for connections in CONNECTIONS:
                *figures, body = measured(process, port, path if what == TILE else "/plain", connections)
                found[what, connections] = figures
                kept.write_bytes(body)
    print(f"cached tile of {kept.stat().st_size:,} bytes, same server settings")
    print("| answered by | connections | CPU us a request | times ours | requests a second | ours, times |")
    print("|---|--:|--:|--:|--:|--:|")
    for (what, connections), (us, rate) in found.items():
        own_us, own_rate = found[TILE, connections]
        print(f"| {what} | {connections} | {us:.0f} | {us / own_us:.2f} | {rate:,.0f} | {own_rate / rate:.2f} |")


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
        hot_table(own, f"/tiles/{CONSTRAINTS}@{version}/{NATIONAL_GRID.id}/{z}/{x}/{y}.mvt")
        dirty_line()
        shutil.rmtree(own / "tiles", ignore_errors=True)


if __name__ == "__main__":
    folder, *serving = sys.argv[1:]
    if serving:
        what, kept, number = serving
        serve(what, Path(folder), Path(kept).read_bytes(), socket.socket(fileno=int(number)))
    else:
        main(Path(folder))
