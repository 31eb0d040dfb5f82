"""How long work tells whoever waits how far it has come."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "silent"]


class Progress(Protocol):
    """Called with what is being done, how many steps are done and how many there are (0: not known)."""

    def __call__(self, what: str, done: int, total: int, /) -> None:
        """Take note; must return quickly."""


def silent(what: str, done: int, total: int, /) -> None:
    """Tell nobody."""
