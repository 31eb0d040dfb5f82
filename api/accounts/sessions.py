"""Signing in with a password and a one-time code, and what a session opens afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyotp

from api.accounts import store
from api.accounts.passwords import verify_password
from api.accounts.secrets import hash_of, new_token
from api.accounts.tables import OfficerRow, SessionRow
from api.core import audit
from api.core.access import Access
from api.core.db import Work
from bopsgis.errors import NotSignedIn

__all__ = [
    "ABSOLUTE",
    "IDLE",
    "access_of",
    "give_code",
    "is_open",
    "look_up",
    "officer_of",
    "sign_in",
    "sign_out",
    "start_session",
]

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
"""How often the last use is written down: not at every request."""

_CODE_STEP_S = 30


def sign_in(work: Work, email: str, password: str, at: datetime) -> str:
    """Check address and password, and start a session; its token.

    With a second factor set up the session opens nothing until its code is given. Raises NotSignedIn with
    one and the same message for an unknown address, a wrong password and an officer who is not active.
    """
    officer = store.officer_by_email(work, email)
    right = verify_password(password, officer.password_hash if officer else None)
    if officer is None or not right or not officer.active:
        raise NotSignedIn("The address or the password is not right.", code="sign_in_failed")
    return start_session(work, officer, at, second_factor=officer.totp_secret is None)


def start_session(work: Work, officer: OfficerRow, at: datetime, *, second_factor: bool) -> str:
    """A new session with a token of its own; older tokens of the browser are of no use for it."""
    token = new_token()
    session = SessionRow(
        token_hash=hash_of(token),
        council_id=officer.council_id,
        officer_id=officer.id,
        created_at=at,
        last_seen_at=at,
        second_factor=second_factor,
    )
    work.session.add(session)
    if second_factor:
        _signed_in(work, officer, at)
    return token


def give_code(work: Work, token: str, code: str, at: datetime) -> str:
    """Check the one-time code of a session that waits for it; the token of the session that takes its place.

    A code counts in its own half minute and the one before, and once. Raises NotSignedIn for any other.
    """
    session = _live(work, token, at)
    officer = store.officer_by_id(work, session.officer_id)
    step = _matching_step(officer, code, at)
    if session.second_factor or step is None:
        raise NotSignedIn("The code is not right, or was used already.", code="code_refused")
    officer.totp_last_step = step
    session.ended_at = at
    work.session.flush()
    return start_session(work, officer, at, second_factor=True)


def officer_of(work: Work, token: str) -> int | None:
    """Whose session this is, open or not; None for a token of nobody's. Tries of codes are counted by it."""
    session = store.session_by_hash(work, hash_of(token))
    return None if session is None else session.officer_id


def is_open(work: Work, token: str) -> bool:
    """True where the session opens something; False where it still waits for its code."""
    session = store.session_by_hash(work, hash_of(token))
    return session is not None and session.ended_at is None and session.second_factor


def access_of(work: Work, token: str, at: datetime) -> Access:
    """What the session with this token may see and do; its last use is written down now and then.

    Raises NotSignedIn where it is not open any more.
    """
    access, long_unseen = look_up(work, token, at)
    if long_unseen:
        _live(work, token, at).last_seen_at = at
    return access


def look_up(work: Work, token: str, at: datetime) -> tuple[Access, bool]:
    """As `access_of` without writing anything; beside it, whether the last use is due to be written down."""
    session = _live(work, token, at)
    officer = store.officer_by_id(work, session.officer_id)
    if not session.second_factor or not officer.active:
        raise NotSignedIn("Sign in first.")
    access = Access(
        council_id=officer.council_id,
        actor=f"{officer.name} <{officer.email}>",
        roles=store.roles_of(work, officer),
        officer_id=officer.id,
    )
    return access, at - session.last_seen_at >= SEEN_EVERY


def sign_out(work: Work, token: str, at: datetime) -> None:
    """End the session; nothing happens where there is none."""
    session = store.session_by_hash(work, hash_of(token))
    if session is not None and session.ended_at is None:
        session.ended_at = at


def _live(work: Work, token: str, at: datetime) -> SessionRow:
    session = store.session_by_hash(work, hash_of(token))
    if session is None or session.ended_at is not None:
        raise NotSignedIn("Sign in first.")
    if at - session.last_seen_at >= IDLE or at - session.created_at >= ABSOLUTE:
        raise NotSignedIn("You were signed out because nothing was done for a while.", code="session_expired")
    return session


def _matching_step(officer: OfficerRow, code: str, at: datetime) -> int | None:
    if officer.totp_secret is None or not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    totp = pyotp.TOTP(officer.totp_secret, interval=_CODE_STEP_S)
    now = int(at.timestamp()) // _CODE_STEP_S
    for step in (now, now - 1):
        fresh = officer.totp_last_step is None or step > officer.totp_last_step
        if fresh and totp.verify(code, for_time=step * _CODE_STEP_S, valid_window=0):
            return step
    return None


def _signed_in(work: Work, officer: OfficerRow, at: datetime) -> None:
    acting = Access(officer.council_id, f"{officer.name} <{officer.email}>", officer_id=officer.id)
    audit.record(Work(work.session, acting), "sign_in", at, case_id=None, detail={"officer": officer.id})
