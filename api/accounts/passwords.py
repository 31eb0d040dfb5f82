"""Passwords: what is good enough, and argon2 for keeping and checking them."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bopsgis.errors import InputRefused

__all__ = ["check_strength", "hash_password", "verify_password"]

SHORTEST, LONGEST = 12, 128
_HASHER = PasswordHasher()


@cache
def _nobody() -> str:
    """A hash that no password matches, to take as long for an unknown officer as for a known one."""
    return _HASHER.hash("nobody has this password")


def check_strength(password: str, *, email: str, name: str) -> None:
    """Refuse a password that is too short, too long, all one character, or the person's own name or address."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputRefused(f"A password has {SHORTEST} to {LONGEST} characters.", code="password_length")
    if len(set(password)) < 5:
        raise InputRefused("Use more different characters in the password.", code="password_too_simple")
    own = [part for part in (*email.lower().split("@"), *name.lower().split()) if len(part) > 3]
    if any(part in password.lower() for part in own):
        raise InputRefused("A password cannot contain your name or address.", code="password_own_name")


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    return _HASHER.hash(password)


def verify_password(password: str, kept_hash: str | None) -> bool:
    """True where the password is right. With no hash it is wrong, after the same work."""
    try:
        _HASHER.verify(kept_hash or _nobody(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return kept_hash is not None
