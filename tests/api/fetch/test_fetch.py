"""The downloader against a server of our own that breaks off, pauses and changes its files."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from api.fetch import FetchFailed, FetchSettings, Remote, damaged, download, fetch
from bopsgis.errors import NotFound, TooLarge
from constraints.ingest import add_manifest
from constraints.source import Coverage
from constraints.store import open_store

TODAY = date(2026, 11, 22)
AREAS = (
    b"dataset,end-date,entity,entry-date,geometry,name,point,reference,start-date\n"
    b'conservation-area,,44000001,2024-07-11,"MULTIPOLYGON (((-0.0767 51.4841,-0.0758 51.4841,-0.0758 51.4845,'
    b'-0.0767 51.4845,-0.0767 51.4841)))",Cobourg Road,"POINT (-0.0762 51.4843)",19,1980-02-05\n'
)
LARGE = bytes(range(256)) * 8_000


@dataclass
class Script:
    """What the server has and how it misbehaves; `requests` is what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    break_off_after: list[int] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    ranges: bool = True
    requests: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    """Answers from a script, which each test's own subclass holds."""

    script: ClassVar[Script]

    def do_GET(self) -> None:
        """Answer as the script says, or with a file."""
        self.script.requests.append({**dict(self.headers.items()), "path": self.path})
        if self.script.answers:
            status, headers = self.script.answers.pop(0)
            self._send(status, headers, b"")
        elif self.path in self.script.files:
            self._send_file(self.script.files[self.path])
        else:
            self._send(404, {}, b"no such file")

    def _send_file(self, body: bytes) -> None:
        etag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
        asked = self.headers.get("Range", "")
        if self.headers.get("If-None-Match") == etag:
            self._send(304, {"ETag": etag}, b"")
        elif not self.script.ranges or not asked or self.headers.get("If-Range") != etag:
            self._send(200, {"ETag": etag}, body)
        elif (start := int(asked.removeprefix("bytes=").removesuffix("-"))) < len(body):
            span = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self._send(206, {"ETag": etag, "Content-Range": span}, body[start:])
        else:
            self._send(416, {}, b"")

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        cut = self.script.break_off_after.pop(0) if body and self.script.break_off_after else len(body)
        self.wfile.write(body[:cut])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def script() -> Iterator[Script]:
    """A server on a free port of this machine."""
    script = Script()
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"script": script})) as server:
        script.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield script
        server.shutdown()
        thread.join()


@pytest.fixture
def slept() -> list[float]:
    """The pauses that were asked for, instead of waiting."""
    return []


@pytest.fixture
def settings(slept: list[float]) -> FetchSettings:
    """Settings that note pauses and do not wait."""
    return FetchSettings(timeout_s=5, tries=4, sleep=slept.append)


def test_a_transfer_that_breaks_off_goes_on_where_it_ended(
    script: Script, settings: FetchSettings, tmp_path: Path
) -> None:
    """Broken off twice, the file is whole in three requests, of which two ask only for the rest."""
    script.files["/a.bin"] = LARGE
    script.break_off_after = [700_000, 500_000]
    heard: list[tuple[int, int]] = []
    found = download(f"{script.url}/a.bin", tmp_path / "a.bin", settings=settings, told=lambda *at: heard.append(at))
    assert (tmp_path / "a.bin").read_bytes() == LARGE
    assert found.sha256 == hashlib.sha256(LARGE).hexdigest()
    assert [request.get("Range") for request in script.requests] == [None, "bytes=700000-", "bytes=1200000-"]
    assert heard[-1] == (len(LARGE), len(LARGE))
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_a_later_run_resumes_and_never_mixes_two_versions(
    script: Script, settings: FetchSettings, slept: list[float], tmp_path: Path
) -> None:
    """What a failed run left is used by the next; if the file has changed meanwhile, all of it is fetched anew."""
    script.files["/a.bin"] = LARGE
    script.break_off_after = [600_000, 10, 10, 10]
    target = tmp_path / "a.bin"
    with pytest.raises(FetchFailed, match="4 tries"):
        download(f"{script.url}/a.bin", target, settings=settings)
    assert not target.exists()
    assert slept == [2.0, 4.0, 8.0]
    script.files["/a.bin"] = LARGE[::-1]
    download(f"{script.url}/a.bin", target, settings=settings)
    assert script.requests[-1]["Range"] == "bytes=600030-"
    assert target.read_bytes() == LARGE[::-1]


def test_a_server_without_ranges_sends_it_all_again(script: Script, settings: FetchSettings, tmp_path: Path) -> None:
    """Where a server answers a request for the rest with the whole, the whole is taken."""
    script.files["/a.bin"], script.ranges, script.break_off_after = LARGE, False, [900_000]
    download(f"{script.url}/a.bin", tmp_path / "a.bin", settings=settings)
    assert (tmp_path / "a.bin").read_bytes() == LARGE


def test_a_part_that_does_not_fit_is_thrown_away(script: Script, settings: FetchSettings, tmp_path: Path) -> None:
    """A part as long as the file, which no server can continue, is dropped and the file fetched anew."""
    script.files["/a.bin"] = AREAS
    etag = f'"{hashlib.sha256(AREAS).hexdigest()[:12]}"'
    (tmp_path / "a.bin.part").write_bytes(b"x" * len(AREAS))
    (tmp_path / "a.bin.part.json").write_text(
        f'{{"etag": "{etag[1:-1]}"}}'.replace(etag[1:-1], etag.replace('"', '\\"'))
    )
    download(f"{script.url}/a.bin", tmp_path / "a.bin", settings=settings)
    assert (tmp_path / "a.bin").read_bytes() == AREAS
    assert len(script.requests) == 2


def test_a_busy_server_is_given_the_time_it_asks_for(
    script: Script, settings: FetchSettings, slept: list[float], tmp_path: Path
) -> None:
    """429 and 503 are tried again after Retry-After, but never after more than ten minutes."""
    script.files["/a.bin"] = AREAS
    script.answers = [(429, {"Retry-After": "7"}), (503, {"Retry-After": "86400"}), (503, {"Retry-After": "soon"})]
    download(f"{script.url}/a.bin", tmp_path / "a.bin", settings=settings)
    assert slept == [7.0, 600.0, 8.0]
    assert all("bopsgis" in request["User-Agent"] for request in script.requests)


def test_what_is_not_there_is_not_asked_for_twice(script: Script, settings: FetchSettings, tmp_path: Path) -> None:
    """404 ends at once, another scheme before any request, and a file over the limit before it is stored."""
    with pytest.raises(FetchFailed, match="404"):
        download(f"{script.url}/none", tmp_path / "none", settings=settings)
    assert len(script.requests) == 1
    with pytest.raises(FetchFailed, match="no web address"):
        download((tmp_path / "x").as_uri(), tmp_path / "none", settings=settings)
    script.files["/a.bin"] = LARGE
    with pytest.raises(TooLarge):
        download(f"{script.url}/a.bin", tmp_path / "a.bin", settings=FetchSettings(max_bytes=1_000))
    assert list(tmp_path.iterdir()) == []


def test_a_current_copy_is_not_sent_again(script: Script, settings: FetchSettings, tmp_path: Path) -> None:
    """With the version we have, an unchanged file costs one short answer; without the file it is fetched."""
    script.files["/a.bin"] = AREAS
    target = tmp_path / "a.bin"
    first = download(f"{script.url}/a.bin", target, settings=settings)
    again = download(f"{script.url}/a.bin", target, known=first.remote, settings=settings)
    assert (again.changed, again.sha256) == (False, first.sha256)
    target.unlink()
    assert download(f"{script.url}/a.bin", target, known=first.remote, settings=settings).changed
    assert Remote('W/"weak"', "yesterday").validator == "yesterday"


def test_fetched_datasets_go_straight_into_a_store(script: Script, settings: FetchSettings, tmp_path: Path) -> None:
    """The folder's manifest is read by ingest: datasets, day of retrieval and coverage arrive in the store."""
    script.files |= {
        "/conservation-area.csv": AREAS,
        "/battlefield.csv": AREAS.replace(b"conservation-area", b"battlefield"),
    }
    folder = tmp_path / "bulk"
    slugs = ("conservation-area", "battlefield")
    fetched = fetch(
        slugs, folder, today=TODAY, coverage={"battlefield": "everywhere"}, base_url=script.url, settings=settings
    )
    assert [each.changed for each in fetched] == [True, True]
    accounts = add_manifest(tmp_path / "store", folder)
    assert {name: account.kept for name, account in accounts.items()} == {
        "conservation-area.csv": 1,
        "battlefield.csv": 1,
    }
    sources = {entry.info.dataset: entry.info for entry in open_store(tmp_path / "store").sources}
    assert sources["battlefield"].coverage == Coverage(everywhere=True)
    assert sources["conservation-area"].coverage == Coverage()
    assert sources["battlefield"].retrieved == TODAY
    assert sources["battlefield"].sha256 == fetched[1].sha256


def test_a_second_fetch_takes_only_what_changed(
    script: Script, settings: FetchSettings, slept: list[float], tmp_path: Path
) -> None:
    """Unchanged files get a new day of retrieval only; a damaged copy is noticed and fetched again; pauses are kept."""
    script.files |= {"/conservation-area.csv": AREAS, "/tree.csv": AREAS}
    slugs = ("conservation-area", "tree")
    fetch(slugs, tmp_path, today=date(2026, 11, 1), base_url=script.url, settings=settings)
    assert damaged(tmp_path) == ()
    (tmp_path / "tree.csv").write_bytes(AREAS[:-9])
    assert damaged(tmp_path) == ("tree.csv has changed since it was fetched on 2026-11-01.",)
    again = fetch(slugs, tmp_path, today=TODAY, base_url=script.url, settings=settings)
    assert [each.changed for each in again] == [False, True]
    assert damaged(tmp_path) == ()
    assert slept == [1.0, 1.0]
    (tmp_path / "tree.csv").unlink()
    assert damaged(tmp_path) == ("tree.csv is missing.",)


def test_only_published_datasets_are_asked_for(script: Script, settings: FetchSettings, tmp_path: Path) -> None:
    """A dataset that is not published, or not in the catalogue, is refused before the server hears of it."""
    for slug in ("main-river", "no-such-thing"):
        with pytest.raises(NotFound):
            fetch(("tree", slug), tmp_path, today=TODAY, base_url=script.url, settings=settings)
    assert script.requests == []
