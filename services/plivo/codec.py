"""Plivo's messaging webhooks and API."""

from backbone.channel import form
from backbone.channel.port import Account, Context, HttpCall, Outcome, Parsed, ProviderCall, ProviderReply, Request
from schemas.outbound import OutboundMessage
from services.plivo import inbound, outbound, signing
from services.plivo.settings import PlivoSettings


class PlivoCodec:
    """Messages and their states, of one number each account; calls are not here."""

    settings_type = PlivoSettings

    def verify(self, request: Request, context: Context) -> None:
        """HMAC-SHA256 over the public URL, the sorted fields and a nonce; no time is signed."""
        settings: PlivoSettings = context.account.settings
        signing.check(request, settings.auth_tokens, settings.signature)

    def parse(self, request: Request, context: Context) -> Parsed:
        """One message or state a request; a message that only opts out brings the consent beside it."""
        account = context.account
        raw = form.query_of(request.url) if request.method == "GET" else request.body
        return Parsed(inbound.events(form.loads(raw), account.external_id, account.settings))

    def render(self, message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
        return outbound.calls(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return outbound.outcome(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: files of an MMS have plain links."""
        return None


codec = PlivoCodec()
