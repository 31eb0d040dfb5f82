from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from support.serving import raw_exchange, serving

from api.core.limits import WebLimits
from api.core.server import config
from api.core.settings import Settings
from api.core.web import install
from api.main import create_app

LIMITS = WebLimits(max_body_bytes=10_000, header_seconds=1.0, body_seconds=1.0)
# Of its own, since on a busy machine any answer of the others might begin later than this.
IMPATIENT = WebLimits(request_seconds=1.0)
HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The application with small limits, and one address with a fault."""
    made = create_app(Settings(home=tmp_path_factory.mktemp("home")), LIMITS)
    made.add_api_route("/broken", lambda: 1 / 0, methods=["GET"])
    return made


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[tuple[str, int]]:
    """The application on a real socket."""
    with serving(app, LIMITS) as where:
        yield where


def status(answer: bytes) -> int:
    """The status of an HTTP answer."""
    return int(answer.split(b" ", 2)[1])


def post(head: bytes, body: bytes) -> bytes:
    """A POST to the check."""
    return b"POST /api/check HTTP/1.1\r\n" + HOST + JSON + head + b"\r\n" + body


def chunked(*parts: bytes, end: bool = True) -> bytes:
    """A chunked body."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + (b"0\r\n\r\n" if end else b"")


def test_j14_a_declared_length_over_the_limit_is_413_and_closed(address: tuple[str, int]) -> None:
    """J14: a body that says it is too long is refused unread, and the connection is closed."""
    answer, closed = raw_exchange(address, post(b"Content-Length: 10001\r\n", b"{"))
    assert (status(answer), closed) == (413, True)
    assert b"connection: close" in answer.lower()


def test_j14_a_chunked_body_over_the_limit_is_413_and_closed(address: tuple[str, int]) -> None:
    """J14: a body of no declared length is counted while it comes, and refused at the limit before it ends."""
    body = chunked(b" " * 6_000, b" " * 6_000, end=False)
    answer, closed = raw_exchange(address, post(b"Transfer-Encoding: chunked\r\n", body))
    assert (status(answer), closed) == (413, True)


@pytest.mark.parametrize("size", [10_000, 9_999])
def test_j14_a_body_at_the_limit_is_read(address: tuple[str, int], size: int) -> None:
    """J14: exactly at the limit the body is read, and refused for what is in it."""
    head = b"Connection: close\r\nContent-Length: %d\r\n" % size
    assert status(raw_exchange(address, post(head, b" " * size))[0]) == 400
    head = b"Connection: close\r\nTransfer-Encoding: chunked\r\n"
    assert status(raw_exchange(address, post(head, chunked(b" " * size)))[0]) == 400


def test_j15_a_slow_body_is_408_and_others_are_served(address: tuple[str, int]) -> None:
    """J15: a body that does not come is given up after the limit; meanwhile others are answered."""
    with socket.create_connection(address, timeout=60) as slow:
        slow.sendall(post(b"Content-Length: 100\r\n", b"{"))
        live = b"GET /live HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n"
        assert status(raw_exchange(address, live)[0]) == 200
        assert status(slow.recv(65_536)) == 408


def test_j15_slow_headers_are_hung_up_on(address: tuple[str, int]) -> None:
    """J15: a client that never ends its headers is hung up on after the limit."""
    answer, closed = raw_exchange(address, b"GET / HTTP/1.1\r\nHost: loc")
    assert (answer, closed) == (b"", True)


def test_j15_200_idle_connections_leave_others_alone(address: tuple[str, int]) -> None:
    """J15: connections that say nothing keep nobody from being served, and go away by themselves."""
    idle = [socket.create_connection(address, timeout=60) for _ in range(200)]
    try:
        live = b"GET /live HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n"
        assert status(raw_exchange(address, live)[0]) == 200
        assert all(connection.recv(1) == b"" for connection in idle)
    finally:
        for connection in idle:
            connection.close()


def test_a_slow_answer_is_503() -> None:
    """A request that has not begun to be answered at the limit gets 503 and is told to come again."""
    app = FastAPI()
    app.add_api_route("/slow", lambda: time.sleep(4), methods=["GET"])
    install(app, IMPATIENT)
    with serving(app, IMPATIENT) as where:
        answer, _ = raw_exchange(where, b"GET /slow HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
    assert status(answer) == 503
    assert b"retry-after: 30" in answer.lower()


def test_a15_a_fault_of_ours_is_500_and_tells_nothing(address: tuple[str, int]) -> None:
    """A fault of ours is a page that carries the headers and nothing of the inside."""
    answer, _ = raw_exchange(address, b"GET /broken HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
    assert status(answer) == 500
    assert b"content-security-policy" in answer
    assert b"ZeroDivisionError" not in answer
    assert b"Traceback" not in answer


SMUGGLED = {
    "CL and TE": post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "two CL": post(b"Content-Length: 2\r\nContent-Length: 3\r\n", b"{}"),
    "unknown TE": post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    "CL +2": post(b"Content-Length: +2\r\n", b"{}"),
    "CL -1": post(b"Content-Length: -1\r\n", b""),
    "CL huge": post(b"Content-Length: 99999999999999999999999\r\n", b""),
    "absolute URI": b"GET http://evil.example/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "other host": b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "two spaces": b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "1 MB header": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("request_bytes", SMUGGLED.values(), ids=SMUGGLED)
def test_j16_j18_j20_shapes_of_smuggling_are_refused(address: tuple[str, int], request_bytes: bytes) -> None:
    """J16, J18, J20: requests that two servers could read in two ways are refused with a 4xx."""
    answer, _ = raw_exchange(address, request_bytes)
    assert 400 <= status(answer) < 500


def seen(where: tuple[str, int], head: bytes) -> tuple[str, str, bool]:
    """Who asks and by which scheme, as the service sees a request with this head; and whether it demands TLS."""
    request = b"GET /seen HTTP/1.1\r\nConnection: close\r\n" + HOST + head + b"\r\n"
    answer, _ = raw_exchange(where, request)
    who, scheme = json.loads(answer.partition(b"\r\n\r\n")[2])
    return who, scheme, b"strict-transport-security" in answer.lower()


def who_asks(request: Request) -> list[str]:
    """Answers with what throttling, cookies and links are made from."""
    return [request.client.host if request.client else "", request.url.scheme]


def test_j18_only_our_own_proxies_say_who_asks_and_how() -> None:
    """J18: forwarded addresses count from a proxy that is named, and of them the one that the proxy itself saw."""
    app = FastAPI()
    app.add_api_route("/seen", who_asks, methods=["GET"])
    install(app, LIMITS)
    told = b"X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n"
    spoofed = b"X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\nX-Forwarded-Proto: https\r\n"
    with serving(app, LIMITS) as where:
        assert seen(where, told) == ("127.0.0.1", "http", False)
    with serving(app, LIMITS, proxies="10.0.0.0/8, 192.0.2.1") as where:
        assert seen(where, told) == ("127.0.0.1", "http", False)
    with serving(app, LIMITS, proxies="127.0.0.1,10.0.0.0/8") as where:
        assert seen(where, told) == ("203.0.113.7", "https", True)
        assert seen(where, spoofed) == ("203.0.113.7", "https", True)
        assert seen(where, b"X-Forwarded-Proto: gopher\r\n") == ("127.0.0.1", "http", False)
    for everybody in ("*", "localhost", "10.0.0.1/8"):
        with pytest.raises(ValueError, match=r"does not appear to be|has host bits"):
            config(app, "127.0.0.1", 1, proxies=everybody)


def test_the_server_does_not_name_itself(address: tuple[str, int]) -> None:
    """No header tells which software answers."""
    answer, _ = raw_exchange(address, b"GET / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
    assert b"uvicorn" not in answer.lower()
    assert b"\r\nserver:" not in answer.lower()


def test_the_home_folder_is_not_needed(tmp_path: Path) -> None:
    """The service starts and is alive without any data."""
    with serving(create_app(Settings(home=tmp_path / "nothing"))) as where:
        live = b"GET /live HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n"
        assert status(raw_exchange(where, live)[0]) == 200
