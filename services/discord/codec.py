"""Discord's interactions, webhook events and Gateway dispatches, and its REST API."""

from collections.abc import Sequence
from datetime import timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backbone.channel import json
from backbone.channel.port import (
    Account,
    Context,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Rejected,
    Request,
)
from backbone.channel.uploads import LoadedFile, Refused, UploadStep
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing, SignatureStale
from schemas.outbound import OutboundMessage
from services.discord import dispatch, interactions, outbound, replies
from services.discord.settings import DiscordSettings

SIGNATURE_HEADER = "x-signature-ed25519"
TIME_HEADER = "x-signature-timestamp"
TOLERANCE = timedelta(minutes=5)
POLL = "POLL"
"""The method that what our own session fetched is parsed as; no caller over HTTP can have it."""


class DiscordCodec:
    """One application: its bot's messages by the session, its commands and forms by HTTP.

    A verified body that is broken is kept for replay and answered by 200.
    """

    settings_type = DiscordSettings

    def verify(self, request: Request, context: Context) -> None:
        """Ed25519 (RFC 8032) over the timestamp and the raw body, the time at most five minutes from ours.

        Discord tries a wrong signature now and then and takes the URL away where it isn't refused.
        """
        if request.method == POLL:
            return
        settings: DiscordSettings = context.account.settings
        given, at = request.header(SIGNATURE_HEADER), request.header(TIME_HEADER)
        if given is None or at is None:
            raise SignatureMissing
        signed = at.encode("utf-8", "surrogatepass") + request.body
        if not any(_matches(key, given, signed) for key in settings.public_keys):
            raise SignatureInvalid
        signed_at = json.optional_instant(at) if at.isascii() and at.isdigit() else None
        if signed_at is None or abs(context.now - signed_at) > TOLERANCE:
            raise SignatureStale

    def parse(self, request: Request, context: Context) -> Parsed:
        """One interaction, webhook event or dispatch. Raises `PayloadInvalid`."""
        body = json.obj(json.loads(request.body), "the body")
        account = context.account
        settings: DiscordSettings = account.settings
        if not body.keys() & {"op", "event", "type", "author"}:
            raise PayloadInvalid("the body is nothing that Discord sends")
        try:
            if "op" in body:
                return Parsed(dispatch.events(body, account.external_id, settings))
            if "author" in body:
                return Parsed(dispatch.message(body, dispatch.Frame(account.external_id, settings, None)))
            if "event" in body or body.get("type") == 0:
                return interactions.webhook_event(body, account.external_id, settings)
            return interactions.interaction(body, settings)
        except PayloadInvalid as error:
            return Parsed(rejected=(Rejected(error.detail, request.body),))

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return outbound.calls(message, account)

    def upload_step(
        self, call: HttpCall, files: Sequence[LoadedFile | None], replies: Sequence[ProviderReply], account: Account
    ) -> UploadStep | Refused:
        return outbound.upload_step(call, files)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return replies.outcome_of(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: files have plain links, signed by Discord for a day."""
        return None


def _matches(key: str, signature: str, signed: bytes) -> bool:
    try:
        raw = bytes.fromhex(signature)
        if raw.hex() != signature:
            return False
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(raw, signed)
    except (ValueError, InvalidSignature):
        return False
    return True


codec = DiscordCodec()
