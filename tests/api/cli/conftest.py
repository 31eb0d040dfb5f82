"""The command line, run as a person runs it: words in, exit status and both streams out."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.cli import main


@dataclass(frozen=True)
class Answer:
    """What one command did."""

    status: int
    out: bytes
    err: str


Run = Callable[..., Answer]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> Run:
    """Run `bopsgis WORDS...` in this process, in an empty folder, with stdin that is no terminal."""
    monkeypatch.chdir(tmp_path)

    def run_words(*words: str, stdin: bytes = b"") -> Answer:
        monkeypatch.setattr(sys, "argv", ["bopsgis", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsysbinary.readouterr()
        try:
            main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        streams = capsysbinary.readouterr()
        return Answer(status, streams.out, streams.err.decode())

    return run_words


@pytest.fixture
def in_town(monkeypatch: pytest.MonkeyPatch, sample_home: Path) -> Path:
    """The sample town's home is the home."""
    monkeypatch.setenv("BOPSGIS_HOME", str(sample_home))
    return sample_home
