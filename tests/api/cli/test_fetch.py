"""`bopsgis data fetch` against a server on this machine."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

HEADER = "dataset,entity,reference,name,entry-date,start-date,end-date,geometry,point\n"
AREA = "MULTIPOLYGON (((-1.9 52.4, -1.89 52.4, -1.89 52.41, -1.9 52.41, -1.9 52.4)))"
ROW = f'conservation-area,1,CA1,Old Town,2024-01-01,1990-01-01,,"{AREA}",POINT (-1.895 52.405)\n'


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, without a log."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one dataset's bulk file; the settings name its server."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "conservation-area.csv").write_text(HEADER + ROW)
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        monkeypatch.setenv("BOPSGIS_BULK_FILES", f"http://127.0.0.1:{server.server_address[1]}")
        yield folder
        server.shutdown()


def test_a_dataset_is_fetched_once_and_added(run: Callable[..., Any], served: Path, tmp_path: Path) -> None:
    """The file comes whole, is not sent twice, and goes into the store with what it is complete for."""
    first = run("data", "fetch", "conservation-area", "--council", "E09000028")
    assert first.status == 0, first.err
    assert "fetched" in first.err
    kept = tmp_path / ".bopsgis" / "fetched" / "conservation-area.csv"
    assert kept.read_bytes() == (served / "conservation-area.csv").read_bytes()
    again = run("data", "fetch", "conservation-area", "--add", "--store", "real")
    assert again.status == 0, again.err
    assert "still current" in again.err
    assert "1 rows in, 1 kept" in again.err
    listed = run("data", "list", "--store", "real").out.decode()
    assert "planning.data.gov.uk" in listed
    assert "E09000028" in listed


def test_what_cannot_be_fetched_is_said(run: Callable[..., Any], served: Path) -> None:
    """An unknown dataset, one that the server lacks, and a contradiction end in plain words."""
    assert served.is_dir()
    for words, sentence in (
        (("no-such-dataset",), "no-such-dataset"),
        (("green-belt", "--tries", "1"), "404"),
        (("conservation-area", "--council", "X", "--everywhere"), "use one of"),
    ):
        answer = run("data", "fetch", *words)
        assert answer.status == 2, answer.err
        assert sentence in answer.err
