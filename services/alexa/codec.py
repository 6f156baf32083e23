"""The custom skill's requests as a dialogue, proved by Amazon's certificate; notices by the Proactive Events API."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from backbone.channel.port import (
    Account,
    Context,
    Final,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Request,
    Transient,
)
from backbone.channel.signature import same
from backbone.channel.sources import Token
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing, SignatureStale
from schemas.outbound import OutboundMessage
from services.alexa import chain, envelope, inbound, outbound
from services.alexa.settings import AlexaSettings

CHAIN_URL = "signaturecertchainurl"
SIGNATURE = "signature-256"
OLD_SIGNATURE = "signature"


class AlexaCodec:
    """One skill. Sentences go back in the webhook; an answer of the desk is only told to be there."""

    settings_type = AlexaSettings

    def key_urls(self, request: Request, account: Account) -> Sequence[str]:
        """The certificate chain that the request names, where it stands at Amazon's place."""
        url = chain.url_of(request.header(CHAIN_URL) or "")
        return [url] if url else []

    def verify(self, request: Request, context: Context) -> None:
        """RSA over the exact body by Amazon's certificate, for this skill, not older or newer than 150 s."""
        settings: AlexaSettings = context.account.settings
        signature, algorithm = _signature_of(request, settings)
        named = request.header(CHAIN_URL)
        if named is None:
            raise SignatureMissing
        pem = context.keys.get(chain.url_of(named) or "")
        if pem is None:
            raise SignatureInvalid("there is no certificate at the address named")
        key = chain.key_of(pem, settings.trusted_roots, context.now)
        try:
            key.verify(base64.b64decode(signature, validate=True), request.body, PKCS1v15(), algorithm)
            skill, at = envelope.time_of(request.body)
        except (ValueError, binascii.Error, InvalidSignature, PayloadInvalid) as error:
            raise SignatureInvalid from error
        if skill is None or not same(context.account.external_id, skill):
            raise SignatureInvalid("the request is for another skill")
        if at is None or abs(context.now - at) > settings.timestamp_tolerance:
            raise SignatureStale

    def parse(self, request: Request, context: Context) -> Parsed:
        """One request and what the customer hears. Raises `PayloadInvalid` where the body is none."""
        return inbound.parsed(envelope.read(request.body), context)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return outbound.calls(message, account)

    def sign_attempt(self, call: HttpCall, account: Account, now: datetime) -> HttpCall:
        """The notice, with a new time where half of its life has gone by."""
        return outbound.at(call, account, now)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return outbound.outcome(call, reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: skills hear words, never a sound or a picture."""
        return None

    def token_call(self, account: Account, now: datetime) -> HttpCall | None:
        return outbound.token_call(account)

    def token_found(self, reply: ProviderReply, account: Account) -> Token | Transient | Final:
        return outbound.token_found(reply)


def _signature_of(request: Request, settings: AlexaSettings) -> tuple[str, SHA256 | SHA1]:
    """The newer header; the older one only where the settings trust it and the newer is not there at all."""
    newer = [value for name, value in request.headers if name.lower() == SIGNATURE]
    if settings.trust_sha1 and not newer:
        older = request.header(OLD_SIGNATURE)
        if older is not None:
            return older, SHA1()  # noqa: S303  what Amazon signed with before 2021, for those who ask for it
    if len(newer) != 1:
        raise SignatureMissing
    return newer[0], SHA256()


codec = AlexaCodec()
