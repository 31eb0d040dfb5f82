"""Talking to a council's own sign-in service: OpenID Connect, code flow with PKCE, one fixed host.

OpenID Connect Core 1.0, sections 3.1 and 3.1.3.7; RFC 7636 (PKCE). Discovery and keys are asked for at each
sign-in: that is seldom enough, and a key that the service has withdrawn counts no more from then on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.core.problems import ServiceAway
from api.core.settings import Settings
from bopsgis.errors import NotSignedIn

__all__ = ["Identity", "Provider", "provider_of"]

TIMEOUT_S = (3.0, 5.0)
"""To connect, and for each answer."""
MAX_BYTES = 1_000_000
LEEWAY_S = 60
"""How far the clocks of the two services may be apart."""
_SIGNED_WITH = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures that only the service can make; those that a shared secret makes are not taken."""
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the service says has signed in. `email` is in lower case, and the service has verified it."""

    subject: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Provider:
    """A sign-in service and how we are known there. Nothing of ours goes to another host than the issuer's."""

    issuer: str
    client_id: str
    client_secret: str | None
    redirect_uri: str
    council: str
    """Code of the council whose officers sign in there; empty for the one that this server serves."""
    add_officers: bool
    """Whether somebody whom the service knows and we do not becomes an officer by signing in."""

    def serves(self, council: str) -> bool:
        """True where the officers of the council with this code sign in there."""
        return self.council in {"", council}

    def address(self, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser. Raises ServiceAway where the service does not answer as it should."""
        found = self._discovered()
        with self._session(found) as session:
            address, _ = session.create_authorization_url(
                self._own(found, "authorization_endpoint"), state=state, nonce=nonce, code_verifier=verifier
            )
        return str(address)

    def identity(self, code: str, nonce: str, verifier: str, at: datetime) -> Identity:
        """Who signed in, for the code that the browser brought back.

        Raises ServiceAway where the service does not answer as it should, NotSignedIn where the code or what
        is given for it does not hold.
        """
        found = self._discovered()
        try:
            with self._session(found) as session:
                token = session.fetch_token(
                    self._own(found, "token_endpoint"),
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    allow_redirects=False,
                    timeout=TIMEOUT_S,
                )
        except AuthlibBaseError as error:
            raise _refused("code") from error
        except (requests.RequestException, ValueError) as error:
            raise _away() from error
        keys = self._json(self._own(found, "jwks_uri"))
        return _identity_of(self._claims(token, keys, nonce, at))

    def _claims(self, token: Mapping[str, Any], keys: Mapping[str, Any], nonce: str, at: datetime) -> Mapping[str, Any]:
        """The claims of the ID token, when its signature, issuer, audience, times and nonce hold."""
        try:
            decoded = jwt.decode(str(token.get("id_token", "")), KeySet.import_key_set(keys), algorithms=_SIGNED_WITH)  # type: ignore[arg-type]  # plain JSON is what it takes
            options: dict[str, Any] = {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self.client_id},
            }
            params = {"nonce": nonce, "client_id": self.client_id, "access_token": token.get("access_token")}
            claims = CodeIDToken(decoded.claims, decoded.header, options, params)
            claims.validate(now=int(at.timestamp()), leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _refused("ID token") from error
        return dict(claims)

    def _session(self, found: Mapping[str, Any]) -> OAuth2Session:
        methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        preferred = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return OAuth2Session(
            self.client_id,
            self.client_secret,
            token_endpoint_auth_method=preferred if self.client_secret else "none",
            scope="openid email profile",
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            default_timeout=TIMEOUT_S,
        )

    def _discovered(self) -> Mapping[str, Any]:
        found = self._json(get_well_known_url(self.issuer, external=True))
        if found.get("issuer") != self.issuer:
            raise _away()
        return found

    def _own(self, found: Mapping[str, Any], name: str) -> str:
        """An address of the service, refused where it is on another host than the issuer."""
        address = str(found.get(name, ""))
        if urlsplit(address)[:2] != urlsplit(self.issuer)[:2]:
            raise _away()
        return address

    def _json(self, address: str) -> Mapping[str, Any]:
        try:
            with requests.get(address, timeout=TIMEOUT_S, allow_redirects=False, stream=True) as answer:
                body = answer.raw.read(MAX_BYTES + 1, decode_content=True)
            value = json.loads(body) if answer.status_code == 200 and len(body) <= MAX_BYTES else None
        except (requests.RequestException, OSError, ValueError) as error:
            raise _away() from error
        if not isinstance(value, dict):
            raise _away()
        return value


def provider_of(settings: Settings) -> Provider | None:
    """The sign-in service that the settings name, None where they name none.

    Raises ValueError for an issuer that is not an https address; http will do on this machine only.
    """
    if not settings.oidc_issuer:
        return None
    parts = urlsplit(settings.oidc_issuer)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError(f"{settings.oidc_issuer!r} is not the https address of an OpenID Connect issuer")
    if not settings.oidc_client_id:
        raise ValueError("BOPSGIS_OIDC_CLIENT_ID has to be set with BOPSGIS_OIDC_ISSUER")
    secret = settings.oidc_client_secret
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=None if secret is None else secret.get_secret_value(),
        redirect_uri=f"{settings.public_address.rstrip('/')}/sign-in/council-account/return",
        council=settings.oidc_council,
        add_officers=settings.oidc_add_officers,
    )


def _identity_of(claims: Mapping[str, Any]) -> Identity:
    email = claims.get("email")
    if not isinstance(email, str) or "@" not in email or claims.get("email_verified") is not True:
        raise NotSignedIn(
            "Your council's sign-in service did not confirm your e-mail address.",
            code="email_unverified",
            hint="Ask whoever runs it to verify your address.",
        )
    name = claims.get("name")
    address = email.strip().lower()
    return Identity(str(claims["sub"]), address, name.strip() if isinstance(name, str) and name.strip() else address)


def _away() -> ServiceAway:
    return ServiceAway(
        "Your council's sign-in service does not answer as it should.",
        code="sign_in_service_away",
        hint="Try again in a few minutes. If it stays so, tell whoever runs it.",
    )


def _refused(what: str) -> NotSignedIn:
    return NotSignedIn(
        f"Your council's sign-in service did not confirm that it is you (its {what} does not hold).",
        code="sign_in_not_confirmed",
        hint="Start again from the sign-in page.",
    )
