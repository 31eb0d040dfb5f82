"""Signing in through a council's own service, against a real OpenID Connect provider on this machine."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey
from support.casework import ADMINISTRATOR, app_of, signed_in
from support.filled import row_counts
from support.identity_provider import CLIENT, SECRET, IdentityProvider, running

from api.accounts import council_account, council_sign_in, pages, store
from api.accounts.guard import COOKIE
from api.accounts.officers import add_officer, begin_second_factor, deactivate
from api.accounts.provider import provider_of
from api.accounts.routes import router as accounts
from api.cases.routes import router as cases
from api.core import clock
from api.core.db import Database
from api.core.settings import Settings
from bopsgis.planning.case import Role

ADDRESS = "http://localhost"
RETURN = f"{ADDRESS}/sign-in/council-account/return"
EMAIL = "officer@council.example"
PERSON = {"sub": "0001", "email": EMAIL, "email_verified": True, "name": "Sample Officer"}


@pytest.fixture(scope="module")
def started() -> Iterator[IdentityProvider]:
    """A provider on a free port."""
    with running(RETURN) as provider:
        yield provider


@pytest.fixture
def provider(started: IdentityProvider) -> IdentityProvider:
    """The provider without faults, at which the officer is signed in."""
    started.person, started.claims, started.metadata = dict(PERSON), {}, {}
    started.signs_with, started.declines = None, False
    return started


@pytest.fixture
def app(database: Database, provider: IdentityProvider) -> FastAPI:
    """Council `a`'s service with one officer, who has no password but has a second factor here."""
    with database.unit_of_work(ADMINISTRATOR) as work:
        officer = add_officer(
            work, email=EMAIL, name="Sample Officer", roles={Role.ASSESSOR}, password=None, at=clock.now()
        )
        begin_second_factor(work, officer, clock.now(), issuer="bopsgis")
    return app_of(database, council_account.router, accounts, cases, provider=provider_of(settings(provider)))


def settings(provider: IdentityProvider, **more: Any) -> Settings:
    """Settings that name the provider."""
    known = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    return Settings(**{"address": ADDRESS, **known, **more})


def browser_of(app: FastAPI) -> TestClient:
    """A browser that shows where it is sent."""
    return TestClient(app, base_url=ADDRESS, follow_redirects=False, headers={"Accept": "application/json"})


def sent_back(browser: TestClient, next_path: str = "/") -> str:
    """Go out to the provider for real; the address that it sends the browser back to."""
    out = browser.get("/sign-in/council-account", params={"next": next_path})
    assert out.status_code == 303, out.text
    back = requests.get(out.headers["location"], timeout=60, allow_redirects=False).headers["location"]
    assert back.startswith(RETURN)
    return back


def code_of(answer: Any) -> str:
    """The problem's code; the browser has no session then."""
    assert COOKIE not in answer.cookies
    return str(answer.json()["code"])


def test_an_officer_signs_in(app: FastAPI, provider: IdentityProvider) -> None:
    """Out, back, and in: with PKCE, without a second factor of ours, to the page that was asked for."""
    browser = browser_of(app)
    asked = parse_qs(urlsplit(browser.get("/sign-in/council-account").headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    answer = browser.get(sent_back(browser, "/cases"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases")
    assert browser.get("/api/v2/cases").status_code == 200
    with app.state.database.reading(ADMINISTRATOR) as work:
        assert store.officers(work)[0].oidc_subject == "0001"
    assert provider.codes == {}


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "evil"])
def test_nobody_is_sent_elsewhere_afterwards(app: FastAPI, elsewhere: str) -> None:
    """Only a page of ours is gone to after signing in."""
    browser = browser_of(app)
    assert browser.get(sent_back(browser, elsewhere)).headers["location"] == "/"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another sign-in"},
        {"aud": ["another client"]},
        {"exp": int(time.time()) - 3600},
        {"iss": "https://another.example"},
        {"at_hash": "of another token"},
    ],
    ids=["nonce", "audience", "expired", "issuer", "access token"],
)
def test_an_id_token_that_does_not_hold_opens_nothing(
    app: FastAPI, provider: IdentityProvider, claims: dict[str, Any]
) -> None:
    """Nonce, audience, times, issuer and the hash of the access token are all asked."""
    provider.claims = claims
    browser = browser_of(app)
    answer = browser.get(sent_back(browser))
    assert (answer.status_code, code_of(answer)) == (401, "sign_in_not_confirmed")


def test_only_the_provider_s_own_key_counts(app: FastAPI, provider: IdentityProvider) -> None:
    """A token that somebody else signed under the same key name opens nothing."""
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    browser = browser_of(app)
    assert code_of(browser.get(sent_back(browser))) == "sign_in_not_confirmed"


def test_who_is_no_officer_here_stays_outside(app: FastAPI, provider: IdentityProvider) -> None:
    """An address that is unknown, not verified, another council's or an inactive officer's opens nothing."""
    database = app.state.database
    with database.unit_of_work(replace(ADMINISTRATOR, council_id=2)) as work:
        add_officer(work, email="b@b.example", name="B", roles={Role.ASSESSOR}, password=None, at=clock.now())
    browser = browser_of(app)
    for person, code in (
        ({"email": "nobody@council.example"}, "officer_unknown"),
        ({"email": "b@b.example"}, "officer_unknown"),
        ({"email_verified": False}, "email_unverified"),
        ({"email_verified": "true"}, "email_unverified"),
    ):
        provider.person = PERSON | person
        assert code_of(browser.get(sent_back(browser))) == code
    with database.unit_of_work(ADMINISTRATOR) as work:
        assert [officer.email for officer in store.officers(work)] == [EMAIL]
        deactivate(work, store.officers(work)[0], clock.now())
    provider.person = PERSON
    assert code_of(browser.get(sent_back(browser))) == "officer_unknown"


def test_a_way_back_counts_once_in_its_own_browser(app: FastAPI) -> None:
    """A return that is repeated, made up, late, or opened in another browser opens nothing."""
    browser, other = browser_of(app), browser_of(app)
    back = sent_back(browser)
    assert code_of(other.get(back)) == "sign_in_stale"
    assert code_of(browser.get(f"{RETURN}?code=x&state=made-up")) == "sign_in_stale"
    assert browser.get(back).status_code == 303
    browser.cookies.delete(COOKIE)
    assert code_of(browser.get(back)) == "sign_in_stale"
    late = sent_back(browser)
    at = clock.now() + council_sign_in.WITHIN
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "now", lambda: at)
        assert code_of(browser.get(late)) == "sign_in_stale"


def test_the_way_out_is_offered_and_writes_nothing(app: FastAPI) -> None:
    """The sign-in page leads there, with the page that was asked for; following it leaves no row behind."""
    app.include_router(pages.router)
    app.state.town = None
    browser, before = browser_of(app), row_counts(app.state.database)
    page = browser.get("/sign-in?next=/cases%3Fstatus%3Dvalid").text
    way = re.search(r'href="(/sign-in/council-account[^"]*)"', page)
    assert way is not None
    out = browser.get(html.unescape(way[1]))
    assert row_counts(app.state.database) == before
    back = requests.get(out.headers["location"], timeout=60, allow_redirects=False).headers["location"]
    assert browser.get(back).headers["location"] == "/cases?status=valid"
    app.state.provider = None
    assert "council-account" not in browser_of(app).get("/sign-in").text


def test_another_council_s_server_does_not_take_it(app: FastAPI, provider: IdentityProvider) -> None:
    """A way back belongs to the council at which it began, and a service may be one council's only."""
    browser = browser_of(app)
    back = sent_back(browser)
    app.state.council = "b"
    assert code_of(browser.get(back)) == "sign_in_stale"
    app.state.provider = provider_of(settings(provider, oidc_council="a"))
    assert browser.get("/sign-in/council-account").status_code == 404
    app.state.provider = None
    assert code_of(browser.get("/sign-in/council-account")) == "no_sign_in_service"


def test_an_address_in_other_hands_opens_nothing(app: FastAPI, provider: IdentityProvider) -> None:
    """The first sign-in ties the person; another one with the same address waits for the administrator."""
    browser = browser_of(app)
    assert browser.get(sent_back(browser)).status_code == 303
    provider.person = PERSON | {"sub": "0002"}
    stranger = browser_of(app)
    assert code_of(stranger.get(sent_back(stranger))) == "officer_other_person"
    with app.state.database.reading(ADMINISTRATOR) as work:
        officer_id = store.officers(work)[0].id
    administrator = signed_in(app, Role.ADMINISTRATOR)
    assert administrator.post(f"/api/v2/officers/{officer_id}/untie").status_code == 204
    assert stranger.get(sent_back(stranger)).status_code == 303


def test_officers_join_only_where_the_settings_say_so(app: FastAPI, provider: IdentityProvider) -> None:
    """With the setting somebody whom the service vouches for becomes an assessor, and nothing more."""
    app.state.provider = provider_of(settings(provider, oidc_add_officers=True))
    provider.person = {"sub": "0009", "email": "New@Council.example", "email_verified": True, "name": "New Officer"}
    browser = browser_of(app)
    assert browser.get(sent_back(browser)).status_code == 303
    with app.state.database.reading(ADMINISTRATOR) as work:
        officer = store.officer_by_email(work, "new@council.example")
        assert officer is not None
        assert (officer.name, store.roles_of(work, officer)) == ("New Officer", {Role.ASSESSOR})


def test_who_declines_is_told_so(app: FastAPI, provider: IdentityProvider) -> None:
    """Somebody who breaks off at the service gets a sentence, and the service's own words are not repeated."""
    provider.declines = True
    browser = browser_of(app)
    browser.headers["accept"] = "text/html"
    answer = browser.get(sent_back(browser))
    assert (answer.status_code, answer.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "did not sign you in" in answer.text
    assert "access_denied" not in answer.text


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://another.example"},
        {"authorization_endpoint": "https://another.example/authorize"},
        {"authorization_endpoint": None},
    ],
)
def test_a_service_that_points_elsewhere_is_not_followed(
    app: FastAPI, provider: IdentityProvider, metadata: dict[str, Any]
) -> None:
    """Another issuer's document, and an address on another host, end the sign-in in plain words."""
    provider.metadata = metadata
    answer = browser_of(app).get("/sign-in/council-account")
    assert (answer.status_code, code_of(answer)) == (503, "sign_in_service_away")
    assert "does not answer" in answer.json()["detail"]


def test_a_token_address_elsewhere_gets_no_secret(app: FastAPI, provider: IdentityProvider) -> None:
    """Code and secret go to the issuer's host or nowhere."""
    browser = browser_of(app)
    back = sent_back(browser)
    provider.metadata = {"token_endpoint": "http://127.0.0.2:9/token"}
    assert code_of(browser.get(back)) == "sign_in_service_away"


def test_a_service_that_is_down_is_said_so(app: FastAPI) -> None:
    """Nothing listens there: a sentence for the person, at the start and on the way back."""
    app.state.provider = provider_of(Settings(address=ADDRESS, oidc_issuer="http://127.0.0.1:9", oidc_client_id=CLIENT))
    answer = browser_of(app).get("/sign-in/council-account")
    assert (answer.status_code, code_of(answer)) == (503, "sign_in_service_away")


@pytest.mark.parametrize("issuer", ["http://council.example", "ftp://council.example", "council.example"])
def test_only_https_will_do(issuer: str) -> None:
    """An issuer without https is refused when the service starts."""
    with pytest.raises(ValueError, match="https"):
        provider_of(Settings(oidc_issuer=issuer, oidc_client_id=CLIENT))
    with pytest.raises(ValueError, match="CLIENT_ID"):
        provider_of(Settings(oidc_issuer="https://council.example"))
    assert provider_of(Settings()) is None
