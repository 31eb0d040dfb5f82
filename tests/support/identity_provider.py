"""A council's sign-in service for tests: a real OpenID Connect provider, made of Authlib's server side.

Whoever comes is signed in at once as `person`. `faults` says what it does wrong on purpose.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from authlib.common.security import generate_token
from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin,
    AuthorizationServer,
    ClientMixin,
    OAuth2Payload,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from fastapi import FastAPI, Request
from joserfc.jwk import KeySet, RSAKey
from starlette.responses import JSONResponse, Response
from support.serving import serving

__all__ = ["CLIENT", "SECRET", "IdentityProvider", "running"]

CLIENT, SECRET = "bopsgis", "a secret of two services"


@dataclass(frozen=True)
class _Client(ClientMixin):
    """The one client that is known: us."""

    redirect_uri: str
    client_id: str = CLIENT

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic" and endpoint == "token"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass(frozen=True)
class _Code(AuthorizationCodeMixin):
    """A code that was given out, with what it stands for."""

    code: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> list[str]:
        return ["pwd", "otp"]


class _Payload(OAuth2Payload):
    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    @property
    def data(self) -> dict[str, str]:
        return self._values

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return defaultdict(list, {name: [value] for name, value in self._values.items()})


class _Asked(OAuth2Request):
    """A request with its parameters, wherever they came in."""

    def __init__(self, request: Request, form: dict[str, str]) -> None:
        # Authlib wants https; on this machine the transport is not what is tested.
        super().__init__(request.method, str(request.url.replace(scheme="https")), headers=request.headers)
        self.payload = _Payload({**dict(request.query_params), **form})
        self._form = form
        self._args = dict(request.query_params)

    @property
    def args(self) -> dict[str, str]:
        return self._args

    @property
    def form(self) -> dict[str, str]:
        return self._form


@dataclass
class IdentityProvider:
    """What the service knows, and what it does wrong."""

    redirect_uri: str
    issuer: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    """Claims of the ID token that are given instead of the right ones."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """Of the discovery document, the same."""
    signs_with: RSAKey | None = None
    """Another key than the published one."""
    declines: bool = False
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    codes: dict[str, _Code] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


class _Server(AuthorizationServer):
    """Authlib's server on starlette's requests."""

    def __init__(self, provider: IdentityProvider) -> None:
        super().__init__()
        self.provider = provider
        self.register_token_generator("default", _token)
        self.register_grant(_Grant, [_IdToken(provider), CodeChallenge(required=True)])

    def query_client(self, client_id: str) -> _Client | None:
        return _Client(self.provider.redirect_uri) if client_id == CLIENT else None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Nothing asks for a token again."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: _Asked) -> _Asked:
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        given = {name: value for name, value in headers if name.lower() != "content-type"}
        return JSONResponse(body, status, given) if isinstance(body, dict) else Response(body, status, given)


def _token(*, scope: str, **_: Any) -> dict[str, Any]:
    return {"token_type": "Bearer", "access_token": generate_token(40), "expires_in": 300, "scope": scope}


class _Grant(AuthorizationCodeGrant):
    """Codes in memory, each good once."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

    @property
    def _codes(self) -> dict[str, _Code]:
        codes: dict[str, _Code] = self.server.provider.codes
        return codes

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        names = ("redirect_uri", "scope", "nonce", "code_challenge", "code_challenge_method")
        self._codes[code] = _Code(code, *(request.payload.data.get(name, "") for name in names))

    def query_authorization_code(self, code: str, client: _Client) -> _Code | None:
        return self._codes.get(code) if client.client_id == CLIENT else None

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        self._codes.pop(authorization_code.code)

    def authenticate_user(self, authorization_code: _Code) -> dict[str, Any]:  # noqa: ARG002  # its hook
        person: dict[str, Any] = self.server.provider.person
        return person


class _IdToken(OpenIDCode):
    """ID tokens about the one person, with the faults that are asked for."""

    def __init__(self, provider: IdentityProvider) -> None:
        super().__init__(require_nonce=True)
        self.provider = provider

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:  # noqa: ARG002  # its hook
        return any(code.nonce == nonce for code in self.provider.codes.values())

    def resolve_client_private_key(self, client: _Client) -> RSAKey:  # noqa: ARG002  # its hook
        return self.provider.signs_with or self.provider.key

    def get_client_algorithm(self, client: _Client) -> str:  # noqa: ARG002  # its hook
        return "RS256"

    def get_encode_header(self, client: _Client) -> dict[str, str]:
        return {"alg": self.get_client_algorithm(client), "kid": "one"}

    def get_compatible_claims(self, request: OAuth2Request) -> dict[str, Any]:
        now = int(time.time())
        return {"iss": self.provider.issuer, "aud": [request.client.client_id], "exp": now + 300, "iat": now}

    def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
        return UserInfo({**(user if "email" in scope else {}), **self.provider.claims})


def _app(provider: IdentityProvider) -> FastAPI:
    app, server = FastAPI(), _Server(provider)

    @app.get("/.well-known/openid-configuration")
    def discovery() -> dict[str, Any]:
        provider.asked.append("discovery")
        right = {
            "issuer": provider.issuer,
            "authorization_endpoint": f"{provider.issuer}/authorize",
            "token_endpoint": f"{provider.issuer}/token",
            "jwks_uri": f"{provider.issuer}/keys",
        }
        return right | provider.metadata

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        return dict(KeySet([provider.key]).as_dict(private=False))

    @app.get("/authorize")
    def authorize(request: Request) -> Response:
        asked = _Asked(request, {})
        grant = server.get_consent_grant(asked)
        return server.create_authorization_response(asked, None if provider.declines else provider.person, grant)

    @app.post("/token")
    async def token(request: Request) -> Response:
        return server.create_token_response(_Asked(request, {k: str(v) for k, v in (await request.form()).items()}))

    return app


@contextmanager
def running(redirect_uri: str) -> Iterator[IdentityProvider]:
    """The service on a free port of this machine."""
    provider = IdentityProvider(redirect_uri)
    with serving(_app(provider)) as (host, port):
        provider.issuer = f"http://{host}:{port}"
        yield provider
