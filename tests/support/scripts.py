"""How much JavaScript a page sends: its scripts, what those import, each compressed as the server sends it."""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path

__all__ = ["MOST_WITHOUT_MAP", "MOST_WITH_MAP", "scripts_of"]

MOST_WITH_MAP, MOST_WITHOUT_MAP = 200_000, 15_000
"""Bytes of compressed JavaScript that a page may send, with a map and without."""
_STATIC = Path(__file__).resolve().parents[2] / "api" / "static"
_SCRIPT = re.compile(r"<script[^>]*\ssrc=\"/static/([^\"]+)\"")
_IMPORT = re.compile(
    r"^(?:import|export)\b[^;]*?from\s*\"(\.[^\"]+)\"|^import\s*\"(\.[^\"]+)\"|import\(\"(\.[^\"]+)\"\)", re.MULTILINE
)


def scripts_of(markup: str) -> dict[str, int]:
    """Script below /static -> compressed bytes, for a page or its template; with everything that they import."""
    waiting = [_STATIC / found for found in _SCRIPT.findall(markup)]
    weights: dict[str, int] = {}
    while waiting:
        script = waiting.pop().resolve()
        name = script.relative_to(_STATIC).as_posix()
        if name not in weights:
            weights[name] = _weight(script)
            waiting += [script.parent / found for found in _imports(script)]
    return weights


@cache
def _weight(script: Path) -> int:
    return len(gzip.compress(script.read_bytes(), 9))


@cache
def _imports(script: Path) -> tuple[str, ...]:
    if "vendor" in script.parts:  # bundled: they import nothing
        return ()
    return tuple(next(filter(None, found)) for found in _IMPORT.findall(script.read_text(encoding="utf-8")))
