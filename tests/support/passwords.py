"""Passwords that are kept and checked quickly: how hard that is to break says nothing about anything but one test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from argon2 import PasswordHasher, profiles

from api.accounts import passwords

__all__ = ["strong_passwords"]

# Taken when this is loaded: the fixture belongs to several folders, and is made once for each.
_STRONG: Final = passwords._HASHER


@pytest.fixture(scope="session", autouse=True)
def strong_passwords() -> Iterator[PasswordHasher]:
    """What the service keeps passwords with; while tests run, the same with the least work stands in for it."""
    passwords._HASHER = PasswordHasher.from_parameters(profiles.CHEAPEST)
    passwords._nobody.cache_clear()
    yield _STRONG
    passwords._HASHER = _STRONG
