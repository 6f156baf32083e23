"""Bandwidth's messaging callbacks and API."""

from urllib.parse import urlsplit

from backbone.channel import json
from backbone.channel.batch import Element, read_each
from backbone.channel.credentials import check_basic
from backbone.channel.port import Account, Context, HttpCall, Outcome, Parsed, ProviderCall, ProviderReply, Request
from schemas.inbound import AnyInboundEvent
from schemas.outbound import OutboundMessage
from services.bandwidth import inbound, outbound
from services.bandwidth.settings import BandwidthSettings


class BandwidthCodec:
    """Messages and their states, of one number each account; calls are not here."""

    settings_type = BandwidthSettings

    def verify(self, request: Request, context: Context) -> None:
        """Basic credentials, chosen with the application. Nothing ties them to the body: TLS must."""
        settings: BandwidthSettings = context.account.settings
        check_basic(request, settings.hook_username, settings.hook_secrets)

    def parse(self, request: Request, context: Context) -> Parsed:
        """An array of events; each stands or falls alone. Raises `PayloadInvalid`."""
        account = context.account

        def read(element: Element) -> tuple[AnyInboundEvent, ...]:
            return inbound.events(element, account.external_id, account.settings)

        return read_each((element, read) for element in json.array(json.loads(request.body), "the body"))

    def render(self, message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
        return outbound.calls(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return outbound.outcome(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """Files on Bandwidth's hosts need the API user's credentials; None for all other hosts, which get none."""
        settings: BandwidthSettings = account.settings
        try:
            parts = urlsplit(ref)
            hosts = {*settings.media_hosts, urlsplit(settings.api_base).netloc.lower()}
        except ValueError:
            return None
        if parts.scheme != "https" or parts.netloc.lower() not in hosts:
            return None
        return HttpCall("GET", ref, (outbound.authorization(settings),))


codec = BandwidthCodec()
