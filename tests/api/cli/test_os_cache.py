from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.basemap.os_cache import Kept, OsCache
from api.basemap.proxy import CACHE_FILE


def test_what_is_kept_of_the_ordnance_survey_can_be_purged(run: Callable[..., Any], tmp_path: Path) -> None:
    """The command says how many answers it threw away; a cache that is open finds nothing any more."""
    assert run("tiles", "os-cache", "purge").out == b"0 kept answers thrown away.\n"
    cache = OsCache(tmp_path / ".bopsgis" / CACHE_FILE, "somebody", 1_000)
    cache.put("/tile", Kept(200, b"x", "", "", 100.0, 200.0), 50.0)
    assert cache.get("/tile", 50.0) is not None
    assert run("tiles", "os-cache", "purge").out == b"1 kept answer thrown away.\n"
    assert cache.get("/tile", 50.0) is None
    cache.close()


def test_the_oldest_answers_make_room(tmp_path: Path) -> None:
    """What is kept never grows beyond its limit: what ends first goes first, what is too large is not kept."""
    cache = OsCache(tmp_path / CACHE_FILE, "somebody", 100)
    for number in range(10):
        cache.put(f"/{number}", Kept(200, bytes(30), "", "", 100.0, 1_000.0 + number), 50.0)
    assert [number for number in range(10) if cache.get(f"/{number}", 50.0)] == [7, 8, 9]
    cache.put("/large", Kept(200, bytes(101), "", "", 100.0, 2_000.0), 50.0)
    assert cache.get("/large", 50.0) is None
    assert cache.get("/9", 50.0) is not None
    cache.close()
