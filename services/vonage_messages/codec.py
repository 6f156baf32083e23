"""Vonage's Messages webhooks and API."""

from backbone.channel import json, vonage
from backbone.channel.port import Account, Context, HttpCall, Outcome, Parsed, ProviderCall, ProviderReply, Request
from schemas.outbound import OutboundMessage
from services.vonage_messages import inbound, outbound
from services.vonage_messages.settings import VonageMessagesSettings


class VonageMessagesCodec:
    """Messages and their states, of one SMS, MMS or WhatsApp sender each account."""

    settings_type = VonageMessagesSettings

    def verify(self, request: Request, context: Context) -> None:
        """The bearer token, whose `payload_hash` covers the raw body."""
        settings: VonageMessagesSettings = context.account.settings
        vonage.check(request, settings.signature_secrets, context.now)

    def parse(self, request: Request, context: Context) -> Parsed:
        """One message or state a request; a message that only opts out brings the consent beside it."""
        account = context.account
        body = json.obj(json.loads(request.body), "the body")
        return Parsed(inbound.events(body, account.external_id, account.settings))

    def render(self, message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
        return outbound.calls(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return outbound.outcome(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: files have plain links."""
        return None


codec = VonageMessagesCodec()
