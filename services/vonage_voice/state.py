"""Where a call stands, in the query of URLs that only we can have written.

Vonage signs the body of a webhook, not its URL: the query has a seal of ours, so that nobody writes a caller's number there.
"""

from pydantic import SecretStr

from backbone.channel import form
from backbone.channel.calls.script import State, query_for, state_of
from backbone.channel.port import Account, Request
from backbone.channel.signature import hmac_hex, same
from backbone.errors import SignatureInvalid
from services.vonage_voice.settings import VonageVoiceSettings

_MARK = "&seal="
_LENGTH = 32
"""Hex digits of HMAC-SHA256: 128 bits."""


def sealed(query: str, secret: SecretStr) -> str:
    """The query and its seal."""
    return f"{query}{_MARK}{_seal(query, secret)}"


def url_for(account: Account, state: State) -> str:
    """The URL that brings a call back in this state."""
    settings: VonageVoiceSettings = account.settings
    return f"{account.webhook_url}?{sealed(query_for(state), settings.signature_secrets[0])}"


def check(request: Request, settings: VonageVoiceSettings) -> None:
    """No query, or one with our seal by one of the secrets. Raises `SignatureInvalid`."""
    if not request.query:
        return
    query, mark, seal = request.query.partition(_MARK)
    right = [same(_seal(query, secret), seal) for secret in settings.signature_secrets if secret.get_secret_value()]
    if not mark or not any(right):
        raise SignatureInvalid


def of(request: Request) -> State:
    """The state in the query; the empty one is a URL that stands in the application. Raises `PayloadInvalid`."""
    return state_of(form.loads(request.query.encode("utf-8", "surrogatepass")))


def _seal(query: str, secret: SecretStr) -> str:
    return hmac_hex(secret, b"call state\0" + query.encode("utf-8", "surrogatepass"))[:_LENGTH]
