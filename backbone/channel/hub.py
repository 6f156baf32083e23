"""The `hub.*` handshake by which a provider asks whether a webhook URL is ours (PubSubHubbub 0.3 §6.2; Meta uses it)."""

from pydantic import SecretStr

from backbone.channel import form
from backbone.channel.port import Parsed, Request, Response
from backbone.channel.signature import same
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing

_CHALLENGE_MAX = 1024


def check_token(request: Request, token: SecretStr) -> None:
    """Compares `hub.verify_token` of a GET with ours in constant time; an empty token of ours matches nothing.

    Raises `SignatureMissing` or `SignatureInvalid`.
    """
    given = _field(request, "hub.verify_token")
    if given is None:
        raise SignatureMissing
    if not token.get_secret_value() or not same(token.get_secret_value(), given):
        raise SignatureInvalid


def challenge(request: Request) -> Parsed:
    """The challenge echoed as plain text, with nothing around it; raises `PayloadInvalid` where there is none to echo."""
    given = _field(request, "hub.challenge")
    if given is None or _field(request, "hub.mode") != "subscribe":
        raise PayloadInvalid("this is no subscription handshake")
    if len(given) > _CHALLENGE_MAX:
        raise PayloadInvalid("the challenge is too long")
    return Parsed(response=Response(body=given.encode()))


def _field(request: Request, name: str) -> str | None:
    try:
        return form.loads(request.query.encode("utf-8", "surrogatepass")).get(name)
    except PayloadInvalid:
        return None
