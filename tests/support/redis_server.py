"""A private Redis: on a free port, in a temporary folder, gone with the test."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

__all__ = ["program", "redis_server"]


def program() -> Path | None:
    """The server's program; None where it is not installed."""
    found = shutil.which("redis-server")
    return Path(found) if found else None


@contextmanager
def redis_server(started: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start `started` and hand out its URL and its process."""
    with tempfile.TemporaryDirectory(prefix="bopsgis-redis-") as folder:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [str(started), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(port)
                yield f"redis://127.0.0.1:{port}", process
            finally:
                process.kill()


def _wait_for(port: int) -> None:
    client = redis.Redis(port=port)
    for _ in range(1_200):
        try:
            client.ping()
        except redis.ConnectionError:
            time.sleep(0.05)
        else:
            client.close()
            return
    raise AssertionError("Redis did not start")
