"""Fixtures that every test may use: real things, started privately, or a skip that says what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real deliveries beside the repository."""
    folder = ROOT.parent / "shared"
    if not (folder / "realdata").is_dir():
        pytest.skip("there is no folder of real deliveries beside the repository (../shared/realdata)")
    return folder


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the person who runs the tests do not reach into them."""
    for name in ("BOPSGIS_HOME", "BOPSGIS_HOST", "BOPSGIS_PORT", "BOPSGIS_KERNEL"):
        monkeypatch.delenv(name, raising=False)
