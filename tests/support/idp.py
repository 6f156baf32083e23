"""An OpenID Connect provider on loopback, whose people, keys and faults a test sets."""

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from backbone.web.serve import http_server
from tests.support.api import until
from tests.support.ports import HOST, free_ports

CLIENT_ID, SECRET = "frontdesk", "s3cret: of&client"


@dataclass
class Idp:
    """`claims` replace those of the ID token; `seen` are the forms that the token endpoint was given."""

    issuer: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    published: list[RSAKey] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: list[dict[str, str]] = field(default_factory=list)
    status: int = 200

    def consent(self, url: str, **claims: Any) -> dict[str, str]:
        """What a person's yes at the authorization URL sends the browser back with."""
        given = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = f"code-{len(self.asked)}"
        self.asked[code] = given
        self.claims = claims
        return {"code": code, "state": given["state"], "iss": self.issuer}

    async def authorize(self, request: Request) -> Response:
        """The page on which a person says yes, which does so by itself, with the claims that were set."""
        given = self.consent(str(request.url), **self.claims)
        return RedirectResponse(f"{request.query_params['redirect_uri']}?{urlencode(given)}", status_code=302)

    async def configuration(self, _request: Request) -> Response:
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return JSONResponse(found | self.metadata)

    async def keys(self, _request: Request) -> Response:
        return JSONResponse(KeySet(list(self.published or [self.key])).as_dict(private=False))

    async def token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        self.seen.append(form)
        given = self.asked.pop(form.get("code", ""), None)
        user, _, secret = base64.b64decode(request.headers.get("authorization", "")[6:]).decode().partition(":")
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        right = (
            given is not None
            and given["code_challenge"] == proof.decode()
            and given["redirect_uri"] == form["redirect_uri"]
        )
        if not right or (unquote(user), unquote(secret)) != (CLIENT_ID, SECRET) or self.status != 200:
            return JSONResponse({"error": "invalid_grant"}, status_code=self.status if self.status != 200 else 400)
        assert given is not None
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "sub-1",
            "iat": now,
            "exp": now + 300,
            "nonce": given["nonce"],
        }
        header = {"alg": "RS256", "kid": self.key.kid} | self.header
        text = jwt.encode(header, claims | self.claims, self.key, algorithms=[header["alg"]])
        return JSONResponse({"access_token": "unused", "token_type": "Bearer", "id_token": text})


@asynccontextmanager
async def running_idp() -> AsyncIterator[Idp]:
    port = free_ports(1)[0]
    idp = Idp(f"http://{HOST}:{port}")
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", idp.configuration),
            Route("/authorize", idp.authorize),
            Route("/keys", idp.keys),
            Route("/token", idp.token, methods=["POST"]),
        ]
    )
    server = http_server(app, host=HOST, port=port, drain=timedelta(seconds=1), lifespan="off", access_log=False)
    task = asyncio.create_task(server.run_until_stopped())
    await until(lambda: server.started)
    try:
        yield idp
    finally:
        await server.stop()
        await task
