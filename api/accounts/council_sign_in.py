"""Signing in through the council's own service: what is remembered on the way, and which officer it opens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from api.accounts import sessions, store
from api.accounts.officers import add_officer
from api.accounts.provider import Identity
from api.accounts.secrets import hash_of, matches, new_token
from api.accounts.tables import OfficerRow
from api.core import audit
from api.core.access import Access
from api.core.db import Work
from api.core.page_forms import local_path
from bopsgis.errors import NotSignedIn
from bopsgis.planning.case import Role

__all__ = ["WITHIN", "Attempt", "begin", "finish", "open_session"]

WITHIN = timedelta(minutes=10)
"""How long somebody may take at the council's service."""

_KEPT = re.compile(
    r"(?P<council>[0-9]{1,9})\.(?P<state>[\w-]+)\.(?P<nonce>[\w-]+)\.(?P<verifier>[\w-]+)"
    r"\.(?P<until>[0-9]{1,11})\.(?P<next>\S*)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in on its way: the secrets that tie what comes back to the browser that was sent out.

    The browser keeps them itself, so that asking for the way out writes nothing here; the service takes each
    code once, and only with the attempt's own verifier and nonce.
    """

    council_id: int
    state: str
    nonce: str
    verifier: str
    next_path: str
    expires_at: datetime

    def kept(self) -> str:
        """As the browser keeps it: letters, digits and marks that a cookie may have."""
        until = str(int(self.expires_at.timestamp()))
        parts = (str(self.council_id), self.state, self.nonce, self.verifier, until, quote(self.next_path, safe=""))
        return ".".join(parts)


def begin(council_id: int, next_path: str, at: datetime) -> Attempt:
    """A sign-in that starts; `next_path` is where the browser goes afterwards, a page of ours or else `/`."""
    return Attempt(council_id, new_token(), new_token(), new_token(), local_path(next_path, "/"), at + WITHIN)


def finish(council_id: int, state: str, kept: str, at: datetime) -> Attempt:
    """The attempt that a browser comes back from, by the `state` it brings and what it kept since the start.

    Raises NotSignedIn for another browser's attempt, another council's, one that took too long or was finished.
    """
    attempt = _read(kept)
    if (
        attempt is None
        or attempt.council_id != council_id
        or not matches(state, hash_of(attempt.state))
        or attempt.expires_at <= at
    ):
        raise NotSignedIn(
            "This sign-in was used already, took too long, or was started in another browser.",
            code="sign_in_stale",
            hint="Start again from the sign-in page.",
        )
    return attempt


def _read(kept: str) -> Attempt | None:
    found = _KEPT.fullmatch(kept)
    if found is None:
        return None
    until = datetime.fromtimestamp(int(found["until"]), UTC)
    onwards = local_path(unquote(found["next"]), "/")
    return Attempt(int(found["council"]), found["state"], found["nonce"], found["verifier"], onwards, until)


def open_session(work: Work, identity: Identity, at: datetime, *, add: bool) -> str:
    """Start a session for the officer with this verified address; its token.

    A second factor is the service's business. The first sign-in ties the officer to the service's own name
    for the person: the same address in another person's hands opens nothing. With `add` somebody who is not
    known becomes an assessor. Raises NotSignedIn.
    """
    officer = store.officer_by_email(work, identity.email)
    if officer is None and add:
        joining = Work(work.session, Access.system(work.access.council_id, "council's sign-in service"))
        officer = add_officer(
            joining, email=identity.email, name=identity.name[:200], roles={Role.ASSESSOR}, password=None, at=at
        )
    if officer is None or not officer.active:
        raise NotSignedIn(
            f"There is no officer with the address {identity.email} here.",
            code="officer_unknown",
            hint="Ask your council's administrator to add you.",
        )
    _tie(work, officer, identity, at)
    return sessions.start_session(work, officer, at, second_factor=True)


def _tie(work: Work, officer: OfficerRow, identity: Identity, at: datetime) -> None:
    if officer.oidc_subject is None:
        officer.oidc_subject = identity.subject
        audit.record(work, "tie_to_sign_in_service", at, case_id=None, detail={"officer": officer.id})
    if officer.oidc_subject != identity.subject:
        raise NotSignedIn(
            "This address belonged to somebody else at your council's sign-in service before.",
            code="officer_other_person",
            hint="Ask your council's administrator to confirm that the account here is yours.",
        )
