"""Signing in, sessions, roles and API keys, on both stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select

from api.accounts import store
from api.accounts.clients import access_of_key, add_client, require_scope, revoke_client
from api.accounts.officers import add_officer, begin_second_factor, deactivate, set_password, set_roles
from api.accounts.sessions import ABSOLUTE, IDLE, access_of, give_code, sign_in, sign_out
from api.accounts.tables import ApiClientRow, OfficerRow, SessionRow
from api.accounts.throttle import Throttle
from api.core.access import Access
from api.core.audit import AuditEvent
from api.core.db import Database
from bopsgis.errors import InputRefused, NotAllowed, NotSignedIn, Throttled
from bopsgis.planning.case import Role

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ADMINISTRATOR = Access(council_id=1, actor="Administrator", roles=frozenset({Role.ADMINISTRATOR}))
PUBLIC = Access.public(1)
PASSWORD = "seven green bicycles"  # noqa: S105  # of an invented officer
EMAIL = "officer@council.example"


def an_officer(database: Database, *, second_factor: bool = False) -> str | None:
    """Add an officer with the role of assessor; the secret of the second factor, if one is set up."""
    with database.unit_of_work(ADMINISTRATOR) as work:
        officer = add_officer(
            work, email=EMAIL.upper(), name="Sample Officer", roles={Role.ASSESSOR}, password=PASSWORD, at=NOW
        )
        if second_factor:
            begin_second_factor(work, officer, NOW, issuer="bopsgis")
        return officer.totp_secret


def signed_in(database: Database, password: str = PASSWORD, email: str = EMAIL) -> str:
    """The token of a sign-in with a password."""
    with database.unit_of_work(PUBLIC) as work:
        return sign_in(work, email, password, NOW)


def access_at(database: Database, token: str, at: datetime = NOW) -> Access:
    """What a token opens at an instant."""
    with database.unit_of_work(PUBLIC) as work:
        return access_of(work, token, at)


def test_a_session_opens_what_the_officer_may_do(database: Database) -> None:
    """Signing in gives the officer's council, name and roles, and writes an audit event."""
    an_officer(database)
    access = access_at(database, signed_in(database))
    assert (access.council_id, access.roles) == (1, {Role.ASSESSOR})
    assert EMAIL in access.actor
    with database.reading(ADMINISTRATOR) as work:
        assert "sign_in" in work.session.scalars(select(AuditEvent.act)).all()


def test_every_failed_sign_in_says_the_same(database: Database) -> None:
    """A07: A wrong password, an unknown address and an officer who left cannot be told apart."""
    an_officer(database)
    messages = set()
    for email, password in ((EMAIL, "wrong password here"), ("nobody@council.example", PASSWORD)):
        with pytest.raises(NotSignedIn) as caught:
            signed_in(database, password, email)
        messages.add(str(caught.value))
    with database.unit_of_work(ADMINISTRATOR) as work:
        deactivate(work, store.officers(work)[0], NOW)
    with pytest.raises(NotSignedIn) as caught:
        signed_in(database)
    assert messages == {str(caught.value)}


def test_nothing_that_opens_a_door_is_kept_in_clear(database: Database) -> None:
    """A08: neither password, token nor key can be read from the database."""
    an_officer(database)
    token = signed_in(database)
    with database.unit_of_work(ADMINISTRATOR) as work:
        _, key = add_client(work, "Portal", ["submissions:write"], NOW)
        rows = [
            *work.session.scalars(select(OfficerRow.password_hash)),
            *work.session.scalars(select(SessionRow.token_hash)),
            *work.session.scalars(select(ApiClientRow.key_hash)),
        ]
    assert not any(secret in str(row) for row in rows for secret in (PASSWORD, token, key, key.split("_")[2]))


def test_a_session_ends_by_idleness_by_age_and_by_signing_out(database: Database) -> None:
    """A06: after 30 idle minutes, after 12 hours in use, and at once when signed out."""
    an_officer(database)
    token = signed_in(database)
    with pytest.raises(NotSignedIn, match="nothing was done"):
        access_at(database, token, NOW + IDLE)
    at = NOW
    while at + IDLE / 2 < NOW + ABSOLUTE:
        at += IDLE / 2
        access_at(database, token, at)
    with pytest.raises(NotSignedIn):
        access_at(database, token, NOW + ABSOLUTE)
    other = signed_in(database)
    with database.unit_of_work(PUBLIC) as work:
        sign_out(work, other, NOW)
    with pytest.raises(NotSignedIn):
        access_at(database, other)


def test_a_new_password_signs_everybody_out(database: Database) -> None:
    """A06: sessions from before the change are dead; a weak password is refused."""
    an_officer(database)
    token = signed_in(database)
    with database.unit_of_work(ADMINISTRATOR) as work:
        officer = store.officers(work)[0]
        for weak in ("short", "aaaaaaaaaaaaaaaa", "officer officer 1"):
            with pytest.raises(InputRefused):
                set_password(work, officer, weak, NOW)
        set_password(work, officer, "eight yellow tandems", NOW)
    with pytest.raises(NotSignedIn):
        access_at(database, token)
    assert access_at(database, signed_in(database, "eight yellow tandems"))


def test_the_second_factor_stands_between_password_and_access(database: Database) -> None:
    """The password alone opens nothing, a code works once, and the session gets a new token."""
    secret = an_officer(database, second_factor=True)
    assert secret is not None
    half = signed_in(database)
    with pytest.raises(NotSignedIn):
        access_at(database, half)
    code = pyotp.TOTP(secret).at(int(NOW.timestamp()))
    with database.unit_of_work(PUBLIC) as work:
        for wrong in ("000000", "", "١٢٣٤٥٦", code + "0"):  # digits of another script
            with pytest.raises(NotSignedIn):
                give_code(work, half, wrong, NOW)
        token = give_code(work, half, code, NOW)
    assert token != half
    assert access_at(database, token).officer_id is not None
    again = signed_in(database)
    with database.unit_of_work(PUBLIC) as work, pytest.raises(NotSignedIn, match="used already"):
        give_code(work, again, code, NOW)


def test_another_council_s_token_opens_nothing_here(database: Database) -> None:
    """A token is good only where its officer works."""
    an_officer(database)
    token = signed_in(database)
    with database.unit_of_work(Access.public(2)) as work, pytest.raises(NotSignedIn):
        access_of(work, token, NOW)


def test_only_administrators_manage_accounts(database: Database) -> None:
    """An assessor can neither add officers nor give themselves a role nor make a key."""
    an_officer(database)
    assessor = access_at(database, signed_in(database))
    with database.unit_of_work(assessor) as work:
        officer = store.officers(work)[0]
        with pytest.raises(NotAllowed):
            set_roles(work, officer, {Role.REVIEWER}, NOW)
        with pytest.raises(NotAllowed):
            add_client(work, "x", ["cases:read"], NOW)
        with pytest.raises(NotAllowed):
            add_officer(work, email="x@y.example", name="x", roles={Role.ASSESSOR}, password=None, at=NOW)


def test_an_api_key_is_bound_to_its_scopes_and_can_be_revoked(database: Database) -> None:
    """A08: the right key gives its scopes only; wrong, malformed and revoked keys are refused alike."""
    with database.unit_of_work(ADMINISTRATOR) as work:
        client, key = add_client(work, "Portal", ["submissions:write"], NOW)
        access = access_of_key(work, key, NOW)
        require_scope(access, "submissions:write")
        with pytest.raises(NotAllowed, match="may not read cases"):
            require_scope(access, "cases:read")
        revoked_id = client.id
        for bad in ("", "bops_", key[:-1], key + "x", "bops_" + "0" * 12 + "_x"):
            with pytest.raises(NotSignedIn):
                access_of_key(work, bad, NOW)
        revoke_client(work, revoked_id, NOW)
        with pytest.raises(NotSignedIn):
            access_of_key(work, key, NOW)


def test_too_many_tries_are_held_up_and_a_dead_counter_refuses() -> None:
    """A07: the sixth try in a minute is refused with a time to wait; with no storage every try is."""
    throttle = Throttle("memory://", {"sign_in": "5/minute"})
    for _ in range(5):
        throttle.hit("sign_in", "account:a", "address:1")
    with pytest.raises(Throttled) as caught:
        throttle.hit("sign_in", "account:a", "address:2")
    assert 1 <= caught.value.retry_after_s <= 60
    throttle.hit("sign_in", "account:b", "address:3")
    dead = Throttle("redis+unix:///nowhere/redis.sock", {"sign_in": "5/minute"})
    with pytest.raises(Throttled, match="not possible at the moment"):
        dead.hit("sign_in", "account:a")


def test_last_use_of_a_session_is_written_sparingly(database: Database) -> None:
    """Two requests in one minute write the time of the first only."""
    an_officer(database)
    token = signed_in(database)
    access_at(database, token, NOW + timedelta(minutes=2))
    access_at(database, token, NOW + timedelta(minutes=2, seconds=30))
    with database.reading(PUBLIC) as work:
        (seen,) = work.session.scalars(select(SessionRow.last_seen_at))
    assert seen == NOW + timedelta(minutes=2)
