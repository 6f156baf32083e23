"""Zenvia's webhooks and channels API."""

from backbone.channel import json
from backbone.channel.credentials import check_url_key
from backbone.channel.port import Account, Context, HttpCall, Outcome, Parsed, ProviderCall, ProviderReply, Request
from schemas.outbound import OutboundMessage
from services.zenvia import inbound, outbound
from services.zenvia.settings import ZenviaSettings


class ZenviaCodec:
    """Messages and their states, of one SMS or WhatsApp sender each account."""

    settings_type = ZenviaSettings

    def verify(self, request: Request, context: Context) -> None:
        """The key in the webhook's URL. Nothing ties it to the body: TLS must."""
        settings: ZenviaSettings = context.account.settings
        check_url_key(request, settings.webhook_secrets)

    def parse(self, request: Request, context: Context) -> Parsed:
        """One event a request; a message that only opts out brings the consent beside it."""
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


codec = ZenviaCodec()
