from __future__ import annotations

import gzip
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from fastapi import FastAPI
from support.os_stand_in import KEY, TILE
from support.serving import serving

from api.basemap.budget import Breaker, TokenBucket
from api.basemap.os_cache import purge
from api.basemap.proxy import CACHE_FILE
from api.core import clock
from api.core.settings import Settings
from api.main import create_app

TILE_PATH = "/tile/7/630/380.pbf"
EVERYTHING = (
    "",
    "?srs=3857",
    "/resources/styles",
    "/resources/styles?srs=3857",
    TILE_PATH,
    "/tile/7/42/63.pbf?srs=3857",
    "/resources/fonts/Arial%20Regular/0-255.pbf",
    "/resources/sprites/sprite.json",
    "/resources/sprites/sprite@2x.png",
)
Front = Callable[..., Any]


def own_app(made: Any, home: Path) -> FastAPI:
    """An application with this base map, to be served: one whose server has stopped cannot be served again."""
    app = create_app(Settings(home=home))
    app.state.basemap = made.service
    return app


def test_everything_comes_from_them_and_the_key_stays_here(front: Front, caplog: pytest.LogCaptureFixture) -> None:
    """Each address is asked for by header only; no answer, header or line of the log has the key or their address."""
    caplog.set_level(logging.DEBUG)
    made = front()
    for path in EVERYTHING:
        answer = made.get(path)
        assert (answer.status_code, answer.headers["x-basemap"]) == (200, "os"), path
        told = f"{answer.text} {answer.headers} {caplog.text}"
        assert KEY.lower() not in told.lower()
        assert "api.os.uk" not in answer.text
        assert made.ordnance_survey.address not in answer.text
    assert all(each.headers["key"] == KEY for each in made.ordnance_survey.asked)
    assert not any("key" in path for path in made.ordnance_survey.paths)
    assert KEY not in repr(made.service)


def test_the_coordinate_system_is_always_named_and_nothing_else_gets_through(front: Front) -> None:
    """Without `srs` it is 27700, as theirs; a client's own key and whatever else it says is dropped."""
    made = front()
    made.get(f"{TILE_PATH}?key=stolen&token=x&callback=y")
    made.get("/resources/styles?srs=3857&key=stolen")
    made.get("/resources/sprites/sprite.json?srs=3857&key=stolen")
    root = "/maps/vector/v1/vts"
    assert made.ordnance_survey.paths == [
        f"{root}{TILE_PATH}?srs=27700",
        f"{root}/resources/styles?srs=3857",
        f"{root}/resources/sprites/sprite.json?",
    ]
    assert made.get(f"{TILE_PATH}?srs=4326").status_code == 422


def test_the_style_is_ours_to_use(front: Front) -> None:
    """Source, sprite and glyphs lead to us, the source is `esri`, and our layers stand by for tiles of ours."""
    made = front()
    style = made.get("/resources/styles?srs=3857").json()
    source = style["sources"]["esri"]
    assert list(style["sources"]) == ["esri"]
    assert source["tiles"] == ["http://localhost/maps/vector/v1/vts/tile/{z}/{y}/{x}.pbf?srs=3857"]
    assert source["maxzoom"] == 15
    assert style["sprite"].startswith("http://localhost/maps/")
    assert [layer["id"] for layer in style["layers"][:2]] == ["background", "Roads"]
    assert any(layer["id"] == "base-buildings-fill" for layer in style["layers"])


def test_the_statement_has_year_licence_and_links(front: Front) -> None:
    """TileJSON, style and key carry the Ordnance Survey's statement with its two links."""
    made = front()
    about = made.get("").json()
    statement = f"© Crown copyright and database rights {clock.today().year} OS AC0000999999"
    assert about["copyrightText"] == statement
    assert ">Error reporting</a>" in about["attribution"]
    assert ">Terms</a>" in about["attribution"]
    key = made.client.get("/map/key.json").json()["attribution"]
    assert key["statement"] == statement
    assert [link["words"] for link in key["links"]] == ["Error reporting", "Terms"]


def test_packed_tiles_go_through_untouched(front: Front, tmp_path: Path) -> None:
    """A client that takes gzip gets their very bytes; another gets the same tile unpacked."""
    made = front()
    with serving(own_app(made, tmp_path)) as (host, port):
        address = f"http://{host}:{port}/maps/vector/v1/vts{TILE_PATH}"
        with requests.get(address, headers={"Accept-Encoding": "gzip"}, stream=True, timeout=60) as answer:
            assert answer.headers["content-encoding"] == "gzip"
            assert answer.raw.read(decode_content=False) == gzip.compress(TILE, mtime=0)
        plain = requests.get(address, headers={"Accept-Encoding": "identity"}, timeout=60)
    assert "content-encoding" not in plain.headers
    assert plain.content == TILE


def test_an_answer_is_kept_for_as_long_as_it_allows(front: Front) -> None:
    """Within its lifetime nothing is asked; then whether it changed, and a 304 lets it live again."""
    made = front()
    assert made.get(TILE_PATH).headers["cache-control"] == "private, max-age=600"
    made.time.now += 599
    assert made.get(TILE_PATH).headers["cache-control"] == "private, max-age=1"
    assert len(made.ordnance_survey.asked) == 1
    made.time.now += 2
    assert made.get(TILE_PATH).content == TILE
    assert made.ordnance_survey.asked[1].headers["if-none-match"] == '"one"'
    assert made.get(TILE_PATH).headers["x-basemap"] == "os"
    assert len(made.ordnance_survey.asked) == 2


@pytest.mark.parametrize(
    ("said", "longest", "seconds"),
    [
        ("max-age=60", 86_400, 60),
        ("max-age=90000", 86_400, 86_400),
        ("max-age=600, s-maxage=30", 86_400, 30),
        ("max-age=600", 10, 10),
        ("", 86_400, 3_600),
        ("max-age=rubbish", 86_400, 0),
        ("no-cache", 86_400, 0),
        ("no-store", 86_400, 0),
        ("private, max-age=600", 86_400, 0),
    ],
)
def test_nothing_is_used_unasked_for_longer_than_allowed(front: Front, said: str, longest: int, seconds: int) -> None:
    """The lifetime is never above theirs, nor above ours; what a shared cache may not keep is not kept."""
    made = front(longest_ttl_s=longest)
    made.ordnance_survey.cache_control = said
    made.get(TILE_PATH)
    asked = 1
    if seconds:
        made.time.now += seconds - 1
        made.get(TILE_PATH)
        assert len(made.ordnance_survey.asked) == asked
        made.time.now += 1
    made.get(TILE_PATH)
    assert len(made.ordnance_survey.asked) == asked + 1


def test_old_answers_stand_in_for_an_hour(front: Front) -> None:
    """While they are away an answer may be an hour too old, and says so; after that our own map takes over."""
    made = front()
    made.get(TILE_PATH)
    made.ordnance_survey.mode = "503"
    made.time.now += 600 + 3_599
    stale = made.get(TILE_PATH)
    assert (stale.headers["x-basemap"], stale.content) == ("os-stale", TILE)
    assert stale.headers["cache-control"] == "private, max-age=0"
    made.time.now += 2
    assert made.get(TILE_PATH).headers["x-basemap"] == "degraded"


def test_must_revalidate_is_obeyed(front: Front) -> None:
    """What must not be used when it is old is not, even while they are away."""
    made = front()
    made.ordnance_survey.cache_control = "max-age=60, must-revalidate"
    made.get(TILE_PATH)
    made.ordnance_survey.mode = "500"
    made.time.now += 61
    assert made.get(TILE_PATH).headers["x-basemap"] == "degraded"


@pytest.mark.parametrize("change", [{"key": "another-KEY-98765"}, {"key": None}, {"licence": "AC0000111111"}])
def test_another_key_or_licence_throws_everything_away(front: Front, tmp_path: Path, change: dict[str, Any]) -> None:
    """What was kept under one key and licence is gone under another, and when there is none any more."""
    made = front()
    made.get(TILE_PATH)
    made.service.os.close()
    other = front(**change)
    other.get("/resources/sprites/sprite.json")
    other.service.os.close()
    assert purge(tmp_path / CACHE_FILE) == (1 if change.get("licence") else 0)


def test_what_is_kept_can_be_thrown_away_while_the_server_runs(front: Front, tmp_path: Path) -> None:
    """After a purge by another process the next request asks again."""
    made = front()
    for path in EVERYTHING[:5]:
        made.get(path)
    assert purge(tmp_path / CACHE_FILE) == 5
    made.get(TILE_PATH)
    assert len(made.ordnance_survey.asked) == 6


@pytest.mark.parametrize("status", ["401", "403"])
def test_a_refused_key_is_told_once(front: Front, caplog: pytest.LogCaptureFixture, status: str) -> None:
    """One clear alert, one request; our own map is served and marked; when the key works again the log says so."""
    made = front()
    made.ordnance_survey.mode = status
    for path in ("", TILE_PATH, "/tile/7/630/381.pbf", "/resources/styles"):
        answer = made.get(path)
        assert (answer.status_code, answer.headers["x-basemap"]) == (200, "degraded")
        assert b"ExceptionReport" not in answer.content
    assert len(made.ordnance_survey.asked) == 1
    assert [each.levelname for each in caplog.records if each.levelno >= logging.ERROR] == ["CRITICAL"]
    made.ordnance_survey.mode = "right"
    made.time.now += 301
    assert made.get(TILE_PATH).headers["x-basemap"] == "os"
    assert "takes our key again" in caplog.text


def test_too_many_requests_open_the_circuit(front: Front) -> None:
    """After 429 nothing is asked for as long as it says, whatever is wanted; then one request tries."""
    made = front()
    made.ordnance_survey.mode, made.ordnance_survey.retry_after = "429", "30"
    assert made.get(TILE_PATH).headers["x-basemap"] == "degraded"
    made.ordnance_survey.mode = "right"
    made.time.now += 29
    assert made.get("/tile/7/630/381.pbf").headers["x-basemap"] == "degraded"
    assert len(made.ordnance_survey.asked) == 1
    made.time.now += 2
    assert made.get(TILE_PATH).headers["x-basemap"] == "os"
    assert made.get("/tile/7/630/381.pbf").headers["x-basemap"] == "os"


def test_many_who_ask_for_one_tile_cause_one_request(front: Front, tmp_path: Path) -> None:
    """While a tile is under way everybody waits for that one, and gets it."""
    made = front()
    made.ordnance_survey.mode = "late"
    answers: list[bytes] = []
    with serving(own_app(made, tmp_path)) as (host, port):
        address = f"http://{host}:{port}/maps/vector/v1/vts{TILE_PATH}"
        asking = [
            threading.Thread(target=lambda: answers.append(requests.get(address, timeout=60).content))
            for _ in range(30)
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    assert answers == [TILE] * 30
    assert len(made.ordnance_survey.asked) == 1


def test_the_budget_stays_under_what_they_allow(front: Front) -> None:
    """In development mode a burst of different tiles is cut short; the rest of the map is ours."""
    made = front(development=True)
    sources = [made.get(f"/tile/7/630/{380 + column}.pbf").headers["x-basemap"] for column in range(12)]
    assert sources[0] == "os"
    assert sources[-1] == "degraded"
    assert len(made.ordnance_survey.asked) < 12


@pytest.mark.parametrize(("per_minute", "allowed"), [(540, 600), (45, 50)])
def test_no_minute_has_more_requests_than_they_allow(per_minute: int, allowed: int) -> None:
    """However eagerly asked, no sixty seconds have more than a live project or one in development may ask."""
    now = [0.0]
    bucket = TokenBucket(per_minute, lambda: now[0])
    taken = []
    for step in range(2_000):
        now[0] = step / 10
        taken += [now[0] for _ in range(20) if bucket.take()]
    assert max(sum(begin <= at < begin + 60 for at in taken) for begin in taken) <= allowed
    assert len(taken) > per_minute * 3


def test_pauses_grow_and_vary() -> None:
    """Each further failure makes the pause longer, up to two minutes; by chance it is shorter by up to a half."""
    now = [0.0]
    wanted: list[tuple[float, float]] = []
    breaker = Breaker(lambda: now[0], lambda low, high: wanted.append((low, high)) or high)
    for _ in range(10):
        breaker.fail()
    assert wanted[:3] == [(1.0, 2.0), (2.0, 4.0), (4.0, 8.0)]
    assert wanted[-1] == (60.0, 120.0)
    assert not breaker.allow(1)
    now[0] += 121
    assert breaker.allow(13)
    assert not breaker.allow(13)
    breaker.succeed()
    assert breaker.allow(13)


def test_only_known_origins_may_use_it(front: Front) -> None:
    """A page of another site is refused before anything is asked; a configured one is named exactly, nobody else."""
    made = front(origins=("https://plan.example",))
    for stranger in ("https://evil.example", "https://plan.example.evil", "http://plan.example", "null"):
        assert made.get(TILE_PATH, headers={"Origin": stranger}).status_code == 403
    assert made.get(TILE_PATH, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert made.ordnance_survey.asked == []
    friend = made.get(TILE_PATH, headers={"Origin": "https://plan.example", "Sec-Fetch-Site": "cross-site"})
    assert friend.headers["access-control-allow-origin"] == "https://plan.example"
    assert friend.headers["cross-origin-resource-policy"] == "cross-origin"
    ours = made.get(TILE_PATH, headers={"Origin": "http://localhost"})
    assert ours.status_code == 200
    assert "access-control-allow-origin" not in ours.headers
    assert ours.headers["cross-origin-resource-policy"] == "same-origin"
    assert "Origin" in ours.headers["vary"]


def test_what_they_do_not_have_is_an_empty_tile(front: Front) -> None:
    """A 404 is remembered for five minutes, and a client gets a tile without anything in it."""
    made = front()
    made.ordnance_survey.mode = "404"
    for _ in range(2):
        answer = made.get(TILE_PATH)
        assert (answer.status_code, answer.content, answer.headers["x-basemap"]) == (200, b"", "os")
    assert len(made.ordnance_survey.asked) == 1


def test_a_server_that_stopped_asks_again_when_it_starts_again(front: Front) -> None:
    """The proxy closes with its server, and begins anew with the next; what was kept is still there."""
    made = front()
    with made.client:
        assert made.get(TILE_PATH).headers["x-basemap"] == "os"
    with made.client:
        assert made.get("/resources/styles").headers["x-basemap"] == "os"
        assert made.get(TILE_PATH).headers["x-basemap"] == "os"
    assert len(made.ordnance_survey.asked) == 2
