"""OpenID Connect from the relying party's side: discovery, the code flow with PKCE, and a checked ID token. All calls are guarded.

Sources: OpenID Connect Core 1.0 §3.1 and Discovery 1.0, RFC 6749, RFC 7636 (PKCE, S256 only), RFC 9207 (`iss` in the answer), and
RFC 9700 (security of OAuth 2.0). Only asymmetric signatures are taken. No user info is asked for and no token kept.
"""

import base64
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, ValidationError

from backbone.clock import Clock
from backbone.errors import Retriable, Unauthenticated, Unavailable, UrlRefused
from backbone.web.fetcher import Answer

ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "RS384", "RS512", "EdDSA"]
DEADLINE = timedelta(seconds=5)
FRESH, RENEWABLE_AFTER = timedelta(hours=1), timedelta(minutes=1)
LEEWAY_SECONDS = 60
TOKEN_MAX = 32 * 1024
_MOST_BYTES = 256 * 1024
_MOST_KEPT = 200


class Calling(Protocol):
    """Of the guarded client, what this needs."""

    async def call(
        self, method: str, url: str, *, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"",
        deadline: timedelta = DEADLINE, most: int = _MOST_BYTES,
    ) -> Answer: ...  # fmt: skip


class NotVouched(Unauthenticated):
    """The provider's answer proves nobody."""


class Metadata(BaseModel):
    """Of a provider's configuration, what is used (Discovery §3)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are at a provider. Without a secret PKCE alone shows that it was us who asked."""

    issuer: str
    client_id: str
    secret: str | None = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a provider vouches for. `email` is theirs only if `verified`."""

    subject: str
    email: str | None = field(repr=False)
    verified: bool


@dataclass(slots=True)
class _Kept:
    metadata: Metadata
    keys: KeySet
    at: float


class Providers:
    """Configurations and keys of providers, kept an hour, bounded; keys are had anew once where a signature fails."""

    def __init__(self, fetcher: Calling, clock: Clock) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def authorization_url(self, client: Client, *, state: str, nonce: str, challenge: str) -> str:
        """Where the browser goes. Raises `Unavailable` where the provider's configuration can't be had."""
        metadata = (await self._known(client.issuer)).metadata
        asked = {
            "response_type": "code", "client_id": client.client_id, "redirect_uri": client.redirect_uri,
            "scope": "openid email", "state": state, "nonce": nonce, "code_challenge": challenge,
            "code_challenge_method": "S256",
        }  # fmt: skip
        joined = "&" if "?" in metadata.authorization_endpoint else "?"
        return metadata.authorization_endpoint + joined + urlencode(asked, quote_via=quote)

    async def person(self, client: Client, *, code: str, verifier: str, nonce: str, iss: str | None) -> Person:
        """Whom the code stands for. Raises `NotVouched`, and `Unavailable` where the provider can't be asked."""
        known = await self._known(client.issuer)
        if iss != client.issuer and (iss is not None or known.metadata.authorization_response_iss_parameter_supported):
            raise NotVouched("the answer is another provider's")
        token = await self._exchange(known.metadata, client, code, verifier)
        claims = await self._claims(client, known, token)
        if claims.get("nonce") != nonce:
            raise NotVouched("the ID token answers another login")
        audience = claims.get("aud")
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client.client_id:
            raise NotVouched("the ID token is for others too, and not ours")
        email = claims.get("email")
        return Person(
            str(claims["sub"]), email if isinstance(email, str) else None, claims.get("email_verified") is True
        )

    async def _exchange(self, metadata: Metadata, client: Client, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect_uri,
            "client_id": client.client_id, "code_verifier": verifier,
        }  # fmt: skip
        headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")]
        if client.secret is not None and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            pair = f"{quote(client.client_id, safe='')}:{quote(client.secret, safe='')}"
            headers.append(("authorization", "Basic " + base64.b64encode(pair.encode()).decode()))
        elif client.secret is not None:
            form["client_secret"] = client.secret
        answer = await self._call("POST", metadata.token_endpoint, tuple(headers), urlencode(form).encode())
        if answer.status >= 500 or answer.status == 429:
            raise Unavailable(f"the identity provider answered {answer.status}")
        token = _object(answer.body).get("id_token") if answer.status == 200 else None
        if not isinstance(token, str) or len(token) > TOKEN_MAX:
            raise NotVouched("the provider takes the code for none of its own")
        return token

    async def _claims(self, client: Client, known: _Kept, token: str) -> Mapping[str, Any]:
        rules = jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()), leeway=LEEWAY_SECONDS, iss={"essential": True, "value": client.issuer},
            aud={"essential": True, "value": client.client_id}, exp={"essential": True}, iat={"essential": True},
            sub={"essential": True},
        )  # fmt: skip
        try:
            claims = _decoded(token, known.keys)
            if claims is None and known.at < self._clock.monotonic() - RENEWABLE_AFTER.total_seconds():
                # A provider that turned its keys over signs with new ones.
                self._kept.pop(client.issuer, None)
                claims = _decoded(token, (await self._known(client.issuer)).keys)
            if claims is None:
                raise NotVouched("the ID token is not signed by its provider")
            rules.validate(claims)
        except JoseError as error:
            raise NotVouched("the ID token is not for us, or over") from error
        return claims

    async def _known(self, issuer: str) -> _Kept:
        kept = self._kept.get(issuer)
        if kept is None or kept.at + FRESH.total_seconds() <= self._clock.monotonic():
            kept = self._kept[issuer] = await self._fetch(issuer)
        self._kept.move_to_end(issuer)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return kept

    async def _fetch(self, issuer: str) -> _Kept:
        found = await self._call("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
        try:
            metadata = Metadata.model_validate(_object(found.body))
            if metadata.issuer != issuer:
                raise Unavailable("the configuration found there is another issuer's")
            keys = await self._call("GET", metadata.jwks_uri)
            return _Kept(metadata, KeySet.import_key_set(_object(keys.body)), self._clock.monotonic())  # type: ignore[arg-type]  # as read
        except (ValidationError, JoseError, ValueError, KeyError, TypeError) as error:
            raise Unavailable("the identity provider's configuration can't be read") from error

    async def _call(
        self, method: str, url: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b""
    ) -> Answer:
        try:
            return await self._fetcher.call(
                method, url, headers=headers, body=body, deadline=DEADLINE, most=_MOST_BYTES
            )
        except (Retriable, UrlRefused) as error:
            raise Unavailable("the identity provider can't be asked") from error


def _decoded(token: str, keys: KeySet) -> dict[str, Any] | None:
    """None where no key of the set made the signature."""
    try:
        return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
    except (JoseError, ValueError):
        return None


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
