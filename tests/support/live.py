"""The service as a process of its own, which can be killed in the middle of what it does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

__all__ = ["Live", "command_line", "live"]

ROOT = Path(__file__).resolve().parents[2]
_SERVE = """
import socket, sys, uvicorn
from api.core import server
from api.core.settings import Settings
from api.main import create_app
listener = socket.socket(fileno=int(sys.argv[1]))
settings = Settings()
uvicorn.Server(server.config(create_app(settings), settings.host, settings.port)).run(sockets=[listener])
"""
STARTS_WITHIN_S = 240.0


@dataclass
class Live:
    """A server process and the address that it answers under."""

    address: str
    process: subprocess.Popen[bytes]

    def get(self, path: str, **more: Any) -> requests.Response:
        """One GET request."""
        return requests.get(f"{self.address}{path}", timeout=60, **more)

    def post(self, path: str, **more: Any) -> requests.Response:
        """One POST request."""
        return requests.post(f"{self.address}{path}", timeout=60, **more)

    def kill(self) -> None:
        """End it as a power cut would: it cannot finish anything."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


def command_line(home: Path, *words: str, **settings: str) -> subprocess.Popen[bytes]:
    """A `bopsgis` command in a process of its own."""
    command = [sys.executable, "-m", "api.cli", *words]
    return subprocess.Popen(command, cwd=ROOT, env=_environment(home, settings), stderr=subprocess.DEVNULL)


def _environment(home: Path, settings: dict[str, str]) -> dict[str, str]:
    named = {f"BOPSGIS_{name.upper()}": value for name, value in settings.items()}
    return {**os.environ, "PYTHONPATH": str(ROOT), "BOPSGIS_HOME": str(home), **named}


@contextmanager
def live(home: Path, **settings: str) -> Iterator[Live]:
    """Start the service on a free port with these settings, and wait until it answers that it is alive."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, "-c", _SERVE, str(listener.fileno())]
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with subprocess.Popen(
            command, cwd=ROOT, env=_environment(home, settings), pass_fds=[listener.fileno()], stderr=subprocess.DEVNULL
        ) as process:
            # Only the process listens: once it is gone, connections are refused.
            listener.close()
            running = Live(address, process)
            try:
                _wait_for(running)
                yield running
            finally:
                process.kill()


def _wait_for(running: Live) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until:
        try:
            if requests.get(f"{running.address}/live", timeout=STARTS_WITHIN_S).status_code == 200:
                return
        except requests.RequestException:
            assert running.process.poll() is None, "the service ended while it was starting"
            time.sleep(0.1)
    raise AssertionError("the service did not start")
