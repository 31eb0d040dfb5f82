"""Signing in under attack: guessing, fixing and reusing sessions, and a counter that is away (A06 to A08, I05)."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import redis
from fastapi.testclient import TestClient
from sqlalchemy import select
from support.casework import ADMINISTRATOR, PASSWORD, app_of
from support.redis_server import program, redis_server

from api.accounts import officers, resets, routes, store
from api.accounts.guard import COOKIE
from api.accounts.officers import add_officer, begin_second_factor
from api.accounts.sessions import ABSOLUTE, IDLE
from api.accounts.tables import PasswordResetRow
from api.accounts.throttle import TRIES, Throttle
from api.cases import routes as case_routes
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.outbox import MessageRow
from bopsgis.errors import InputRefused, NotFound, Throttled
from bopsgis.planning.case import Role

EMAIL = "o@council.example"
MANY = dict.fromkeys(TRIES, "1000/minute")


# On the embedded store only: what PostgreSQL has of it is tested with the accounts themselves.
pytestmark = pytest.mark.parametrize("database", ["shapelite"], indirect=True)


def door(database: Database, *, throttle: Throttle | None = None, scheme: str = "http") -> TestClient:
    """A browser before a service of council `a` with one officer."""
    with database.unit_of_work(ADMINISTRATOR) as work:
        if store.officer_by_email(work, EMAIL) is None:
            roles = {Role.ASSESSOR}
            add_officer(work, email=EMAIL, name="Officer", roles=roles, password=PASSWORD, at=clock.now())
    app = app_of(database, routes.router, case_routes.router, throttle=throttle or Throttle("memory://", MANY))
    return TestClient(app, base_url=f"{scheme}://localhost", headers={"Sec-Fetch-Site": "same-origin"})


def sign_in(browser: TestClient, password: str = PASSWORD, email: str = EMAIL) -> Any:
    """One try."""
    return browser.post("/api/v2/session", json={"email": email, "password": password})


def let_in(browser: TestClient) -> bool:
    """Whether the browser's session opens something."""
    return bool(browser.get("/api/v2/cases").status_code == 200)


def test_a06_a_session_cannot_be_fixed_copied_forward_or_used_after_its_end(database: Database) -> None:
    """A cookie that somebody planted is not taken over; after signing out the old one opens nothing; others go on."""
    browser, other = door(database), door(database)
    browser.cookies.set(COOKIE, "planted-by-somebody")
    assert sign_in(browser).status_code == 200
    assert sign_in(other).status_code == 200
    tokens = [cookie.value for cookie in browser.cookies.jar if cookie.name == COOKIE and cookie.value]
    assert "planted-by-somebody" not in tokens[-1:]
    token = tokens[-1]
    thief = door(database)
    thief.cookies.set(COOKIE, "planted-by-somebody")
    assert not let_in(thief)
    thief.cookies.set(COOKIE, token)
    browser = door(database)
    browser.cookies.set(COOKIE, token)
    assert let_in(browser)
    assert browser.post("/api/v2/session/end").status_code == 204
    assert not let_in(thief)
    assert let_in(other)


def test_a06_sessions_end_by_idleness_and_by_age(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over HTTP: after half an hour without a request, and after twelve hours with one every 25 minutes."""
    begun = clock.now()
    browser = door(database)
    sign_in(browser)
    shown = begun
    monkeypatch.setattr(clock, "now", lambda: shown)
    while shown + timedelta(minutes=25) < begun + ABSOLUTE - timedelta(minutes=1):
        shown += timedelta(minutes=25)
        assert let_in(browser)
    shown = begun + ABSOLUTE + timedelta(minutes=1)
    assert not let_in(browser)
    sign_in(browser)
    shown += IDLE + timedelta(minutes=1)
    assert not let_in(browser)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a06_the_cookie_is_kept_from_scripts_and_other_sites(database: Database, scheme: str) -> None:
    """HttpOnly and SameSite always, Secure over TLS, for this host only, gone with the browser."""
    (told,) = sign_in(door(database, scheme=scheme)).headers.get_list("set-cookie")
    assert re.search("; HttpOnly", told)
    assert re.search("; SameSite=(lax|strict)", told, re.IGNORECASE)
    assert ("; Secure" in told) is (scheme == "https")
    assert not re.search("; (Domain|Max-Age|Expires)=", told, re.IGNORECASE)


def test_a07_whether_somebody_has_an_account_is_told_to_nobody(database: Database) -> None:
    """A wrong password, an unknown address, an address in capitals or with spaces: the same answer, byte for byte."""
    browser = door(database)
    tries = [("wrong words here", EMAIL), (PASSWORD, "nobody@council.example"), ("wrong words here", EMAIL.upper())]
    answers = [sign_in(browser, password, email) for password, email in tries]
    assert {(one.status_code, one.content) for one in answers} == {(401, answers[0].content)}
    assert all("set-cookie" not in one.headers for one in answers)


def test_a07_tries_are_counted_by_account_and_by_address(database: Database) -> None:
    """The sixth try of one account in a minute is 429 with the time to wait, right password or not.

    An address, which may be a whole council's, has more tries, for all accounts together, whatever it says it is.
    """
    assert TRIES["sign_in_address"] == "30/minute"
    browser = door(database, throttle=Throttle("memory://", {**TRIES, "sign_in_address": "8/minute"}))
    for _ in range(5):
        assert sign_in(browser, "wrong words here").status_code == 401
    held_up = sign_in(browser)
    assert held_up.status_code == 429
    assert 1 <= int(held_up.headers["retry-after"]) <= 60
    others = [sign_in(browser, email=f"another{n}@council.example").status_code for n in range(3)]
    assert others == [401, 401, 429]
    spoofed = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
    third = {"email": "third@council.example", "password": PASSWORD}
    assert browser.post("/api/v2/session", json=third, headers=spoofed).status_code == 429


def test_a07_codes_are_counted_by_officer_not_by_session(database: Database) -> None:
    """With the password known, a new session for each guess of the code brings no further guesses."""
    browser = door(database, throttle=Throttle("memory://", {**MANY, "code": "5/minute"}))
    with database.unit_of_work(ADMINISTRATOR) as work:
        officer = store.officers(work)[0]
        begin_second_factor(work, officer, clock.now(), issuer="bopsgis")
        secret = officer.totp_secret
    assert secret is not None
    right = pyotp.TOTP(secret).at(clock.now())
    wrong = [f"{(int(right) + turn) % 1_000_000:06}" for turn in range(7, 14)]
    statuses = []
    for code in wrong:
        assert sign_in(browser).json() == {"state": "code_needed"}
        statuses.append(browser.post("/api/v2/session/code", json={"code": code}).status_code)
    assert statuses == [401] * 5 + [429] * 2
    assert not let_in(browser)


@pytest.fixture
def counters() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A private Redis: its URL and its process."""
    found = program()
    if found is None:
        pytest.skip("Redis is not installed (Debian: redis-server)")
    with redis_server(found) as started:
        yield started


def test_i05_counters_in_redis_are_shared_and_hold_no_secret(
    database: Database, counters: tuple[str, subprocess.Popen[bytes]]
) -> None:
    """Two processes count together; neither password nor session token is in Redis."""
    url, _ = counters
    one, two = (door(database, throttle=Throttle(url, TRIES)) for _ in range(2))
    statuses = [sign_in(browser, "wrong words here").status_code for browser in (one, two) * 3]
    assert statuses == [401] * 5 + [429]
    client = redis.Redis.from_url(url, decode_responses=True)
    kept = " ".join(client.keys("*"))
    assert f"account:1:{EMAIL}" in kept
    assert "wrong words" not in kept
    client.close()


@pytest.mark.parametrize("fault", ["killed", "hangs", "wrong type"])
def test_i05_a_counter_that_is_away_lets_nobody_sign_in(
    database: Database, counters: tuple[str, subprocess.Popen[bytes]], fault: str
) -> None:
    """Down, hanging or with rubbish in it: signing in is refused with a time to wait; who is in goes on working."""
    url, process = counters
    browser = door(database, throttle=Throttle(url, TRIES))
    assert sign_in(browser).status_code == 200
    _break(url, process, fault)
    refused = sign_in(browser)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert "redis" not in refused.text.lower()
    assert let_in(browser)
    with pytest.raises(Throttled):
        Throttle(url, TRIES).hit("sign_in", f"account:1:{EMAIL}")
    if fault == "hangs":
        process.send_signal(signal.SIGCONT)
        assert sign_in(browser).status_code == 200


def _break(url: str, process: subprocess.Popen[bytes], fault: str) -> None:
    if fault == "killed":
        process.kill()
        process.wait()
    elif fault == "hangs":
        process.send_signal(signal.SIGSTOP)
    else:
        client = redis.Redis.from_url(url)
        for key in client.keys("*"):
            client.set(key, "a text where a list is wanted")
        client.close()


def link_for(database: Database) -> str:
    """An administrator has a link sent; its secret, from the outbox."""
    with database.unit_of_work(ADMINISTRATOR) as work:
        officer = store.officer_by_email(work, EMAIL)
        assert officer is not None
        resets.send_link(work, officer, clock.now())
    with database.reading(ADMINISTRATOR) as work:
        mails = work.session.scalars(select(MessageRow).order_by(MessageRow.id)).all()
    return str(mails[-1].payload["secret"])


def test_a07_a_link_for_a_new_password_works_once_for_an_hour(
    database: Database,
) -> None:
    """Not twice, not after a newer one, not after an hour, not for another council; its secret is kept nowhere."""
    browser = door(database)
    public, now = Access.public(1), clock.now()
    used, older = link_for(database), link_for(database)
    newest = link_for(database)
    words = ["nine yellow ladders", "ten purple kettles"]
    for link, access, at in (
        (used, public, now),
        (older, public, now),
        (newest, Access.public(2), now),
        (newest, public, now + resets.VALID_FOR + timedelta(seconds=1)),
        ("x" * 43, public, now),
    ):
        with pytest.raises(NotFound), database.unit_of_work(access) as work:
            resets.use(work, link, words[0], at)
    assert sign_in(browser).status_code == 200
    with database.unit_of_work(public) as work:
        assert newest not in str(work.session.scalars(select(PasswordResetRow.token_hash)).all())
        resets.use(work, newest, words[0], now)
    assert not let_in(browser)
    with pytest.raises(NotFound), database.unit_of_work(public) as work:
        resets.use(work, newest, words[1], now)
    assert [sign_in(browser, word).status_code for word in (PASSWORD, words[1], words[0])] == [401, 401, 200]


def test_a07_only_an_administrator_sends_links_and_none_to_who_has_left(database: Database) -> None:
    """An officer without that role is refused, and somebody who may not sign in gets no link, nor uses an old one."""
    browser = door(database)
    assert sign_in(browser).status_code == 200
    with database.reading(ADMINISTRATOR) as work:
        officer = store.officer_by_email(work, EMAIL)
    assert officer is not None
    assert browser.post(f"/api/v2/officers/{officer.id}/reset-password").status_code == 403
    link = link_for(database)
    with database.unit_of_work(ADMINISTRATOR) as work:
        officers.deactivate(work, store.officer_by_id(work, officer.id), clock.now())
    with pytest.raises(InputRefused):
        link_for(database)
    with pytest.raises(NotFound), database.unit_of_work(Access.public(1)) as work:
        resets.use(work, link, "nine yellow ladders", clock.now())
