"""The sample town, made twice by its script for the tests of this folder and shared by all test workers."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

MOST_S = 600


def _make(script: Path, folder: Path) -> None:
    """Run the script twice side by side, into `first` and `second`."""
    runs = [
        subprocess.Popen([sys.executable, "-W", "error", str(script), str(folder / name), "--quiet"])
        for name in ("first", "second")
    ]
    assert [run.wait(timeout=MOST_S) for run in runs] == [0, 0]


@pytest.fixture(scope="session")
def script(root: Path) -> Path:
    """The generator's script."""
    return root / "data" / "sample_town" / "generate.py"


@pytest.fixture(scope="session")
def towns(script: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[Path, Path]:
    """Two folders made by two runs with the same seed."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "sample-towns"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "second" / "town.json").exists():
            _make(script, folder)
    return folder / "first", folder / "second"


@pytest.fixture(scope="session")
def town(towns: tuple[Path, Path]) -> Path:
    """A folder that the generator made."""
    return towns[0]
