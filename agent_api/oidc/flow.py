"""What a browser carries between its way out to a provider and its way back: sealed, short-lived, and of one login only."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from agent_api.parts import ApiConfig
from backbone.errors import ConfigurationInvalid
from backbone.storage.crypto import MasterKey

LIFETIME = timedelta(minutes=10)
_NAME, _CONTEXT = "frontdesk_login", "oidc login"


@dataclass(frozen=True, slots=True)
class Pending:
    """A login that was begun. `state` binds the answer to this browser, `nonce` the ID token, `verifier` the code."""

    provider_id: str
    until: float
    state: str = field(repr=False, default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(repr=False, default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(repr=False, default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        """Of the verifier, S256 (RFC 7636 §4.2)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def answers(self, state: str | None, now: datetime) -> bool:
        return (
            state is not None
            and hmac.compare_digest(state.encode(), self.state.encode())
            and now.timestamp() < self.until
        )


def begin(provider_id: str, now: datetime) -> Pending:
    return Pending(provider_id, (now + LIFETIME).timestamp())


def _cookie(config: ApiConfig) -> tuple[str, bool]:
    secure = config.public_url.startswith("https://")
    return (f"__Host-{_NAME}" if secure else _NAME), secure


def remember(response: Response, config: ApiConfig, master: MasterKey, pending: Pending) -> None:
    """SameSite=Lax: the provider sends the browser back from its own pages, which a strict cookie would not survive."""
    name, secure = _cookie(config)
    sealed = base64.urlsafe_b64encode(master.seal(json.dumps(asdict(pending)).encode(), _CONTEXT)).decode()
    age = int(LIFETIME.total_seconds())
    response.set_cookie(name, sealed, max_age=age, path="/", secure=secure, httponly=True, samesite="lax")


def recall(request: Request, config: ApiConfig, master: MasterKey) -> Pending | None:
    """None where the browser began none, or what it brings is not ours."""
    given = request.cookies.get(_cookie(config)[0])
    if not given or len(given) > 4096:
        return None
    try:
        return Pending(**json.loads(master.open(base64.urlsafe_b64decode(given), _CONTEXT)))
    except (ConfigurationInvalid, ValueError, TypeError):
        return None


def forget(response: Response, config: ApiConfig) -> None:
    name, secure = _cookie(config)
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
