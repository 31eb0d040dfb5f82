"""The sample town and its store, made once for all tests and workers, and again when their code changes."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.cli import sample
from api.core import clock

__all__ = ["sample_home"]

DAY_S = 86_400


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One worker at a time; the lock goes with the process that held it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def sample_home(cache: Path) -> Path:
    """A home folder with `sample-town/` and `store/` in it, named after the code that made them."""
    town, code = sample.fingerprints()
    home = cache / code[:16]
    with _alone(cache / "lock"):
        for other in cache.iterdir():
            if other.is_dir() and other != home and time.time() - other.stat().st_mtime > DAY_S:
                shutil.rmtree(other, ignore_errors=True)
        if not home.exists():
            _take_town(cache, home, town)
        sample.prepare(home / "sample-town", home / "store", clock.today())
    return home


def _take_town(cache: Path, home: Path, wanted: str) -> None:
    """Begin with the town of another home, where its generator was the same: only the store is made anew then."""
    for marker in cache.glob(f"*/sample-town/{sample.MARKER}"):
        if marker.read_text(encoding="ascii") == wanted:
            home.mkdir()
            shutil.copytree(marker.parent, home / "sample-town.copy")
            (home / "sample-town.copy").rename(home / "sample-town")
            return
