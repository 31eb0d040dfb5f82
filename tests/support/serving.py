"""The real service for tests: in this process for most, on a real socket where sockets are what is tested."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.core import server
from api.core.limits import WebLimits
from api.core.settings import Settings
from api.main import create_app

__all__ = ["client_of", "insist", "raw_exchange", "serving"]

BASE = "http://localhost"


def client_of(home: Path, limits: WebLimits | None = None) -> TestClient:
    """A client of the application over a home folder."""
    return TestClient(create_app(Settings(home=home), limits), base_url=BASE, follow_redirects=False)


def insist(send: Callable[[], Any], tries: int = 600) -> Any:
    """The answer to a request that is sent again where the service says that it is busy, as a client should."""
    for _ in range(tries):
        answer = send()
        if answer.status_code != 503:
            break
        time.sleep(0.2)
    return answer


@contextmanager
def serving(app: FastAPI, limits: WebLimits | None = None, *, proxies: str = "") -> Iterator[tuple[str, int]]:
    """Serve on a free port of this machine with our server's settings; hand out host and port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        service = uvicorn.Server(server.config(app, host, port, limits, proxies=proxies))
        thread = threading.Thread(target=service.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 240
        while not service.started and time.monotonic() < deadline:
            time.sleep(0.02)
        assert service.started, "the service did not start within four minutes"
        try:
            yield host, port
        finally:
            service.should_exit = True
            thread.join(timeout=10)


def raw_exchange(address: tuple[str, int], sent: bytes, seconds: float = 60.0) -> tuple[bytes, bool]:
    """Send bytes as they are; what came back, and whether the server then closed the connection."""
    with socket.create_connection(address, timeout=seconds) as connection:
        connection.sendall(sent)
        received = b""
        try:
            while part := connection.recv(65_536):
                received += part
        except TimeoutError:
            return received, False
        except ConnectionResetError:
            return received, True
        return received, True
