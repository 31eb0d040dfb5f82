"""Conditional requests (RFC 9110, 13): whether a reader has an answer already."""

from __future__ import annotations

__all__ = ["has"]


def has(given: str | None, own: str) -> bool:
    """Whether an If-None-Match names this tag (RFC 9110, 13.1.2: compared weakly)."""
    if given is None:
        return False
    named = (each.strip().removeprefix("W/") for each in given.split(","))
    return given.strip() == "*" or own.removeprefix("W/") in named
