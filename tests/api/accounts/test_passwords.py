"""How passwords are kept outside tests."""

from __future__ import annotations

from argon2 import PasswordHasher, profiles

from api.accounts.passwords import hash_password, verify_password


def test_passwords_are_kept_with_the_work_that_rfc_9106_asks_for(strong_passwords: PasswordHasher) -> None:
    """The service's own hashes are argon2id of three passes over 64 MiB; a test's are of the same kind, and open."""
    wanted = profiles.RFC_9106_LOW_MEMORY
    kept = strong_passwords.hash("seven green bicycles")
    assert kept.startswith(f"$argon2id$v=19$m={wanted.memory_cost},t={wanted.time_cost},p={wanted.parallelism}$")
    assert verify_password("seven green bicycles", kept)
    assert hash_password("seven green bicycles").startswith("$argon2id$")
