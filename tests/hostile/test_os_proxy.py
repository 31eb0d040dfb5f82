"""What the Ordnance Survey might send, and what strangers might ask of the door to it (A12, I10, M10)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import ValidationError
from support.os_stand_in import KEY, WRONG, StandIn, standing_in

from api.basemap.proxy import CACHE_FILE, OsProxy
from api.basemap.service import open_service
from api.basemap.settings import OS_ADDRESS, OsSettings
from api.core.settings import Settings
from api.main import create_app

ROOT = "/maps/vector/v1/vts"
TILE = f"{ROOT}/tile/7/630/380.pbf"
EVERY_KIND = (
    ROOT,
    f"{ROOT}/resources/styles",
    TILE,
    f"{ROOT}/resources/fonts/Arial%20Regular/0-255.pbf",
    f"{ROOT}/resources/sprites/sprite.json",
    f"{ROOT}/resources/sprites/sprite.png",
)
RIGHT_FOR_SOME = {"another message": "/resources/fonts/"}
"""Bytes that are wrong for a tile and right for something else."""


@pytest.fixture(scope="module")
def ordnance_survey() -> Iterator[StandIn]:
    """One server for all tests here."""
    with standing_in() as served:
        yield served


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The whole application over an empty home folder."""
    return create_app(Settings(home=tmp_path_factory.mktemp("home")))


class Asking(TestClient):
    """A client of our service, which has short patience, a small limit, and a memory of its own for each test."""

    def __init__(self, app: FastAPI, address: str, home: Path) -> None:
        super().__init__(app, base_url="http://localhost", follow_redirects=False)
        self.state = app.state
        self.home = home
        self.settings = OsSettings(key=KEY, stand_in=address, connect_s=0.3, read_s=0.3, max_bytes=200_000)
        self.state.basemap = open_service(OsSettings(key=None), Settings(home=home), None)

    def forget(self) -> None:
        """Begin anew, with all circuits closed; what was kept stays."""
        self.state.basemap.os.close()
        self.state.basemap = replace(self.state.basemap, os=OsProxy(self.settings, self.home))


@pytest.fixture
def ask(app: FastAPI, ordnance_survey: StandIn, tmp_path: Path) -> Iterator[Asking]:
    """Our service before a server that behaves well until told otherwise."""
    ordnance_survey.mode = "right"
    ordnance_survey.asked.clear()
    client = Asking(app, ordnance_survey.address, tmp_path)
    client.forget()
    yield client
    app.state.basemap.os.close()


@pytest.mark.parametrize("mode", [*WRONG, "silent", "500", "503", "302", "418"])
def test_nothing_wrong_is_handed_on_or_kept(
    ask: Asking, ordnance_survey: StandIn, caplog: pytest.LogCaptureFixture, mode: str
) -> None:
    """Errors with 200, rubbish, floods, bombs, silence, redirects: our own map, marked; no trace, no key in the log."""
    caplog.set_level(logging.DEBUG)
    ordnance_survey.mode = mode
    for path in EVERY_KIND:
        if RIGHT_FOR_SOME.get(mode, "none") in path:
            continue
        ask.forget()
        ordnance_survey.asked.clear()
        answer = ask.get(path)
        assert (answer.status_code, answer.headers["x-basemap"]) == (200, "degraded"), path
        assert len(answer.content) < 200_000
        assert not any(word in answer.content for word in (b"Exception", b"<!doctype", b"elsewhere"))
        assert len(ordnance_survey.asked) == 1
    assert KEY not in caplog.text
    ordnance_survey.mode = "right"
    ask.forget()
    assert ask.get(TILE).headers["x-basemap"] == "os"


@pytest.mark.parametrize(
    "path",
    [
        "/maps/vector/v1/vts/",
        "/maps/vector/v1",
        "/maps/vector/v1/vts/boundaries",
        "/maps/raster/v1/zxy/Light_3857/7/63/42.png",
        "/search/places/v1/postcode?postcode=SE5%200HU",
        "/features/v1/wfs",
        "/downloads/v1/products",
        "/oauth2/token/v1",
        f"{ROOT}/../../../../search/places/v1/find",
        f"{ROOT}/%2e%2e/%2e%2e/search",
        f"{ROOT}/tile/7/630/380.pbf/..%2f..%2f..%2fsearch",
        f"{ROOT}/tile/7/630/380.json",
        f"{ROOT}/tile/+7/630/380.pbf",
        f"{ROOT}/tile/-1/630/380.pbf",
        f"{ROOT}/tile/07/630/380.pbf",
        f"{ROOT}/tile/1_0/630/380.pbf",
        f"{ROOT}/tile/7.0/630/380.pbf",
        f"{ROOT}/tile/%D9%A7/630/380.pbf",
        f"{ROOT}/tile/7/630/99999999999999999999.pbf",
        f"{ROOT}/tile/7/999999/380.pbf",
        f"{ROOT}/tile/16/0/0.pbf",
        f"{ROOT}/resources/fonts/Comic%20Sans/0-255.pbf",
        f"{ROOT}/resources/fonts/Arial%20Regular/0-254.pbf",
        f"{ROOT}/resources/fonts/Arial%20Regular/1-256.pbf",
        f"{ROOT}/resources/fonts/Arial%20Regular/65536-65791.pbf",
        f"{ROOT}/resources/fonts/Arial%20Regular,..%2f..%2fstyles/0-255.pbf",
        f"{ROOT}/resources/fonts/{','.join(['Arial%20Regular'] * 5)}/0-255.pbf",
        f"{ROOT}/resources/fonts/http:%2f%2f169.254.169.254%2f/0-255.pbf",
        f"{ROOT}/resources/sprites/sprite@3x.png",
        f"{ROOT}/resources/sprites/sprite.png%00.json",
        f"{ROOT}/resources/sprites/..%2fstyles",
        f"{ROOT}/resources/sprites/sprite.svg",
        *(
            f"{ROOT}/resources/sprites/{quoted}"
            for quoted in (
                "http:%2f%2f127.1%2f",
                "http:%2f%2f[::1]%2f",
                "%2f%2f0x7f.1%2fsprite.png",
                "@169.254.169.254",
                "file:%2f%2f%2fetc%2fpasswd",
                "gopher:%2f%2fevil",
                "sprite.png%0d%0aHost:%20evil",
            )
        ),
    ],
)
def test_nothing_else_of_theirs_can_be_reached(ask: Asking, ordnance_survey: StandIn, path: str) -> None:
    """Only the addresses of the vector tile service exist; all others lead to nothing and nobody."""
    assert ask.get(path).status_code in {307, 400, 404}
    assert ordnance_survey.asked == []


@pytest.mark.parametrize(
    "query",
    ["url=http://169.254.169.254/", "host=evil.example", "srs=3857%26key=x", "srs=../x", "srs=", "srs=3857&srs=27700"],
)
def test_a_query_leads_nowhere(ask: Asking, ordnance_survey: StandIn, query: str) -> None:
    """What a query says can choose between two coordinate systems and nothing else."""
    answer = ask.get(f"{TILE}?{query}")
    if answer.status_code == 200:
        assert [str(each.url.query) for each in ordnance_survey.asked] == ["srs=27700"]
    else:
        assert answer.status_code in {400, 422}
        assert ordnance_survey.asked == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"X-Original-URL": "/search/places/v1/find"},
        {"key": "stolen", "Authorization": "Bearer stolen", "Cookie": "a=b", "X-Api-Key": "stolen"},
    ],
)
def test_headers_of_the_client_go_no_further(ask: Asking, ordnance_survey: StandIn, headers: dict[str, str]) -> None:
    """Neither hosts nor credentials of a client reach the Ordnance Survey, or the addresses in our style."""
    style = ask.get(f"{ROOT}/resources/styles", headers=headers)
    assert "evil.example" not in style.text
    (asked,) = ordnance_survey.asked
    sent = {name: value for name, value in asked.headers.items() if "stolen" in value or "evil" in value}
    assert sent == {}
    assert "cookie" not in asked.headers
    assert asked.headers["key"] == KEY


def test_an_unknown_host_makes_no_style(ask: Asking, ordnance_survey: StandIn) -> None:
    """A Host header that is not ours is refused before anything, so no style leads to a stranger."""
    assert ask.get(f"{ROOT}/resources/styles", headers={"Host": "evil.example"}).status_code == 400
    assert ordnance_survey.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254",
        "http://127.0.0.1.evil.example:80",
        "http://127.0.0.1:80@evil.example",
        "http://127.0.0.1:80/x",
        "https://api.os.uk.evil.example",
        "file:///etc/passwd",
        "http://127.1:80",
        "http://[::1]:80",
    ],
)
def test_the_host_is_fixed(address: str) -> None:
    """No setting leads to another server: only a stand-in on this very machine may take the place of api.os.uk."""
    assert OsSettings(key=KEY).address == OS_ADDRESS == "https://api.os.uk"
    with pytest.raises(ValidationError):
        OsSettings(key=KEY, stand_in=address)


@pytest.mark.parametrize("key", ["short", "with space 123", "line\nbreak-123", "ünïcödé-123", "x" * 201])
def test_a_key_that_fits_no_header_is_refused_without_showing_it(key: str) -> None:
    """The message of a refused key does not hold the key."""
    with pytest.raises(ValidationError) as refused:
        OsSettings(key=key)
    assert key not in str(refused.value)


def test_a_broken_file_of_answers_stops_nothing(ask: Asking, ordnance_survey: StandIn, tmp_path: Path) -> None:
    """Where what is kept cannot be read, everything works as if nothing were kept."""
    ask.forget()
    (tmp_path / CACHE_FILE).write_bytes(b"not a database" * 100)
    for _ in range(2):
        answer: Any = ask.get(TILE)
        assert (answer.status_code, answer.headers["x-basemap"]) == (200, "os")
    assert len(ordnance_survey.asked) == 2
