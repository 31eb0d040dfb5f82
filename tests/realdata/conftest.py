"""A store made of every real delivery beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.realdata import build_real_store

from constraints.source import Account
from constraints.store import Store, open_store


@pytest.fixture(scope="session")
def realdata(shared: Path) -> Path:
    """The folder of real deliveries."""
    return shared / "realdata"


@pytest.fixture(scope="session")
def real(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, dict[str, Account]]:
    """The store of all real deliveries, and the account of each."""
    root = tmp_path_factory.mktemp("real") / "store"
    accounts = build_real_store(root, realdata)
    return open_store(root), accounts


@pytest.fixture(scope="session")
def real_store(real: tuple[Store, dict[str, Account]]) -> Store:
    """The store of all real deliveries."""
    return real[0]
