"""Time enough: on a busy machine a statement may take longer than a service lets anybody wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from api.core import db

__all__ = ["Limits", "usual_limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a statement and a lock may take in PostgreSQL (milliseconds), and a connection to it (seconds)."""

    statement_ms: int
    lock_ms: int
    connect_s: int


@pytest.fixture(scope="session", autouse=True)
def usual_limits() -> Iterator[Limits]:
    """The limits of the service; while tests run in this process, ten times as much is allowed."""
    usual = Limits(db.STATEMENT_TIMEOUT_MS, db.LOCK_TIMEOUT_MS, db.CONNECT_TIMEOUT_S)
    _allow(Limits(usual.statement_ms * 10, usual.lock_ms * 10, usual.connect_s * 10))
    yield usual
    _allow(usual)


def _allow(limits: Limits) -> None:
    db.STATEMENT_TIMEOUT_MS = limits.statement_ms
    db.LOCK_TIMEOUT_MS = limits.lock_ms
    db.CONNECT_TIMEOUT_S = limits.connect_s
