"""Vonage's SMS webhooks and API."""

from backbone.channel.credentials import check_url_key
from backbone.channel.port import Account, Context, HttpCall, Outcome, Parsed, ProviderCall, ProviderReply, Request
from backbone.errors import PayloadInvalid, SignatureInvalid
from schemas.outbound import OutboundMessage
from services.vonage_sms import inbound, outbound, signing
from services.vonage_sms.settings import VonageSmsSettings


class VonageSmsCodec:
    """Messages and delivery receipts of one number. Parts of a long message come, and stay, apart: a codec keeps nothing."""

    settings_type = VonageSmsSettings

    def verify(self, request: Request, context: Context) -> None:
        """`sig` over all fields where a signature secret is set, else the key in the URL."""
        settings: VonageSmsSettings = context.account.settings
        if not settings.signature_secrets:
            check_url_key(request, settings.webhook_secrets)
            return
        try:
            fields = inbound.fields_of(request)
        except PayloadInvalid as error:
            raise SignatureInvalid from error
        signing.check(
            fields, settings.signature_secrets, settings.signature_method, context.now, settings.signed_at_most
        )

    def parse(self, request: Request, context: Context) -> Parsed:
        """One message or receipt; a message that only opts out brings the consent beside it."""
        account = context.account
        return Parsed(inbound.events(inbound.fields_of(request), account.external_id, account.settings))

    def render(self, message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
        return outbound.calls(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return outbound.outcome(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: the SMS API carries text only."""
        return None


codec = VonageSmsCodec()
