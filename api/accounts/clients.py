"""API clients: programs with a key of their own, limited to scopes, that can be shut off."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from api.accounts import store
from api.accounts.secrets import hash_of, matches, new_api_key, prefix_of
from api.accounts.tables import ApiClientRow
from api.core import audit
from api.core.access import Access
from api.core.db import Work
from bopsgis.errors import InputRefused, NotAllowed, NotFound, NotSignedIn
from bopsgis.planning.case import Role

__all__ = ["SCOPES", "access_of_key", "add_client", "look_up", "require_scope", "revoke_client"]

SCOPES = {
    "submissions:write": "send applications",
    "cases:read": "read cases",
    "cases:write": "change cases",
    "documents:write": "add documents",
    "representations:write": "send comments",
}
USED_EVERY = timedelta(minutes=1)


def add_client(work: Work, name: str, scopes: Collection[str], at: datetime) -> tuple[ApiClientRow, str]:
    """Add a client; its row and its key, which is shown this once and cannot be had again."""
    if not work.access.roles & {Role.ADMINISTRATOR, Role.SYSTEM}:
        raise NotAllowed("API clients are managed by the council's administrators.", code="administrator_only")
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise InputRefused(f"Choose from these scopes: {', '.join(SCOPES)}.", code="scopes")
    key = new_api_key()
    client = ApiClientRow(
        council_id=work.access.council_id,
        name=name.strip(),
        key_prefix=prefix_of(key),
        key_hash=hash_of(key),
        scopes=sorted(scopes),
        created_at=at,
    )
    work.session.add(client)
    work.session.flush()
    audit.record(work, "add_client", at, case_id=None, detail={"client": client.id, "scopes": client.scopes})
    return client, key


def revoke_client(work: Work, client_id: int, at: datetime) -> None:
    """Shut a client off, from its next request on."""
    if Role.ADMINISTRATOR not in work.access.roles:
        raise NotAllowed("API clients are managed by the council's administrators.", code="administrator_only")
    client = next((row for row in store.clients(work) if row.id == client_id), None)
    if client is None:
        raise NotFound("There is no such API client.", code="client")
    client.revoked_at = client.revoked_at or at
    audit.record(work, "revoke_client", at, case_id=None, detail={"client": client.id})


def access_of_key(work: Work, key: str, at: datetime) -> Access:
    """What the client with this key may see and do; its last use is written down now and then.

    Raises NotSignedIn for any key that is not valid.
    """
    access, long_unused = look_up(work, key, at)
    if long_unused:
        _client_of(work, key).last_used_at = at
    return access


def look_up(work: Work, key: str, at: datetime) -> tuple[Access, bool]:
    """As `access_of_key` without writing anything; beside it, whether the last use is due to be written down."""
    client = _client_of(work, key)
    access = Access(
        council_id=client.council_id,
        actor=f"API client {client.name}",
        client_id=client.id,
        scopes=frozenset(client.scopes),
    )
    return access, client.last_used_at is None or at - client.last_used_at >= USED_EVERY


def _client_of(work: Work, key: str) -> ApiClientRow:
    """The client with this key.

    Raises NotSignedIn, in the same words, for a key that is malformed, unknown, wrong or revoked.
    """
    prefix = prefix_of(key)
    client = None if prefix is None else store.client_by_prefix(work, prefix)
    if client is None or client.revoked_at is not None or not matches(key, client.key_hash):
        raise NotSignedIn("The API key is not valid.", code="api_key_refused")
    return client


def require_scope(access: Access, scope: str) -> None:
    """Raise NotAllowed where a client's key has not this scope."""
    if scope not in access.scopes:
        raise NotAllowed(f"This API key may not {SCOPES[scope]}.", code="scope_missing")
