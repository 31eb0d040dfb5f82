"""Signing in through the council's own service: what is remembered on the way, and which officer it opens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from api.accounts import sessions, store
from api.accounts.officers import add_officer
from api.accounts.provider import Identity
from api.accounts.secrets import hash_of, new_token
from api.accounts.tables import OfficerRow, SignInAttemptRow
from api.core import audit
from api.core.access import Access, visible_to
from api.core.db import Work
from bopsgis.errors import NotSignedIn
from bopsgis.planning.case import Role

__all__ = ["WITHIN", "Attempt", "begin", "finish", "open_session"]

WITHIN = timedelta(minutes=10)
"""How long somebody may take at the council's service."""

_OWN_PATH = re.compile(r"/(?:[A-Za-z0-9_-][A-Za-z0-9_./-]*)?")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in on its way: the secrets that tie what comes back to who was sent out."""

    state: str
    nonce: str
    verifier: str
    next_path: str


def begin(work: Work, next_path: str, at: datetime) -> Attempt:
    """Remember a sign-in that starts; `next_path` is where the browser goes afterwards, a page of ours or else `/`."""
    work.session.execute(
        delete(SignInAttemptRow).where(visible_to(work.access, SignInAttemptRow), SignInAttemptRow.expires_at <= at)
    )
    own = next_path if _OWN_PATH.fullmatch(next_path) else "/"
    attempt = Attempt(new_token(), new_token(), new_token(), own)
    work.session.add(
        SignInAttemptRow(
            state_hash=hash_of(attempt.state),
            council_id=work.access.council_id,
            nonce=attempt.nonce,
            verifier=attempt.verifier,
            next_path=own,
            expires_at=at + WITHIN,
        )
    )
    return attempt


def finish(work: Work, state: str, kept_state: str, at: datetime) -> Attempt:
    """The attempt that a browser comes back from; it is forgotten by that, so that nothing can be used twice.

    `kept_state` is what the same browser was given at the start. Raises NotSignedIn for another browser's
    attempt, another council's, one that was used already or took too long.
    """
    query = select(SignInAttemptRow).where(
        visible_to(work.access, SignInAttemptRow), SignInAttemptRow.state_hash == hash_of(state)
    )
    row = work.session.scalar(query.with_for_update()) if state and state == kept_state else None
    if row is None or row.expires_at <= at:
        raise NotSignedIn(
            "This sign-in was used already, took too long, or was started in another browser.",
            code="sign_in_stale",
            hint="Start again from the sign-in page.",
        )
    work.session.delete(row)
    work.session.flush()
    return Attempt(state, row.nonce, row.verifier, row.next_path)


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
