"""What was answered before is answered the same way again, and only to those who may have it and ask for it so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from starlette.types import Message, Scope
from support.tile_places import address_at, tile_at

from api.core.limits import WebLimits
from api.layers.designations import Edition, Editions
from api.layers.fast_path import TileDoor
from api.layers.layer import CONSTRAINTS
from api.layers.replay import Replays
from tiles.grid import NATIONAL_GRID

GZIP = {"Accept-Encoding": "gzip"}


def door_of(service: FastAPI) -> TileDoor:
    """The door of an application that was asked before."""
    (found,) = [each for each in _nested(service.middleware_stack) if isinstance(each, TileDoor)]
    return found


def _nested(layer: object) -> list[object]:
    found = []
    while layer is not None:
        found.append(layer)
        layer = getattr(layer, "app", None)
    return found


def twice(service: FastAPI, path: str, headers: dict[str, str], method: str = "GET") -> tuple[Response, Response]:
    """The answer in full, and the answer where the tile was sent before."""
    client = TestClient(service, base_url="http://localhost")
    client.get(path, headers=GZIP)
    replays = door_of(service).replays
    replays.forget()
    full = client.request(method, path, headers=headers)
    client.get(path, headers=GZIP)
    return full, client.request(method, path, headers=headers)


CASES = [
    GZIP,
    {"Accept-Encoding": "br, gzip;q=0.5", "Cookie": "a=1; b=2"},
    {"Accept-Encoding": "gzip;q=0"},
    {"Accept-Encoding": "identity"},
    {**GZIP, "If-None-Match": "*"},
    {**GZIP, "If-None-Match": '"other", W/TAG'},
    {**GZIP, "If-None-Match": '"other"'},
    {**GZIP, "Host": "evil.example"},
    {**GZIP, "Host": "LOCALHOST:80"},
    {**GZIP, "Cookie": "; ".join(f"c{number}=1" for number in range(60))},
    {**GZIP, "Content-Length": "0", "Transfer-Encoding": "chunked"},
    {**GZIP, **{f"X-{number}": "a" for number in range(120)}},
    {**GZIP, "X-Long": "a" * 40_000},
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("headers", CASES, ids=str)
def test_an_answer_is_the_same_in_full_and_again(service: FastAPI, headers: dict[str, str], method: str) -> None:
    """Status, body and every header are those of the answer in full: for each coding, tag, host and excess."""
    path = address_at(CONSTRAINTS, 9)
    tag = TestClient(service, base_url="http://localhost").get(path, headers=GZIP).headers["etag"]
    full, again = twice(service, path, {name: value.replace("TAG", tag) for name, value in headers.items()}, method)
    assert (again.status_code, again.content) == (full.status_code, full.content)
    assert again.headers.multi_items() == full.headers.multi_items()


def test_a_tile_is_sent_again_without_being_looked_up(service: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second answer, and a 304, come from what was sent: neither the service nor the cache is asked."""
    client = TestClient(service, base_url="http://localhost")
    z, x, y = tile_at(NATIONAL_GRID, 9)
    for path in (address_at(CONSTRAINTS, 9), f"/ogc/tiles/{NATIONAL_GRID.id}/{z}/{y}/{x}"):
        first = client.get(path, headers=GZIP)

        def unasked(*_: object) -> None:
            raise AssertionError("the tile was looked up")

        with monkeypatch.context() as patched:
            patched.setattr(service.state.tiles, "kept", unasked)
            assert client.get(path, headers=GZIP).content == first.content
            assert client.get(path, headers={**GZIP, "If-None-Match": first.headers["etag"]}).status_code == 304


class _Held(Editions):
    """Editions of which the test says which one is the newest."""

    def __init__(self, edition: Edition) -> None:
        self.held = edition

    def recent(self) -> Edition | None:
        return self.held

    def opened(self) -> tuple[Edition, ...]:
        return (self.held,)


def request_for(path: str) -> Scope:
    """A GET as the server hands it on."""
    headers = [(b"host", b"localhost"), (b"accept-encoding", b"gzip")]
    return {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
    }


def test_no_answer_outlives_its_edition_or_is_kept_of_a_layer_that_is_not_for_all(service: FastAPI) -> None:
    """M08: with a new edition nothing of the old one is sent again, nor kept where it was drawn just before.

    Private layers, other statuses, filters and plain tiles are not kept.
    """
    newest = service.state.tiles.editions.newest()
    layer, editions = newest.layers["conservation-area"], _Held(newest)
    replays, scope = Replays(editions, WebLimits(), 1_000_000), request_for("/tiles/conservation-area/a.mvt")
    headers = [(b"etag", b'"t-gz"'), (b"content-encoding", b"gzip"), (b"content-length", b"4")]
    answer: list[Message] = [
        {"type": "http.response.start", "status": 200, "headers": headers},
        {"type": "http.response.body", "body": b"tile"},
    ]
    replays.keep(scope, layer, answer, fixed=False)
    assert replays.find(scope) == (answer[0], answer[1])
    for other in ({"scheme": "https"}, {"method": "HEAD"}, {"query_string": b"f=mvt"}, {"raw_path": b"/tiles/b.mvt"}):
        assert replays.find({**scope, **other}) is None
    editions.held = Edition("later", {"conservation-area": replace(layer, version="later")})
    assert replays.find(scope) is None
    for fixed in (False, True):
        replays.keep(scope, layer, answer, fixed=fixed)
        assert replays.find(scope) is None
    editions.held = newest
    replays.forget()
    replays.keep(scope, replace(layer, name="officers", private=True), answer, fixed=True)
    replays.keep(scope, layer, [{**answer[0], "status": 304}, answer[1]], fixed=True)
    replays.keep(scope, layer, [{**answer[0], "headers": headers[:1]}, answer[1]], fixed=True)
    replays.keep({**scope, "query_string": b"filter=x"}, layer, answer, fixed=True)
    assert replays.find(scope) is None
