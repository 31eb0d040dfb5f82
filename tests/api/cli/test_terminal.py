from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from support.tree import ROOT

STYLE = re.compile(rb"\x1b\[[0-9;]*m")
COLOUR = re.compile(rb"\x1b\[(?:[0-9]+;)*[39][0-7]m")
BOPSGIS = [sys.executable, "-m", "api.cli"]


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "100", **more}


def _in_terminal(words: list[str], **environment: str) -> bytes:
    """What a command writes to stdout when that is a terminal."""
    leader, follower = pty.openpty()
    whole = _environment(**environment)
    with subprocess.Popen([*BOPSGIS, *words], stdout=follower, stderr=subprocess.DEVNULL, env=whole) as process:
        os.close(follower)
        written = b"".join(_chunks(leader))
        os.close(leader)
    assert process.returncode == 0
    return written


def _chunks(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(terminal, 65_536)
        except OSError:  # the other end is closed
            return
        yield chunk


def test_colour_is_for_terminals(sample_home: Path) -> None:
    """Statuses are coloured in a terminal, unless NO_COLOR is set; the words are the same."""
    site = json.loads((sample_home / "sample-town" / "sites.geojson").read_bytes())["features"][0]
    words = ["check", site["properties"]["uprns"][0]]
    coloured = _in_terminal(words, BOPSGIS_HOME=str(sample_home))
    plain = _in_terminal(words, BOPSGIS_HOME=str(sample_home), NO_COLOR="1")
    assert COLOUR.search(coloured)
    assert not COLOUR.search(plain)
    assert STYLE.sub(b"", coloured) == STYLE.sub(b"", plain)


def test_a_reader_that_has_seen_enough_is_no_fault() -> None:
    """`bopsgis data list --catalogue | head -1` ends quietly."""
    command = f"{sys.executable} -m api.cli data list --catalogue | head -1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, env=_environment(), check=False)
    assert done.stderr == b""
    assert done.stdout.startswith(b"dataset")


@pytest.mark.parametrize("words", [[], ["check"], ["data"], ["data", "add"], ["demo"]])
def test_help_shows_how(run: Any, words: list[str]) -> None:
    """Every command explains itself; those that people start with show examples."""
    answer = run(*words, "--help")
    assert answer.status == 0
    text = answer.out.decode()
    assert "Usage" in text
    if words in (["check"], ["data", "add"], ["demo"]):
        assert "Examples" in text


@pytest.mark.parametrize("words", [["version"], ["--version"]])
def test_version_is_the_distribution_s(run: Any, words: list[str]) -> None:
    """The version printed is that of the installed distribution."""
    assert run(*words).out.decode().strip() == f"bopsgis {version('bops-gis')}"


def test_an_unknown_command_is_status_two(run: Any) -> None:
    """A mistyped command is refused and the near one offered."""
    answer = run("chekc", "x")
    assert answer.status == 2
    assert "check" in answer.err


def test_demo_serves_until_it_is_stopped(sample_home: Path, tmp_path: Path) -> None:
    """`bopsgis demo` makes its cases, answers on its address, and Ctrl+C ends it cleanly."""
    for made in ("sample-town", "store"):
        (tmp_path / made).symlink_to(sample_home / made)
    port = _free_port()
    words = ["demo", "--port", str(port), "--no-browser"]
    environment = _environment(BOPSGIS_HOME=str(tmp_path))
    with subprocess.Popen([*BOPSGIS, *words], stderr=subprocess.PIPE, env=environment) as process:
        try:
            page = _fetched(f"http://127.0.0.1:{port}/", process)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=120)
        finally:
            process.kill()
    assert b"<title>" in page
    assert b"Traceback" not in err
    assert process.returncode in {0, 130}


@pytest.mark.usefixtures("in_town")
def test_a_taken_port_is_refused(run: Any) -> None:
    """A port in use is named in plain words, with the way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = run("demo", "--port", str(taken.getsockname()[1]), "--no-browser")
    assert answer.status == 2
    assert "--port" in answer.err


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _fetched(address: str, process: subprocess.Popen[bytes]) -> bytes:
    for _ in range(1_200):
        assert process.poll() is None, process.communicate()[1]
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  # our own address
                page: bytes = answer.read()
                return page
        except OSError:
            time.sleep(0.2)
    pytest.fail("the demo did not answer within some minutes")
