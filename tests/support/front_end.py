"""npm packages that only tests use (axe-core, the fixtures of govuk-frontend), fetched once for all workers."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from api.core import assets

__all__ = ["node_modules"]


def node_modules(root: Path) -> Path:
    """The folder node_modules; the test is skipped with the reason where it cannot be had."""
    lock_file = root / ".bopsgis" / "npm.lock"
    lock_file.parent.mkdir(exist_ok=True)
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return assets.ensure_test_tools(root)
        except assets.FrontEndMissing as missing:
            pytest.skip(f"the npm packages of the tests cannot be had: {missing}")
