"""Secrets that are shown once and kept as hashes: session tokens, links, API keys."""

from __future__ import annotations

import hashlib
import hmac
import secrets

__all__ = ["API_KEY_START", "hash_of", "matches", "new_api_key", "new_token", "prefix_of"]

API_KEY_START = "bops_"
_PREFIX_LENGTH = 12


def new_token() -> str:
    """256 bits from the system's generator, safe in an address and a cookie."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """What is kept of a secret. It is random and long, so a plain hash cannot be turned back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, kept_hash: str) -> bool:
    """True where the secret is the one that was hashed; takes the same time either way."""
    return hmac.compare_digest(hash_of(secret), kept_hash)


def new_api_key() -> str:
    """A new API key: a mark that scanners for leaked keys can find, a prefix to look it up by, and the secret."""
    return f"{API_KEY_START}{secrets.token_hex(_PREFIX_LENGTH // 2)}_{new_token()}"


def prefix_of(api_key: str) -> str | None:
    """The part of an API key that finds its client; None where the text has not the form of a key."""
    if not api_key.startswith(API_KEY_START):
        return None
    prefix, underscore, secret = api_key.removeprefix(API_KEY_START).partition("_")
    return prefix if underscore and secret and len(prefix) == _PREFIX_LENGTH else None
